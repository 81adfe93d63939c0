//! Segments: new entries of a compartment become one, and many small ones become few.

use keepwell_protocol::crypto::RecordKey;
use keepwell_protocol::vault::{Compartment, Segment, SegmentEntry, SegmentRef, merge_smaller_half};
use rusqlite::Transaction;

use super::{Publisher, state};
use crate::error::WalletError;
use crate::store::commits;
use crate::store::compartments::{self, CompartmentRow};

impl Publisher<'_> {
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
        let mut merged = Segment(merged);
        if compartment.compartment == Compartment::Own {
            merged = state::newest_only(merged, transaction)?;
        }
        self.add_segments(transaction, compartment, merged.0)
    }
}

/// The most segments of a compartment before the smaller half is merged.
const MOST: usize = 32;
/// The most entries of a segment: about 2 MB.
const LONGEST: usize = 16_384;
