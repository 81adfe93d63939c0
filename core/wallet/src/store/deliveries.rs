//! Deliveries: what one import, pull or link brought, and which versions each carried.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{DeliveryId, RecordId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::records::RecordRow;
use super::{StoreError, column, quarantine};

/// A delivery as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Delivery {
    /// What it is called, also after a restore.
    pub(crate) id: DeliveryId,
    /// Where it came from.
    pub(crate) source: String,
    /// The id of the one Patient that stands for a source that was not named; empty where there was no
    /// one such; none where the source was named.
    pub(crate) guessed: Option<String>,
    /// When it came; no other delivery has the same second.
    pub(crate) received: Timestamp,
    /// How many records were new with it.
    pub(crate) added: u64,
    /// How many records had a new version with it.
    pub(crate) updated: u64,
    /// When it was taken back, if it was.
    pub(crate) undone: Option<Timestamp>,
    /// Earlier deliveries of which it carried versions, too.
    pub(crate) repeats: Vec<DeliveryId>,
    /// Its place among all: later ones are greater.
    pub(crate) number: i64,
}

/// Begins a delivery and returns its row.
///
/// It is dated `now`, or the second after the last one: by its time a restore knows what it brought.
pub(crate) fn begin(
    transaction: &Transaction<'_>,
    id: DeliveryId,
    source: &str,
    guessed: Option<&str>,
    now: Timestamp,
) -> Result<(i64, Timestamp), StoreError> {
    let last: Option<u64> =
        transaction.query_row("SELECT max(received) FROM delivery", [], |row| row.get(0))?;
    let is_taken =
        transaction.prepare_cached("SELECT 1 FROM delivery WHERE received = ?1")?.exists([now.0])?;
    let received = if is_taken { Timestamp(last.unwrap_or(now.0).saturating_add(1)) } else { now };
    transaction.execute(
        "INSERT INTO delivery (identity, source, guessed, received) VALUES (?1, ?2, ?3, ?4)",
        params![id.as_bytes(), source, guessed, received.0],
    )?;
    Ok((transaction.last_insert_rowid(), received))
}

/// By the time of each delivery, the second in which it came at the earliest: what comes in one second is dated with one
/// after the other, so the last of them bear a time that was still ahead of them.
pub(crate) fn earliest_arrivals(
    connection: &Connection,
) -> Result<BTreeMap<Timestamp, Timestamp>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT received FROM delivery ORDER BY received")?;
    let mut rows = statement.query([])?;
    let mut earliest: BTreeMap<Timestamp, Timestamp> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let received = Timestamp(column::number(row, "received")?);
        let before = earliest.get(&Timestamp(received.0.saturating_sub(1))).copied();
        earliest.insert(received, before.unwrap_or(received));
    }
    Ok(earliest)
}

/// Forgets a delivery that carried nothing.
pub(crate) fn forget(transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM delivery WHERE id = ?1", [row])?;
    Ok(())
}

/// Notes what a delivery brought.
pub(crate) fn end(
    transaction: &Transaction<'_>,
    row: i64,
    added: u64,
    updated: u64,
    repeated: &BTreeSet<i64>,
) -> Result<(), StoreError> {
    let mut repeat = transaction.prepare_cached("INSERT INTO delivery_repeat VALUES (?1, ?2)")?;
    for other in repeated {
        repeat.execute((row, other))?;
    }
    transaction.execute(
        "UPDATE delivery SET added = ?2, updated = ?3 WHERE id = ?1",
        params![row, column::stored(added), column::stored(updated)],
    )?;
    Ok(())
}

/// Every delivery, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM delivery ORDER BY id DESC")?;
    statement.query_and_then([], |row| delivery(connection, row))?.collect()
}

pub(crate) fn find(connection: &Connection, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM delivery WHERE identity = ?1")?;
    statement.query_and_then([id.as_bytes()], |row| delivery(connection, row))?.next().transpose()
}

/// The delivery of this second; after a restore that tells what a record came with.
pub(crate) fn of_time(connection: &Connection, received: Timestamp) -> Result<Option<Delivery>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM delivery WHERE received = ?1 ORDER BY id DESC LIMIT 1")?;
    statement.query_and_then([received.0], |row| delivery(connection, row))?.next().transpose()
}

