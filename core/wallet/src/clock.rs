//! The only place that asks the system for the time.

use keepwell_protocol::domain::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now, as far as this device knows it.
    fn now(&self) -> Timestamp;
}

/// The device's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is wrong by more than any check here would notice.
        Timestamp(std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()))
    }
}
