//! Why sealed bytes are not a record.

use crate::crypto::CryptoError;
use crate::domain::CborError;

/// Why sealed bytes are not a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordBlobError {
    /// The blob does not open with this key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// What was sealed is not a record.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// The record is whole, but compressed in a way that only a newer program knows.
    #[error("the record needs a newer program")]
    UnknownEncoding,
}

impl RecordBlobError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::Cbor(error) => error.code(),
            Self::UnknownEncoding => "RecordTooNew",
        }
    }
}
