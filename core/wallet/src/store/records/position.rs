//! Where a record version stands among all: by clinical date, then by arrival.

use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{ClinicalDate, DateBound};

/// Minute (28 bits), seq (30 bits) and category (5 bits) in one positive number, so that newer is
/// greater. It is the key of the summary and of the search index.
///
/// Minutes count from 1800-01-01T00:00 to the date as it is written, whatever its zone, so that lists are in
/// the order of the days that they show; minute 0 stands for no date, minute 1 for all that is
/// before 1800, the last one for all that is after 2309.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Position(i64);

impl Position {
    /// The position of version `seq`.
    pub(crate) fn new(date: Option<&ClinicalDate<'_>>, seq: u32, category: Category) -> Self {
        let minute = date.and_then(ClinicalDate::written_minute).map_or(0, clamp);
        Self(minute << MINUTE | i64::from(seq & SEQ_MAX) << SEQ | i64::from(code(category)))
    }

    /// The positions of all versions from `since` on and before `until`. With a bound, the undated
    /// are out.
    pub(crate) fn range(since: Option<DateBound>, until: Option<DateBound>) -> (i64, i64) {
        let bound = |bound: DateBound| clamp(bound.minute());
        let first = match (since, until) {
            (Some(since), _) => bound(since) << MINUTE,
            (None, Some(_)) => 1 << MINUTE,
            (None, None) => 0,
        };
        (first, until.map_or(i64::MAX, |until| (bound(until) << MINUTE) - 1))
    }

    /// Reads a stored position.
    pub(crate) const fn from_i64(value: i64) -> Self {
        Self(value)
    }

    /// The stored form.
    pub(crate) const fn as_i64(self) -> i64 {
        self.0
    }

    /// The category, unless it is one of a newer program.
    pub(crate) fn category(self) -> Option<Category> {
        Category::ALL.iter().copied().find(|category| i64::from(code(*category)) == self.0 & CATEGORY_MAX)
    }
}

/// The category in a stored position.
pub(crate) fn category_at(position: i64) -> Option<Category> {
    Position::from_i64(position).category()
}

/// The number of a category in the store. Never changes for a name.
pub(crate) const fn code(category: Category) -> u8 {
    match category {
        Category::Patient => 1,
        Category::Allergies => 2,
        Category::Conditions => 3,
        Category::Medications => 4,
        Category::Immunizations => 5,
        Category::Results => 6,
        Category::Vitals => 7,
        Category::Procedures => 8,
        Category::Documents => 9,
        Category::Encounters => 10,
        Category::Devices => 11,
        Category::FamilyHistory => 12,
        Category::SocialHistory => 13,
        Category::CarePlans => 14,
        Category::Insurance => 15,
        Category::Genomics => 16,
        Category::Wearables => 17,
        Category::Other => 18,
    }
}

/// The most versions that a store can hold.
pub(crate) const SEQ_MAX: u32 = (1 << 30) - 1;

const SEQ: u32 = 5;
const MINUTE: u32 = 35;
const CATEGORY_MAX: i64 = 31;
const MINUTE_MAX: i64 = (1 << 28) - 1;

/// Days from 1800-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 62_091;
const MINUTES_PER_DAY: i64 = 1_440;

/// From minutes since 1970 to a dated minute.
fn clamp(since_1970: i64) -> i64 {
    since_1970.saturating_add(DAYS_BEFORE_1970 * MINUTES_PER_DAY + 2).clamp(1, MINUTE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, seq: u32) -> Position {
        let date = ClinicalDate { text: text.into(), time: None };
        Position::new(Some(&date), seq, Category::Vitals)
    }

    #[test]
    fn newer_is_greater_from_1800_on_and_no_date_is_least() {
        let undated = Position::new(None, 9, Category::Vitals);
        let unreadable = at("yesterday", 9);
        assert_eq!(undated, unreadable);
        let ascending = [
            undated,
            at("1700", 1),
            at("1928-11-23", 1),
            at("1936", 1),
            at("1936-01-02", 1),
            at("1969-12-31", 1),
            at("1970-01-01", 1),
            at("2024-02-29", 1),
            at("2024-02-29T08:30:00Z", 1),
            at("2024-02-29T08:30:59Z", 2),
            at("2024-02-29T08:31:00Z", 1),
            at("2024-02-29T23:30:00-05:00", 1),
            at("2024-03-01T00:30:00+02:00", 1),
            at("9999-01-01", 1),
        ];
        for pair in ascending.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
    }

    #[test]
    fn gives_back_every_category() {
        for category in Category::ALL {
            assert_eq!(Position::new(None, SEQ_MAX, *category).category(), Some(*category));
        }
        assert_eq!(Position::from_i64(0).category(), None);
    }

    #[test]
    fn a_range_begins_at_since_and_ends_before_until() {
        let times = |since, until| {
            let parse = |text: Option<&str>| text.map(|text| DateBound::parse(text).unwrap());
            Position::range(parse(since), parse(until))
        };
        let inside = |position: Position, (from, to): (i64, i64)| (from..=to).contains(&position.as_i64());
        let day = times(Some("2024-02-29"), Some("2024-03-01"));
        assert!(inside(at("2024-02-29", 0), day) && inside(at("2024-02-29T23:59:00Z", SEQ_MAX), day));
        assert!(!inside(at("2024-02-28T23:59:00Z", SEQ_MAX), day) && !inside(at("2024-03-01", 0), day));
        let undated = Position::new(None, 1, Category::Other);
        assert!(inside(undated, times(None, None)));
        assert!(!inside(undated, times(None, Some("2024-03-01"))));
        assert!(!inside(undated, times(Some("1970-01-01"), None)));
    }
}
