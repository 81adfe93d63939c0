//! What was sealed last of each state object.

use std::collections::BTreeSet;

use keepwell_protocol::domain::BlobId;
use rusqlite::{Connection, Transaction, params};

use super::state_object::name;
use super::{StoreError, column};

/// What was sealed last of one state object.
pub(crate) struct SealedState {
    /// How many versions were sealed.
    pub(crate) number: u32,
    /// The newest blob.
    pub(crate) blob: BlobId,
    /// SHA-256 of the object.
    pub(crate) digest: [u8; 32],
}

/// What was sealed last under a name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<SealedState>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT number, blob, digest FROM state_object WHERE name = ?1")?;
    let mut rows = statement.query(params![name])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(SealedState {
        number: column::number(row, "number")?,
        blob: column::id(row, "blob")?,
        digest: *column::bytes32(row, "digest")?,
    }))
}

/// Records what was sealed under a name.
pub(crate) fn set(transaction: &Transaction<'_>, name: &str, sealed: &SealedState) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO state_object (name, number, blob, digest) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![name, sealed.number, sealed.blob.as_bytes(), sealed.digest])?;
    Ok(())
}

/// What was sealed under every name is this, and nothing under others.
pub(crate) fn replace_all<'a>(
    transaction: &Transaction<'_>,
    all: impl Iterator<Item = (&'a str, &'a SealedState)>,
) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM state_object", [])?;
    for (name, sealed) in all {
        set(transaction, name, sealed)?;
    }
    Ok(())
}

/// The host has lost a state object: it is sealed again with the next commit.
pub(crate) fn seal_again(transaction: &Transaction<'_>, blob: BlobId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE state_object SET digest = zeroblob(32) WHERE blob = ?1")?
        .execute([blob.as_bytes()])?;
    Ok(())
}

/// The parts of the state log that are to be sealed again: first and last entry.
pub(crate) fn lost_log_parts(connection: &Connection) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, digest = zeroblob(32) AS lost FROM state_object WHERE name GLOB ?1 ORDER BY name",
    )?;
    let mut rows = statement.query([format!("{}*", name::LOG)])?;
    let mut parts = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get("name")?;
        let first = name.strip_prefix(name::LOG).and_then(|first| u64::from_str_radix(first, 16).ok());
        parts.push((first.ok_or(StoreError::Corrupt { part: "the state log" })?, row.get("lost")?));
    }
    let ends = parts.iter().skip(1).map(|(first, _)| first.saturating_sub(1)).chain([u64::MAX]);
    Ok(parts
        .iter()
        .zip(ends)
        .filter(|((_, lost), _)| *lost)
        .map(|((first, _), last)| (*first, last))
        .collect())
}

/// The newest blob of every state object.
pub(crate) fn current_blobs(connection: &Connection) -> Result<BTreeSet<BlobId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT blob FROM state_object")?;
    statement.query_and_then([], |row| column::id(row, "blob"))?.collect()
}
