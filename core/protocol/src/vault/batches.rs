//! Lists of sealed bytes, cut so that each part fits one request or answer.

use std::ops::Range;

/// Cuts `sizes` into ranges of at most `most` items and `most_bytes` bytes, each as long as it can be; an item
/// longer than that has a range of its own.
///
/// ```
/// # use keepwell_protocol::vault::batches;
/// assert_eq!(batches(&[2, 2, 1, 9, 1], 4, 10), [0..2, 2..3, 3..4, 4..5]);
/// ```
pub fn batches(sizes: &[u64], most_bytes: u64, most: usize) -> Vec<Range<usize>> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0_u64);
    for (at, size) in sizes.iter().enumerate() {
        let longer = bytes.saturating_add(*size);
        if at > start && (longer > most_bytes || at - start >= most) {
            batches.push(start..at);
            (start, bytes) = (at, *size);
        } else {
            bytes = longer;
        }
    }
    if start < sizes.len() {
        batches.push(start..sizes.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_full_and_none_is_too_large_unless_one_item_is() {
        let batches = |sizes: &[u64]| batches(sizes, 4_000_000, 1_000);
        assert!(batches(&[]).is_empty());
        assert_eq!(batches(&[1, 2, 3]), Vec::from_iter([(0, 3)].map(|(from, to)| from..to)));
        assert_eq!(batches(&[3_000_000, 1_000_000, 1]), [0..2, 2..3]);
        assert_eq!(batches(&[9_000_000, 1, u64::MAX, 1]), [0..1, 1..2, 2..3, 3..4]);
        assert_eq!(batches(&[0; 2_001]), [0..1_000, 1_000..2_000, 2_000..2_001]);
    }
}
