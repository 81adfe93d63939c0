//! Clinical dates: which element of a resource says when, and what its text means.

use std::borrow::Cow;

use super::cursor::{Cursor, Token};
use crate::domain::{Day, Timestamp};

/// When what a resource is about happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClinicalDate<'a> {
    /// The date as written.
    pub text: Cow<'a, str>,
    /// Its first second (of the year, month or day, where no time is given; UTC where no zone is), or
    /// `None` if it is no date. Before 1970 it is 1970-01-01.
    pub time: Option<Timestamp>,
}

impl<'a> ClinicalDate<'a> {
    pub(super) fn new(text: Cow<'a, str>) -> Self {
        let time = parse(&text);
        Self { text, time }
    }

    /// Days from 1970-01-01 to the UTC day of its first second; negative before it. `None` if it is no date.
    pub(super) fn utc_day(&self) -> Option<i64> {
        seconds(&self.text).map(|seconds| seconds.div_euclid(86_400))
    }

    /// Minutes from 1970-01-01T00:00 to what is written and shown, whatever its zone: the day is that of the
    /// text. Of a time that can't be read the day counts; `None` if there is no day, month or year.
    pub fn written_minute(&self) -> Option<i64> {
        written_minute(&self.text)
    }

    /// The same as a time of the protocol, as if it were written in UTC: a scope's bounds go by the day that
    /// is shown. Before 1970 it is 1970-01-01.
    pub fn written_time(&self) -> Option<Timestamp> {
        Some(at_minute(self.written_minute()?))
    }
}

fn at_minute(minute: i64) -> Timestamp {
    u64::try_from(minute).map_or(Day(0).start(), |minute| Timestamp(minute * 60))
}

/// Where a list of dates begins or ends: the first minute of a year, a month, a day, or a time.
///
/// It is compared with dates as they are written, so that a day holds what is shown as of that day.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DateBound(i64);

/// The text is no date.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a date is written as in 2026, 2026-01, 2026-01-31 or 2026-01-31T08:30:00Z")]
pub struct InvalidDate;

impl DateBound {
    /// Parses FHIR's `dateTime`.
    ///
    /// # Errors
    /// [`InvalidDate`] on anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidDate> {
        let seconds = parse(text).ok_or(InvalidDate)?.0;
        // A second within a minute begins with the next one: lists know no seconds.
        let minute = written_minute(text).ok_or(InvalidDate)? + i64::from(seconds % 60 > 0);
        Ok(Self(minute))
    }

    /// Minutes from 1970-01-01T00:00, as the date is written: in no zone, negative before.
    pub const fn minute(self) -> i64 {
        self.0
    }

    /// The same as a bound of a scope. `None` up to the start of 1970: a scope takes all that is before for
    /// that.
    pub fn of_scope(self) -> Option<Timestamp> {
        (self.0 > 0).then(|| at_minute(self.0))
    }
}

/// A time of the protocol is taken as written in UTC.
impl From<Timestamp> for DateBound {
    fn from(time: Timestamp) -> Self {
        Self(i64::try_from(time.0.div_ceil(60)).unwrap_or(i64::MAX))
    }
}

/// The first second of FHIR's `dateTime`, UTC where no zone is given; before 1970 it is 1970-01-01.
///
/// # Errors
/// [`InvalidDate`] on anything else.
///
/// ```
/// use keepwell_protocol::domain::Timestamp;
/// use keepwell_protocol::formats::fhir::{InvalidDate, first_second};
///
/// assert_eq!(first_second("1970-01-02"), Ok(Timestamp(86_400)));
/// assert_eq!(first_second("2. Januar 1970"), Err(InvalidDate));
/// ```
pub fn first_second(text: &str) -> Result<Timestamp, InvalidDate> {
    parse(text).ok_or(InvalidDate)
}

