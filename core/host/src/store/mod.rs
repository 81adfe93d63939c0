//! The host's database: one SQLite file, one writer, durable at every commit.

mod access_log;
mod blobs;
mod grants;
mod inbox;
mod links;
mod schema;
mod spaces;
mod sweep;
mod totals;
mod trust;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use keepwell_protocol::domain::Timestamp;
use keepwell_server::private_file;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub(crate) use blobs::{Located, NewPack, PackId};
pub(crate) use grants::ReaderGrant;
pub(crate) use inbox::{EnvelopeKept, KnownProvider};
pub(crate) use links::{LinkChange, Opening};
pub(crate) use spaces::{CommitRefused, SpaceKey};
pub(crate) use sweep::Rewrite;

use crate::HostError;

/// The open database.
///
/// One connection serves everything: each use takes well under a millisecond, and whatever was
/// acknowledged is on the disk (`synchronous = FULL`).
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database, making or migrating it as needed.
    ///
    /// # Errors
    /// [`HostError::TooNew`], or why the file can't be used.
    pub(crate) fn open(file: &Path) -> Result<Self, HostError> {
        // Files of SQLite beside it are for whom this one is for.
        private_file(file)?;
        let mut connection = Connection::open(file)?;
        schema::prepare(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Opens a database that is in use, as it is.
    ///
    /// # Errors
    /// [`HostError::Database`].
    pub(crate) fn open_with(file: &Path, flags: OpenFlags) -> Result<Self, HostError> {
        Ok(Self { connection: Mutex::new(Connection::open_with_flags(file, flags)?) })
    }

    /// Whether it can be read now.
    pub(crate) fn answers(&self) -> bool {
        self.read(|db| Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM spaces)", [], |_| Ok(()))?)).is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic between two statements rolls its transaction back; the connection stays sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction, kept only if it succeeds.
    fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, HostError>) -> Result<T, HostError> {
        work(&self.lock())
    }
}

/// A time as SQLite keeps it; what lies beyond its range never comes.
fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(u64::try_from(seconds).unwrap_or(0))
}
