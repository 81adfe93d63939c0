//! Eleven bits a word: entropy, then the first bits of its SHA-256 (BIP-0039).

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::sha256;

/// Entropy and its checksum as one row of bits, the first word in the highest.
pub(super) struct Indices(Zeroizing<[u8; Self::BYTES]>);

impl Indices {
    /// The entropy and checksum of 24 words, 33 bytes, and one more for the three that each index is cut from.
    const BYTES: usize = 34;

    /// Of 16, 20, 24, 28 or 32 bytes.
    pub(super) fn of(entropy: &[u8]) -> Self {
        let mut bits = Zeroizing::new([0; Self::BYTES]);
        let check = Zeroizing::new(sha256(entropy));
        // One bit of checksum for each four bytes.
        let checked = 0xff00_u32 >> (entropy.len() / 4);
        let [_, _, _, kept] = checked.to_be_bytes();
        let check = check.first().copied().unwrap_or_default() & kept;
        for (to, from) in bits.iter_mut().zip(entropy.iter().chain([&check])) {
            *to = *from;
        }
        Self(bits)
    }

    /// The entropy of these indices, if its checksum is right; each is below 2048.
    pub(super) fn check(indices: &[u16]) -> Option<Zeroizing<Vec<u8>>> {
        let mut bits = Zeroizing::new([0; Self::BYTES]);
        for (at, index) in indices.iter().enumerate() {
            let (byte, shift) = place(at);
            let [_, parts @ ..] = (u32::from(*index) << shift).to_be_bytes();
            for (to, part) in bits.iter_mut().skip(byte).zip(parts) {
                *to |= part;
            }
        }
        let entropy = Zeroizing::new(bits.get(..indices.len() / 3 * 4)?.to_vec());
        bool::from(Self::of(&entropy).0.ct_eq(bits.as_ref())).then_some(entropy)
    }

    /// The index of a word, counted from 0.
    pub(super) fn word(&self, at: usize) -> u16 {
        let (byte, shift) = place(at);
        let parts = self.0.iter().skip(byte).take(3).fold(0, |bits, part| (bits << 8) | u32::from(*part));
        let [.., high, low] = ((parts >> shift) & 0x7ff).to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// In which three bytes an index lies, and how far from their end.
const fn place(at: usize) -> (usize, usize) {
    let first = at * 11;
    (first / 8, 24 - 11 - first % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths that no official example has; these indices come from another program.
    #[test]
    fn fifteen_and_twenty_one_words_are_cut_as_the_others() {
        let entropy: Vec<u8> = (0_u8..28).map(|at| at.wrapping_mul(37).wrapping_add(11)).collect();
        for (bytes, expected) in [
            (20, &[89, 1045, 757, 508, 628, 1080, 1643, 125, 1302, 507, 34, 869, 1472, 663, 334][..]),
            (
                28,
                &[
                    89, 1045, 757, 508, 628, 1080, 1643, 125, 1302, 507, 34, 869, 1472, 663, 349, 1812, 458,
                    1952, 1873, 1247, 286,
                ][..],
            ),
        ] {
            let entropy = &entropy[..bytes];
            let indices = Indices::of(entropy);
            let words: Vec<u16> = (0..expected.len()).map(|at| indices.word(at)).collect();
            assert_eq!(words, expected);
            assert_eq!(**Indices::check(&words).unwrap(), *entropy);
        }
    }

    #[test]
    fn every_other_last_word_but_those_of_its_checksum_is_refused() {
        for bytes in [16, 20, 24, 28, 32] {
            let indices = Indices::of(&vec![0x5a; bytes]);
            let mut words: Vec<u16> = (0..bytes / 4 * 3).map(|at| indices.word(at)).collect();
            let last = words.pop().unwrap();
            let right: Vec<u16> = (0..2048)
                .filter(|other| Indices::check(&[&words[..], &[*other]].concat()).is_some())
                .collect();
            // As many as the last word has bits of entropy beside its checksum.
            assert_eq!(right.len(), 2048 >> (bytes / 4), "{bytes} bytes");
            assert!(right.contains(&last));
        }
    }
}
