//! Record versions as they were sealed, and the names under which records about no patient are
//! referred to.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{self, Label, RecordKey};
use keepwell_protocol::domain::{BlobId, RecordId};
use keepwell_protocol::vault::SegmentEntry;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::records::{RecordRow, VersionName};
use super::{StoreError, column, restoring};

/// The newest version that was sealed; all before it were, too.
pub(crate) fn last(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(version), 0) FROM sealed")?
        .query_row([], |row| row.get(0))?)
}

/// Records how a version was sealed.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    version: u32,
    blob: BlobId,
    key: &RecordKey,
    length: u64,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO sealed (version, blob, key, length) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![version, blob.as_bytes(), key.expose(), column::stored(length)])?;
    Ok(())
}

/// Records how a version was sealed again, or that the host has it in another blob than was known.
pub(crate) fn replace(
    transaction: &Transaction<'_>,
    version: u32,
    blob: BlobId,
    key: &RecordKey,
    length: u64,
) -> Result<(), StoreError> {
    // Who has read the blob before has read this version.
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO former_blob SELECT blob, version FROM sealed WHERE version = ?1 AND blob != ?2",
        )?
        .execute(params![version, blob.as_bytes()])?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO sealed (version, blob, key, length) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![version, blob.as_bytes(), key.expose(), column::stored(length)])?;
    Ok(())
}

/// Every sealed version with its blob and the length of that, in the order of arrival.
pub(crate) fn blobs(connection: &Connection) -> Result<Vec<(u32, BlobId, u64)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT version, blob, length FROM sealed ORDER BY version")?;
    statement
        .query_and_then([], |row| {
            Ok((row.get("version")?, column::id(row, "blob")?, column::number(row, "length")?))
        })?
        .collect()
}

/// Every sealed version by its name.
pub(crate) fn names(connection: &Connection) -> Result<Vec<(u32, VersionName)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT sealed.version AS seq, first.content AS record, version.number
         FROM sealed
         CROSS JOIN version ON version.seq = sealed.version
         CROSS JOIN version AS first ON first.seq = version.record
         ORDER BY sealed.version",
    )?;
    statement.query_and_then([], |row| Ok((row.get("seq")?, name(row)?)))?.collect()
}

/// The records of which these blobs are versions, sealed again since or not; lists are none.
pub(crate) fn records_of(
    connection: &Connection,
    blobs: &BTreeSet<BlobId>,
) -> Result<BTreeMap<BlobId, RecordRow>, StoreError> {
    let found = versions_in(connection, blobs)?.into_iter();
    found.map(|(blob, version)| Ok((blob, record_of(connection, version)?))).collect()
}

/// The versions of which these are blobs, sealed again since or not; lists are none.
pub(crate) fn names_of(
    connection: &Connection,
    blobs: &BTreeSet<BlobId>,
) -> Result<BTreeMap<BlobId, VersionName>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first.content AS record, version.number
         FROM version CROSS JOIN version AS first ON first.seq = version.record
         WHERE version.seq = ?1",
    )?;
    let found = versions_in(connection, blobs)?.into_iter();
    let found = found.map(|(blob, version)| {
        let mut rows = statement.query([version])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok((blob, name(row)?))
    });
    found.collect()
}

fn name(row: &Row<'_>) -> Result<VersionName, StoreError> {
    Ok(VersionName { record: column::id(row, "record")?, number: column::number(row, "number")? })
}

fn versions_in(connection: &Connection, blobs: &BTreeSet<BlobId>) -> Result<Vec<(BlobId, u32)>, StoreError> {
    // Blobs are asked for by their hash so seldom that an index by it would cost more than it saves.
    let mut statement = connection
        .prepare_cached("SELECT version, blob FROM sealed UNION ALL SELECT version, blob FROM former_blob")?;
    let (mut rows, mut found) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let blob: BlobId = column::id(row, "blob")?;
        if blobs.contains(&blob) {
            found.push((blob, row.get("version")?));
        }
    }
    Ok(found)
}

/// The record of a version.
pub(crate) fn record_of(connection: &Connection, version: u32) -> Result<RecordRow, StoreError> {
    Ok(connection
        .prepare_cached("SELECT record FROM version WHERE seq = ?1")?
        .query_row([version], |row| row.get(0))?)
}

/// Every record that has a name under which others refer to it, with its row.
pub(crate) fn named_records(connection: &Connection) -> Result<Vec<(RecordId, RecordRow)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT reference_name.record AS first, version.content
         FROM reference_name CROSS JOIN version ON version.seq = reference_name.record",
    )?;
    statement.query_and_then([], |row| Ok((column::id(row, "content")?, row.get("first")?)))?.collect()
}

