//! Reading records back: one, those to be published, all.

use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::content::{content, first_half};
use super::position::{Position, category_at, code};
use super::present;
use super::row::RecordRow;
use crate::store::StoreError;

/// One version of a record, with what the wallet knows beside its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Version {
    /// Order of arrival, from 1.
    pub(crate) seq: u32,
    /// The record, over all its versions.
    pub(crate) record: RecordId,
    /// Which version of the record, from 1.
    pub(crate) number: u32,
    /// The record's category, which stays that of the first version.
    pub(crate) category: Category,
    /// Where it came from first.
    pub(crate) source: String,
    /// The `fullUrl` under which it came from there.
    pub(crate) full_url: Option<String>,
    /// When it came first.
    pub(crate) received: Timestamp,
    /// The resource, exactly as received.
    pub(crate) bytes: Vec<u8>,
}

/// How many records there are.
pub(crate) fn count(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(sum(records), 0) FROM record_count", [], |row| row.get(0))?)
}

/// How many records of a category there are.
pub(crate) fn count_of(connection: &Connection, category: Category) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT records FROM record_count WHERE category = ?1")?;
    Ok(statement.query_row([code(category)], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// The place of the newest version in the order of arrival; 0 if there is none.
pub(crate) fn newest_arrival(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("SELECT coalesce(max(seq), 0) FROM version", [], |row| row.get(0))?)
}

/// How many records of each category have a present version that arrived after this one.
pub(crate) fn count_after(connection: &Connection, seq: u32) -> Result<Vec<(Category, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT min(position), count(*) FROM summary WHERE (position >> 5 & 1073741823) > ?1
         GROUP BY category ORDER BY category",
    )?;
    let rows = statement.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let counted = |row: rusqlite::Result<(i64, u64)>| {
        let (position, count) = row?;
        let category = category_at(position).ok_or(StoreError::Corrupt { part: "a summary" })?;
        Ok((category, count))
    };
    rows.map(counted).collect()
}

/// The bytes of the newest version of a record.
pub(crate) fn show(connection: &Connection, id: &RecordId) -> Result<Option<Vec<u8>>, StoreError> {
    let first = connection
        .prepare_cached(
            "SELECT version.seq, iif(version.shown, version.bytes, NULL)
             FROM content_key CROSS JOIN version ON version.seq = content_key.version
             WHERE content_key.hash = ?1 AND version.content = ?2 AND version.number = 1",
        )?
        .query_row((first_half(id.as_bytes()), id.as_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (record, bytes): (RecordRow, Option<Vec<u8>>) = match first {
        Some(first) => first,
        None => return Ok(None),
    };
    if bytes.is_some() {
        return Ok(bytes);
    }
    let Some((seq, _)) = present::shown(connection, record)? else { return Ok(None) };
    let bytes = connection
        .prepare_cached("SELECT bytes FROM version WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?;
    Ok(Some(bytes))
}

/// Whether these bytes are a version of a record.
pub(crate) fn has_bytes(connection: &Connection, bytes: &[u8]) -> Result<bool, StoreError> {
    let content = content(bytes);
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM content_key CROSS JOIN version ON version.seq = content_key.version
             WHERE content_key.hash = ?1 AND version.content = ?2 AND length(version.bytes) > 0
                   AND NOT EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq)",
        )?
        .exists((first_half(&content), content))?)
}

/// Every version that arrived after `seq`, oldest first; not the places of those that were lost, and none that was
/// taken back. What is written meanwhile is not missed, if it comes behind.
pub(crate) fn versions_after(connection: &Connection, seq: u32) -> Versions<'_> {
    Versions { connection, after: seq, has_taken_back: false, read: Vec::new().into_iter() }
}

/// How many versions are not the bytes by whose hash they are called.
pub(crate) fn count_changed(connection: &Connection) -> Result<u64, StoreError> {
    let mut statement = connection.prepare("SELECT content, bytes FROM version WHERE length(bytes) > 0")?;
    let (mut rows, mut changed) = (statement.query([])?, 0);
    while let Some(row) = rows.next()? {
        let is_whole = row.get::<_, [u8; 32]>("content")? == content(&row.get::<_, Vec<u8>>("bytes")?);
        changed += u64::from(!is_whole);
    }
    Ok(changed)
}

/// Every version of which there are bytes, oldest first, also of those that were taken back.
pub(crate) fn versions_ever(connection: &Connection) -> Versions<'_> {
    Versions { has_taken_back: true, ..versions_after(connection, 0) }
}

/// Whether [`versions_after`] gives any.
pub(crate) fn has_versions_after(connection: &Connection, seq: u32) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM version WHERE seq > ?1 AND length(bytes) > 0
                AND NOT EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq)",
    )?;
    Ok(statement.exists([seq])?)
}

/// A walk over versions, of which a few are in memory at once.
pub(crate) struct Versions<'c> {
    connection: &'c Connection,
    after: u32,
    has_taken_back: bool,
    read: std::vec::IntoIter<Version>,
}