/// Where a top-level element stands among those that say when, most telling first; and whether it is
/// a Period.
pub fn rank(key: &[u8]) -> Option<(u8, bool)> {
    let rank = match key {
        b"effectiveDateTime" => 0,
        b"effectiveInstant" => 1,
        b"effectivePeriod" => 2,
        b"onsetDateTime" => 3,
        b"onsetPeriod" => 4,
        b"performedDateTime" => 5,
        b"performedPeriod" => 6,
        b"occurrenceDateTime" => 7,
        b"occurrencePeriod" => 8,
        b"occurredDateTime" => 9,
        b"occurredPeriod" => 10,
        b"collectedDateTime" => 11,
        b"collectedPeriod" => 12,
        b"started" => 13,
        b"period" => 14,
        b"billablePeriod" => 15,
        b"servicedDate" => 16,
        b"servicedPeriod" => 17,
        b"whenHandedOver" => 18,
        b"whenPrepared" => 19,
        b"authoredOn" => 20,
        b"authored" => 21,
        b"startDate" => 22,
        b"start" => 23,
        b"dateWritten" => 24,
        b"recordedDate" => 25,
        b"dateRecorded" => 26,
        b"recorded" => 27,
        b"dateAsserted" => 28,
        b"assertedDate" => 29,
        b"date" => 30,
        b"dateTime" => 31,
        b"issued" => 32,
        b"created" => 33,
        b"sent" => 34,
        b"received" => 35,
        b"receivedTime" => 36,
        b"performedOn" => 37,
        b"appliesDateTime" => 38,
        b"appliesPeriod" => 39,
        b"timestamp" => 40,
        b"statusDate" => 41,
        b"lastOccurrence" => 42,
        b"abatementDateTime" => 43,
        b"abatementPeriod" => 44,
        b"end" => 45,
        b"deceasedDateTime" => 46,
        _ => return None,
    };
    Some((rank, matches!(rank, 2 | 4 | 6 | 8 | 10 | 12 | 14 | 15 | 17 | 39 | 44)))
}

/// Whether an element of this rank says when the thing itself happened, whatever the type.
pub(super) const fn is_of_event(rank: u8) -> bool {
    rank <= 14
}

/// When the thing itself happened, for the types that say so in an element that in others is only about
/// the record: FHIR R4, and `Immunization.date` before it.
pub(super) fn of_event<'a>(resource_type: &str, bytes: &'a [u8]) -> Option<ClinicalDate<'a>> {
    let keys: &[&[u8]] = match resource_type {
        "AdverseEvent" | "Immunization" => &[b"date"],
        "Media" => &[b"createdDateTime", b"createdPeriod"],
        "MedicationDispense" => &[b"whenHandedOver", b"whenPrepared"],
        _ => return None,
    };
    let mut found: Option<(usize, Cow<'a, str>)> = None;
    let mut cursor = Cursor::new(bytes);
    cursor.next();
    while let Some(key) = cursor.key() {
        let rank = keys.iter().position(|known| *known == key.raw());
        let is_better = |rank: &usize| found.as_ref().is_none_or(|(known, _)| rank < known);
        let Some(rank) = rank.filter(is_better) else {
            cursor.skip();
            continue;
        };
        match cursor.next() {
            Some(Token::String(text)) => found = Some((rank, text.to_str())),
            Some(Token::Object) => {
                while let Some(key) = cursor.key() {
                    match cursor.next() {
                        Some(Token::String(text)) if key.raw() == b"start" => {
                            found = Some((rank, text.to_str()));
                        }
                        Some(Token::Object | Token::Array) => cursor.leave(),
                        _ => {}
                    }
                }
            }
            Some(Token::Array) => cursor.leave(),
            _ => {}
        }
    }
    found.map(|(_, text)| ClinicalDate::new(text))
}

/// The same as [`seconds`], and before 1970 its first second.
fn parse(text: &str) -> Option<Timestamp> {
    Some(u64::try_from(seconds(text)?).map_or(Day(0).start(), Timestamp))
}

/// Reads FHIR's `date`, `dateTime` and `instant`, strictly: seconds from 1970-01-01T00:00:00Z.
fn seconds(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    if time.is_some() && date.len() < "YYYY-MM-DD".len() {
        return None;
    }
    Some(parse_day(date)? * 86_400 + time.map_or(Some(0), seconds_of_day)?)
}

fn written_minute(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    let day = parse_day(date)?;
    let clock = time.get(..5).and_then(|clock| clock.split_once(':'));
    let minute = clock.and_then(|(hour, minute)| Some((digits(hour, 2)?, digits(minute, 2)?)));
    let minute = minute.filter(|(hour, minute)| *hour < 24 && *minute < 60);
    Some(day * 1_440 + minute.map_or(0, |(hour, minute)| hour * 60 + minute))
}

/// Days from 1970-01-01 to the first one of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn parse_day(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map(|month| digits(month, 2));
    let day = parts.next().map(|day| digits(day, 2));
    if parts.next().is_some() || year == 0 {
        return None;
    }
    days_since_1970(year, month.unwrap_or(Some(1))?, day.unwrap_or(Some(1))?)
}

