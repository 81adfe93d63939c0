//! Lists and search of the records that are there, made anew where an older program wrote them.

use keepwell_protocol::domain::RecordId;
use keepwell_protocol::formats::fhir::ResourceHead;
use rusqlite::Transaction;

use super::index::{Index, IndexRow};
use super::position::Position;
use crate::store::StoreError;

/// Puts every version where it stands by this program, fills the lists with the records of `summary_before`,
/// and drops that table.
pub(crate) fn reindex(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut index = Index::new(transaction);
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
            index.add(IndexRow::new(position, id, row.get(4)?, &head, &bytes, false))?;
        }
    }
    index.flush()?;
    drop(rows);
    drop(statement);
    Ok(transaction.execute_batch("DROP TABLE summary_before")?)
}
