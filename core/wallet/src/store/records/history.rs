//! The versions of one record.

use keepwell_protocol::domain::{DeliveryId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::ResourceHead;
use rusqlite::{Connection, OptionalExtension};

use super::present;
use super::write::first_half;
use crate::store::StoreError;

/// How a version stands among those of its record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// Lists show it.
    Shown,
    /// Lists show another.
    Superseded,
    /// Lists show it as removed at its source.
    Removed,
    /// No delivery that stands carries it.
    TakenBack,
}

/// A version as its record's history tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Historic {
    /// Which one, from 1.
    pub(crate) number: u32,
    /// How it stands.
    pub(crate) standing: Standing,
    /// The delivery that brought it first, of those that stand if any does.
    pub(crate) delivery: DeliveryId,
    /// Where it came from with that.
    pub(crate) source: String,
    /// When.
    pub(crate) received: Timestamp,
    /// `meta.lastUpdated`, as written.
    pub(crate) last_updated: Option<String>,
    /// `meta.versionId`, as written.
    pub(crate) version_id: Option<String>,
}

/// The versions of a record in the order of their numbers; none if there is no such record.
pub(crate) fn history(connection: &Connection, record: &RecordId) -> Result<Vec<Historic>, StoreError> {
    let Some(first) = first_version(connection, record)? else { return Ok(Vec::new()) };
    let is_removed = present::is_removed(connection, first)?;
    let mut carried = connection.prepare_cached(
        "SELECT delivery.identity, source.name, delivery.received
         FROM carried
         CROSS JOIN source ON source.id = carried.source
         CROSS JOIN delivery ON delivery.id = carried.delivery
         WHERE carried.version = ?1
         ORDER BY delivery.undone IS NOT NULL, carried.delivery, source.id LIMIT 1",
    )?;
    let mut statement = connection.prepare_cached(
        "SELECT seq, number, shown, bytes, EXISTS (SELECT 1 FROM taken_back WHERE version = one.seq)
         FROM (SELECT seq, number, shown, bytes FROM version WHERE seq = ?1
               UNION ALL SELECT seq, number, shown, bytes FROM version WHERE record = ?1 AND number > 1) AS one
         WHERE length(bytes) > 0 ORDER BY number",
    )?;
    let mut rows = statement.query([first])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
        let head = ResourceHead::read(bytes).map_err(|_| StoreError::Corrupt { part: "a record" })?;
        let (delivery, source, received): ([u8; 16], String, u64) =
            carried.query_row([row.get::<_, u32>(0)?], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let standing = match (row.get(4)?, row.get(2)?) {
            (true, _) => Standing::TakenBack,
            (false, true) if is_removed => Standing::Removed,
            (false, true) => Standing::Shown,
            (false, false) => Standing::Superseded,
        };
        versions.push(Historic {
            number: row.get(1)?,
            standing,
            delivery: DeliveryId::from_bytes(delivery),
            source,
            received: Timestamp(received),
            last_updated: head.last_updated.map(Into::into),
            version_id: head.version_id.map(Into::into),
        });
    }
    Ok(versions)
}

/// The seq of the first version of a record, by which its rows are found.
pub(crate) fn first_version(connection: &Connection, record: &RecordId) -> Result<Option<u32>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT version.seq FROM content_key CROSS JOIN version ON version.seq = content_key.version
             WHERE content_key.hash = ?1 AND version.content = ?2 AND version.number = 1",
        )?
        .query_row((first_half(record.as_bytes()), record.as_bytes()), |row| row.get(0))
        .optional()?)
}
