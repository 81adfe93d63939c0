//! Deliveries: what one import, pull or link brought, and which versions each carried.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{DeliveryId, RecordId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

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
    let mut repeats = Vec::new();
    for other in repeated {
        let id: [u8; 16] =
            transaction
                .query_row("SELECT identity FROM delivery WHERE id = ?1", [other], |row| row.get(0))?;
        repeats.extend(id);
    }
    transaction.execute(
        "UPDATE delivery SET added = ?2, updated = ?3, repeats = ?4 WHERE id = ?1",
        params![row, column::stored(added), column::stored(updated), repeats],
    )?;
    Ok(())
}

/// Every delivery, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM delivery ORDER BY id DESC")?;
    statement.query_and_then([], delivery)?.collect()
}

/// One delivery.
pub(crate) fn find(connection: &Connection, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM delivery WHERE identity = ?1")?;
    statement.query_and_then([id.as_bytes()], delivery)?.next().transpose()
}

/// The delivery of this second; after a restore that tells what a record came with.
pub(crate) fn of_time(connection: &Connection, received: Timestamp) -> Result<Option<Delivery>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM delivery WHERE received = ?1 ORDER BY id DESC LIMIT 1")?;
    statement.query_and_then([received.0], delivery)?.next().transpose()
}

/// Writes a delivery down again, unless it is there.
pub(crate) fn restore(transaction: &Transaction<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    let Delivery { id, source, guessed, received, added, updated, undone, repeats, number } = delivery;
    let repeats: Vec<u8> = repeats.iter().flat_map(|id| *id.as_bytes()).collect();
    transaction.execute(
        "INSERT OR IGNORE INTO delivery (id, identity, source, guessed, received, added, updated, undone, repeats)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            number,
            id.as_bytes(),
            source,
            guessed,
            received.0,
            column::stored(*added),
            column::stored(*updated),
            undone.map(|time| time.0),
            repeats
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
    Ok(())
}

/// Whether it is known, version by version, what a delivery carried that others had brought before.
pub(crate) fn knows_what_it_repeats(connection: &Connection, row: i64) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM carried WHERE delivery = ?1 AND EXISTS (
             SELECT 1 FROM carried AS first WHERE first.version = carried.version AND first.delivery < ?1)",
    )?;
    Ok(statement.exists([row])?)
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

/// Notes that a delivery carried again what each of those did that it repeats: after a restore, where no more
/// is known of it.
pub(crate) fn carry_again(transaction: &Transaction<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    for repeated in &delivery.repeats {
        transaction.execute(
            "INSERT OR IGNORE INTO carried
             SELECT version, ?1, source, full_url, place FROM carried
             WHERE delivery = (SELECT id FROM delivery WHERE identity = ?2)",
            params![delivery.number, repeated.as_bytes()],
        )?;
    }
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

fn ids(bytes: &[u8]) -> Result<Vec<DeliveryId>, StoreError> {
    let ids = bytes.chunks(DeliveryId::LEN).map(DeliveryId::try_from).collect::<Result<_, _>>();
    ids.map_err(|_| StoreError::Corrupt { part: "an identifier" })
}

/// What a delivery says that its source removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Removal {
    /// The record.
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
    record: u32,
    removal: &Removal,
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT OR IGNORE INTO removal VALUES (?1, ?2, ?3, ?4)",
        params![record, row, column::stored(removal.place), removal.updated],
    )?;
    Ok(())
}

/// The records of which a delivery told a removal.
pub(crate) fn removed_by(connection: &Connection, row: i64) -> Result<Vec<u32>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT record FROM removal WHERE delivery = ?1")?;
    Ok(statement.query_map([row], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn delivery(row: &Row<'_>) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: column::id(row, "identity")?,
        source: row.get("source")?,
        guessed: row.get("guessed")?,
        received: Timestamp(column::number(row, "received")?),
        added: column::number(row, "added")?,
        updated: column::number(row, "updated")?,
        undone: row.get::<_, Option<u64>>("undone")?.map(Timestamp),
        repeats: ids(row.get_ref("repeats")?.as_blob().map_err(rusqlite::Error::from)?)?,
        number: row.get("id")?,
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
pub(crate) fn records_of(connection: &Connection, row: i64) -> Result<BTreeSet<u32>, StoreError> {
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
