//! A record's bytes made smaller before they are sealed: deflate with a dictionary of FHIR's own words.
//!
//! Only deflate's window is needed to read it back, and the crate is there for SMART Health Links
//! anyway (`docs/adr/0011-records-are-compressed.md`).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use minicbor::{Decode, Encode};

use super::record_blob_error::RecordBlobError;
use crate::domain::CborError;

/// How the bytes behind a record's header are written: [name, length].
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct Encoding {
    /// The name of the compression and, behind a `+`, of its dictionary.
    #[n(0)]
    pub name: String,
    /// How many bytes the record has once they are inflated.
    #[n(1)]
    pub length: u64,
}

impl Encoding {
    /// Raw deflate (RFC 1951) with the dictionary number 1.
    pub const DEFLATE_1: &str = "deflate+1";

    /// The longest record that is inflated, in bytes; a longer one is sealed as it is.
    pub const LONGEST: usize = 64 * 1024 * 1024;

    /// How many times longer a record may be than its compressed bytes; what is more regular than that
    /// is sealed as it is. A blob of 4 MB can't make its reader hold more than 400 MB.
    pub const MOST_RATIO: usize = 100;

    /// Compresses a record's bytes; `None` where that saves nothing or leaves the limits.
    pub(super) fn compress(bytes: &[u8]) -> Option<(Self, Vec<u8>)> {
        let room = bytes.len().checked_sub(LEAST_SAVED).filter(|_| bytes.len() <= Self::LONGEST)?;
        let mut stream = Compress::new(Compression::new(LEVEL), false);
        stream.set_dictionary(DICTIONARY_1).ok()?;
        let mut compressed = Vec::with_capacity(room);
        let status = stream.compress_vec(bytes, &mut compressed, FlushCompress::Finish).ok()?;
        let saves = status == Status::StreamEnd && compressed.len() <= room;
        let length = u64::try_from(bytes.len()).ok()?;
        (saves && bytes.len() <= compressed.len().saturating_mul(Self::MOST_RATIO))
            .then(|| (Self { name: Self::DEFLATE_1.to_owned(), length }, compressed))
    }

    /// Inflates to exactly the length that is told, and reads every byte that came.
    ///
    /// # Errors
    /// [`RecordBlobError::UnknownEncoding`] on another name; as [`CborError::Malformed`] where the bytes
    /// are no deflate stream, end in another place, or leave the limits.
    pub(super) fn inflate(&self, compressed: &[u8]) -> Result<Vec<u8>, RecordBlobError> {
        if self.name != Self::DEFLATE_1 {
            return Err(RecordBlobError::UnknownEncoding);
        }
        let limit = compressed.len().saturating_mul(Self::MOST_RATIO).min(Self::LONGEST);
        let length = usize::try_from(self.length)
            .ok()
            .filter(|length| *length <= limit)
            .ok_or(CborError::Malformed)?;
        let mut stream = Decompress::new(false);
        stream.set_dictionary(DICTIONARY_1).map_err(|_| CborError::Malformed)?;
        // Room for one byte more, by which a longer stream is told from one that ends here.
        let mut bytes = Vec::with_capacity(length.saturating_add(1));
        let status = stream.decompress_vec(compressed, &mut bytes, FlushDecompress::Finish);
        let whole = matches!(status, Ok(Status::StreamEnd))
            && bytes.len() == length
            && usize::try_from(stream.total_in()).is_ok_and(|read| read == compressed.len());
        if whole { Ok(bytes) } else { Err(CborError::Malformed.into()) }
    }
}

/// What the window of a stream begins with, at most 32 KiB. Every record that was ever published is
/// read with it: it never changes, another one gets another number.
const DICTIONARY_1: &[u8] = include_bytes!("../../../../fixtures/compression/deflate-1.dictionary");

/// What `encoding` adds to a header, so that a record is not written longer than it was.
const LEAST_SAVED: usize = 24;

