//! Times as people read them: local on a terminal, RFC 3339 UTC where a file or a program gets the lines.

use std::io::IsTerminal as _;

use jiff::tz::TimeZone;
use keepwell_protocol::domain::Timestamp;

/// A time for a line of the answer.
pub(crate) fn shown(time: Timestamp) -> String {
    match local() {
        Some(zone) => in_zone(time, &zone, None),
        None => time.to_string(),
    }
}

/// The same without the day where that is today's.
pub(crate) fn shown_shortly(time: Timestamp, now: Timestamp) -> String {
    match local() {
        Some(zone) => in_zone(time, &zone, Some(now)),
        None => time.to_string(),
    }
}

/// The zone of whoever looks at stdout, if anybody does.
fn local() -> Option<TimeZone> {
    std::io::stdout().is_terminal().then(TimeZone::system)
}

/// `2026-11-29 09:12`, or `09:12` where `now` is of the same day.
fn in_zone(time: Timestamp, zone: &TimeZone, now: Option<Timestamp>) -> String {
    let local = |time: Timestamp| {
        let seconds = i64::try_from(time.0).ok()?;
        Some(jiff::Timestamp::from_second(seconds).ok()?.to_zoned(zone.clone()))
    };
    let Some(zoned) = local(time) else { return time.to_string() };
    let is_today = now.and_then(local).is_some_and(|now| now.date() == zoned.date());
    let form = if is_today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    zoned.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_that_of_the_zone_and_the_day_is_left_out_on_the_same_day() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let time = |text| Timestamp::parse(text).unwrap();
        let at = time("2026-06-30T22:12:59Z");
        assert_eq!(in_zone(at, &zone, None), "2026-07-01 00:12");
        assert_eq!(in_zone(at, &zone, Some(time("2026-07-01T21:59:59Z"))), "00:12");
        assert_eq!(in_zone(at, &zone, Some(time("2026-07-01T22:00:00Z"))), "2026-07-01 00:12");
    }

    #[test]
    fn a_time_beyond_any_calendar_is_shown_all_the_same() {
        assert_eq!(in_zone(Timestamp(u64::MAX), &TimeZone::UTC, None), Timestamp(u64::MAX).to_string());
    }
}
