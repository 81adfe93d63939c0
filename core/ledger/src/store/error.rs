//! Why the ledger's data could not be read or written.

use std::io::ErrorKind;

use keepwell_protocol::ledger::EngineStopped;

/// Why the ledger's data could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database reported an error.
    #[error("ledger database error")]
    Database(#[source] Box<redb::Error>),
    /// The database's file cannot be made or opened.
    #[error("the ledger's database file cannot be used")]
    Io(#[from] std::io::Error),
    /// The state tree reported an error.
    #[error("the ledger's state tree is damaged")]
    Tree(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A write had failed and the file could not be opened again yet.
    #[error("the ledger's database is closed")]
    Closed,
    /// The database holds something that was not written here.
    #[error("the ledger's database is damaged")]
    Corrupt,
    /// The database was written by a newer version; it was left untouched.
    #[error("ledger database has format {found}, newest supported is {supported}")]
    TooNew {
        /// The format found.
        found: u32,
        /// The newest that is supported.
        supported: u32,
    },
}

impl StoreError {
    /// Why no blocks can be made for now; nothing where waiting does not help.
    pub fn temporary(&self) -> Option<EngineStopped> {
        let io = match self {
            Self::Database(error) => match &**error {
                // What is read there is no database.
                redb::Error::Io(error) if error.kind() == ErrorKind::InvalidData => return None,
                redb::Error::Io(error) => Some(error),
                redb::Error::PreviousIo | redb::Error::DatabaseClosed => None,
                _ => return None,
            },
            Self::Io(error) => Some(error),
            // The tree reads through the database.
            Self::Tree(_) | Self::Closed => None,
            Self::Corrupt | Self::TooNew { .. } => return None,
        };
        let is_full = |error: &std::io::Error| {
            matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
            )
        };
        Some(if io.is_some_and(is_full) { EngineStopped::DiskFull } else { EngineStopped::Storage })
    }

    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(_) | Self::Io(_) | Self::Closed => "LedgerDatabase",
            Self::Tree(_) | Self::Corrupt => "LedgerDamaged",
            Self::TooNew { .. } => "LedgerTooNew",
        }
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        })*
    };
}

from_redb!(CommitError, DatabaseError, SetDurabilityError, StorageError, TableError, TransactionError);
