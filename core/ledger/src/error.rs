//! Why a ledger cannot be served.

use keepwell_protocol::crypto::CryptoError;
use keepwell_server::ServerError;

use crate::engine::{BadRpcAddress, EngineError};
use crate::member_error::BadMember;
use crate::store::StoreError;

/// Why a ledger cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The gateway does not serve, mostly because its address is taken.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file failed.
    #[error("the ledger's home cannot be used")]
    Io(#[from] std::io::Error),
    /// A file in the home folder is not what the first start wrote.
    #[error("a file in the ledger's home is damaged")]
    Home,
    /// Another process uses this home.
    #[error("another process uses this home")]
    Busy,
    /// The folder for a network has something in it.
    #[error("the folder for a network must be new or empty")]
    FolderTaken,
    /// A socket in the folder would have a name that no system takes.
    #[error("the folder's name is too long for a socket in it; take a shorter one")]
    PathTooLong,
    /// A file names no authority, or two of a network are the same.
    #[error(transparent)]
    Member(#[from] BadMember),
    /// CometBFT's configuration has its RPC answer to other machines.
    #[error(transparent)]
    Rpc(#[from] BadRpcAddress),
    /// The system gives no randomness.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The engine cannot go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl LedgerError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Server(error) => error.code(),
            Self::Io(_) => "LedgerUnavailable",
            Self::Home => "LedgerDamaged",
            Self::Busy => "HomeBusy",
            Self::FolderTaken => "FolderTaken",
            Self::PathTooLong => "PathTooLong",
            Self::Member(error) => error.code(),
            Self::Rpc(_) => "CometbftRpc",
            Self::Crypto(error) => error.code(),
            Self::Engine(error) => error.code(),
        }
    }
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}
