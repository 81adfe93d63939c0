//! The versions of one record.

use keepwell_protocol::domain::{DeliveryId, RecordId, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use super::content::{first_half, read_head};
use super::present;
use super::row::RecordRow;
use crate::store::StoreError;

/// How a version stands among those of its record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VersionStanding {
    /// It is the one that is shown.
    Present,
    /// Another version of its record is shown.
    Superseded,
    /// It would be shown, but its source removed the record.
    RemovedAtSource,
    /// No import that stands carries it.
    TakenBack,
}

/// One version of a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordVersion {
    /// Which one, from 1, in the order of arrival.
    pub version: u32,
    /// How it stands.
    pub standing: VersionStanding,
    /// The import that brought it.
    pub import: DeliveryId,
    /// Where it came from.
    pub source: String,
    /// When it came.
    pub received: Timestamp,
    /// `meta.lastUpdated`, as written.
    pub last_updated: Option<String>,
    /// `meta.versionId`, as written.
    pub version_id: Option<String>,
}

/// The versions of a record in the order of their numbers; none if there is no such record.
pub(crate) fn history(connection: &Connection, record: &RecordId) -> Result<Vec<RecordVersion>, StoreError> {
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
        let head = read_head(bytes)?;
        let (delivery, source, received): ([u8; 16], String, u64) =
            carried.query_row([row.get::<_, u32>(0)?], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let standing = match (row.get(4)?, row.get(2)?) {
            (true, _) => VersionStanding::TakenBack,
            (false, true) if is_removed => VersionStanding::RemovedAtSource,
            (false, true) => VersionStanding::Present,
            (false, false) => VersionStanding::Superseded,
        };
        versions.push(RecordVersion {
            version: row.get(1)?,
            standing,
            import: DeliveryId::from_bytes(delivery),
            source,
            received: Timestamp(received),
            last_updated: head.last_updated.map(Into::into),
            version_id: head.version_id.map(Into::into),
        });
    }
    Ok(versions)
}

/// The seq of the first version of a record, by which its rows are found.
pub(crate) fn first_version(
    connection: &Connection,
    record: &RecordId,
) -> Result<Option<RecordRow>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT version.seq FROM content_key CROSS JOIN version ON version.seq = content_key.version
             WHERE content_key.hash = ?1 AND version.content = ?2 AND version.number = 1",
        )?
        .query_row((first_half(record.as_bytes()), record.as_bytes()), |row| row.get(0))
        .optional()?)
}
