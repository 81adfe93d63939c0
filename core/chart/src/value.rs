//! What a line says: text as its source wrote it, or something that each screen says in its own words.

use keepwell_protocol::formats::fhir::DateBound;

use crate::text::{LONGEST, LONGEST_LETTER, legible};

/// A value as it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// Words, or digits with their unit, as received; plain text, to be escaped where it is shown.
    Text {
        /// At most 2,000 characters, in a letter 100,000, and `…` where it was cut; control characters are U+FFFD.
        text: String,
    },
    /// A yes or a no, which each screen says in its language.
    Truth {
        /// True for yes.
        holds: bool,
    },
    /// A time, or from one to another.
    Time {
        /// In the zone in which it was recorded.
        when: When,
    },
    /// A curve, such as that of a heart, which is not drawn.
    Curve,
    /// There is no value, and this is why.
    Absent {
        /// The reason as its source gives it.
        reason: String,
    },
}

impl Value {
    /// A text without what hides in it.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text { text: legible(text, LONGEST) }
    }

    /// A reason for there being no value.
    pub(crate) fn absent(reason: &str) -> Self {
        Self::Absent { reason: legible(reason, LONGEST) }
    }
}

/// When something was, as people write it, in the zone in which it was recorded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct When {
    /// The day, with the time where one is given; or its beginning. Text that is no date is as written.
    pub start: Option<String>,
    /// The end of something that lasts; absent if it is open.
    pub end: Option<String>,
    /// Whether it lasts from one time to another, of which either may be open.
    pub lasts: bool,
}

impl When {
    /// One time, as FHIR writes it.
    pub(crate) fn at(text: &str) -> Self {
        Self { start: Some(shown(text)), end: None, lasts: false }
    }

    /// From one time to another. Something that ends when it begins is a time.
    pub(crate) fn span(start: Option<&str>, end: Option<&str>) -> Option<Self> {
        let (start, end) = (start.map(shown), end.map(shown));
        match (start, end) {
            (None, None) => None,
            (start, end) if start == end => Some(Self { start, end: None, lasts: false }),
            (start, end) => Some(Self { start, end, lasts: true }),
        }
    }
}

fn shown(text: &str) -> String {
    legible(&date(text), 64)
}

/// A date or time as people write it, in the zone in which it was recorded; other text as it is.
fn date(text: &str) -> String {
    match text.split_once('T') {
        Some((day, time)) if day.len() == 10 && DateBound::parse(day).is_ok() => match time.get(..5) {
            Some("00:00") | None => day.to_owned(),
            Some(minute) => format!("{day} {minute}"),
        },
        _ => text.to_owned(),
    }
}

/// A line of what is said under a label.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// What the line says.
    pub value: Value,
    /// How it is set.
    pub tone: Tone,
}

/// How a line is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// It says something by itself.
    Plain,
    /// It only adds to the line before it, such as a code.
    Quiet,
    /// A text of its own, such as a letter: folded until somebody wants to read it.
    Letter,
}

impl Line {
    /// A line that says something by itself.
    pub(crate) fn plain(text: &str) -> Self {
        Value::text(text).into()
    }

    /// A line that adds to the one before it.
    pub(crate) fn quiet(text: &str) -> Self {
        Self::plain(text).quieted()
    }

    /// A text of its own.
    pub(crate) fn letter(text: &str) -> Self {
        Self { value: Value::Text { text: legible(text, LONGEST_LETTER) }, tone: Tone::Letter }
    }

    /// The same, as an addition to what is before it.
    pub(crate) fn quieted(self) -> Self {
        Self { tone: Tone::Quiet, ..self }
    }

    /// Its text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text } => Some(text),
            _ => None,
        }
    }
}

impl From<Value> for Line {
    fn from(value: Value) -> Self {
        Self { value, tone: Tone::Plain }
    }
}

impl From<When> for Value {
    fn from(when: When) -> Self {
        Self::Time { when }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_are_none_are_shown_as_they_are() {
        for (raw, shown) in [
            ("2014-08-25T07:14:18-05:00", "2014-08-25 07:14"),
            ("2024-03-01T00:30:00+02:00", "2024-03-01 00:30"),
            ("2014-08-25T00:00:00Z", "2014-08-25"),
            ("2014", "2014"),
            ("99999-01-01T10:00", "99999-01-01T10:00"),
            ("2024-02-30", "2024-02-30"),
            ("2023-02-29T10:00:00Z", "2023-02-29T10:00:00Z"),
            ("soon", "soon"),
            ("2014-08-25Té", "2014-08-25"),
        ] {
            assert_eq!(date(raw), shown);
        }
    }

    #[test]
    fn a_span_says_which_of_its_ends_is_open() {
        let span = |start, end| When::span(start, end).map(|when| (when.start, when.end, when.lasts));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(span(Some("2020"), None), Some((text("2020"), None, true)));
        assert_eq!(span(None, Some("2020")), Some((None, text("2020"), true)));
        assert_eq!(span(Some("2020"), Some("2020")), Some((text("2020"), None, false)));
        assert_eq!(span(None, None), None);
    }
}
