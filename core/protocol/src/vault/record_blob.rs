//! A record version as a sealed blob: header and the exact bytes received, under a key of its own.

use minicbor::{Decode, Encode};

use super::compression::Encoding;
use super::record_blob_error::RecordBlobError;
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
    /// How the bytes behind the header are written; none where they are as they were received.
    #[n(6)]
    pub encoding: Option<Encoding>,
}

impl Object for RecordHeader {}

/// A header and the bytes it describes. In memory they are never compressed: `encoding` is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordBlob {
    /// What travels with the bytes.
    pub header: RecordHeader,
    /// The resource exactly as received.
    pub bytes: Vec<u8>,
}

impl RecordBlob {
    /// Seals the record: `u32 header length ‖ header ‖ bytes`, the bytes compressed where that makes
    /// them shorter. The wallet's own state (no category) is sealed as it is: it is mostly keys and
    /// hashes, and is sealed at every commit.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn seal(&self, key: &RecordKey, rng: &mut Rng) -> Result<(BlobId, Vec<u8>), CryptoError> {
        let (encoding, compressed) =
            self.header.category.and_then(|_| Encoding::compress(&self.bytes)).unzip();
        let bytes = compressed.as_ref().unwrap_or(&self.bytes);
        let header = RecordHeader { encoding, ..self.header.clone() }.to_cbor();
        let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
        let message = [&length.to_be_bytes()[..], &header, bytes].concat();
        let sealed = crypto::seal(key.expose(), Label::Record, b"", &message, rng)?;
        Ok((crypto::blob_id(&sealed), sealed))
    }

    /// Opens a sealed record and checks that the bytes are those the header describes.
    ///
    /// # Errors
    /// [`CryptoError`] if the key is another or a byte was changed;
    /// [`RecordBlobError::UnknownEncoding`] if it is whole, but written in a way that this program does
    /// not know; as [`CborError`] if what was sealed is not a record, or inflates to anything but the
    /// bytes that its header tells.
    pub fn open(key: &RecordKey, sealed: &[u8]) -> Result<Self, RecordBlobError> {
        let message = crypto::open(key.expose(), Label::Record, b"", sealed)?;
        let (length, rest) = message.split_first_chunk::<4>().ok_or(CborError::Malformed)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| CborError::Malformed)?;
        let (header, bytes) = rest.split_at_checked(length).ok_or(CborError::Malformed)?;
        let mut header = RecordHeader::from_cbor(header)?;
        let bytes = match header.encoding.take() {
            Some(encoding) => encoding.inflate(bytes)?,
            None => bytes.to_vec(),
        };
        if crypto::sha256(&bytes) != header.sha256 {
            return Err(CborError::Malformed.into());
        }
        Ok(Self { header, bytes })
    }
}
