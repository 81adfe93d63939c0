//! Fetching sealed bytes in batches, and counting what is not there.

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{BlobId, CompartmentId};
use keepwell_protocol::vault::{BlobIds, Blobs, Segment, SegmentRef};

use crate::error::WalletError;
use crate::net::HostClient;

/// Sealed bytes with their places in the list that was asked for.
pub(super) type Fetched = Vec<(usize, Vec<u8>)>;

/// Fetches a wallet's own blobs.
pub(super) struct Fetcher<'a> {
    pub(super) host: &'a HostClient<'a>,
    pub(super) rng: &'a mut Rng,
    /// How many were asked for and are not there.
    pub(super) missing: u64,
}

impl Fetcher<'_> {
    /// Fetches blobs of about these lengths in as few requests as the host allows, and gives each to
    /// `receive` with its place in the list; one that is missing is counted and left out.
    pub(super) fn fetch(
        &mut self,
        wanted: &[(BlobId, u64)],
        receive: &mut dyn FnMut(Fetched) -> Result<(), WalletError>,
    ) -> Result<(), WalletError> {
        let mut start = 0;
        while start < wanted.len() {
            let (mut end, mut total) = (start, 0_u64);
            while let Some((_, length)) = wanted.get(end) {
                total = total.saturating_add(*length);
                let full = total > BATCH || end - start >= BlobIds::LIMIT;
                if full && end > start {
                    break;
                }
                end += 1;
            }
            let batch = wanted.get(start..end).unwrap_or_default();
            receive(self.fetch_batch(start, batch)?)?;
            start = end;
        }
        Ok(())
    }

    /// Fetches one batch; if the host lacks one of them, each on its own.
    fn fetch_batch(&mut self, start: usize, batch: &[(BlobId, u64)]) -> Result<Fetched, WalletError> {
        let ids: Vec<BlobId> = batch.iter().map(|(id, _)| *id).collect();
        match self.host.fetch_blobs(&ids, self.rng) {
            Ok(blobs) => return Ok((start..).zip(blobs).collect()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        let mut found = Vec::new();
        for (at, id) in (start..).zip(&ids) {
            match self.host.fetch_blobs(std::slice::from_ref(id), self.rng) {
                Ok(blobs) => found.extend(blobs.into_iter().map(|blob| (at, blob))),
                Err(error) if error.is_not_found() => self.missing += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }

    /// Fetches and opens the segments of a compartment; without one of them nothing is certain.
    pub(super) fn segments(
        &mut self,
        compartment: CompartmentId,
        references: &[SegmentRef],
    ) -> Result<Vec<Segment>, WalletError> {
        let wanted: Vec<(BlobId, u64)> =
            references.iter().map(|segment| (segment.blob, u64::from(segment.count) * ENTRY_BYTES)).collect();
        let mut segments = Vec::new();
        self.fetch(&wanted, &mut |blobs| {
            for (at, sealed) in blobs {
                let reference = references.get(at).ok_or(WalletError::SpaceDamaged)?;
                segments.push(Segment::open(compartment, &reference.key, &sealed)?);
            }
            Ok(())
        })?;
        if segments.len() == references.len() { Ok(segments) } else { Err(WalletError::SpaceDamaged) }
    }
}

/// The most bytes that are asked for at once.
const BATCH: u64 = Blobs::BATCH_BYTES as u64;
/// More than an entry of a segment has, sealed.
const ENTRY_BYTES: u64 = 160;
