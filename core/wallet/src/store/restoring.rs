//! What a restore has fetched, so that one that was broken off goes on where it was.
//!
//! Sealed lists and objects wait here until all of them are there; records are stored as they come.

use keepwell_protocol::domain::{BlobId, Category};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::records::VersionName;
use super::{StoreError, column, settings};

/// The sealed bytes of a blob, if they were kept.
pub(crate) fn kept(connection: &Connection, blob: BlobId) -> Result<Option<Vec<u8>>, StoreError> {
    settings::read_named(connection, &name(blob))
}

/// Keeps the sealed bytes of a blob.
pub(crate) fn keep(transaction: &Transaction<'_>, blob: BlobId, sealed: &[u8]) -> Result<(), StoreError> {
    settings::write_named(transaction, &name(blob), sealed)
}

/// Forgets everything that was kept.
pub(crate) fn forget_all(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM setting WHERE name GLOB ?1 || '*'", [PREFIX])?;
    Ok(())
}

/// A version that is stored already.
pub(crate) struct StoredVersion {
    /// Its order of arrival here.
    pub(crate) seq: u32,
    /// The blob that it came from.
    pub(crate) blob: BlobId,
}

/// Looks for a version by its name.
pub(crate) fn find(connection: &Connection, name: VersionName) -> Result<Option<StoredVersion>, StoreError> {
    let VersionName { record, number } = name;
    let hash = super::records::first_half(record.as_bytes());
    let mut statement = connection.prepare_cached(if number == 1 {
        "SELECT sealed.version AS seq, sealed.blob
         FROM content_key
         CROSS JOIN version AS first ON first.seq = content_key.version
         CROSS JOIN sealed ON sealed.version = first.seq
         WHERE content_key.hash = ?1 AND first.content = ?2 AND first.number = 1 AND ?3 = 1"
    } else {
        "SELECT sealed.version AS seq, sealed.blob
         FROM content_key
         CROSS JOIN version AS first ON first.seq = content_key.version
         CROSS JOIN version ON version.record = first.seq AND version.number = ?3 AND version.number > 1
         CROSS JOIN sealed ON sealed.version = version.seq
         WHERE content_key.hash = ?1 AND first.content = ?2 AND first.number = 1"
    })?;
    let mut rows = statement.query(params![hash, record.as_bytes(), number])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(StoredVersion { seq: column::number(row, "seq")?, blob: column::id(row, "blob")? }))
}

/// The category of a version.
pub(crate) fn category(connection: &Connection, seq: u32) -> Result<Option<Category>, StoreError> {
    let position: Option<i64> = connection
        .prepare_cached("SELECT position FROM version WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    Ok(position.and_then(super::records::category_at))
}

fn name(blob: BlobId) -> String {
    format!("{PREFIX}{blob}")
}

/// What the names of all settings here begin with.
const PREFIX: &str = "restoring/";