/// Writes a delivery down again, unless it is there; not what it repeats, which [`carry_again`] does.
pub(crate) fn restore(transaction: &Transaction<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    let Delivery { id, source, guessed, received, added, updated, undone, repeats: _, number } = delivery;
    transaction.execute(
        "INSERT OR IGNORE INTO delivery (id, identity, source, guessed, received, added, updated, undone)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            number,
            id.as_bytes(),
            source,
            guessed,
            received.0,
            column::stored(*added),
            column::stored(*updated),
            undone.map(|time| time.0),
        ],
    )?;
    Ok(())
}

/// Takes over a delivery of another wallet of the same words: its number and its second are its own. What is here under
/// them and is another delivery comes behind all, and what that brought and was sealed is sealed again with its new time.
pub(crate) fn merge(transaction: &Transaction<'_>, other: &Delivery) -> Result<(), StoreError> {
    let here = find(transaction, other.id)?;
    if here.as_ref().is_none_or(|here| here.number != other.number) {
        let next: i64 =
            transaction.query_row("SELECT coalesce(max(id), 0) + 1 FROM delivery", [], |row| row.get(0))?;
        renumber(transaction, other.number, next.max(other.number.saturating_add(1)))?;
    }
    let Some(here) = here else {
        let same: Option<i64> = transaction
            .prepare_cached("SELECT id FROM delivery WHERE received = ?1")?
            .query_row([other.received.0], |row| row.get(0))
            .optional()?;
        if let Some(row) = same {
            move_behind(transaction, row)?;
        }
        return restore(transaction, other);
    };
    renumber(transaction, here.number, other.number)?;
    match (here.undone, other.undone) {
        (None, Some(time)) => {
            quarantine::take_back(transaction, other.id)?;
            set_undone(transaction, other.number, time)
        }
        _ => Ok(()),
    }
}

/// Gives a delivery another number, which is free.
fn renumber(transaction: &Transaction<'_>, from: i64, to: i64) -> Result<(), StoreError> {
    if from != to {
        for (table, column) in [
            ("delivery", "id"),
            ("carried", "delivery"),
            ("delivery_repeat", "delivery"),
            ("delivery_repeat", "repeated"),
            ("removal", "delivery"),
            ("owner_patient_delivery", "delivery"),
        ] {
            transaction
                .prepare_cached(&format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"))?
                .execute([from, to])?;
        }
    }
    Ok(())
}

/// Dates a delivery behind all others; by its time a restore knows what it brought.
fn move_behind(transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE delivery SET received = (SELECT max(received) + 1 FROM delivery) WHERE id = ?1",
        [row],
    )?;
    transaction.execute(
        "INSERT OR IGNORE INTO lost_blob SELECT sealed.blob FROM sealed
         WHERE (SELECT min(delivery) FROM carried WHERE carried.version = sealed.version) = ?1",
        [row],
    )?;
    transaction.execute(
        "UPDATE summary
         SET arrival = (SELECT received FROM delivery WHERE id = ?1) << 30 | (position >> 5 & 1073741823)
         WHERE (SELECT min(delivery) FROM carried WHERE carried.version = (position >> 5 & 1073741823)) = ?1",
        [row],
    )?;
    Ok(())
}

/// The versions out of sight that no delivery carries that stands.
pub(crate) fn carried_by_none(connection: &Connection) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT version FROM taken_back WHERE NOT EXISTS (
             SELECT 1 FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
             WHERE carried.version = taken_back.version AND delivery.undone IS NULL)",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The deliveries that stand and carried a version.
pub(crate) fn standing_with(connection: &Connection, version: u32) -> Result<Vec<DeliveryId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT delivery.identity FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
         WHERE carried.version = ?1 AND delivery.undone IS NULL",
    )?;
    statement.query_and_then([version], |row| column::id(row, "identity"))?.collect()
}

