//! Segments: lists of record versions with the keys that open them.

use minicbor::{Decode, Encode};

use super::record_blob_error::RecordBlobError;
use crate::crypto::{self, CryptoError, Label, RecordKey, Rng};
use crate::domain::{BlobId, CompartmentId, Object, RecordId};

/// One record version of a compartment.
#[derive(Decode, Encode)]
#[cbor(map)]
pub struct SegmentEntry {
    /// The record, over all versions.
    #[n(0)]
    pub record: RecordId,
    /// Its version, from 1.
    #[n(1)]
    pub version: u32,
    /// The hash by which the sealed record is fetched.
    #[n(2)]
    pub blob: BlobId,
    /// The key that opens the record.
    #[n(3)]
    pub key: RecordKey,
    /// Length of the sealed bytes, so that a reader can plan its requests.
    #[n(4)]
    pub length: u64,
    /// The patient has withdrawn this record; later than any entry that lists it otherwise.
    #[n(5)]
    pub withdrawn: bool,
    /// It lies here only because a record here refers to it.
    #[n(6)]
    pub referenced: bool,
    /// A version of the record that is not the present one: history. On the wire it is there only where
    /// it is true.
    #[cbor(n(7), default, skip_if = "is_false")]
    pub superseded: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl SegmentEntry {
    /// A second copy, for another compartment.
    pub fn duplicate(&self) -> Self {
        Self { key: self.key.duplicate(), ..*self }
    }
}

/// A list of record versions; a later entry for a record and version replaces an earlier one.
#[derive(Decode, Encode)]
#[cbor(transparent)]
pub struct Segment(#[n(0)] pub Vec<SegmentEntry>);

impl Object for Segment {}

impl Segment {
    /// The most bytes that a segment of so many entries has, sealed.
    pub fn most_bytes(entries: u32) -> u64 {
        2_048 + u64::from(entries) * 192
    }

    /// Seals the segment for its compartment.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn seal(
        &self,
        compartment: CompartmentId,
        key: &RecordKey,
        rng: &mut Rng,
    ) -> Result<(BlobId, Vec<u8>), CryptoError> {
        let message = zeroize::Zeroizing::new(self.to_cbor());
        let sealed = crypto::seal(key.expose(), Label::Segment, compartment.as_bytes(), &message, rng)?;
        Ok((crypto::blob_id(&sealed), sealed))
    }

    /// Opens a sealed segment of a compartment.
    ///
    /// # Errors
    /// [`RecordBlobError`] if it does not open or is not a segment.
    ///
    /// ```
    /// use keepwell_protocol::crypto::{RecordKey, Rng};
    /// use keepwell_protocol::domain::CompartmentId;
    /// use keepwell_protocol::vault::Segment;
    ///
    /// let mut rng = Rng::system();
    /// let key = RecordKey::generate(&mut rng).unwrap();
    /// let (allergies, results) = (CompartmentId::from_bytes([1; 16]), CompartmentId::from_bytes([2; 16]));
    /// let (_, sealed) = Segment(Vec::new()).seal(allergies, &key, &mut rng).unwrap();
    /// assert!(Segment::open(allergies, &key, &sealed).is_ok());
    /// assert!(Segment::open(results, &key, &sealed).is_err());
    /// ```
    pub fn open(compartment: CompartmentId, key: &RecordKey, sealed: &[u8]) -> Result<Self, RecordBlobError> {
        let message = crypto::open(key.expose(), Label::Segment, compartment.as_bytes(), sealed)?;
        Ok(Self::from_cbor(&message)?)
    }
}

/// Which segments to merge when a compartment has more than `limit`: the positions of the smaller
/// half by entry count, in order; empty while there is no need.
///
/// Merging halves means that an entry is rewritten a logarithmic number of times.
pub fn merge_smaller_half(counts: &[u32], limit: usize) -> Vec<usize> {
    if counts.len() <= limit {
        return Vec::new();
    }
    let mut by_size: Vec<usize> = (0..counts.len()).collect();
    by_size.sort_unstable_by_key(|&at| (counts.get(at).copied().unwrap_or(0), at));
    by_size.truncate(counts.len().div_ceil(2));
    by_size.sort_unstable();
    by_size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_only_past_the_limit_and_then_the_smaller_half() {
        assert!(merge_smaller_half(&[1; 32], 32).is_empty());
        let mut counts = vec![1; 33];
        counts[0] = 10_000;
        let merged = merge_smaller_half(&counts, 32);
        assert_eq!(merged.len(), 17);
        assert!(!merged.contains(&0));
    }
}
