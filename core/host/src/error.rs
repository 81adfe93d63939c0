//! Why the host cannot run, or failed at something that is not the caller's fault.

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
    Io(#[from] std::io::Error),
    /// SQLite reported an error.
    #[error("database error")]
    Database(#[from] rusqlite::Error),
    /// The blob store reported an error.
    #[error("blob store error")]
    Blobs(#[from] object_store::Error),
    /// Something that this host wrote does not read back.
    #[error("stored data is damaged")]
    Damaged,
    /// The thread that made an answer ended by a fault.
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

impl From<CborError> for HostError {
    fn from(_: CborError) -> Self {
        Self::Damaged
    }
}