impl Versions<'_> {
    fn read_on(&self) -> Result<Vec<Version>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT version.seq, first.content, version.number, version.position, version.bytes
             FROM version CROSS JOIN version AS first ON first.seq = version.record
             WHERE version.seq > ?1 AND length(version.bytes) > 0
                   AND (?3 OR NOT EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq))
             ORDER BY version.seq LIMIT ?2",
        )?;
        let mut rows = statement.query((self.after, AT_ONCE, self.has_taken_back))?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            versions.push(version(self.connection, row)?);
        }
        Ok(versions)
    }
}

impl Iterator for Versions<'_> {
    type Item = Result<Version, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.as_slice().is_empty() {
            match self.read_on() {
                Ok(versions) => self.read = versions.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
        let version = self.read.next()?;
        self.after = version.seq;
        Some(Ok(version))
    }
}

/// The version that lists show of a record.
pub(crate) struct Shown {
    pub(crate) version: Version,
    /// Whether the record is removed at its source.
    pub(crate) is_removed: bool,
}

/// Gives what lists show of each record to `receive`, in the order of arrival.
pub(crate) fn each_shown<E: From<StoreError>>(
    connection: &Connection,
    receive: &mut dyn FnMut(Shown) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection
        .prepare_cached(
            "SELECT version.seq, first.content, version.number, version.position, version.bytes,
                    EXISTS (SELECT 1 FROM removed WHERE removed.record = version.record)
             FROM version CROSS JOIN version AS first ON first.seq = version.record
             WHERE version.shown = 1 AND length(version.bytes) > 0
                   AND NOT EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq)
             ORDER BY version.seq",
        )
        .map_err(StoreError::from)?;
    let mut rows = statement.query([]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        let is_removed = row.get(5).map_err(StoreError::from)?;
        receive(Shown { version: version(connection, row)?, is_removed })?;
    }
    Ok(())
}

/// One version, also of those that were taken back; none if its bytes are lost.
pub(crate) fn version_at(connection: &Connection, seq: u32) -> Result<Option<Version>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT version.seq, first.content, version.number, version.position, version.bytes
         FROM version CROSS JOIN version AS first ON first.seq = version.record
         WHERE version.seq = ?1 AND length(version.bytes) > 0",
    )?;
    let mut rows = statement.query([seq])?;
    rows.next()?.map(|row| version(connection, row)).transpose()
}

/// A Patient resource in one of the ways in which it came.
pub(crate) struct OwnerPatient {
    /// The name of where it came from.
    pub(crate) source: String,
    /// The `fullUrl` under which it came from there.
    pub(crate) full_url: Option<String>,
    /// The resource as it was received.
    pub(crate) bytes: Vec<u8>,
}

/// The Patient resources, each with the import that it came with.
pub(crate) fn owner_patients(connection: &Connection) -> Result<Vec<(OwnerPatient, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT source.name, nullif(carried.full_url, ''), version.bytes, carried.delivery
         FROM summary
         CROSS JOIN version ON version.seq = (summary.position >> 5 & 1073741823)
         CROSS JOIN carried ON carried.version = version.seq
         CROSS JOIN source ON source.id = carried.source
         WHERE summary.category = ?1 AND summary.type = 'Patient'
         ORDER BY version.seq",
    )?;
    let rows = statement.query_map([code(Category::Patient)], |row| {
        let patient = OwnerPatient { source: row.get(0)?, full_url: row.get(1)?, bytes: row.get(2)? };
        Ok((patient, row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Gives every version of every record to `receive`, in the order of arrival.
pub(crate) fn export<E: From<StoreError>>(
    connection: &Connection,
    receive: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection
        .prepare(
            "SELECT bytes FROM version WHERE length(bytes) > 0
                  AND NOT EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq)
             ORDER BY seq",
        )
        .map_err(StoreError::from)?;
    let mut rows = statement.query([]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        let bytes = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        receive(bytes.map_err(StoreError::from)?)?;
    }
    Ok(())
}

/// A version with the first of its provenances.
fn version(connection: &Connection, row: &Row<'_>) -> Result<Version, StoreError> {
    let seq = row.get(0)?;
    let (source, full_url, received) = connection
        .prepare_cached(
            "SELECT source.name, nullif(carried.full_url, ''), delivery.received
             FROM carried
             CROSS JOIN source ON source.id = carried.source
             CROSS JOIN delivery ON delivery.id = carried.delivery
             WHERE carried.version = ?1
             ORDER BY delivery.undone IS NOT NULL, carried.delivery, source.id, carried.full_url LIMIT 1",
        )?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(Version {
        seq,
        record: RecordId::from_bytes(row.get(1)?),
        number: row.get(2)?,
        category: Position::from_i64(row.get(3)?)
            .category()
            .ok_or(StoreError::Corrupt { part: "a version" })?,
        source,
        full_url,
        received: Timestamp(received),
        bytes: row.get(4)?,
    })
}

/// How many versions are read from the database at once.
const AT_ONCE: u32 = 64;
