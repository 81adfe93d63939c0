//! Wrong codes, counted by the address that they came from.

use std::collections::HashMap;
use std::net::IpAddr;

use keepwell_protocol::domain::{Duration, Timestamp};

/// From where how many wrong codes came, and until when no code from there is looked at.
#[derive(Default)]
pub(super) struct WrongCodes(HashMap<IpAddr, Attempts>);

#[derive(Default)]
struct Attempts {
    wrong_codes: u32,
    waits_until: Timestamp,
}

impl WrongCodes {
    /// How many seconds an address has to wait; none if its codes are looked at.
    pub(super) fn seconds_to_wait(&self, from: IpAddr, now: Timestamp) -> Option<u64> {
        let until = self.0.get(&from)?.waits_until;
        (now < until).then(|| until.since(now).0)
    }

    /// Counts a wrong code.
    pub(super) fn count(&mut self, from: IpAddr, now: Timestamp) {
        if self.0.len() >= MOST && !self.0.contains_key(&from) {
            self.0.retain(|_, attempts| now < attempts.waits_until);
            if self.0.len() >= MOST {
                // So many that wait at once are somebody's own machine; guessing stays hopeless all the same.
                self.0.clear();
            }
        }
        let attempts = self.0.entry(from).or_default();
        attempts.wrong_codes += 1;
        if attempts.wrong_codes.is_multiple_of(WRONG_CODES) {
            attempts.waits_until = now.saturating_add(WAIT);
        }
    }

    /// Forgets the wrong codes of an address from where the right one came.
    pub(super) fn forget(&mut self, from: IpAddr) {
        self.0.remove(&from);
    }
}

/// After so many wrong codes in a row none of that address is looked at for a minute: 50 bits outlast that by
/// far.
pub(super) const WRONG_CODES: u32 = 5;
pub(super) const WAIT: Duration = Duration::minutes(1);
const MOST: usize = 1_024;
