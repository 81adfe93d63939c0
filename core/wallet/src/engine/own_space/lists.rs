//! The segments of one compartment: those that could be read, and what is known of the others.

use keepwell_protocol::domain::{BlobId, CompartmentId};
use keepwell_protocol::vault::{Head, Segment, SegmentEntry, SegmentRef};

use super::fetch::{Fetcher, Wanted};
use crate::error::WalletError;
use crate::store::Store;

/// The lists that a head names, each as it could be read.
pub(crate) struct Lists {
    references: Vec<SegmentRef>,
    segments: Vec<Option<Segment>>,
}

impl Lists {
    /// Fetches and opens the segments that a head names.
    pub(crate) fn fetch(
        head: &Head,
        store: &mut Store,
        fetcher: &mut Fetcher<'_>,
    ) -> Result<Self, WalletError> {
        let compartment = head.compartment;
        let references: Vec<SegmentRef> = head.segments.iter().map(SegmentRef::duplicate).collect();
        let wanted: Vec<Wanted> = references.iter().map(wanted).collect();
        let sealed = fetcher.fetch_kept(store, &wanted)?;
        let segments = references
            .iter()
            .zip(sealed)
            .map(|(reference, sealed)| open(compartment, reference, sealed.as_deref()))
            .collect();
        Ok(Self { references, segments })
    }

    /// Everything that is listed, oldest list first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &SegmentEntry> {
        self.segments.iter().flatten().flat_map(|segment| &segment.0)
    }

    /// Each list by what the head says of it; none where it is lost.
    pub(crate) fn both(&self) -> impl Iterator<Item = (&SegmentRef, Option<&Segment>)> {
        self.references.iter().zip(self.segments.iter().map(Option::as_ref))
    }

    /// How many entries the lost lists had.
    pub(crate) fn lost_entries(&self) -> u64 {
        self.both().filter(|(_, segment)| segment.is_none()).map(|(lost, _)| u64::from(lost.count)).sum()
    }
}

fn open(compartment: CompartmentId, reference: &SegmentRef, sealed: Option<&[u8]>) -> Option<Segment> {
    Segment::open(compartment, &reference.key, sealed?).ok()
}

fn wanted(segment: &SegmentRef) -> Wanted {
    let blob: BlobId = segment.blob;
    Wanted { blob, length: Segment::most_bytes(segment.count) }
}
