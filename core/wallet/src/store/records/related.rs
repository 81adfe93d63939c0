//! A record with where it came from, and the records that it refers to or that are of its code.

use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{self, RecordKey, Reference};
use rusqlite::{Connection, OptionalExtension};

use super::position::code;
use super::write::{Shown, first_half, identity};
use crate::store::StoreError;

/// The present version of a record, and where it came from first.
pub(crate) struct Present {
    /// The record's category.
    pub(crate) category: Category,
    /// The name of where it came from.
    pub(crate) source: String,
    /// The `fullUrl` under which it came from there.
    pub(crate) full_url: Option<String>,
    /// When it came.
    pub(crate) received: Timestamp,
    /// The resource, exactly as received.
    pub(crate) bytes: Vec<u8>,
}

/// The present version of a record; `None` if there is no such record.
pub(crate) fn present(connection: &Connection, id: &RecordId) -> Result<Option<Present>, StoreError> {
    let first: Option<u32> = connection
        .prepare_cached(
            "SELECT version.seq FROM content_key CROSS JOIN version ON version.seq = content_key.version
             WHERE content_key.hash = ?1 AND version.content = ?2 AND version.number = 1",
        )?
        .query_row((first_half(id.as_bytes()), id.as_bytes()), |row| row.get(0))
        .optional()?;
    let Some(first) = first else { return Ok(None) };
    let shown = Shown::of(connection, first)?;
    let (source, full_url, received, bytes) = connection
        .prepare_cached(
            "SELECT source.name, nullif(provenance.full_url, ''), import.received, version.bytes
             FROM version
             CROSS JOIN provenance ON provenance.version = version.seq
             CROSS JOIN source ON source.id = provenance.source
             CROSS JOIN import ON import.id = provenance.import
             WHERE version.seq = ?1
             ORDER BY provenance.import, source.id, provenance.full_url LIMIT 1",
        )?
        .query_row([shown.seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let category = shown.position.category().ok_or(StoreError::Corrupt { part: "a version" })?;
    Ok(Some(Present { category, source, full_url, received: Timestamp(received), bytes }))
}

/// The present bytes of what a reference leads to, from a record that came from this source under this address;
/// `None` if it is not there.
pub(crate) fn referred(
    connection: &Connection,
    reference: &str,
    source: &str,
    full_url: Option<&str>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let key = match Reference::parse(reference) {
        Reference::Absolute(url) | Reference::Urn(url) => RecordKey::Address(url.to_owned()),
        Reference::Relative { resource_type, id } => match fhir::source_of(full_url) {
            "file" => RecordKey::Source {
                source: source.to_owned(),
                resource_type: resource_type.to_owned(),
                id: id.to_owned(),
            },
            base => RecordKey::Address(format!("{base}/{resource_type}/{id}")),
        },
        Reference::Contained(_) | Reference::Other(_) => return Ok(None),
    };
    let Some(identity) = identity(&key) else { return Ok(None) };
    let record: Option<u32> = connection
        .prepare_cached("SELECT record FROM identity_key WHERE hash = ?1 AND rest = ?2")?
        .query_row(identity, |row| row.get(0))
        .optional()?;
    let Some(record) = record else { return Ok(None) };
    let shown = Shown::of(connection, record)?;
    let mut bytes = connection.prepare_cached("SELECT bytes FROM version WHERE seq = ?1")?;
    Ok(Some(bytes.query_row([shown.seq], |row| row.get(0))?))
}

/// The records of a category whose code, without its system, is this one: ids and present bytes, newest first.
pub(crate) fn of_code(
    connection: &Connection,
    category: Category,
    wanted: &str,
    limit: u32,
) -> Result<Vec<(RecordId, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT summary.record_id, version.bytes
         FROM summary CROSS JOIN version ON version.seq = (summary.position >> 5 & 1073741823)
         WHERE summary.category = ?1 AND summary.code = ?2
         ORDER BY summary.position DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((code(category), wanted, limit), |row| {
        Ok((RecordId::from_bytes(row.get(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
