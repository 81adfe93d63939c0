//! Content of records: what it is called by, how the index has that, and its head.

use keepwell_protocol::crypto;
use keepwell_protocol::formats::fhir::ResourceHead;

use crate::store::StoreError;

/// What content is called by: the record id that it gives where it is a first version.
pub(super) fn content(bytes: &[u8]) -> [u8; 32] {
    *crypto::record_id(bytes).as_bytes()
}

/// The first 64 bits of a digest, as an index keeps them.
pub(crate) fn first_half(digest: &[u8; 32]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Reads the head of a stored resource.
///
/// # Errors
/// [`StoreError::Corrupt`] if it does not read as what was stored.
pub(crate) fn read_head(bytes: &[u8]) -> Result<ResourceHead<'_>, StoreError> {
    ResourceHead::read(bytes).map_err(|_| StoreError::Corrupt { part: "a record" })
}
