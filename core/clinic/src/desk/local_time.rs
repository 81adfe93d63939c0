//! Times as people at this desk read them: of the zone of this computer, which is also the browser's.

use jiff::Zoned;
use jiff::tz::TimeZone;
use keepwell_protocol::domain::Timestamp;

/// A time to the minute: `2026-11-29 09:12`, and `UTC` behind it where the computer knows no zone.
pub(super) fn minute(time: Timestamp) -> String {
    in_zone(time, &TimeZone::system(), None)
}

/// The same without the day where that is today's.
pub(super) fn age(time: Timestamp, now: Timestamp) -> String {
    in_zone(time, &TimeZone::system(), Some(now))
}

fn in_zone(time: Timestamp, zone: &TimeZone, now: Option<Timestamp>) -> String {
    let Some(zoned) = local(time, zone) else { return time.to_string() };
    let is_today = now.and_then(|now| local(now, zone)).is_some_and(|now| now.date() == zoned.date());
    let form = if is_today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let zone = if zone.is_unknown() { " UTC" } else { "" };
    format!("{}{zone}", zoned.strftime(form))
}

/// Nothing of a time beyond any calendar.
fn local(time: Timestamp, zone: &TimeZone) -> Option<Zoned> {
    let seconds = i64::try_from(time.0).ok()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_that_of_the_zone_and_says_so_where_none_is_known() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let time = |text| Timestamp::parse(text).unwrap();
        let at = time("2026-06-30T22:12:59Z");
        assert_eq!(in_zone(at, &zone, None), "2026-07-01 00:12");
        assert_eq!(in_zone(at, &zone, Some(time("2026-07-01T21:59:59Z"))), "00:12");
        assert_eq!(in_zone(at, &zone, Some(time("2026-07-01T22:00:00Z"))), "2026-07-01 00:12");
        assert_eq!(in_zone(at, &TimeZone::unknown(), None), "2026-06-30 22:12 UTC");
        assert_eq!(in_zone(Timestamp(u64::MAX), &zone, None), Timestamp(u64::MAX).to_string());
    }
}