/// The sealed versions of a record as entries of a segment.
pub(crate) fn versions_of(
    connection: &Connection,
    record: RecordRow,
) -> Result<Vec<SegmentEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first.content AS record, version.number, sealed.blob, sealed.key, sealed.length, version.shown,
                EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq) AS is_taken_back,
                EXISTS (SELECT 1 FROM removed WHERE removed.record = ?1) AS is_removed
         FROM (SELECT seq, number, shown FROM version WHERE seq = ?1
               UNION ALL SELECT seq, number, shown FROM version WHERE record = ?1 AND number > 1) AS version
         CROSS JOIN sealed ON sealed.version = version.seq
         CROSS JOIN version AS first ON first.seq = ?1
         ORDER BY version.number",
    )?;
    statement.query_and_then([record], entry)?.collect()
}

/// One sealed version as an entry of a segment.
pub(crate) fn version(connection: &Connection, version: u32) -> Result<Option<SegmentEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first.content AS record, version.number, sealed.blob, sealed.key, sealed.length, version.shown,
                EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq) AS is_taken_back,
                EXISTS (SELECT 1 FROM removed WHERE removed.record = version.record) AS is_removed
         FROM sealed
         CROSS JOIN version ON version.seq = sealed.version
         CROSS JOIN version AS first ON first.seq = version.record
         WHERE sealed.version = ?1",
    )?;
    statement.query_and_then([version], entry)?.next().transpose()
}

fn entry(row: &Row<'_>) -> Result<SegmentEntry, StoreError> {
    let (is_shown, is_taken_back, is_removed): (bool, bool, bool) =
        (row.get("shown")?, row.get("is_taken_back")?, row.get("is_removed")?);
    Ok(SegmentEntry {
        record: column::id(row, "record")?,
        version: column::number(row, "number")?,
        blob: column::id(row, "blob")?,
        key: column::bytes32(row, "key")?.into(),
        length: column::number(row, "length")?,
        withdrawn: is_taken_back || is_removed,
        referenced: false,
        superseded: !is_shown,
    })
}

/// The entry of the version of this name as it stands now, if it is sealed.
pub(crate) fn present_entry(
    connection: &Connection,
    name: VersionName,
) -> Result<Option<SegmentEntry>, StoreError> {
    match restoring::find(connection, name)? {
        Some(found) => version(connection, found.seq),
        None => Ok(None),
    }
}

/// Sealed versions whose entries say less than is so, at most `limit`.
pub(crate) fn relisted(connection: &Connection, limit: u32) -> Result<Vec<u32>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT version FROM relisted ORDER BY version LIMIT ?1")?;
    Ok(statement.query_map([limit], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Notes that the entries of these versions are listed again.
pub(crate) fn set_listed(transaction: &Transaction<'_>, versions: &[u32]) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached("DELETE FROM relisted WHERE version = ?1")?;
    versions.iter().try_for_each(|version| Ok(statement.execute([version]).map(drop)?))
}

/// A name under which a record may be referred to: 64 bits of its hash.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ReferenceName(i64);

impl ReferenceName {
    /// The name of what is at this address.
    pub(crate) fn of_address(url: &str) -> Self {
        Self::of(&[url.as_bytes()])
    }

    /// The name of what has this type and id in one source.
    pub(crate) fn of_id(source: &str, resource_type: &str, id: &str) -> Self {
        Self::of(&[resource_type.as_bytes(), b"/", id.as_bytes(), &[0], source.as_bytes()])
    }

    /// The name that a search by identifier gives, such as `Practitioner?identifier=system|value`.
    pub(crate) fn of_search(text: &str) -> Self {
        Self::of(&[b"?", text.as_bytes()])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let digest = crypto::hash(Label::RecordKey, &[b"reference", &[0], &parts.concat()]);
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Self(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// Records under which name a record about no patient is referred to.
pub(crate) fn add_name(
    transaction: &Transaction<'_>,
    name: ReferenceName,
    record: RecordRow,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO reference_name (name, record) VALUES (?1, ?2)")?
        .execute(params![name.0, record])?;
    Ok(())
}

/// The record about no patient that has this name.
pub(crate) fn named(connection: &Connection, name: ReferenceName) -> Result<Option<RecordRow>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT record FROM reference_name WHERE name = ?1")?
        .query_row([name.0], |row| row.get(0))
        .optional()?)
}

/// Notes that something refers to a name that nothing has yet.
pub(crate) fn await_name(transaction: &Transaction<'_>, name: ReferenceName) -> Result<(), StoreError> {
    transaction.prepare_cached("INSERT OR IGNORE INTO awaited_name (name) VALUES (?1)")?.execute([name.0])?;
    Ok(())
}

/// Whether something sealed earlier refers to this name; asked once, when the name comes.
pub(crate) fn take_awaited(transaction: &Transaction<'_>, name: ReferenceName) -> Result<bool, StoreError> {
    let removed =
        transaction.prepare_cached("DELETE FROM awaited_name WHERE name = ?1")?.execute([name.0])?;
    Ok(removed == 1)
}
