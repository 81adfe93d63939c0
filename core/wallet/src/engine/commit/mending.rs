//! What the host has lost, sealed again: records, segments, and the wallet's own state.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::RecordKey;
use keepwell_protocol::domain::{BlobId, CompartmentId};
use keepwell_protocol::vault::{Segment, SegmentEntry, SegmentRef};
use rusqlite::{Connection, Transaction};

use super::Sealer;
use super::sealing::SealedBatch;
use crate::error::WalletError;
use crate::store::{commits, compartments, lost_blobs, records, sealed, sealed_state};

/// A record version that the host has lost, and where it is to be listed again.
pub(crate) struct LostVersion {
    /// Its place in the order of arrival.
    pub(crate) seq: u32,
    /// The blob that is gone.
    pub(crate) blob: BlobId,
}

/// Every blob that the wallet relies on at the host.
pub(crate) fn relied_on(connection: &Connection) -> Result<BTreeMap<BlobId, Relied>, WalletError> {
    // What was sealed again since, and state objects that were replaced, are still listed and not missed.
    let records: BTreeMap<BlobId, u64> =
        sealed::blobs(connection)?.into_iter().map(|(_, blob, length)| (blob, length)).collect();
    let state = sealed_state::current_blobs(connection)?;
    let mut all: BTreeMap<BlobId, Relied> = BTreeMap::new();
    for row in compartments::all(connection)? {
        for segment in compartments::segments(connection, row.row)? {
            all.entry(segment.reference.blob).or_default().compartments.insert(row.id);
            for entry in compartments::entries(connection, segment.row)?.0 {
                let length = records.get(&entry.blob).copied();
                if length.is_some() || state.contains(&entry.blob) {
                    let relied = all.entry(entry.blob).or_default();
                    relied.compartments.insert(row.id);
                    relied.length = length.unwrap_or(0);
                }
            }
        }
    }
    Ok(all)
}

/// What hangs on a blob.
#[derive(Default)]
pub(crate) struct Relied {
    /// The compartments that refer to it.
    pub(crate) compartments: BTreeSet<CompartmentId>,
    /// How many bytes a record's blob has; 0 for others, which are small.
    pub(crate) length: u64,
}

impl Sealer<'_> {
    /// The record versions whose blob was lost, in the order of arrival.
    pub(crate) fn lost_versions(&self, connection: &Connection) -> Result<Vec<LostVersion>, WalletError> {
        let lost = lost_blobs::all(connection)?;
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let all = sealed::blobs(connection)?.into_iter();
        Ok(all
            .filter(|(_, blob, _)| lost.contains(blob))
            .map(|(seq, blob, _)| LostVersion { seq, blob })
            .collect())
    }

    /// Seals some of them again.
    pub(crate) fn seal_again(
        &mut self,
        connection: &Connection,
        lost: &[LostVersion],
    ) -> Result<SealedBatch, WalletError> {
        let mut batch = SealedBatch { records: Vec::new(), bytes: Vec::new() };
        for one in lost {
            let version = records::version_at(connection, one.seq)?.ok_or_else(super::missing_record)?;
            let (record, bytes) = self.seal_version(version)?;
            batch.records.push(record);
            batch.bytes.push(bytes);
        }
        Ok(batch)
    }

    /// Puts versions that were sealed again, and that the host has, in the place of what it lost: a later entry
    /// replaces an earlier one.
    pub(crate) fn place_again(
        &mut self,
        transaction: &Transaction<'_>,
        lost: &[LostVersion],
        batch: &SealedBatch,
    ) -> Result<(), WalletError> {
        let replaced: BTreeMap<BlobId, u32> = lost.iter().map(|one| (one.blob, one.seq)).collect();
        // What lists each of them now.
        let mut listed: Vec<(i64, CompartmentId, SegmentEntry)> = Vec::new();
        for row in compartments::all(transaction)? {
            for segment in compartments::segments(transaction, row.row)? {
                for entry in compartments::entries(transaction, segment.row)?.0 {
                    if replaced.contains_key(&entry.blob) {
                        listed.push((row.row, row.id, entry));
                    }
                }
            }
        }
        for record in &batch.records {
            sealed::replace(transaction, record.seq, record.blob, &record.key, record.length)?;
        }
        let mut listing: BTreeMap<i64, Vec<SegmentEntry>> = BTreeMap::new();
        for (row, compartment, entry) in listed {
            let Some(seq) = replaced.get(&entry.blob) else { continue };
            let Some(record) = batch.records.iter().find(|record| record.seq == *seq) else { continue };
            commits::remove_reference(transaction, compartment, entry.blob)?;
            commits::add_reference(transaction, compartment, record.blob)?;
            let (blob, key, length) = (record.blob, record.key.duplicate(), record.length);
            listing.entry(row).or_default().push(SegmentEntry { blob, key, length, ..entry });
        }
        for (row, entries) in listing {
            self.list(transaction, row, entries)?;
        }
        lost.iter().try_for_each(|one| Ok(lost_blobs::remove(transaction, one.blob)?))
    }

    /// Seals lost segments again, marks lost state objects, and crosses off what is left: nothing refers to
    /// it. To be called when no lost version is left.
    pub(crate) fn mend_lists(&mut self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        let lost = lost_blobs::all(transaction)?;
        if lost.is_empty() {
            return Ok(());
        }
        for row in compartments::all(transaction)? {
            for segment in compartments::segments(transaction, row.row)? {
                if !lost.contains(&segment.reference.blob) {
                    continue;
                }
                let entries: Segment = compartments::entries(transaction, segment.row)?;
                let key = RecordKey::generate(self.rng)?;
                let (blob, bytes) = entries.seal(row.id, &key, self.rng)?;
                commits::queue_upload(transaction, blob, &bytes)?;
                commits::remove_reference(transaction, row.id, segment.reference.blob)?;
                commits::add_reference(transaction, row.id, blob)?;
                let reference = SegmentRef { blob, key, count: segment.reference.count };
                compartments::replace_segment(transaction, segment.row, &reference)?;
                compartments::mark_changed(transaction, row.row)?;
            }
        }
        for blob in &lost {
            sealed_state::seal_again(transaction, *blob)?;
            // What is not sealed again is state that nothing needs any more: no commit is to name it.
            commits::forget_added(transaction, *blob)?;
        }
        Ok(lost_blobs::clear(transaction)?)
    }
}
