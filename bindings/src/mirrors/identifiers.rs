//! Identifiers and times as they cross: text that each language wraps in a type of the kind (`uniffi.toml`), and its own
//! instants and durations.

use std::time::{Duration as StdDuration, SystemTime, UNIX_EPOCH};

// The names under which the languages see them: uniffi has a `Timestamp` and a `Duration` of its own.
use keepwell_protocol::domain::{
    DeliveryId, GrantId, LinkId, ProviderId, QuarantineId, RecordId, RequestId, SourceId,
};
pub(crate) use keepwell_protocol::domain::{Duration as TimeSpan, Timestamp as Instant};
use keepwell_protocol::ledger::AnchorFingerprint;
use keepwell_wallet::Cursor;

use crate::error::{Result, WalletError};
use crate::reasons::ArgumentReason;

/// Each crosses as its text; text that is none of them is refused.
macro_rules! as_text {
    ($($name:ident),+) => {$(
        uniffi::custom_type!($name, String, {
            remote,
            lower: |value| value.to_string(),
            try_lift: |text| Ok($name::parse(&text).map_err(WalletError::from)?),
        });
    )+};
}

as_text!(
    GrantId,
    ProviderId,
    RecordId,
    DeliveryId,
    QuarantineId,
    LinkId,
    RequestId,
    SourceId,
    Cursor,
    AnchorFingerprint
);

uniffi::custom_type!(Instant, SystemTime, {
    remote,
    lower: |time| instant(time),
    try_lift: |instant| Ok(timestamp(instant)?),
});
uniffi::custom_type!(TimeSpan, StdDuration, {
    remote,
    lower: |span| StdDuration::from_secs(span.0),
    try_lift: |span| Ok(TimeSpan(span.as_secs())),
});

/// The last second of the year 9999: beyond it the languages do not agree on what an instant is.
const LAST: u64 = 253_402_300_799;

fn instant(time: Instant) -> SystemTime {
    UNIX_EPOCH + StdDuration::from_secs(time.0.min(LAST))
}

fn timestamp(instant: SystemTime) -> Result<Instant> {
    let since = instant
        .duration_since(UNIX_EPOCH)
        .map_err(|_| WalletError::invalid(ArgumentReason::InvalidTime))?
        .as_secs();
    if since <= LAST { Ok(Instant(since)) } else { Err(WalletError::invalid(ArgumentReason::InvalidTime)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_second_between_1970_and_9999() {
        for seconds in [0, 1, LAST] {
            assert_eq!(timestamp(instant(Instant(seconds))), Ok(Instant(seconds)));
        }
        assert_eq!(instant(Instant(u64::MAX)), instant(Instant(LAST)));
        let invalid = Err(WalletError::invalid(ArgumentReason::InvalidTime));
        assert_eq!(timestamp(UNIX_EPOCH - StdDuration::from_secs(1)), invalid);
        assert_eq!(timestamp(UNIX_EPOCH + StdDuration::from_secs(LAST + 1)), invalid);
    }
}
