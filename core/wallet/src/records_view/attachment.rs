//! A file that a record carries or points to, with its bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_chart::CarriedFile;
use keepwell_protocol::crypto::sha1_of_attachment;
use keepwell_protocol::domain::RecordId;
use keepwell_protocol::formats::fhir::decode_base64;
use rusqlite::Connection;

use crate::error::WalletError;
use crate::store::records;

/// A file within a record, or in a Binary that it points to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attachment {
    /// Its media type, as written.
    pub content_type: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// What it holds, decoded.
    pub bytes: Vec<u8>,
}

/// The file in this place among those that the record's view lists, from 0. An address is looked up among the records
/// alone.
pub(crate) fn attachment(
    connection: &Connection,
    id: &RecordId,
    index: u32,
) -> Result<Attachment, WalletError> {
    let present = records::present(connection, id)?.ok_or(WalletError::NoSuchRecord)?;
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let carried = CarriedFile::read(&present.bytes, index).ok_or(WalletError::NoSuchAttachment)?;
    let (data, pointed_to) = match (&carried.data, &carried.address) {
        (Some(data), _) => (data.clone(), None),
        (None, Some(address)) => {
            let found = records::referred(connection, address, &present)?;
            let binary = found.and_then(|found| CarriedFile::of_binary(&found.bytes));
            let binary = binary.ok_or(WalletError::AttachmentNotHere)?;
            (binary.data.unwrap_or_default(), binary.content_type)
        }
        (None, None) => return Err(WalletError::NoSuchAttachment),
    };
    let bytes = decode_base64(&data, usize::MAX).map_err(|_| WalletError::AttachmentDamaged)?;
    if contradicts(&carried, &bytes) {
        return Err(WalletError::AttachmentDamaged);
    }
    Ok(Attachment { content_type: carried.content_type.or(pointed_to), title: carried.title, bytes })
}

/// Whether a record says of a file that it has another size or another SHA-1. A hash of another length is of another
/// kind, and says nothing here.
fn contradicts(carried: &CarriedFile, bytes: &[u8]) -> bool {
    let other_size = carried.size.is_some_and(|size| u64::try_from(bytes.len()).ok() != Some(size));
    let hash = carried.hash.as_deref().and_then(|hash| STANDARD.decode(hash.trim()).ok());
    let hash = hash.and_then(|hash| <[u8; 20]>::try_from(hash).ok());
    other_size || hash.is_some_and(|hash| hash != sha1_of_attachment(bytes))
}
