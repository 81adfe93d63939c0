//! The seam of time: what it is now, and waiting.
//!
//! Asked for each request, proof and wait, never once for a long call: a signature counts for 60
//! seconds, and a slow network takes longer.

use std::time::Duration;

use keepwell_protocol::domain::Timestamp;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The time now, as far as this device knows it. Somebody may turn it.
    fn now(&self) -> Timestamp;

    /// Time since a moment in the past that nobody can turn: the start of the device where the system
    /// tells, sleep included; else that of this process.
    fn monotonic(&self) -> Duration;

    /// Blocks this thread for so long.
    fn sleep(&self, duration: Duration);
}

/// The device's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is wrong by more than any check here would notice.
        Timestamp(std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()))
    }

    fn monotonic(&self) -> Duration {
        since_start()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

#[cfg(unix)]
fn since_start() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // On Apple's systems this one goes on while the device sleeps; on Linux that is another.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let id = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let id = ClockId::Monotonic;
    let time = clock_gettime(id);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn since_start() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static STARTED: OnceLock<Instant> = OnceLock::new();
    STARTED.get_or_init(Instant::now).elapsed()
}

/// A clock that stands still, for a decision at one moment; it does not wait.
impl Clock for Timestamp {
    fn now(&self) -> Timestamp {
        *self
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0)
    }

    fn sleep(&self, _: Duration) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_runs_while_one_waits() {
        let before = SystemClock.monotonic();
        SystemClock.sleep(Duration::from_millis(20));
        assert!(SystemClock.monotonic() - before >= Duration::from_millis(20));
    }
}