/// Seconds from the start of the UTC day on which a time like `08:30:00.5+02:00` is.
fn seconds_of_day(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', '+', '-']);
    let (clock, zone) = zone_at.map_or(Some((text, "Z")), |at| text.split_at_checked(at))?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    // Seconds are required by FHIR, and often left out all the same.
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    let whole =
        parts.next().is_none() && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if !whole || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3_600 + minutes * 60;
            if sign == "-" { -seconds } else { seconds }
        }
    };
    Some(hour * 3_600 + minute * 60 + second - offset)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let date =
        jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
            .ok()?;
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    Some(i64::from((date - epoch).get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_of_every_precision() {
        for (text, same) in [
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-02", "2024-02-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
            ("2024-02-29T12:00:00.123456-05:00", "2024-02-29T17:00:00Z"),
            ("2024-03-01T00:30:00+02:00", "2024-02-29T22:30:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2024-02-29T12:00", "2024-02-29T12:00:00Z"),
            ("1928-11-23", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(parse(text), Some(Timestamp::parse(same).unwrap()), "{text}");
        }
    }

    #[test]
    fn the_written_minute_is_that_of_the_day_that_is_shown() {
        for (text, same) in [
            ("2024-03-01T00:30:00+02:00", Some("2024-03-01T00:30")),
            ("2024-02-29T23:30:00-05:00", Some("2024-02-29T23:30")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59")),
            ("2024-06-30T24:00:00Z", Some("2024-06-30")),
            ("2024-05-05T10:00:00+0200", Some("2024-05-05T10:00")),
            ("2024-05-05 10:00", Some("2024-05-05T10:00")),
            ("2024-05-05t10:00:00z", Some("2024-05-05T10:00")),
            ("1752-09-10", Some("1752-09-10")),
            ("2019", Some("2019-01-01")),
            ("2019-05", Some("2019-05-01")),
            ("2024-02-30", None),
            ("0000-01-01", None),
            ("20240505", None),
            ("2024-W05-1", None),
            ("05/06/2024", None),
            ("-2024-01-01", None),
            ("", None),
        ] {
            let same = same.map(|same| DateBound::parse(same).unwrap().minute());
            assert_eq!(written_minute(text), same, "{text}");
        }
    }

    #[test]
    fn a_scope_takes_a_date_as_it_is_written() {
        for (text, same) in [
            ("2024-03-01T00:30:00+02:00", Some("2024-03-01T00:30:00Z")),
            ("2024-02-29T23:30:00-05:00", Some("2024-02-29T23:30:00Z")),
            ("2024-02", Some("2024-02-01T00:00:00Z")),
            ("1928-11-23", Some("1970-01-01T00:00:00Z")),
            ("soon", None),
        ] {
            let date = ClinicalDate::new(text.into());
            assert_eq!(date.written_time(), same.map(|same| Timestamp::parse(same).unwrap()), "{text}");
        }
    }

    #[test]
    fn a_bound_is_a_whole_date_of_any_precision() {
        let minute = |text| DateBound::parse(text).map(DateBound::minute);
        assert_eq!(minute("1970"), Ok(0));
        assert_eq!(minute("1969-12-31"), Ok(-1_440));
        assert_eq!(minute("1970-01-01T00:00:01Z"), Ok(1));
        assert_eq!(DateBound::from(Timestamp(61)).minute(), 2);
        let of_scope = |text| DateBound::parse(text).unwrap().of_scope();
        assert_eq!(of_scope("1970-01-02T00:01+05:00"), Some(Timestamp(86_460)));
        assert_eq!((of_scope("1970"), of_scope("1812")), (None, None));
        for bad in
            ["", "2024-05-05 10:00", "2024-02-30", "2024-05-05T10", "2024-05-05T24:00:00Z", "yesterday"]
        {
            assert_eq!(minute(bad), Err(InvalidDate), "{bad}");
        }
    }

    #[test]
    fn knows_what_is_no_date() {
        for text in [
            "",
            "0000",
            "0000-01-01",
            "99999",
            "99999-01-01",
            "2024-13",
            "2024-00",
            "2024-02-30",
            "2023-02-29",
            "2024-2-9",
            "24",
            "2024-02-29T",
            "2024-02T12:00:00Z",
            "2024-02-29T25:00:00Z",
            "2024-02-29T12:60:00Z",
            "2024-02-29T12:00:61Z",
            "2024-02-29T12:00:00+25:00",
            "2024-02-29T12:00:00+2",
            "2024-02-29T12:00:00.Z",
            "2024-02-29 12:00:00",
            "yesterday",
            "2024-02-29T12:00:00Zulu",
            "٢٠٢٤",
            "-024",
            "+024-01-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
