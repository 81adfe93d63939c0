//! Blobs that the host should have and has lost, until what lies in them was sealed and sent again.

use std::collections::BTreeSet;

use keepwell_protocol::domain::BlobId;
use rusqlite::{Connection, Transaction};

use super::{StoreError, column};

/// Notes that the host has lost a blob.
pub(crate) fn add(transaction: &Transaction<'_>, blob: BlobId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO lost_blob (blob) VALUES (?1)")?
        .execute([blob.as_bytes()])?;
    Ok(())
}

/// Crosses off a blob in whose place another is.
pub(crate) fn remove(transaction: &Transaction<'_>, blob: BlobId) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM lost_blob WHERE blob = ?1")?.execute([blob.as_bytes()])?;
    Ok(())
}

/// Crosses off everything: nothing refers to what is left.
pub(crate) fn clear(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM lost_blob", [])?;
    Ok(())
}

/// Every blob that is to be replaced.
pub(crate) fn all(connection: &Connection) -> Result<BTreeSet<BlobId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT blob FROM lost_blob")?;
    statement.query_and_then([], |row| column::id(row, "blob"))?.collect()
}
