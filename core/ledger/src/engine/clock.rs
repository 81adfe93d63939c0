//! What the time is, told twice: as somebody may turn it, and as nobody can.

use std::sync::Arc;
use std::time::Duration;

use keepwell_net::{Clock as _, SystemClock};
use keepwell_protocol::domain::Timestamp;

/// What the time is.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    steady: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Clock {
    /// The machine's own.
    pub fn system() -> Self {
        Self { wall: Arc::new(|| SystemClock.now()), steady: Arc::new(|| SystemClock.monotonic()) }
    }

    /// A clock of two: what the time is, and how long ago some moment was, sleep included.
    pub fn new(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        steady: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { wall: Arc::new(wall), steady: Arc::new(steady) }
    }

    /// What the time is.
    pub fn now(&self) -> Timestamp {
        (self.wall)()
    }
}

/// A clock that is never turned: what it says has passed.
impl From<Arc<dyn Fn() -> Timestamp + Send + Sync>> for Clock {
    fn from(wall: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        let steady = wall.clone();
        Self { wall, steady: Arc::new(move || Duration::from_secs(steady().0)) }
    }
}

/// Sees whether the clock was turned since this was made.
pub(super) struct ClockWatch {
    clock: Clock,
    wall: Timestamp,
    steady: Duration,
}

impl ClockWatch {
    pub(super) fn new(clock: Clock) -> Self {
        let (wall, steady) = (clock.now(), (clock.steady)());
        Self { clock, wall, steady }
    }

    /// What the time is; nothing while the clock is not where it would be if nobody had turned it.
    pub(super) fn believed(&self) -> Option<Timestamp> {
        let (now, steady) = (self.clock.now(), (self.clock.steady)());
        let expected = self.wall.0.saturating_add(steady.saturating_sub(self.steady).as_secs());
        (now.0.abs_diff(expected) <= MOST_TURNED.as_secs()).then_some(now)
    }
}

/// By how much a clock may be turned while a ledger runs.
const MOST_TURNED: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn ten_minutes_are_believed_and_a_second_more_is_not_until_it_is_turned_back() {
        let (wall, steady) = (Arc::new(AtomicU64::new(1_800_000_000)), Arc::new(AtomicU64::new(50)));
        let (read_wall, read_steady) = (wall.clone(), steady.clone());
        let watch = ClockWatch::new(Clock::new(
            move || Timestamp(read_wall.load(Ordering::SeqCst)),
            move || Duration::from_secs(read_steady.load(Ordering::SeqCst)),
        ));
        let at = |turned: i64, passed: u64| {
            let now = (1_800_000_000 + passed).saturating_add_signed(turned);
            wall.store(now, Ordering::SeqCst);
            steady.store(50 + passed, Ordering::SeqCst);
            assert_eq!(watch.believed().unwrap_or(Timestamp(now)), Timestamp(now));
            watch.believed().is_some()
        };
        // Time that passes, sleep included, is no turn.
        for passed in [0, 86_400, 400 * 86_400] {
            for (turned, believed) in [(0, true), (600, true), (-600, true), (601, false), (-601, false)] {
                assert_eq!(at(turned, passed), believed, "{turned} after {passed}");
            }
        }
        assert!(!at(10 * 365 * 86_400, 1_000));
        assert!(at(0, 1_001));
    }
}
