//! Which version of a record is shown, and what is published of the others.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{UpdateTime, VersionFacts, present_version};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::arrival::Arrival;
use super::content::read_head;
use super::index::{Index, IndexRow};
use super::position::Position;
use super::row::RecordRow;
use crate::store::StoreError;

/// A version that counts: here with its bytes, and carried by a delivery that was not taken back.
struct Counted {
    seq: u32,
    facts: VersionFacts,
}

/// What a list has of a record before and after something changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Settled {
    /// The version shown before, if any.
    pub(crate) before: Option<u32>,
    /// The one shown now, if any.
    pub(crate) now: Option<u32>,
}

/// Decides anew which version of a record is the present one and whether the record is removed at its
/// source, shows it, and notes what has to be published again.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    index: &mut Index<'_>,
    record: RecordRow,
) -> Result<Settled, StoreError> {
    let versions = counted(transaction, record)?;
    let facts: Vec<VersionFacts> = versions.iter().map(|version| version.facts.clone()).collect();
    let present = present_version(&facts).and_then(|at| versions.get(at));
    let is_removed = match present {
        Some(present) => is_removed_after(transaction, record, &present.facts)?,
        None => false,
    };
    show(transaction, index, record, present.map(|present| present.seq), is_removed)
}

/// Shows this version of a record and no other.
pub(super) fn show(
    transaction: &Transaction<'_>,
    index: &mut Index<'_>,
    record: RecordRow,
    now: Option<u32>,
    is_removed: bool,
) -> Result<Settled, StoreError> {
    let before = shown(transaction, record)?;
    let was_removed = self::is_removed(transaction, record)?;
    let settled = Settled { before: before.map(|(seq, _)| seq), now };
    if settled.before == now && was_removed == is_removed {
        return Ok(settled);
    }
    if let Some((seq, position)) = before {
        index.remove(position)?;
        if now != Some(seq) {
            set_shown(transaction, seq, false)?;
        }
    }
    if was_removed != is_removed {
        let change = if is_removed {
            "INSERT INTO removed VALUES (?1)"
        } else {
            "DELETE FROM removed WHERE record = ?1"
        };
        transaction.prepare_cached(change)?.execute([record])?;
        relist_all(transaction, record)?;
    }
    for seq in settled.before.into_iter().chain(now) {
        relist(transaction, seq)?;
    }
    if let Some(seq) = now {
        set_shown(transaction, seq, true)?;
        index.add(row(transaction, record, seq, is_removed)?)?;
    }
    Ok(settled)
}

/// What lists say of a version of a record.
fn row(
    transaction: &Transaction<'_>,
    record: RecordRow,
    seq: u32,
    is_removed: bool,
) -> Result<IndexRow, StoreError> {
    let (position, bytes): (i64, Vec<u8>) = transaction
        .prepare_cached("SELECT position, bytes FROM version WHERE seq = ?1")?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let first: [u8; 32] = transaction
        .prepare_cached("SELECT content FROM version WHERE seq = ?1")?
        .query_row([record], |row| row.get(0))?;
    let (source, received): (i64, u64) = transaction
        .prepare_cached(
            "SELECT carried.source, delivery.received FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
             WHERE carried.version = ?1 ORDER BY delivery.undone IS NOT NULL, carried.delivery, carried.source, carried.full_url LIMIT 1",
        )?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let head = read_head(&bytes)?;
    Ok(IndexRow::new(
        (Position::from_i64(position), Arrival::new(Timestamp(received), seq)),
        RecordId::from_bytes(first),
        source,
        &head,
        &bytes,
        is_removed,
    ))
}

/// The versions of a record that count, with what is compared of each.
fn counted(connection: &Connection, record: RecordRow) -> Result<Vec<Counted>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, bytes FROM (SELECT seq, bytes FROM version WHERE seq = ?1
                                 UNION ALL SELECT seq, bytes FROM version WHERE record = ?1 AND number > 1) AS one
         WHERE length(bytes) > 0 AND NOT EXISTS (SELECT 1 FROM taken_back WHERE version = one.seq)
         ORDER BY seq",
    )?;
    let mut carried = connection.prepare_cached(
        "SELECT carried.delivery, carried.place, delivery.received
         FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
         WHERE carried.version = ?1 AND delivery.undone IS NULL
         ORDER BY carried.delivery, carried.place DESC LIMIT 1",
    )?;
    let mut rows = statement.query([record])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: u32 = row.get(0)?;
        let found: Option<(u64, u64, u64)> =
            carried.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        let Some((delivery, place, arrived)) = found else { continue };
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let head = read_head(bytes)?;
        versions.push(Counted { seq, facts: VersionFacts::new(&head, Timestamp(arrived), delivery, place) });
    }
    Ok(versions)
}

