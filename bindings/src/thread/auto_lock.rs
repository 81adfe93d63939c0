//! When a wallet locks without being asked.

use std::time::{Duration, Instant, SystemTime};

use keepwell_wallet::AutoLock as AfterUse;

/// How long nobody may use a wallet, and since when nobody has.
pub(crate) struct AutoLock {
    after: AfterUse,
    is_in_background: bool,
    /// By both clocks: one stands still while the phone sleeps, the other can be set.
    last_use: (Instant, SystemTime),
}

impl Default for AutoLock {
    fn default() -> Self {
        Self {
            after: AfterUse::default(),
            is_in_background: false,
            last_use: (Instant::now(), SystemTime::now()),
        }
    }
}

impl AutoLock {
    /// Sets after how long it is time.
    pub(crate) fn set(&mut self, after: AfterUse) {
        self.after = after;
    }

    /// Goes to the background or to the front; where the app is already, nothing begins anew.
    pub(crate) fn set_in_background(&mut self, background: bool) {
        if self.is_in_background != background {
            self.is_in_background = background;
            self.restart();
        }
    }

    /// Counts from now.
    pub(crate) fn restart(&mut self) {
        self.last_use = (Instant::now(), SystemTime::now());
    }

    /// Counts from now, unless the app is in the background: there it counts from when it went there,
    /// or from an unlock there.
    pub(crate) fn note_use(&mut self) {
        if !self.is_in_background {
            self.restart();
        }
    }

    /// How long until it is time; zero if it is.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let after = if self.is_in_background { self.after.in_background } else { self.after.in_front }?;
        let (awake, set) = self.last_use;
        let passed = awake.elapsed().max(set.elapsed().unwrap_or_default());
        Some(after.saturating_sub(passed))
    }
}
