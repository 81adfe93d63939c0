//! Which of several versions of a record is the present one (flows.md §2.1).

use super::{date::first_second, head::ResourceHead};
use crate::domain::{Duration, Timestamp};

/// A `meta.lastUpdated` to its full precision; its text compares as its time does.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct UpdateTime(String);

impl UpdateTime {
    /// Reads FHIR's `instant` and what is written in its place: without seconds, without a zone, a day.
    ///
    /// None for what is no time, and for one that lies more than a day after `arrived`.
    pub fn parse(text: &str, arrived: Timestamp) -> Option<Self> {
        let text = text.trim();
        let second = first_second(text).ok()?;
        if second > arrived.saturating_add(Duration::days(1)) {
            return None;
        }
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let end = fraction.find(|character: char| !character.is_ascii_digit()).unwrap_or(fraction.len());
        let digits = fraction.get(..end).unwrap_or_default().trim_end_matches('0');
        Some(Self(format!("{:020}.{digits}", second.0)))
    }

    /// Takes what [`UpdateTime::as_str`] gave.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Seconds since 1970, 20 digits, and the fraction.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A `meta.versionId` that is a number, of any length.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct VersionNumber {
    length: usize,
    digits: String,
}

impl VersionNumber {
    /// Reads a `versionId`; none if it is no number.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = text.trim_start_matches('0');
        Some(Self { length: digits.len(), digits: digits.to_owned() })
    }
}

/// What is compared of a version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VersionFacts {
    /// When its source says that it was updated.
    pub updated: Option<UpdateTime>,
    /// Which one its source says that it is.
    pub number: Option<VersionNumber>,
    /// The delivery that brought it; a later one is greater.
    pub delivery: u64,
    /// Its place in that: what is greater is newer.
    pub place: u64,
}

impl VersionFacts {
    /// The facts of a version that arrived then.
    pub fn new(head: &ResourceHead<'_>, arrived: Timestamp, delivery: u64, place: u64) -> Self {
        Self {
            updated: head.last_updated.as_deref().and_then(|text| UpdateTime::parse(text, arrived)),
            number: head.version_id.as_deref().and_then(VersionNumber::parse),
            delivery,
            place,
        }
    }
}

/// Which of the versions of a record is the present one, as an index; none of none.
///
/// The later update, then the higher number, then the later delivery, then the place in it; update and
/// number only where all versions have one.
pub fn present_version(versions: &[VersionFacts]) -> Option<usize> {
    let by_update = versions.iter().all(|version| version.updated.is_some());
    let by_number = versions.iter().all(|version| version.number.is_some());
    let key = |version: &'_ VersionFacts| {
        (
            version.updated.clone().filter(|_| by_update),
            version.number.clone().filter(|_| by_number),
            version.delivery,
            version.place,
        )
    };
    (0..versions.len()).max_by_key(|index| versions.get(*index).map(key))
}
