//! Hiding lengths: a message behind its length, filled with zeros to its Padmé size.
//!
//! Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
//! PURBs", PoPETs 2019, §4.2) leaves O(log log n) bits of the length and adds at most 12 %.

use zeroize::Zeroizing;

use super::CryptoError;

const LENGTH: usize = 8;

/// What goes before and after a message: its length as a big-endian u64, and zeros.
pub(super) fn around(message: &[u8]) -> ([u8; LENGTH], Vec<u8>) {
    let size = LENGTH + message.len();
    ((message.len() as u64).to_be_bytes(), vec![0; padme(size) - size])
}

/// Takes the message out again, and refuses any other padding than its own.
pub(super) fn remove(mut padded: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (length, rest) = padded.split_first_chunk::<LENGTH>().ok_or(CryptoError::Damaged)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| CryptoError::Damaged)?;
    let (_, zeros) = rest.split_at_checked(length).ok_or(CryptoError::Damaged)?;
    if padme(LENGTH + length) != padded.len() || zeros.iter().any(|byte| *byte != 0) {
        return Err(CryptoError::Damaged);
    }
    padded.copy_within(LENGTH..LENGTH + length, 0);
    padded.truncate(length);
    Ok(padded)
}

/// The smallest size not below `size` whose binary digits end in enough zeros.
fn padme(size: usize) -> usize {
    let Some(exponent) = size.checked_ilog2().filter(|exponent| *exponent > 0) else {
        return size;
    };
    let significant = exponent.ilog2() + 1;
    let mask = (1_usize << (exponent - significant)) - 1;
    size.saturating_add(mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_paper() {
        for (size, padded) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (8, 8),
            (9, 10),
            (13, 14),
            (100, 104),
            (1_000, 1_024),
            (9_999, 10_240),
            (1 << 20, 1 << 20),
            ((1 << 20) + 1, (1 << 20) + (1 << 15)),
        ] {
            assert_eq!(padme(size), padded, "{size}");
        }
        for size in 1..100_000 {
            let padded = padme(size);
            assert!(padded >= size && (padded - size) * 100 <= 12 * size, "{size}");
            assert_eq!(padme(padded), padded);
        }
    }

    #[test]
    fn only_the_padding_of_the_message_is_taken_off() {
        let padded = |message: &[u8]| {
            let (length, zeros) = around(message);
            [&length[..], message, &zeros].concat()
        };
        let remove = |bytes: Vec<u8>| remove(Zeroizing::new(bytes));
        for length in [0, 1, 5, 8, 100, 20_000] {
            let message = vec![7; length];
            assert_eq!(*remove(padded(&message)).unwrap(), message);
        }
        let good = padded(b"hello");
        assert_eq!(good.len(), 14);
        for (defect, bytes) in [
            ("no length", vec![0; 7]),
            ("no bytes at all", vec![]),
            ("not zeros", [&good[..13], &[1]].concat()),
            ("too few zeros", good[..13].to_vec()),
            ("too many zeros", [&good[..], &[0]].concat()),
            ("longer than all", [&[0, 0, 0, 0, 0, 0, 0, 7][..], b"hello", &[0]].concat()),
            ("longer than memory", [&[0xff; 8][..], b"hello", &[0]].concat()),
        ] {
            assert_eq!(remove(bytes), Err(CryptoError::Damaged), "{defect}");
        }
    }
}
