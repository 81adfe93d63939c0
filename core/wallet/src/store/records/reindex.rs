//! Lists and search of the records that are there, made anew where an older program wrote them.

use keepwell_protocol::domain::RecordId;
use keepwell_protocol::formats::fhir::ResourceHead;
use rusqlite::Transaction;

use super::arrival::Arrival;
use super::index::{Index, IndexRow};
use super::position::Position;
use crate::store::StoreError;

/// Puts every version where it stands by this program, fills the lists with the records of `summary_before`,
/// and drops that table.
pub(crate) fn reindex(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut index = Index::before_arrivals(transaction);
    // In the order of arrival, in which the records lie.
    let mut statement = transaction.prepare(
        "SELECT version.seq, version.position, version.bytes, shown.record_id, shown.source
         FROM version
         LEFT JOIN summary_before AS shown
                ON shown.category = (version.position & 31) AND shown.position = version.position
         WHERE length(version.bytes) > 0
         ORDER BY version.seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let corrupt = StoreError::Corrupt { part: "a record" };
        let (seq, bytes): (u32, Vec<u8>) = (row.get(0)?, row.get(2)?);
        let before = Position::from_i64(row.get(1)?);
        let Some(category) = before.category() else { return Err(corrupt) };
        let head = ResourceHead::read(&bytes).map_err(|_| corrupt)?;
        let position = Position::new(head.date.as_ref(), seq, category);
        if position != before {
            transaction
                .prepare_cached("UPDATE version SET position = ?2 WHERE seq = ?1")?
                .execute((seq, position.as_i64()))?;
        }
        if let Some(record) = row.get::<_, Option<[u8; 32]>>(3)? {
            let id = RecordId::from_bytes(record);
            let places = (position, Arrival::from_i64(0));
            index.add(IndexRow::new(places, id, row.get(4)?, &head, &bytes, false))?;
        }
    }
    index.flush()?;
    drop(rows);
    drop(statement);
    Ok(transaction.execute_batch("DROP TABLE summary_before")?)
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::formats::fhir::{DateBound, Validity};
    use rusqlite::Connection;

    use super::*;
    use crate::store::records::{Query, RecordOrder, list, search};
    use crate::store::schema;

    /// A store as 0.1.0 left it: two versions of a record, in UTC where 0.1.0 had them.
    fn of_0_1_0(resources: [&str; 2]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for step in [
            include_str!("../migrations/0001_records_and_state.sql"),
            include_str!("../migrations/0002_consent.sql"),
            include_str!("../migrations/0003_promises.sql"),
        ] {
            connection.execute_batch(step).unwrap();
        }
        connection
            .execute_batch("INSERT INTO source VALUES (1, 'file'); INSERT INTO import VALUES (1, 0)")
            .unwrap();
        // 2024-03-01T04:30 UTC in minutes since 1800.
        let minute: i64 = (19_783 + 62_091) * 1_440 + 4 * 60 + 30;
        for (seq, resource) in (1_i64..).zip(resources) {
            let (position, content) = (minute << 35 | seq << 5 | 6, [u8::try_from(seq).unwrap(); 32]);
            let shown = seq == 2;
            connection
                .execute(
                    "INSERT INTO version VALUES (?1, 1, ?1, 0, ?2, NULL, ?3, ?4, ?5)",
                    (seq, shown, position, content, resource.as_bytes()),
                )
                .unwrap();
            connection.execute("INSERT INTO provenance VALUES (?1, 1, '', 1)", [seq]).unwrap();
            if shown {
                connection
                    .execute(
                        "INSERT INTO summary VALUES (6, ?1, ?2, 1, 'Observation', 'x', NULL, 'old')",
                        (position, [1_u8; 32]),
                    )
                    .unwrap();
                connection.execute("INSERT INTO word (rowid, text) VALUES (?1, 'old')", [position]).unwrap();
            }
        }
        connection.pragma_update(None, "user_version", 3).unwrap();
        connection
    }

    #[test]
    fn a_store_of_0_1_0_is_listed_by_the_day_that_is_written_and_found_as_every_other() {
        let resource = |status: &str, value: &str| {
            format!(
                r#"{{"resourceType":"Observation","id":"o","status":"{status}","code":{{"text":"糖尿病 Größe"}},"effectiveDateTime":"2024-02-29T23:30:00-05:00","valueQuantity":{{"value":{value},"unit":"mmol/L"}}}}"#
            )
        };
        let mut connection = of_0_1_0([&resource("preliminary", "5"), &resource("entered-in-error", "6.10")]);
        schema::migrate(&mut connection).unwrap();
        let day = |text: &str| Some(DateBound::parse(text).unwrap());
        let query = Query { since: day("2024-02-29"), until: day("2024-03-01"), ..Query::default() };
        let found = list(&connection, &query).unwrap().records;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, RecordId::from_bytes([1; 32]));
        assert_eq!(found[0].display.as_deref(), Some("糖尿病 Größe"));
        assert_eq!(found[0].validities.first(), Validity::EnteredInError);
        assert!(found[0].value.is_some());
        let arrived = Query { order: RecordOrder::LatestArrival, ..Query::default() };
        assert_eq!(list(&connection, &arrived).unwrap().records, found);
        for (text, hits) in [("尿病", 1), ("gros", 1), ("old", 0)] {
            assert_eq!(search(&connection, text, &query).unwrap().records.len(), hits, "{text}");
        }
        assert_eq!(crate::store::records::count(&connection).unwrap(), 1);
        let minutes: i64 = connection
            .query_row("SELECT count(DISTINCT position >> 35) FROM version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(minutes, 1, "the earlier version moved too");
    }
}
