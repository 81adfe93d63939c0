//! Time as the protocol counts it: whole seconds and whole UTC days.

use std::fmt;

const SECONDS_PER_DAY: u64 = 86_400;

/// The text is not a time in the form that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidTime {
    /// Not a duration such as `15m`, `24h` or `30d`.
    #[error("a duration is a whole number followed by m, h or d")]
    Duration,
    /// Not an RFC 3339 time or date in the years 1970 to 9999.
    #[error("a time is written as in 2026-01-31 or 2026-01-31T08:30:00Z")]
    Timestamp,
}

/// Seconds since 1970-01-01 UTC.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, minicbor::Decode, minicbor::Encode,
)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub u64);

impl Timestamp {
    /// The UTC day that this second belongs to.
    pub fn day(self) -> Day {
        Day(u32::try_from(self.0 / SECONDS_PER_DAY).unwrap_or(u32::MAX))
    }

    /// This time and `duration` later; stops at the end of the range.
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }

    /// This time and `duration` earlier; stops at 1970.
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.0))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// Parses RFC 3339 (`2026-01-31T08:30:00Z`) or a date, which means its first second UTC.
    ///
    /// # Errors
    /// [`InvalidTime::Timestamp`] on anything else and on years outside 1970 to 9999.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let seconds = match text.parse::<jiff::Timestamp>() {
            Ok(time) => time.as_second(),
            Err(_) => text
                .parse::<jiff::civil::Date>()
                .ok()
                .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
                .map(|zoned| zoned.timestamp().as_second())
                .ok_or(InvalidTime::Timestamp)?,
        };
        u64::try_from(seconds).map(Self).map_err(|_| InvalidTime::Timestamp)
    }
}

/// RFC 3339 UTC, `2026-01-31T08:30:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
            Some(time) => fmt::Display::fmt(&time, f),
            None => f.write_str("9999-12-30T22:00:00Z"),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// Days since 1970-01-01 UTC.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, minicbor::Decode, minicbor::Encode,
)]
#[cbor(transparent)]
pub struct Day(#[n(0)] pub u32);

impl Day {
    /// The first second of this day.
    pub fn start(self) -> Timestamp {
        Timestamp(u64::from(self.0) * SECONDS_PER_DAY)
    }

    /// The first second after this day.
    pub fn end(self) -> Timestamp {
        Timestamp((u64::from(self.0) + 1) * SECONDS_PER_DAY)
    }
}

/// A length of time in seconds.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, minicbor::Decode, minicbor::Encode,
)]
#[cbor(transparent)]
pub struct Duration(#[n(0)] pub u64);

impl Duration {
    /// A span of `count` minutes; the longest span where that overflows.
    pub const fn minutes(count: u64) -> Self {
        Self(count.saturating_mul(60))
    }

    /// A span of `count` hours; the longest span where that overflows.
    pub const fn hours(count: u64) -> Self {
        Self(count.saturating_mul(3_600))
    }

    /// A span of `count` days of 24 hours; the longest span where that overflows.
    pub const fn days(count: u64) -> Self {
        Self(count.saturating_mul(SECONDS_PER_DAY))
    }

    /// Parses `15m`, `24h` or `30d`; zero is refused.
    ///
    /// # Errors
    /// [`InvalidTime::Duration`] on anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let (digits, unit) = match text.char_indices().next_back() {
            Some((at, 'm')) => (text.get(..at), 60),
            Some((at, 'h')) => (text.get(..at), 3_600),
            Some((at, 'd')) => (text.get(..at), SECONDS_PER_DAY),
            _ => return Err(InvalidTime::Duration),
        };
        digits
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u64>().ok())
            .and_then(|count| count.checked_mul(unit))
            .filter(|seconds| *seconds > 0)
            .map(Self)
            .ok_or(InvalidTime::Duration)
    }
}

/// As [`Duration::parse`] reads it, in the largest unit of which it is a whole number; seconds where there is none.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(SECONDS_PER_DAY, 'd'), (3_600, 'h'), (60, 'm')];
        let (seconds, unit) =
            units.into_iter().find(|(seconds, _)| self.0.is_multiple_of(*seconds)).unwrap_or((1, 's'));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(Duration::parse("15m"), Ok(Duration::minutes(15)));
        assert_eq!(Duration::parse("24h"), Ok(Duration::hours(24)));
        assert_eq!(Duration::parse("30d"), Ok(Duration::days(30)));
        for bad in ["", "m", "15", "0d", "-1d", "+1d", "1.5h", "15 m", "99999999999999999999d", "१d", "1d1h"]
        {
            assert_eq!(Duration::parse(bad), Err(InvalidTime::Duration), "{bad}");
        }
    }

    #[test]
    fn a_duration_is_written_in_its_largest_whole_unit() {
        for (seconds, text) in
            [(600, "10m"), (5_400, "90m"), (3_600, "1h"), (86_400, "1d"), (2_592_000, "30d")]
        {
            assert_eq!(Duration(seconds).to_string(), text);
            assert_eq!(Duration::parse(text), Ok(Duration(seconds)));
        }
        assert_eq!(Duration(61).to_string(), "61s");
    }

    #[test]
    fn times_read_back_as_written() {
        let time = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        assert_eq!(time.to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(Timestamp::parse("2026-11-21").unwrap(), time.day().start());
        for bad in ["", "yesterday", "1969-12-31", "2026-02-30", "2026-11-21T25:00:00Z"] {
            assert_eq!(Timestamp::parse(bad), Err(InvalidTime::Timestamp), "{bad}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let day = Timestamp(SECONDS_PER_DAY * 3 + 5).day();
        assert_eq!(day, Day(3));
        assert_eq!(day.end(), Day(4).start());
        assert_eq!(day.end().day(), Day(4));
    }
}
