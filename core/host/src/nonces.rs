//! Nonces that were seen, so that nobody can send a signed request twice.
//!
//! They outlive a crash of this process but need not outlive the machine's: a request counts for a
//! minute only (RFC 9421 §7.2.2), by when its head arrived. So they lie in a file of their own that is never
//! synced.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use keepwell_protocol::crypto::PublicKey;
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_server::private_file;
use rusqlite::{Connection, params};

use crate::HostError;

/// How long a nonce is remembered: longer than its request counts before and after its creation.
const KEPT: Duration = Duration(121);

/// The nonces of the last minutes.
pub(crate) struct Nonces {
    connection: Mutex<Connection>,
}

impl Nonces {
    /// Opens the file, making it as needed.
    pub(crate) fn open(file: &Path) -> Result<Self, HostError> {
        private_file(file)?;
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS nonces (
                 key BLOB NOT NULL, nonce TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (key, nonce)
             ) STRICT, WITHOUT ROWID;
             CREATE INDEX IF NOT EXISTS nonces_by_end ON nonces (expires);",
        )?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Notes a nonce; false if this key has used it before.
    pub(crate) fn note(&self, key: &PublicKey, nonce: &str, now: Timestamp) -> Result<bool, HostError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = |time: Timestamp| i64::try_from(time.0).unwrap_or(i64::MAX);
        connection.prepare_cached("DELETE FROM nonces WHERE expires < ?1")?.execute([seconds(now)])?;
        let noted = connection
            .prepare_cached("INSERT OR IGNORE INTO nonces VALUES (?1, ?2, ?3)")?
            .execute(params![key.as_bytes(), nonce, seconds(now.saturating_add(KEPT))])?;
        Ok(noted == 1)
    }
}
