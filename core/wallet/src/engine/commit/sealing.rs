//! Sealing record versions and bringing the sealed bytes to the host.

use keepwell_protocol::crypto::{self, RecordKey};
use keepwell_protocol::domain::{BlobId, RecordFacts};
use keepwell_protocol::vault::{BlobIds, Blobs, RecordBlob, RecordHeader, batches};
use minicbor::bytes::ByteVec;
use rusqlite::Connection;

use super::Sealer;
use crate::error::WalletError;
use crate::records_view::facts::{facts, names, references};
use crate::store::records::{self, Version};
use crate::store::sealed::{self, ReferenceName};

/// One record version, sealed.
pub(crate) struct SealedRecord {
    /// Order of arrival.
    pub(crate) seq: u32,
    /// What scopes ask about it.
    pub(crate) facts: RecordFacts,
    /// Names under which others may refer to it; only for records about no patient.
    pub(crate) names: Vec<ReferenceName>,
    /// What it refers to, by the names of that.
    pub(crate) references: Vec<ReferenceName>,
    /// The sealed bytes' name.
    pub(crate) blob: BlobId,
    /// What opens them.
    pub(crate) key: RecordKey,
    /// The length of the sealed bytes.
    pub(crate) length: u64,
}

/// Some record versions, sealed, with the sealed bytes on their way.
pub(crate) struct SealedBatch {
    /// The versions, in the order of arrival.
    pub(crate) records: Vec<SealedRecord>,
    /// The sealed bytes in the same order.
    pub(crate) bytes: Vec<Vec<u8>>,
}

impl Sealer<'_> {
    /// Seals the next versions that were never sealed, up to about one batch of bytes; `None` if
    /// there are none.
    pub(crate) fn seal_batch(&mut self, connection: &Connection) -> Result<Option<SealedBatch>, WalletError> {
        let mut batch = SealedBatch { records: Vec::new(), bytes: Vec::new() };
        let mut total = 0_usize;
        for version in records::versions_after(connection, sealed::last(connection)?) {
            let (record, bytes) = self.seal_version(version?)?;
            total = total.saturating_add(bytes.len());
            batch.records.push(record);
            batch.bytes.push(bytes);
            if total >= Blobs::BATCH_BYTES - HEADROOM {
                break;
            }
        }
        Ok((!batch.records.is_empty()).then_some(batch))
    }

    pub(super) fn seal_version(&mut self, version: Version) -> Result<(SealedRecord, Vec<u8>), WalletError> {
        let head = records::read_head(&version.bytes)?;
        let facts = facts(&version, &head);
        let names = names(&version, &head);
        let references = references(&version, &head);
        let record = RecordBlob {
            header: RecordHeader {
                resource_type: facts.resource_type.clone(),
                source: version.source,
                full_url: version.full_url,
                received: version.received,
                sha256: crypto::sha256(&version.bytes),
                category: Some(version.category),
                encoding: None,
            },
            bytes: version.bytes,
        };
        let key = RecordKey::generate(self.rng)?;
        let (blob, bytes) = record.seal(&key, self.rng)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok((SealedRecord { seq: version.seq, facts, names, references, blob, key, length }, bytes))
    }
}

/// Puts sealed bytes together for upload, each batch at most [`BlobIds::LIMIT`] blobs and [`Blobs::BATCH_BYTES`]
/// unless a single blob is longer.
pub(crate) fn upload_batches(bytes: Vec<Vec<u8>>) -> Vec<Blobs> {
    let lengths: Vec<u64> = bytes.iter().map(|bytes| (bytes.len() + HEADER) as u64).collect();
    let mut bytes = bytes.into_iter().map(ByteVec::from);
    batches(&lengths, Blobs::BATCH_BYTES as u64, BlobIds::LIMIT)
        .into_iter()
        .map(|places| Blobs(bytes.by_ref().take(places.len()).collect()))
        .collect()
}

/// What is left free of a batch, so that the last record rarely needs one of its own.
const HEADROOM: usize = 64 * 1024;
/// The most that the encoding adds to one blob.
const HEADER: usize = 16;
