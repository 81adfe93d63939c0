//! Points in time (HL7 `TS`: `YYYYMMDDHHMMSS.UUUU±ZZZZ`, cut off anywhere) as FHIR writes them.

use super::element::Element;
use super::json::{Json, known, text};

/// A date or time as FHIR writes it, to the precision that both have: FHIR knows no hour without minutes, and no time
/// without a zone.
pub(super) fn date_time(value: &str) -> Option<String> {
    let (digits, zone) = match value.find(['+', '-', 'Z']) {
        Some(at) => value.split_at(at),
        None => (value, ""),
    };
    let (digits, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(digits)
        || !is_digits(fraction)
        || digits.len() > 14
        || (digits.len() < 8 && !zone.is_empty())
    {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let year = part(0, 4).filter(|year| *year != "0000")?;
    let Some(month) = part(4, 6) else { return Some(year.to_owned()) };
    let Some(day) = part(6, 8) else {
        let is_month = (1..=12).contains(&month.parse().unwrap_or(0));
        return is_month.then(|| format!("{year}-{month}"));
    };
    let number = |text: &str| text.parse::<i16>().ok();
    let (month_number, day_number) = (month.parse().ok()?, day.parse().ok()?);
    jiff::civil::Date::new(number(year)?, month_number, day_number).ok()?;
    let date = format!("{year}-{month}-{day}");
    let (Some(hour), Some(minute), Some(zone)) = (part(8, 10), part(10, 12), offset(zone)) else {
        return Some(date);
    };
    let second = part(12, 14).unwrap_or("00");
    if number(hour)? > 23 || number(minute)? > 59 || number(second)? > 59 {
        return Some(date);
    }
    let fraction =
        if fraction.is_empty() || digits.len() < 14 { String::new() } else { format!(".{fraction}") };
    Some(format!("{date}T{hour}:{minute}:{second}{fraction}{zone}"))
}

fn offset(zone: &str) -> Option<String> {
    if zone == "Z" {
        return Some(zone.to_owned());
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..)?);
    let minutes = if minutes.is_empty() { "00" } else { minutes.trim_start_matches(':') };
    let is_offset = minutes.len() == 2
        && hours.parse::<u8>().is_ok_and(|hours| hours <= 14)
        && minutes.parse::<u8>().is_ok_and(|minutes| minutes < 60);
    is_offset.then(|| format!("{sign}{hours}:{minutes}"))
}

/// The value of a point in time.
pub(super) fn point(element: &Element) -> Option<String> {
    element.attribute("value").and_then(date_time)
}

/// When something was, where it is one point or an interval.
pub(super) struct When {
    pub(super) point: Option<String>,
    pub(super) low: Option<String>,
    pub(super) high: Option<String>,
    /// Whether it has an end, be it unknown.
    pub(super) has_ended: bool,
}

/// The first `effectiveTime` that is a point or an interval.
pub(super) fn when(element: &Element) -> When {
    let periodic = |time: &&Element| matches!(time.attribute("type"), Some("PIVL_TS" | "EIVL_TS"));
    let time = element.all("effectiveTime").filter(|time| !time.is_null()).find(|time| !periodic(time));
    let end = |name| time.and_then(|time| time.one(name));
    // An end that is there and whose time nobody knows says that it is over; that there is none is said by `NA`.
    let has_ended = end("high").is_some_and(|high| match high.attribute("nullFlavor") {
        Some(flavor) => flavor == "UNK",
        None => true,
    });
    let point_of = |element: Option<&Element>| element.and_then(point);
    let middle = point_of(time).or_else(|| point_of(end("center")));
    When { point: middle, low: point_of(end("low")), high: point_of(end("high")), has_ended }
}

impl When {
    /// A Period, where it is an interval.
    pub(super) fn period(&self) -> Option<Json> {
        known([("start", self.low.clone().and_then(text)), ("end", self.high.clone().and_then(text))])
    }

    /// The members of a choice: a date where it is one point, else a Period, which may be open.
    pub(super) fn choice(&self) -> (Option<Json>, Option<Json>) {
        match (&self.point, &self.low, &self.high) {
            (Some(point), ..) => (text(point.as_str()), None),
            (None, Some(low), Some(high)) if low == high => (text(low.as_str()), None),
            _ => (None, self.period()),
        }
    }

    /// The one date or time that it begins with.
    pub(super) fn start(&self) -> Option<&str> {
        self.point.as_deref().or(self.low.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_precision_is_kept_and_none_is_made_up() {
        for (value, expected) in [
            ("2014", Some("2014")),
            ("201410", Some("2014-10")),
            ("20141003", Some("2014-10-03")),
            ("2014100310", Some("2014-10-03")),
            ("20141003103026", Some("2014-10-03")),
            ("201410031030-0500", Some("2014-10-03T10:30:00-05:00")),
            ("20141003103026-0500", Some("2014-10-03T10:30:26-05:00")),
            ("20141003103026.1234+0530", Some("2014-10-03T10:30:26.1234+05:30")),
            ("20141003103026Z", Some("2014-10-03T10:30:26Z")),
            ("20141003103026-05", Some("2014-10-03T10:30:26-05:00")),
            ("20141003253026-0500", Some("2014-10-03")),
            ("20141003103026-9900", Some("2014-10-03")),
            ("20140230", None),
            ("201413", None),
            ("0000", None),
            ("20", None),
            ("2014-10-03", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(date_time(value).as_deref(), expected, "{value}");
        }
    }
}