/// Notes what these deliveries repeat; and of all of which no more is known, as after a restore, that they carried
/// again what those brought that they repeat.
pub(crate) fn carry_again<'d>(
    transaction: &Transaction<'_>,
    deliveries: impl Iterator<Item = &'d Delivery>,
) -> Result<(), StoreError> {
    let mut repeat = transaction.prepare_cached(
        "INSERT OR IGNORE INTO delivery_repeat SELECT ?1, id FROM delivery WHERE identity = ?2",
    )?;
    for delivery in deliveries {
        for repeated in &delivery.repeats {
            repeat.execute(params![delivery.number, repeated.as_bytes()])?;
        }
    }
    // Once over what was carried, however many deliveries repeat however many.
    transaction.execute(
        "INSERT OR IGNORE INTO carried
         SELECT carried.version, delivery_repeat.delivery, carried.source, carried.full_url, carried.place
         FROM carried CROSS JOIN delivery_repeat ON delivery_repeat.repeated = carried.delivery
         WHERE delivery_repeat.delivery NOT IN (
             SELECT again.delivery FROM carried AS again WHERE EXISTS (
                 SELECT 1 FROM carried AS first
                 WHERE first.version = again.version AND first.delivery < again.delivery))",
        [],
    )?;
    Ok(())
}

/// Takes out of sight every version that only deliveries carried that were taken back.
pub(crate) fn take_back_undone(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT OR IGNORE INTO taken_back
         SELECT DISTINCT version FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
         WHERE delivery.undone IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM carried AS other CROSS JOIN delivery AS standing ON standing.id = other.delivery
             WHERE other.version = carried.version AND standing.undone IS NULL)",
        [],
    )?;
    Ok(())
}

/// What a delivery says that its source removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Removal {
    pub(crate) record: RecordId,
    /// The place of the word in the delivery.
    pub(crate) place: u64,
    /// When, as versions are compared.
    pub(crate) updated: Option<String>,
}

/// The removals that a delivery told.
pub(crate) fn removals(connection: &Connection, row: i64) -> Result<Vec<Removal>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT version.content AS record, removal.place, removal.updated
         FROM removal CROSS JOIN version ON version.seq = removal.record
         WHERE removal.delivery = ?1 ORDER BY version.content, removal.place",
    )?;
    statement
        .query_and_then([row], |row| {
            let (record, place) = (column::id(row, "record")?, column::number(row, "place")?);
            Ok(Removal { record, place, updated: row.get("updated")? })
        })?
        .collect()
}

/// Writes a removal down again, if its record is here.
pub(crate) fn restore_removal(
    transaction: &Transaction<'_>,
    row: i64,
    record: RecordRow,
    removal: &Removal,
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT OR IGNORE INTO removal VALUES (?1, ?2, ?3, ?4)",
        params![record, row, column::stored(removal.place), removal.updated],
    )?;
    Ok(())
}

