//! The time of a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration as Wait, Instant};

use keepwell_protocol::domain::Timestamp;
use keepwell_wallet::Clock;

/// A clock that every party shares: it runs, and tests turn it forward.
#[derive(Clone)]
pub(crate) struct SharedClock {
    begun: Instant,
    /// Milliseconds.
    turned: Arc<AtomicU64>,
    /// How many seconds the wallet's clock is ahead of that of the servers.
    ahead: Arc<AtomicI64>,
    /// Whoever waits by this clock turns it instead.
    is_turned_by_waiting: bool,
}

impl SharedClock {
    pub(crate) fn new() -> Self {
        let turned = Arc::new(AtomicU64::new(1_800_000_000_000));
        Self { begun: Instant::now(), turned, ahead: Arc::default(), is_turned_by_waiting: false }
    }

    /// A clock that waiting turns, so that hours of it take no time.
    pub(crate) fn turned_by_waiting() -> Self {
        Self { is_turned_by_waiting: true, ..Self::new() }
    }

    pub(crate) fn read(&self) -> Timestamp {
        Timestamp(self.passed().as_secs())
    }

    fn passed(&self) -> Wait {
        Wait::from_millis(self.turned.load(Ordering::SeqCst)) + self.begun.elapsed()
    }

    /// Sets the wallet's clock so many seconds ahead of that of the servers, or behind.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::SeqCst)
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.turned.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn back(&self, seconds: u64) {
        self.turned.fetch_sub(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn function(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.read())
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.read().0.saturating_add_signed(self.ahead()))
    }

    fn monotonic(&self) -> Wait {
        self.passed()
    }

    fn sleep(&self, duration: Wait) {
        if self.is_turned_by_waiting {
            let milliseconds = u64::try_from(duration.as_millis()).unwrap();
            self.turned.fetch_add(milliseconds, Ordering::SeqCst);
            // The servers' threads have something to do meanwhile.
            std::thread::sleep(Wait::from_millis(2));
        } else {
            std::thread::sleep(duration);
        }
    }
}
