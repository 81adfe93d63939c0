//! Segments: new entries of a compartment become one, and many small ones become few.

use std::collections::BTreeSet;

use keepwell_protocol::crypto::RecordKey;
use keepwell_protocol::vault::{Compartment, Segment, SegmentEntry, SegmentRef, merge_smaller_half};
use rusqlite::Transaction;

use super::{Sealer, state};
use crate::error::WalletError;
use crate::store::compartments::{self, CompartmentRow};
use crate::store::records::VersionName;
use crate::store::{commits, sealed};

impl Sealer<'_> {
    /// Lists entries in a compartment; its next head is due.
    pub(crate) fn list(
        &mut self,
        transaction: &Transaction<'_>,
        compartment: i64,
        entries: Vec<SegmentEntry>,
    ) -> Result<(), WalletError> {
        if entries.is_empty() {
            return Ok(());
        }
        let row = compartments::find_by_row(transaction, compartment)?;
        self.add_segments(transaction, &row, entries)?;
        compartments::mark_changed(transaction, row.row)?;
        self.merge(transaction, &row)
    }

    /// Seals entries as segments of at most [`LONGEST`].
    fn add_segments(
        &mut self,
        transaction: &Transaction<'_>,
        compartment: &CompartmentRow,
        entries: Vec<SegmentEntry>,
    ) -> Result<(), WalletError> {
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let segment = Segment(entries.by_ref().take(LONGEST).collect());
            let key = RecordKey::generate(self.rng)?;
            let (blob, bytes) = segment.seal(compartment.id, &key, self.rng)?;
            commits::queue_upload(transaction, blob, &bytes)?;
            commits::add_reference(transaction, compartment.id, blob)?;
            let count = u32::try_from(segment.0.len()).unwrap_or(u32::MAX);
            compartments::add_segment(
                transaction,
                compartment.row,
                &SegmentRef { blob, key, count },
                &segment,
            )?;
        }
        Ok(())
    }

    /// Merges the smaller half of a compartment's segments once there are more than [`MOST`].
    fn merge(
        &mut self,
        transaction: &Transaction<'_>,
        compartment: &CompartmentRow,
    ) -> Result<(), WalletError> {
        let segments = compartments::segments(transaction, compartment.row)?;
        let counts: Vec<u32> = segments.iter().map(|segment| segment.reference.count).collect();
        let mut merged = Vec::new();
        for at in merge_smaller_half(&counts, MOST) {
            let Some(segment) = segments.get(at) else { continue };
            merged.append(&mut compartments::entries(transaction, segment.row)?.0);
            compartments::remove_segment(transaction, segment.row)?;
            commits::remove_reference(transaction, compartment.id, segment.reference.blob)?;
        }
        if merged.is_empty() {
            return Ok(());
        }
        let merged = if compartment.compartment == Compartment::Own {
            state::newest_only(Segment(merged), transaction)?.0
        } else {
            as_they_stand(merged, transaction)?
        };
        self.add_segments(transaction, compartment, merged)
    }
}

/// Entries that are listed anew behind others, each once and with what is so of it now: a later list may have
/// said that already, and the last one counts.
fn as_they_stand(
    entries: Vec<SegmentEntry>,
    transaction: &Transaction<'_>,
) -> Result<Vec<SegmentEntry>, WalletError> {
    let mut seen = BTreeSet::new();
    let mut standing = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().rev().filter(|entry| seen.insert((entry.record, entry.version))) {
        let name = VersionName { record: entry.record, number: entry.version };
        let referenced = entry.referenced;
        let now = sealed::present_entry(transaction, name)?.filter(|now| now.blob == entry.blob);
        standing.push(SegmentEntry { referenced, ..now.unwrap_or(entry) });
    }
    standing.reverse();
    Ok(standing)
}

/// The most segments of a compartment before the smaller half is merged.
const MOST: usize = 32;
/// The most entries of a segment: about 2 MB.
const LONGEST: usize = 16_384;