/// The records of which a delivery told a removal.
pub(crate) fn removed_by(connection: &Connection, row: i64) -> Result<Vec<RecordRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT record FROM removal WHERE delivery = ?1")?;
    Ok(statement.query_map([row], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn delivery(connection: &Connection, row: &Row<'_>) -> Result<Delivery, StoreError> {
    let number = row.get("id")?;
    let mut repeated = connection.prepare_cached(
        "SELECT delivery.identity FROM delivery_repeat CROSS JOIN delivery ON delivery.id = delivery_repeat.repeated
         WHERE delivery_repeat.delivery = ?1 ORDER BY delivery.id",
    )?;
    let repeats = repeated.query_and_then([number], |row| column::id(row, "identity"))?;
    Ok(Delivery {
        id: column::id(row, "identity")?,
        source: row.get("source")?,
        guessed: row.get("guessed")?,
        received: Timestamp(column::number(row, "received")?),
        added: column::number(row, "added")?,
        updated: column::number(row, "updated")?,
        undone: row.get::<_, Option<u64>>("undone")?.map(Timestamp),
        repeats: repeats.collect::<Result<_, StoreError>>()?,
        number,
    })
}

/// The versions that this delivery carried and no other that was not taken back.
pub(crate) fn carried_alone(connection: &Connection, row: i64) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT version FROM carried WHERE delivery = ?1 AND NOT EXISTS (
             SELECT 1 FROM carried AS other CROSS JOIN delivery ON delivery.id = other.delivery
             WHERE other.version = carried.version AND other.delivery <> ?1 AND delivery.undone IS NULL)",
    )?;
    Ok(statement.query_map([row], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The records of which this delivery carried a version: by whom that is carried says which version is shown.
pub(crate) fn records_of(connection: &Connection, row: i64) -> Result<BTreeSet<RecordRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT version.record FROM carried CROSS JOIN version ON version.seq = carried.version
         WHERE carried.delivery = ?1",
    )?;
    Ok(statement.query_map([row], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Notes that a delivery was taken back.
pub(crate) fn set_undone(transaction: &Transaction<'_>, row: i64, now: Timestamp) -> Result<(), StoreError> {
    transaction.execute("UPDATE delivery SET undone = ?2 WHERE id = ?1", params![row, now.0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::migrate;

    fn id(number: u8) -> DeliveryId {
        DeliveryId::from_bytes([number; 16])
    }

    /// Which delivery carries which version.
    fn carried(connection: &Connection) -> Vec<(i64, i64)> {
        let mut statement =
            connection.prepare("SELECT delivery, version FROM carried ORDER BY delivery, version").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn what_deliveries_repeat_is_kept_when_a_store_of_before_is_opened() {
        let mut connection = Connection::open_in_memory().unwrap();
        for step in [
            include_str!("migrations/0001_records_and_state.sql"),
            include_str!("migrations/0002_consent.sql"),
            include_str!("migrations/0003_promises.sql"),
            include_str!("migrations/0004_deliveries.sql"),
            include_str!("migrations/0005_quarantine.sql"),
            include_str!("migrations/0006_lists.sql"),
            include_str!("migrations/0007_owner.sql"),
        ] {
            connection.execute_batch(step).unwrap();
        }
        let repeats: [&[u8]; 4] = [&[], &[1; 16], &[[2; 16], [1; 16]].concat(), &[[9; 16], [3; 16]].concat()];
        for (number, repeats) in (1_u8..).zip(repeats) {
            connection
                .execute(
                    "INSERT INTO delivery (id, identity, source, received, repeats) VALUES (?1, ?2, 'file', ?1, ?3)",
                    params![number, [number; 16], repeats],
                )
                .unwrap();
        }
        connection.pragma_update(None, "user_version", 7).unwrap();
        migrate(&mut connection);
        let repeats: Vec<_> = all(&connection).unwrap().into_iter().map(|one| one.repeats).collect();
        // What is not here is not repeated.
        assert_eq!(repeats, [vec![id(3)], vec![id(1), id(2)], vec![id(1)], vec![]]);
    }

    #[test]
    fn after_a_restore_each_carries_what_those_brought_that_it_repeats() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let delivery = |number: u8, repeats: &[u8]| Delivery {
            id: id(number),
            source: "file".into(),
            guessed: None,
            received: Timestamp(number.into()),
            added: 1,
            updated: 0,
            undone: None,
            repeats: repeats.iter().map(|number| id(*number)).collect(),
            number: number.into(),
        };
        // The last one repeats what the second brought, and so not what that repeats.
        let deliveries = [delivery(1, &[]), delivery(2, &[1]), delivery(3, &[1, 2]), delivery(4, &[2])];
        for (version, one) in (10..).zip(&deliveries) {
            restore(&transaction, one).unwrap();
            transaction
                .execute("INSERT INTO carried VALUES (?1, ?2, 1, '', 0)", params![version, one.number])
                .unwrap();
        }
        for _ in 0..2 {
            carry_again(&transaction, deliveries.iter()).unwrap();
            let expected = [(1, 10), (2, 10), (2, 11), (3, 10), (3, 11), (3, 12), (4, 11), (4, 13)];
            assert_eq!(carried(&transaction), expected);
            // Told twice, the second time from what is stored, it says the same.
            transaction.execute("DELETE FROM carried WHERE delivery + 9 <> version", []).unwrap();
        }
        let stored: Vec<Delivery> = all(&transaction).unwrap().into_iter().rev().collect();
        assert_eq!(stored, deliveries);
    }
}