/// Whether the source removed the record after this version: by the times that both say, else by which
/// of them came later.
fn is_removed_after(
    connection: &Connection,
    record: RecordRow,
    present: &VersionFacts,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT removal.updated, removal.delivery, removal.place
         FROM removal CROSS JOIN delivery ON delivery.id = removal.delivery
         WHERE removal.record = ?1 AND delivery.undone IS NULL",
    )?;
    let mut rows = statement.query([record])?;
    while let Some(row) = rows.next()? {
        let updated: Option<String> = row.get(0)?;
        let is_later = match (updated.map(UpdateTime::from_stored), &present.updated) {
            (Some(removed), Some(updated)) => removed >= *updated,
            _ => (row.get::<_, u64>(1)?, row.get::<_, u64>(2)?) > (present.delivery, present.place),
        };
        if is_later {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The version of a record that lists show, and where it stands in them.
pub(super) fn shown(
    connection: &Connection,
    record: RecordRow,
) -> Result<Option<(u32, Position)>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT seq, position FROM version WHERE seq = ?1 AND shown = 1
             UNION ALL
             SELECT seq, position FROM version INDEXED BY version_shown WHERE record = ?1 AND number > 1 AND shown = 1",
        )?
        .query_row([record], |row| Ok((row.get(0)?, Position::from_i64(row.get(1)?))))
        .optional()?)
}

/// Whether a record is removed at its source.
pub(crate) fn is_removed(connection: &Connection, record: RecordRow) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("SELECT 1 FROM removed WHERE record = ?1")?.exists([record])?)
}

fn set_shown(transaction: &Transaction<'_>, seq: u32, shown: bool) -> Result<(), StoreError> {
    transaction.prepare_cached("UPDATE version SET shown = ?2 WHERE seq = ?1")?.execute((seq, shown))?;
    Ok(())
}

/// Notes that the entry of a version, if it is sealed, is to be listed again.
pub(crate) fn relist(transaction: &Transaction<'_>, seq: u32) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO relisted SELECT version FROM sealed WHERE version = ?1")?
        .execute([seq])?;
    Ok(())
}

fn relist_all(transaction: &Transaction<'_>, record: RecordRow) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO relisted SELECT sealed.version FROM sealed
             WHERE sealed.version = ?1
                OR sealed.version IN (SELECT seq FROM version WHERE record = ?1 AND number > 1)",
        )?
        .execute([record])?;
    Ok(())
}

/// Notes that the entries of all sealed versions are listed as they stand.
pub(crate) fn forget_relisted(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM relisted", [])?;
    Ok(())
}

/// Brings versions back into sight that were taken back; returns the records that are to be settled.
pub(crate) fn undo_take_back(
    transaction: &Transaction<'_>,
    versions: &[u32],
) -> Result<BTreeSet<RecordRow>, StoreError> {
    let mut records = BTreeSet::new();
    for seq in versions {
        transaction.prepare_cached("DELETE FROM taken_back WHERE version = ?1")?.execute([seq])?;
        relist(transaction, *seq)?;
        records.insert(
            transaction
                .prepare_cached("SELECT record FROM version WHERE seq = ?1")?
                .query_row([seq], |row| row.get(0))?,
        );
    }
    Ok(records)
}

/// The records of which lists show a version that was taken back.
pub(crate) fn shown_and_taken_back(connection: &Connection) -> Result<BTreeSet<RecordRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT record FROM taken_back CROSS JOIN version ON version.seq = taken_back.version
         WHERE version.shown = 1",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Takes versions out of sight; returns the records that are to be settled.
pub(crate) fn take_back(
    transaction: &Transaction<'_>,
    versions: &[u32],
) -> Result<BTreeSet<RecordRow>, StoreError> {
    let mut records = BTreeSet::new();
    for seq in versions {
        if transaction.prepare_cached("INSERT OR IGNORE INTO taken_back VALUES (?1)")?.execute([seq])? > 0 {
            relist(transaction, *seq)?;
        }
        let record: RecordRow = transaction
            .prepare_cached("SELECT record FROM version WHERE seq = ?1")?
            .query_row([seq], |row| row.get(0))?;
        records.insert(record);
    }
    Ok(records)
}

/// Settles records of which something changed.
pub(crate) fn settle_all(
    transaction: &Transaction<'_>,
    records: BTreeSet<RecordRow>,
) -> Result<Vec<Settled>, StoreError> {
    let mut index = Index::new(transaction);
    let settled = records.into_iter().map(|record| settle(transaction, &mut index, record));
    let settled = settled.collect::<Result<_, _>>()?;
    index.flush()?;
    Ok(settled)
}
