//! Which entries of hosts' access logs are no news any more, and the signed requests that they showed.
//!
//! Some 40 bytes for each entry and each request, kept for good: what is forgotten could be shown again as new.

use std::collections::BTreeSet;

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{GrantId, Object, Timestamp};
use keepwell_protocol::vault::LogEntry;
use rusqlite::{Connection, Transaction};

use super::{StoreError, column};

/// Stands for an entry, with its number in the log, or for a signed request.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SeenDigest([u8; 32]);

impl SeenDigest {
    /// Of all that an entry says.
    pub(crate) fn of_entry(entry: &LogEntry) -> Self {
        Self(crypto::sha256_parts(&[b"entry", &entry.to_cbor()]))
    }

    /// Of a request that the reader of a grant signed, whatever entry shows it.
    pub(crate) fn of_request(grant: GrantId, created: Timestamp, nonce: &str) -> Self {
        let created = created.0.to_be_bytes();
        Self(crypto::sha256_parts(&[b"request", grant.as_bytes(), &created, nonce.as_bytes()]))
    }
}

/// Whether this is no news.
pub(crate) fn contains(connection: &Connection, digest: SeenDigest) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("SELECT 1 FROM seen_entry WHERE digest = ?1")?.exists([digest.0])?)
}

/// Everything that is no news.
pub(crate) fn all(connection: &Connection) -> Result<BTreeSet<SeenDigest>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT digest FROM seen_entry")?;
    statement.query_and_then([], |row| Ok(SeenDigest(*column::bytes32(row, "digest")?)))?.collect()
}

/// Notes that this is no news from now on.
pub(crate) fn add(transaction: &Transaction<'_>, digest: SeenDigest) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO seen_entry (digest) VALUES (?1)")?
        .execute([digest.0])?;
    Ok(())
}
