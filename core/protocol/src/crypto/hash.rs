//! Labelled hashing and key derivation (FIPS 180-4, RFC 5869).

use hmac::digest::typenum::Unsigned;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

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
/// Written out because the input key may be shorter than the hash, which `hkdf` refuses.
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
        previous = Zeroizing::new(mac.finalize().into_bytes().to_vec());
        for (to, from) in block.iter_mut().zip(previous.iter()) {
            *to = *from;
        }
    }
}
