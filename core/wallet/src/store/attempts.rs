//! Tries of the PIN: how many, when the last wrong one was, and how long the next one has to wait.

use keepwell_protocol::crypto::{self, CryptoError, DeviceSecret, Label, Rng};
use keepwell_protocol::domain::{Duration, Object, Timestamp};
use minicbor::{Decode, Encode};

use super::WalletId;
use super::device_key::{DeviceKey, DeviceKeyError};

/// A reading of both of a device's clocks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Moment {
    /// The clock on the wall, which anyone can turn.
    pub(crate) wall: Timestamp,
    /// Time since the device started, also while it slept; nobody can turn it. Absent where the
    /// platform has none.
    pub(crate) since_start: Option<Duration>,
}

/// The tries of one PIN slot.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct Attempts {
    /// Tries in a row that were not known to be right; counted before each one.
    #[n(0)]
    pub(crate) failures: u32,
    /// When the last of them was, by the wall's clock.
    #[n(1)]
    pub(crate) last_failure: Timestamp,
    /// All tries ever: the device's counter, or more if the device was cut off before it counted.
    #[n(2)]
    pub(crate) tries: u64,
    /// When the last of them was, since the device started.
    #[n(3)]
    pub(crate) since_start: Option<Duration>,
}

impl Object for Attempts {}

/// Whether a try may be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wait {
    /// A try may be made now.
    None,
    /// After so many seconds.
    Seconds(u64),
    /// After so many seconds, counted from now on: the attempts were dated anew and are to be written.
    Redated(u64),
}

impl Attempts {
    /// None yet, on a device that has counted so many.
    pub(crate) fn none(counter: u64) -> Self {
        let tries = counter.max(SEALED_FROM);
        Self { failures: 0, last_failure: Timestamp(0), tries, since_start: None }
    }

    /// Counts one that is about to be made.
    pub(crate) fn count(&mut self, now: Moment) {
        self.failures = self.failures.saturating_add(1);
        self.tries = self.tries.saturating_add(1);
        self.date(now);
    }

    /// How long to wait before the next one.
    ///
    /// By the time since the device started, whatever the wall's clock says; after a restart by the time
    /// since then, so that no restart saves anything and none costs more than the wait itself. Without such
    /// a clock by the wall's; where that was turned back behind the last failure, the wait begins now, so
    /// that it is never longer than it is.
    pub(crate) fn wait(&mut self, now: Moment) -> Wait {
        let Some(wait) = wait_after(self.failures) else { return Wait::None };
        let waited = match (self.since_start, now.since_start) {
            (Some(then), Some(now)) if now.0 >= then.0 => now.0 - then.0,
            (Some(_), Some(now)) => now.0,
            _ if now.wall >= self.last_failure => now.wall.since(self.last_failure).0,
            _ => {
                self.date(now);
                return Wait::Redated(wait.0);
            }
        };
        match wait.0.saturating_sub(waited) {
            0 => Wait::None,
            left => Wait::Seconds(left),
        }
    }

    fn date(&mut self, now: Moment) {
        self.last_failure = now.wall;
        self.since_start = now.since_start;
    }

    /// Seals them under the device's secret, for these slots in this revision, and for the PIN slot that they are of.
    pub(crate) fn seal(
        &self,
        secret: &DeviceSecret,
        wallet: WalletId,
        revision: u64,
        tried: &[u8],
        rng: &mut Rng,
    ) -> Result<Vec<u8>, CryptoError> {
        let context = context(wallet, revision, tried);
        crypto::seal(secret.expose(), Label::PinAttempts, &context, &self.to_cbor(), rng)
    }

    /// Opens what [`Attempts::seal`] made; `None` if it was made by anything else or for anything else.
    pub(crate) fn open(
        sealed: &[u8],
        secret: &DeviceSecret,
        wallet: WalletId,
        revision: u64,
        tried: &[u8],
    ) -> Option<Self> {
        let context = context(wallet, revision, tried);
        let opened = crypto::open(secret.expose(), Label::PinAttempts, &context, sealed).ok()?;
        Self::from_cbor(&opened).ok()
    }
}

fn context(wallet: WalletId, revision: u64, tried: &[u8]) -> Vec<u8> {
    [wallet.0.as_slice(), &revision.to_be_bytes(), tried].concat()
}

/// Lets the device count from where tries are sealed, after the slots that do are written.
pub(super) fn count_from_sealed(device: &dyn DeviceKey) -> Result<(), DeviceKeyError> {
    if device.counter()? < SEALED_FROM { device.set_counter(SEALED_FROM) } else { Ok(()) }
}

