//! Sealing: what opens, and that nothing near it does.

use keepwell_protocol::crypto::{CryptoError, Label, Rng, open, seal};
use proptest::prelude::*;

const KEY: [u8; 32] = [7; 32];
const CHUNK: usize = 16 * 1024;
const TAG: usize = 16;
const HEADER: usize = 24 + 32;

fn sealed(message: &[u8]) -> Vec<u8> {
    seal(&KEY, Label::Record, b"context", message, &mut Rng::system()).unwrap()
}

fn opened(bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    open(&KEY, Label::Record, b"context", bytes).map(|message| message.to_vec())
}

#[test]
fn another_key_label_or_context_does_not_fit_the_commitment() {
    let bytes = sealed(b"message");
    let other_key = [[8; 32], [0; 32]];
    for key in other_key {
        assert_eq!(open(&key, Label::Record, b"context", &bytes), Err(CryptoError::CommitmentMismatch));
    }
    for label in [Label::Segment, Label::Head, Label::Receipt] {
        assert_eq!(open(&KEY, label, b"context", &bytes), Err(CryptoError::CommitmentMismatch));
    }
    for context in [&b""[..], b"contex", b"context\0", b"Context"] {
        assert_eq!(open(&KEY, Label::Record, context, &bytes), Err(CryptoError::CommitmentMismatch));
    }
    assert_eq!(opened(&bytes).unwrap(), b"message");
}

#[test]
fn every_flipped_bit_of_a_small_message_is_noticed() {
    let bytes = sealed(b"message");
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit / 8 < HEADER { CryptoError::CommitmentMismatch } else { CryptoError::Damaged };
        assert_eq!(opened(&changed), Err(expected), "bit {bit}");
    }
}

#[test]
fn every_cut_is_noticed_at_the_borders_of_chunks_too() {
    let small = sealed(b"message");
    for length in 0..small.len() {
        assert_eq!(opened(&small[..length]), Err(CryptoError::Damaged), "{length}");
    }
    let message: Vec<u8> = (0..3 * CHUNK).map(|at| at as u8).collect();
    let bytes = sealed(&message);
    assert_eq!(opened(&bytes).unwrap(), message);
    for chunks in 0..=3 {
        let border = HEADER + chunks * (CHUNK + TAG);
        for length in [border - 1, border, border + 1, border + TAG - 1, border + TAG, border + TAG + 1] {
            assert_eq!(opened(&bytes[..length]), Err(CryptoError::Damaged), "{length} of {}", bytes.len());
        }
    }
    for more in [&[0][..], &[0; TAG], &bytes[bytes.len() - TAG..], &[0; CHUNK + TAG]] {
        assert_eq!(opened(&[&bytes, more].concat()), Err(CryptoError::Damaged));
    }
}

#[test]
fn chunks_stand_where_they_were_sealed() {
    let bytes = sealed(&vec![7; 3 * CHUNK]);
    let full = CHUNK + TAG;
    let (header, chunks) = bytes.split_at(HEADER);
    let chunk = |number: usize| &chunks[number * full..(number + 1) * full];
    let last = &chunks[3 * full..];
    let good = [header, chunk(0), chunk(1), chunk(2), last].concat();
    assert_eq!(good, bytes);
    for (defect, changed) in [
        ("exchanged", [header, chunk(1), chunk(0), chunk(2), last].concat()),
        ("left out", [header, chunk(0), chunk(2), last].concat()),
        ("repeated", [header, chunk(0), chunk(0), chunk(1), chunk(2), last].concat()),
        ("without the first", [header, chunk(1), chunk(2), last].concat()),
        ("without the last", [header, chunk(0), chunk(1), chunk(2)].concat()),
        (
            "of another sealing",
            [header, chunk(0), chunk(1), chunk(2), &sealed(&vec![7; 3 * CHUNK])[HEADER + 3 * full..]]
                .concat(),
        ),
    ] {
        assert_eq!(opened(&changed), Err(CryptoError::Damaged), "{defect}");
    }
}

#[test]
fn one_ciphertext_opens_under_one_key_only() {
    // Whoever knows both keys can make chunks that authenticate under both, since Poly1305 does not
    // commit to its key; what they cannot make is a salt whose commitment fits both.
    let bytes = sealed(b"message");
    let other = seal(&[8; 32], Label::Record, b"context", b"message", &mut Rng::system()).unwrap();
    for (salt, commitment) in [(&bytes, &other), (&other, &bytes)] {
        let mixed = [&salt[..24], &commitment[24..HEADER], &bytes[HEADER..]].concat();
        assert_eq!(opened(&mixed), Err(CryptoError::CommitmentMismatch));
        assert_eq!(open(&[8; 32], Label::Record, b"context", &mixed), Err(CryptoError::CommitmentMismatch));
    }
    // The right commitment over the other's chunks: noticed by the chunks.
    let swapped = [&bytes[..HEADER], &other[HEADER..]].concat();
    assert_eq!(opened(&swapped), Err(CryptoError::Damaged));
}

#[test]
fn lengths_are_hidden_up_to_the_padme_size() {
    let length = |message: usize| sealed(&vec![7; message]).len();
    assert_eq!(length(1_001), length(1_016));
    assert_ne!(length(1_016), length(1_017));
    for size in [0, 1, 100, 5_000, 100_000] {
        assert!(length(size) * 100 <= (size + 8) * 112 + 100 * (HEADER + (size / CHUNK + 2) * TAG), "{size}");
    }
}

#[test]
fn the_same_message_never_seals_to_the_same_bytes() {
    assert_ne!(sealed(b"message"), sealed(b"message"));
}

#[test]
fn nothing_is_sealed_without_randomness() {
    let fail = |source: fn(&mut [u8]) -> Result<(), CryptoError>| {
        seal(&KEY, Label::Record, b"", b"message", &mut Rng::scripted(source)).unwrap_err()
    };
    assert_eq!(fail(|_| Err(CryptoError::EntropyFailure)), CryptoError::EntropyFailure);
    assert_eq!(fail(|_| Ok(())), CryptoError::EntropyFailure);
}

proptest! {
    // A quarter of what PROPTEST_CASES says, or of 256.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]
    #[test]
    fn opens_what_was_sealed(
        message in proptest::collection::vec(any::<u8>(), 0..2_000),
        // Around the borders of chunks.
        filled in prop_oneof![Just(0), (CHUNK - 40..CHUNK + 40), (2 * CHUNK - 40..2 * CHUNK + 40)],
    ) {
        let mut message = message;
        if filled > 0 {
            message.resize(filled, 7);
        }
        prop_assert_eq!(opened(&sealed(&message)).unwrap(), message);
    }

    #[test]
    fn refuses_any_bytes_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(opened(&bytes).is_err());
    }
}
