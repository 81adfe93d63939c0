//! Why the wallet could not do what was asked.

use keepwell_protocol::crypto::{CryptoError, PinError};
use keepwell_protocol::formats::fhir::ReadError;

use crate::facade::FoundPatient;
use crate::store::records::InvalidCursor;
use crate::store::{DeviceKeyError, StoreError};

/// Why the wallet could not do what was asked; nothing was lost or changed.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The wallet is locked.
    #[error("the wallet is locked")]
    Locked,
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The input could not be read to its end; nothing of it was kept.
    #[error(transparent)]
    Import(#[from] ReadError),
    /// The records are not all about the owner of this wallet; nothing was kept.
    #[error("the records are about more than one person, or about someone else")]
    OtherPatient {
        /// Who they are about, and the owner where known; at most 100.
        patients: Vec<FoundPatient>,
    },
    /// There is no such record.
    #[error("there is no such record")]
    NoSuchRecord,
    /// The cursor is not one that a page gave.
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    /// The answers to the quiz are not the words.
    #[error("these are not the recovery words")]
    QuizFailed,
    /// The destination of an export could not be written.
    #[error("the export could not be written")]
    ExportIo(#[source] std::io::Error),
}

impl WalletError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked => "Locked",
            Self::Store(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::OtherPatient { .. } => "OtherPatient",
            Self::NoSuchRecord => "NoSuchRecord",
            Self::InvalidCursor(_) => "InvalidCursor",
            Self::QuizFailed => "QuizFailed",
            Self::ExportIo(_) => "ExportIo",
        }
    }
}

impl From<PinError> for WalletError {
    fn from(error: PinError) -> Self {
        Self::Store(error.into())
    }
}

impl From<CryptoError> for WalletError {
    fn from(error: CryptoError) -> Self {
        Self::Store(error.into())
    }
}

impl From<DeviceKeyError> for WalletError {
    fn from(error: DeviceKeyError) -> Self {
        Self::Store(error.into())
    }
}