/// How long to wait after so many wrong tries, if at all.
fn wait_after(failures: u32) -> Option<Duration> {
    match failures {
        0..=2 => None,
        3 => Some(Duration(30)),
        4 => Some(Duration::minutes(1)),
        5 => Some(Duration::minutes(5)),
        6 => Some(Duration::minutes(15)),
        _ => Some(Duration::hours(1)),
    }
}

/// Where a device counts tries that are sealed from. Version 1 of the slots kept its tries in the clear
/// and counted from 0: a device that has come this far has left it, and a file of that version was made
/// up or put back, to try again.
pub(crate) const SEALED_FROM: u64 = 1 << 32;

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: u64 = 365 * 24 * 3_600;

    fn at(wall: u64, since_start: Option<u64>) -> Moment {
        Moment { wall: Timestamp(wall), since_start: since_start.map(Duration) }
    }

    fn failed(times: u32, now: Moment) -> Attempts {
        let mut attempts = Attempts::none(0);
        (0..times).for_each(|_| attempts.count(now));
        attempts
    }

    #[test]
    fn a_clock_on_the_wall_saves_nothing_and_costs_nothing_where_there_is_another() {
        let mut attempts = failed(3, at(50 * YEAR, Some(1_000)));
        for wall in [0, 50 * YEAR, 99 * YEAR] {
            assert_eq!(attempts.wait(at(wall, Some(1_000))), Wait::Seconds(30));
            assert_eq!(attempts.wait(at(wall, Some(1_029))), Wait::Seconds(1));
            assert_eq!(attempts.wait(at(wall, Some(1_030))), Wait::None);
        }
    }

    #[test]
    fn a_restart_saves_nothing_and_costs_at_most_the_wait() {
        let mut attempts = failed(4, at(YEAR, Some(9_000)));
        assert_eq!(attempts.wait(at(YEAR, Some(3))), Wait::Seconds(57));
        assert_eq!(attempts.wait(at(YEAR, Some(60))), Wait::None);
    }

    #[test]
    fn without_another_clock_the_wall_counts_and_turned_back_it_begins_anew() {
        let mut attempts = failed(3, at(50 * YEAR, None));
        assert_eq!(attempts.wait(at(50 * YEAR + 29, None)), Wait::Seconds(1));
        assert_eq!(attempts.wait(at(YEAR, None)), Wait::Redated(30));
        assert_eq!(attempts.wait(at(YEAR + 10, None)), Wait::Seconds(20));
        assert_eq!(attempts.wait(at(YEAR + 30, None)), Wait::None);
        // What a device without one wrote, on one that has it.
        let mut attempts = failed(3, at(50 * YEAR, None));
        assert_eq!(attempts.wait(at(YEAR, Some(7))), Wait::Redated(30));
        assert_eq!(attempts.wait(at(90 * YEAR, Some(8))), Wait::Seconds(29));
    }

    #[test]
    fn waits_grow_to_an_hour() {
        let now = at(YEAR, Some(5));
        let waits: Vec<Wait> = (0..9).map(|failures| failed(failures, now).wait(now)).collect();
        let seconds = [30, 60, 300, 900, 3_600, 3_600].map(Wait::Seconds);
        assert_eq!(waits, [&[Wait::None; 3][..], &seconds].concat());
    }

    #[test]
    fn they_open_for_the_same_device_wallet_revision_and_slot_only() {
        let (secret, other) = (DeviceSecret::from_bytes(&[1; 32]), DeviceSecret::from_bytes(&[2; 32]));
        let attempts = failed(2, at(YEAR, None));
        let mut sealed = attempts.seal(&secret, WalletId([3; 16]), 4, b"slot", &mut Rng::seeded(1)).unwrap();
        assert_eq!(Attempts::open(&sealed, &secret, WalletId([3; 16]), 4, b"slot"), Some(attempts));
        assert_eq!(Attempts::open(&sealed, &other, WalletId([3; 16]), 4, b"slot"), None);
        assert_eq!(Attempts::open(&sealed, &secret, WalletId([4; 16]), 4, b"slot"), None);
        assert_eq!(Attempts::open(&sealed, &secret, WalletId([3; 16]), 5, b"slot"), None);
        for other in [&b"old slot"[..], b""] {
            assert_eq!(Attempts::open(&sealed, &secret, WalletId([3; 16]), 4, other), None);
        }
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(Attempts::open(&sealed, &secret, WalletId([3; 16]), 4, b"slot"), None);
    }
}
