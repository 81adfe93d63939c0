//! Which of what waits goes into the next block, and in which order.

/// How many bytes of transactions go into one block at most; below the block's own limit.
pub(super) const MOST_BYTES: usize = 1_024 * 1_024;
/// How many values a block's transactions write at most, one transaction aside: what comes to end something waits for
/// the block that is being made, and for two more. Half of it costs a quarter of the transactions a second.
pub(super) const MOST_WRITES: usize = 4_000;
/// What a transaction takes in a block beside its own bytes, at most: CometBFT counts it.
pub(super) const ENVELOPE: usize = 8;
/// Above how many values a transaction is heavy: what ends many grants at once, mostly by one account.
const HEAVY: usize = 100;

/// What a transaction takes of a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Weight {
    pub(super) ends: bool,
    pub(super) bytes: usize,
    pub(super) writes: usize,
}

/// Chooses among what waits, the oldest first, and answers places in it in the block's order: what ends something,
/// light before heavy, then the rest. What does not fit stays, and keeps nothing behind it waiting.
///
/// The first is taken whatever it writes, and in every block one that is heavy and ends something: so neither keeps
/// the other out, however many there are.
pub(super) fn select(waiting: &[Weight], most_bytes: usize) -> Vec<usize> {
    let mut order: Vec<(usize, &Weight)> = waiting.iter().enumerate().collect();
    order.sort_by_key(|(_, weight)| (!weight.ends, weight.writes > HEAVY));
    let (mut chosen, mut bytes, mut writes, mut has_heavy) = (Vec::new(), 0_usize, 0_usize, false);
    for (at, weight) in order {
        let (longer, more) = (bytes + weight.bytes + ENVELOPE, writes + weight.writes);
        let is_heavy_end = weight.ends && weight.writes > HEAVY;
        let has_its_turn = chosen.is_empty() || (is_heavy_end && !has_heavy);
        let is_in_room = longer <= most_bytes && (longer <= MOST_BYTES || chosen.is_empty());
        if is_in_room && (more <= MOST_WRITES || has_its_turn) {
            (bytes, writes) = (longer, more);
            has_heavy |= is_heavy_end;
            chosen.push(at);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENDS: Weight = Weight { ends: true, bytes: 150, writes: 1 };
    const CLOSES: Weight = Weight { ends: true, bytes: 150, writes: 4_097 };
    const GRANTS: Weight = Weight { ends: false, bytes: 250, writes: 2 };

    #[test]
    fn what_is_heavy_keeps_nothing_waiting_and_has_its_turn_in_every_block() {
        assert_eq!(select(&[CLOSES, CLOSES, ENDS, GRANTS, ENDS], usize::MAX), [2, 4, 0]);
        assert_eq!(select(&[GRANTS, CLOSES, CLOSES], usize::MAX), [1]);
        // A thousand of them do not hold up one revocation, nor the other way around.
        let mut waiting = vec![CLOSES; 1_000];
        waiting.extend([ENDS; 5_000]);
        let chosen = select(&waiting, usize::MAX);
        assert_eq!(chosen.len(), 4_001);
        assert_eq!((chosen[0], chosen[4_000]), (1_000, 0));
        // What is known of nobody is weighed as heavy, and alone in a block.
        let unknown = Weight { ends: false, bytes: 250, writes: MOST_WRITES };
        assert_eq!(select(&[unknown, unknown, GRANTS], usize::MAX), [2]);
        assert_eq!(select(&[unknown, unknown], usize::MAX), [0]);
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let long = Weight { bytes: 4_096, ..GRANTS };
        assert_eq!(select(&[long, GRANTS, ENDS], 600), [2, 1]);
        assert_eq!(select(&[long], 600), [0_usize; 0]);
        let mega = vec![Weight { writes: 0, ..long }; 1_000];
        assert_eq!(select(&mega, usize::MAX).len(), MOST_BYTES / (4_096 + ENVELOPE));
    }

    proptest! {
        #[test]
        fn a_block_is_within_its_bounds_and_has_everything_once(
            waiting in prop::collection::vec((any::<bool>(), 1..4_096_usize, 0..6_000_usize), 0..600),
            most_bytes in prop::option::of(0..300_000_usize),
        ) {
            let waiting: Vec<_> =
                waiting.into_iter().map(|(ends, bytes, writes)| Weight { ends, bytes, writes }).collect();
            let most_bytes = most_bytes.unwrap_or(usize::MAX);
            let chosen = select(&waiting, most_bytes);
            let mut places = chosen.clone();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), chosen.len());
            let of = |what: fn(&Weight) -> usize| chosen.iter().map(|at| what(&waiting[*at])).sum::<usize>();
            prop_assert!(of(|it| it.bytes + ENVELOPE) <= most_bytes.min(MOST_BYTES));
            let heaviest = chosen.iter().map(|at| waiting[*at].writes).max().unwrap_or_default();
            prop_assert!(of(|it| it.writes) <= MOST_WRITES + heaviest);
            prop_assert!(chosen.is_sorted_by_key(|at| (!waiting[*at].ends, waiting[*at].writes > HEAVY, *at)));
            // Nothing light that ends something is left out while there is room for it.
            let is_room = of(|it| it.writes) < MOST_WRITES && of(|it| it.bytes + ENVELOPE) + 4_096 < most_bytes.min(MOST_BYTES);
            let is_left = |at: &usize| waiting[*at].ends && waiting[*at].writes == 1 && !chosen.contains(at);
            prop_assert!(!is_room || (0..waiting.len()).find(is_left).is_none());
        }
    }
}
