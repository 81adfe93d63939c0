//! How slow something may move: never still for long, and in the end not slower than a floor.

use std::time::{Duration, Instant};

use crate::Limits;

/// Bytes that move one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    begun: Instant,
    last: Instant,
    bytes: u64,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { begun: now, last: now, bytes: 0 }
    }

    pub(crate) fn moved(&mut self, bytes: usize, now: Instant) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.last = now;
    }

    /// When it has been too slow, unless more moves before.
    pub(crate) fn deadline(&self, limits: &Limits) -> Instant {
        let earned_ms = self.bytes.saturating_mul(1_000) / limits.floor_bytes.max(1);
        let allowed = Duration::from_millis(limits.grace_ms.saturating_add(earned_ms).min(LONGEST_MS));
        let stalled = Duration::from_millis(limits.stall_ms.min(LONGEST_MS));
        (self.begun + allowed).min(self.last + stalled)
    }
}

/// A year: what is added to an instant must not overflow it.
const LONGEST_MS: u64 = 365 * 24 * 3_600 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_and_what_drips_is_too_slow_and_what_flows_is_not() {
        let limits = Limits { stall_ms: 10_000, grace_ms: 30_000, floor_bytes: 1_000, ..Limits::default() };
        let begun = Instant::now();
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        let mut still = Pace::new(begun);
        assert_eq!(still.deadline(&limits), at(10));
        still.moved(1, at(9));
        assert_eq!(still.deadline(&limits), at(19));
        let mut drips = Pace::new(begun);
        (1..30).for_each(|second| drips.moved(1, at(second)));
        assert_eq!(drips.deadline(&limits), at(30) + Duration::from_millis(29));
        let mut flows = Pace::new(begun);
        (1..100).for_each(|second| flows.moved(1_000, at(second)));
        assert_eq!(flows.deadline(&limits), at(109));
    }
}
