//! A record with where it came from, and the records that it refers to or that are of its code.

use keepwell_protocol::domain::{Category, DeliveryId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::Origin;
use rusqlite::Connection;

use super::history::first_version;
use super::names;
use super::position::code;
use super::present::{is_removed, shown};
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
    /// The delivery that brought it.
    pub(crate) delivery: DeliveryId,
    /// What stood there for a source that was not named.
    pub(crate) guessed: Option<String>,
    /// Whether the record is removed at its source.
    pub(crate) is_removed: bool,
    /// The resource, exactly as received.
    pub(crate) bytes: Vec<u8>,
}

/// The present bytes of a record, and whether it is removed at its source.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_removed: bool,
}

/// The present version of a record; `None` if there is no such record.
pub(crate) fn present(connection: &Connection, id: &RecordId) -> Result<Option<Present>, StoreError> {
    let Some(first) = first_version(connection, id)? else { return Ok(None) };
    let Some((seq, position)) = shown(connection, first)? else { return Ok(None) };
    let (source, full_url, received, bytes, delivery, guessed) = connection
        .prepare_cached(
            "SELECT source.name, nullif(carried.full_url, ''), delivery.received, version.bytes, delivery.identity,
                    delivery.guessed
             FROM version
             CROSS JOIN carried ON carried.version = version.seq
             CROSS JOIN source ON source.id = carried.source
             CROSS JOIN delivery ON delivery.id = carried.delivery
             WHERE version.seq = ?1
             ORDER BY delivery.undone IS NOT NULL, carried.delivery, source.id, carried.full_url LIMIT 1",
        )?
        .query_row([seq], |row| {
            let delivery = DeliveryId::from_bytes(row.get(4)?);
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, delivery, row.get(5)?))
        })?;
    let category = position.category().ok_or(StoreError::Corrupt { part: "a version" })?;
    let is_removed = is_removed(connection, first)?;
    let received = Timestamp(received);
    Ok(Some(Present { category, source, full_url, received, delivery, guessed, is_removed, bytes }))
}

/// What a reference leads to, from this record; `None` if it is not there.
pub(crate) fn referred(
    connection: &Connection,
    reference: &str,
    from: &Present,
) -> Result<Option<Found>, StoreError> {
    let origin = match from.guessed.as_deref() {
        None => Origin::Named(&from.source),
        Some("") => Origin::Delivery(from.delivery.as_bytes()),
        Some(patient) => Origin::Patient(patient),
    };
    let record = names::referred(connection, reference, origin, from.full_url.as_deref())?;
    let Some(record) = record else { return Ok(None) };
    let Some((seq, _)) = shown(connection, record)? else { return Ok(None) };
    let mut bytes = connection.prepare_cached("SELECT bytes FROM version WHERE seq = ?1")?;
    let bytes = bytes.query_row([seq], |row| row.get(0))?;
    Ok(Some(Found { bytes, is_removed: is_removed(connection, record)? }))
}

/// The Observations of a category whose code, without its system, is this one, newest first.
pub(crate) fn of_code(
    connection: &Connection,
    category: Category,
    wanted: &str,
    limit: u32,
) -> Result<Vec<(RecordId, Found)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT summary.record_id, version.bytes, EXISTS (SELECT 1 FROM removed WHERE removed.record = version.record)
         FROM summary INDEXED BY summary_of_code
         CROSS JOIN version ON version.seq = (summary.position >> 5 & 1073741823)
         WHERE summary.category = ?1 AND summary.code = ?2 AND summary.type = 'Observation'
         ORDER BY summary.position DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((code(category), wanted, limit), |row| {
        Ok((RecordId::from_bytes(row.get(0)?), Found { bytes: row.get(1)?, is_removed: row.get(2)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
