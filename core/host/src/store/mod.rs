//! The host's database: one SQLite file, durable at every answer. Requests that write share commits; reading
//! waits for no writer.

mod access_log;
mod blobs;
mod commits;
mod grants;
mod inbox;
mod invites;
mod links;
mod manifests;
mod provider_logs;
mod readers;
mod schema;
mod spaces;
mod sweep;
mod totals;
mod trust;
mod writer;

use std::path::Path;

use keepwell_protocol::domain::Timestamp;
use keepwell_server::private_file;
use rusqlite::{Connection, OpenFlags, Params};

pub(crate) use blobs::{BLOB_ROW, Located, NewPack, PackId, StoredBlob};
pub(crate) use commits::{CommitRefused, SpaceBounds};
pub(crate) use grants::ReaderGrant;
pub(crate) use inbox::{EnvelopeKept, KnownProvider, Sender};
pub(crate) use invites::{Admission, OpenRefused};
pub(crate) use links::{LinkChange, LinkGrant, Opening, PutLink, PutManifest};
pub(crate) use manifests::{LinkFilesFound, ListedFiles, ManifestFound, ManifestVisit};
pub(crate) use provider_logs::LogAppended;
pub(crate) use spaces::SpaceKey;
pub(crate) use sweep::Rewrite;
pub(crate) use totals::Totals;

use crate::HostError;
use readers::Readers;
use writer::Writer;

/// What one request writes: kept or undone by itself, and on the disk with all who wrote at that time.
type Transaction<'a> = rusqlite::Savepoint<'a>;

/// The open database.
pub(crate) struct Store {
    // Closed first: the last connection empties the log that lies beside the file.
    readers: Readers,
    writer: Writer,
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
        Self::with(connection, file)
    }

    /// Opens a database that is in use, to write what its form has a place for.
    ///
    /// # Errors
    /// [`HostError::Database`].
    pub(crate) fn open_beside(file: &Path) -> Result<Self, HostError> {
        Self::with(Connection::open(file)?, file)
    }

    /// Opens a database that is in use, to read it as it is.
    ///
    /// # Errors
    /// [`HostError::Database`].
    pub(crate) fn open_to_read(file: &Path) -> Result<Self, HostError> {
        Self::with(to_read(file)?, file)
    }

    fn with(writer: Connection, file: &Path) -> Result<Self, HostError> {
        Ok(Self { writer: Writer::new(writer), readers: Readers::open(|| to_read(file))? })
    }

    /// Whether it can be read now.
    pub(crate) fn answers(&self) -> bool {
        self.read(|db| Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM spaces)", [], |_| Ok(()))?)).is_ok()
    }

    /// Runs `work` as a whole, kept only if it succeeds, and returns once it is on the disk.
    fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.writer.write(work)
    }

    /// Runs `work` on what is committed.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, HostError>) -> Result<T, HostError> {
        self.readers.read(work)
    }
}

fn to_read(file: &Path) -> Result<Connection, HostError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.set_prepared_statement_cache_capacity(schema::STATEMENTS);
    Ok(connection)
}

/// A time as SQLite keeps it; what lies beyond its range never comes.
fn seconds(time: Timestamp) -> i64 {
    signed(time.0)
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(unsigned(seconds))
}

/// The number that a query answers with.
fn number(db: &Connection, query: &str, params: impl Params) -> rusqlite::Result<u64> {
    db.prepare_cached(query)?.query_row(params, |row| row.get(0)).map(unsigned)
}

/// A number as SQLite keeps it; what lies beyond its range never comes.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that is never negative.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
