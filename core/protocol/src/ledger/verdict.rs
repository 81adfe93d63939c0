//! Whether a grant is in force: the ledger's word, its age, and the clock.

use super::{GrantRecord, GrantStatus};
use crate::domain::{Duration, Timestamp};

/// Whether a grant is in force, or why not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LedgerVerdict {
    /// The ledger shows it active, by a word fresh enough, and its last day is not over.
    InForce,
    /// Nothing of it is on the ledger: not yet, no more, or never.
    Absent,
    /// It was ended for good.
    Revoked,
    /// Its last day is over.
    Expired,
    /// The ledger's word is too old to act on.
    Stale,
    /// The header's time is ahead of the clock.
    FromFuture,
}

impl LedgerVerdict {
    /// How far a header may be ahead of the clock.
    pub const MAX_CLOCK_DRIFT: Duration = Duration(30);
}

/// Says whether a grant is in force at `at`.
///
/// `record` is what a verified proof showed under the grant's key, `header_time` the time of its
/// header. The terms' own first and last second are not known to the ledger and are the caller's to
/// check. A grant that was ended is so however old the word is.
///
/// ```
/// use keepwell_protocol::domain::{Day, Duration, Timestamp, TxId};
/// use keepwell_protocol::ledger::{GrantRecord, GrantStatus, LedgerVerdict, ledger_verdict};
///
/// let record = GrantRecord {
///     status: GrantStatus::Active,
///     version: 1,
///     commitment: None,
///     slot: None,
///     not_after: Day(20_900),
///     height: 7,
///     transaction: TxId::from_bytes([1; 32]),
/// };
/// let (header, fresh) = (Day(20_890).start(), Duration::minutes(15));
/// assert_eq!(ledger_verdict(Some(&record), header, header, fresh), LedgerVerdict::InForce);
/// let an_hour_later = header.saturating_add(Duration::hours(1));
/// assert_eq!(ledger_verdict(Some(&record), header, an_hour_later, fresh), LedgerVerdict::Stale);
/// ```
pub fn ledger_verdict(
    record: Option<&GrantRecord>,
    header_time: Timestamp,
    at: Timestamp,
    max_staleness: Duration,
) -> LedgerVerdict {
    match record {
        Some(GrantRecord { status: GrantStatus::Revoked, .. }) => LedgerVerdict::Revoked,
        _ if header_time > at.saturating_add(LedgerVerdict::MAX_CLOCK_DRIFT) => LedgerVerdict::FromFuture,
        _ if header_time < at.saturating_sub(max_staleness) => LedgerVerdict::Stale,
        None => LedgerVerdict::Absent,
        Some(record) if header_time >= record.not_after.end() || at >= record.not_after.end() => {
            LedgerVerdict::Expired
        }
        Some(_) => LedgerVerdict::InForce,
    }
}
