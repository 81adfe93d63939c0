//! A record version as a sealed blob: header and the exact bytes received, under a key of its own.

use minicbor::{Decode, Encode};

use crate::crypto::{self, CryptoError, Label, RecordKey, Rng};
use crate::domain::{BlobId, Category, CborError, Object, Timestamp};

/// What travels with a record's bytes.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct RecordHeader {
    /// FHIR resource type, or `keepwell/…` for the wallet's own state.
    #[n(0)]
    pub resource_type: String,
    /// Where it came from.
    #[n(1)]
    pub source: String,
    /// The `fullUrl` under which it came.
    #[n(2)]
    pub full_url: Option<String>,
    /// When the wallet received it.
    #[n(3)]
    pub received: Timestamp,
    /// SHA-256 of the bytes.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub sha256: [u8; 32],
    /// The category under which it was first published; none for the wallet's own state.
    #[n(5)]
    pub category: Option<Category>,
}

impl Object for RecordHeader {}

/// A header and the bytes it describes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordBlob {
    /// What travels with the bytes.
    pub header: RecordHeader,
    /// The resource exactly as received.
    pub bytes: Vec<u8>,
}

impl RecordBlob {
    /// Seals the record: `u32 header length ‖ header ‖ bytes`.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn seal(&self, key: &RecordKey, rng: &mut Rng) -> Result<(BlobId, Vec<u8>), CryptoError> {
        let header = self.header.to_cbor();
        let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
        let mut message = Vec::with_capacity(4 + header.len() + self.bytes.len());
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(&header);
        message.extend_from_slice(&self.bytes);
        let sealed = crypto::seal(key.expose(), Label::Record, b"", &message, rng)?;
        Ok((crypto::blob_id(&sealed), sealed))
    }

    /// Opens a sealed record and checks that the bytes are those the header describes.
    ///
    /// # Errors
    /// [`CryptoError`] if the key is another or a byte was changed; as [`CborError`] if what was
    /// sealed is not a record.
    pub fn open(key: &RecordKey, sealed: &[u8]) -> Result<Self, RecordBlobError> {
        let message = crypto::open(key.expose(), Label::Record, b"", sealed)?;
        let (length, rest) = message.split_first_chunk::<4>().ok_or(CborError::Malformed)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| CborError::Malformed)?;
        let (header, bytes) = rest.split_at_checked(length).ok_or(CborError::Malformed)?;
        let header = RecordHeader::from_cbor(header)?;
        if crypto::sha256(bytes) != header.sha256 {
            return Err(CborError::Malformed.into());
        }
        Ok(Self { header, bytes: bytes.to_vec() })
    }
}

/// Why sealed bytes are not a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordBlobError {
    /// The blob does not open with this key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// What was sealed is not a record.
    #[error(transparent)]
    Cbor(#[from] CborError),
}

impl RecordBlobError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::Cbor(error) => error.code(),
        }
    }
}