/// A tenth more time than zlib's usual 6, for 2 % fewer bytes (ADR 11); most of it is taken by the window.
const LEVEL: u32 = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use proptest::{prop_assert, prop_assert_eq};

    use super::*;

    const OBSERVATION: &[u8] = br#"{"resourceType":"Observation","id":"1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body Weight"}]},"valueQuantity":{"value":70.1,"unit":"kg"}}"#;

    fn malformed(result: Result<Vec<u8>, RecordBlobError>) -> bool {
        matches!(result, Err(RecordBlobError::Cbor(CborError::Malformed)))
    }

    #[test]
    fn a_short_record_shrinks_by_the_words_it_shares_with_the_dictionary() {
        let (encoding, compressed) = Encoding::compress(OBSERVATION).unwrap();
        assert_eq!(encoding, Encoding { name: "deflate+1".into(), length: OBSERVATION.len() as u64 });
        assert!(compressed.len() * 3 < OBSERVATION.len(), "{}", compressed.len());
        assert_eq!(encoding.inflate(&compressed).unwrap(), OBSERVATION);
    }

    #[test]
    fn what_does_not_shrink_stays_as_it_is() {
        let random = crate::crypto::Rng::seeded(7).array::<4096>().unwrap();
        for bytes in [&b""[..], b"{}", br#"{"a":"b","c":"d","e":"f"}"#, &random] {
            assert_eq!(Encoding::compress(bytes), None);
        }
        // So regular that nobody would inflate it again.
        assert_eq!(Encoding::compress(&vec![b' '; 100_000]), None);
    }

    #[test]
    fn another_length_trailing_bytes_and_a_cut_are_refused() {
        let (encoding, compressed) = Encoding::compress(OBSERVATION).unwrap();
        for length in [0, 1, encoding.length - 1, encoding.length + 1, u64::MAX] {
            assert!(malformed(Encoding { length, ..encoding.clone() }.inflate(&compressed)), "{length}");
        }
        assert!(malformed(encoding.inflate(&[&compressed[..], &[0]].concat())));
        for end in 0..compressed.len() {
            assert!(malformed(encoding.inflate(&compressed[..end])), "{end}");
        }
    }

    #[test]
    fn a_stream_that_explodes_is_refused_before_it_takes_memory() {
        let bomb = |length: usize| {
            let mut stream = Compress::new(Compression::best(), false);
            let mut compressed = Vec::with_capacity(length / 100);
            stream.compress_vec(&vec![0; length], &mut compressed, FlushCompress::Finish).unwrap();
            (Encoding { name: "deflate+1".into(), length: length as u64 }, compressed)
        };
        let (encoding, compressed) = bomb(10_000_000);
        assert!(compressed.len() < 20_000);
        assert!(malformed(encoding.inflate(&compressed)));
        // One that lies about its length stops there.
        assert!(malformed(Encoding { length: 1_000, ..encoding }.inflate(&compressed)));
        // Just inside the ratio and beyond the longest record.
        let longest = Encoding { name: "deflate+1".into(), length: Encoding::LONGEST as u64 + 1 };
        assert!(malformed(longest.inflate(&vec![0; Encoding::LONGEST / 50])));
    }

    #[test]
    fn a_name_that_is_not_known_is_no_damage() {
        let (encoding, compressed) = Encoding::compress(OBSERVATION).unwrap();
        for name in ["", "deflate", "deflate+2", "DEFLATE+1", "zstd+1"] {
            let other = Encoding { name: name.into(), ..encoding.clone() };
            assert!(matches!(other.inflate(&compressed), Err(RecordBlobError::UnknownEncoding)), "{name}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_compressed_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
                                             repeats in 1_usize..40) {
            let bytes = bytes.repeat(repeats);
            if let Some((encoding, compressed)) = Encoding::compress(&bytes) {
                prop_assert!(compressed.len() + LEAST_SAVED <= bytes.len());
                prop_assert_eq!(encoding.inflate(&compressed).unwrap(), bytes);
            }
        }

        #[test]
        fn no_bytes_inflate_to_anything_but_the_length_they_tell(
            bytes in proptest::collection::vec(any::<u8>(), 0..600), length in 0_u64..70_000,
        ) {
            let encoding = Encoding { name: "deflate+1".into(), length };
            match encoding.inflate(&bytes) {
                Ok(inflated) => prop_assert_eq!(inflated.len() as u64, length),
                Err(error) => prop_assert!(matches!(error, RecordBlobError::Cbor(CborError::Malformed))),
            }
        }

        #[test]
        fn a_changed_byte_never_makes_it_longer(at: proptest::sample::Index, to: u8) {
            let (encoding, mut compressed) = Encoding::compress(OBSERVATION).unwrap();
            *at.get_mut(&mut compressed) = to;
            if let Ok(inflated) = encoding.inflate(&compressed) {
                prop_assert_eq!(inflated.len(), OBSERVATION.len());
            }
        }
    }
}
