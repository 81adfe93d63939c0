//! What a list shows of a record beside its title and date, as short texts in the summary.

use keepwell_chart::{Brief, Flag, Value, When};
use keepwell_protocol::formats::fhir::{Validities, Validity};

/// Value, flag, status and validities of a record.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Line {
    pub(super) value: Option<String>,
    pub(super) flag: Option<&'static str>,
    pub(super) status: Option<String>,
    pub(super) validities: Validities,
}

impl Line {
    /// Reads a resource; `is_removed`: its source has deleted it.
    pub(super) fn read(resource: &[u8], is_removed: bool) -> Self {
        let Brief { value, flag, status, validities } = Brief::read(resource);
        Self {
            value: value.as_ref().map(written),
            flag: flag.map(Flag::name),
            status: status.map(|status| cut(&status)),
            validities: if is_removed { validities.with(Validity::RemovedAtSource) } else { validities },
        }
    }
}

/// The flag of this name.
pub(super) fn flag(name: &str) -> Option<Flag> {
    Flag::ALL.iter().copied().find(|flag| flag.name() == name)
}

/// A value as the summary has it: a letter that says what it is, then its text.
fn written(value: &Value) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    match value {
        Value::Text { text } => format!("t{}", cut(text)),
        Value::Truth { holds } => if *holds { "yes" } else { "no" }.to_owned(),
        Value::Time { when: When { start, end, lasts } } => {
            format!("w{}{BETWEEN}{}{BETWEEN}{}", or_none(start), or_none(end), u8::from(*lasts))
        }
        Value::Curve => "c".to_owned(),
        Value::Absent { reason } => format!("a{}", cut(reason)),
    }
}

/// The value that was [`written`] so; none if it was by a newer program.
pub(super) fn value(written: &str) -> Option<Value> {
    let mut letters = written.chars();
    let (kind, text) = (letters.next()?, letters.as_str());
    Some(match kind {
        't' => Value::Text { text: text.to_owned() },
        'y' => Value::Truth { holds: true },
        'n' => Value::Truth { holds: false },
        'w' => {
            let mut parts = text.split(BETWEEN);
            let mut time = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
            Value::Time { when: When { start: time(), end: time(), lasts: time().as_deref() == Some("1") } }
        }
        'c' => Value::Curve,
        'a' => Value::Absent { reason: text.to_owned() },
        _ => return None,
    })
}

/// A text as far as a list shows it.
fn cut(text: &str) -> String {
    let mut letters = text.chars();
    let mut short: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// What no text that may be shown contains.
const BETWEEN: char = '\u{1f}';
/// Characters of the longest value in a list; its page has all of it.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back_as_it_was_written() {
        let time = |start: Option<&str>, end: Option<&str>, lasts| Value::Time {
            when: When { start: start.map(str::to_owned), end: end.map(str::to_owned), lasts },
        };
        for each in [
            Value::Text { text: "6.10 mmol/L".into() },
            Value::Text { text: String::new() },
            Value::Truth { holds: true },
            Value::Truth { holds: false },
            time(Some("2024-01-02 08:00"), None, false),
            time(Some("2024"), Some("2025"), true),
            time(None, Some("2025"), true),
            Value::Curve,
            Value::Absent { reason: "unknown".into() },
        ] {
            assert_eq!(value(&written(&each)), Some(each));
        }
        assert_eq!(value(""), None);
        assert_eq!(value("Z"), None);
    }

    #[test]
    fn a_line_is_short_whatever_the_record_says() {
        let long = "ü".repeat(100_000);
        let json = format!(r#"{{"resourceType":"Observation","status":"{long}","valueString":"{long}"}}"#);
        let line = Line::read(json.as_bytes(), true);
        assert_eq!(line.value.map(|value| value.chars().count()), Some(LONGEST + 2));
        assert!(line.status.is_none_or(|status| status.chars().count() <= LONGEST + 1));
        assert_eq!(line.validities.first(), Validity::RemovedAtSource);
    }
}
