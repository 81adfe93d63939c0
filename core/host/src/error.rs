//! Why the host cannot run, or failed at something that is not the caller's fault.

use std::error::Error;
use std::io;

use keepwell_net::NetError;
use keepwell_protocol::domain::CborError;
use keepwell_server::ServerError;

/// A failure of the host itself.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Another process holds the home folder.
    #[error("another process is using this home")]
    Busy,
    /// There is no home of a host in this folder.
    #[error("there is no host in this home")]
    NoHome,
    /// There is something where the copy is to be.
    #[error("there is something at this place already")]
    BackupExists,
    /// The disk is full; what was begun was taken back.
    #[error("the disk is full")]
    DiskFull,
    /// The public URL is not the origin of an https or loopback address.
    #[error("the public URL must be an https origin, or http on loopback, without a path")]
    PublicUrl,
    /// The URL of the blob store is of no known kind.
    #[error("the blob store must be a folder or an s3, gs or az URL")]
    BlobsUrl,
    /// The database was written by a newer version; it was left untouched.
    #[error("the host's database has version {found}, newest supported is {supported}")]
    TooNew {
        /// The version of the file.
        found: u32,
        /// The newest version that this program reads.
        supported: u32,
    },
    /// The server does not serve, mostly because its address is taken.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file can't be written.
    #[error("the system refused")]
    Io(#[source] io::Error),
    /// SQLite reported an error.
    #[error("database error")]
    Database(#[source] rusqlite::Error),
    /// The blob store reported an error.
    #[error("blob store error")]
    Blobs(#[source] object_store::Error),
    /// Something that this host wrote does not read back.
    #[error("stored data is damaged")]
    Damaged,
    /// The thread that made an answer ended by a fault, or the host stopped first.
    #[error("the answer was not made to its end")]
    Interrupted,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// The client for the ledger could not be made.
    #[error(transparent)]
    Net(#[from] NetError),
}

impl HostError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "Busy",
            Self::NoHome => "HostNoHome",
            Self::BackupExists => "BackupExists",
            Self::DiskFull => "DiskFull",
            Self::PublicUrl => "HostPublicUrl",
            Self::BlobsUrl => "HostBlobsUrl",
            Self::TooNew { .. } => "HostTooNew",
            Self::Server(error) => error.code(),
            Self::Io(_) => "HostIo",
            Self::Database(_) => "HostDatabase",
            Self::Blobs(_) => "HostBlobs",
            Self::Damaged => "HostDamaged",
            Self::Interrupted => "HostInterrupted",
            Self::Randomness => "EntropyFailure",
            Self::Net(error) => error.code(),
        }
    }
}

impl From<io::Error> for HostError {
    fn from(error: io::Error) -> Self {
        if is_of_full_disk(&error) { Self::DiskFull } else { Self::Io(error) }
    }
}

impl From<rusqlite::Error> for HostError {
    fn from(error: rusqlite::Error) -> Self {
        if is_of_full_disk(&error) { Self::DiskFull } else { Self::Database(error) }
    }
}

impl From<object_store::Error> for HostError {
    fn from(error: object_store::Error) -> Self {
        if is_of_full_disk(&error) { Self::DiskFull } else { Self::Blobs(error) }
    }
}

/// Whether a full disk, or a user's full part of it, is what lies behind an error.
fn is_of_full_disk(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
            // The log's index could not grow, which SQLite calls an I/O error.
            let extended = error.sqlite_error().map(|error| error.extended_code);
            return error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
                || extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        }
        cause = match error.downcast_ref::<io::Error>() {
            // `source` of an I/O error skips the error inside.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}

impl From<CborError> for HostError {
    fn from(_: CborError) -> Self {
        Self::Damaged
    }
}
