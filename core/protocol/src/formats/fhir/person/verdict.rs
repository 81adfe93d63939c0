//! Whether two Patients are the same person.

use super::patient::{Comparable, Demographics, PartialDate, Patient};
use crate::crypto;

/// Whether two Patients are the same person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// One person: enough agrees and nothing contradicts.
    Same,
    /// They may be: nothing contradicts, and too little agrees.
    Unsure,
    /// Names or birth dates say that they are two.
    Contradiction,
}

impl Demographics {
    /// Whether this is the same person as another, by names, birth dates, genders and identifiers.
    pub fn compare(&self, other: &Self) -> Verdict {
        let shared = || self.telling().any(|one| other.telling().any(|other| other == one));
        match Comparable::new(self).compare(&Comparable::new(other)) {
            Verdict::Unsure if shared() => Verdict::Same,
            verdict => verdict,
        }
    }

    /// System and value of each identifier that two Patients share only if they are one person.
    pub(crate) fn telling(&self) -> impl Iterator<Item = (&str, &str)> {
        self.identifiers.iter().filter_map(|one| one.telling())
    }

    /// System and value of every identifier.
    pub(crate) fn identified(&self) -> impl Iterator<Item = (&str, &str)> {
        self.identifiers.iter().filter_map(|one| one.key())
    }
}

impl Patient {
    /// SHA-256 of the bytes that it was read from, if what it says of a person does not tell who it is:
    /// then only the same bytes are the same person.
    pub fn content(&self, resource: &[u8]) -> Option<[u8; 32]> {
        let who = Comparable::new(&self.demographics);
        (who.compare(&who) != Verdict::Same).then(|| crypto::sha256(resource))
    }
}

impl Comparable {
    /// Whether this is the same person as another, by names, birth dates and genders.
    pub(crate) fn compare(&self, other: &Self) -> Verdict {
        let (names, others) = (&self.names, &other.names);
        let family = names.shares_family(others);
        let two_families = !names.family.is_empty() && !others.family.is_empty() && !family;
        let (dates, equal) = match (&self.birth_date, &other.birth_date) {
            (Some(one), Some(other)) => (one.may_be(other), one.is_day() && one == other),
            _ => (true, false),
        };
        if !dates || two_families {
            return Verdict::Contradiction;
        }
        let two_given = !names.given.is_empty() && !others.given.is_empty() && !names.shares_given(others);
        let genders = self.gender.zip(other.gender).is_none_or(|(one, other)| one == other);
        match two_given {
            true => Verdict::Contradiction,
            false if equal && family && genders && names.agrees_in_given(others) => Verdict::Same,
            false => Verdict::Unsure,
        }
    }

    /// Under what a Patient is found that may be the same person by name and birth date: every pair of
    /// a family name and a given name, with the birth date. Both of two that are the same have one.
    pub(crate) fn name_keys(&self) -> Vec<(&str, &str, &str)> {
        let mut keys = Vec::new();
        let Some(date) = self.birth_date.as_ref().filter(|date| date.is_day()) else { return keys };
        for family in self.names.family.iter().flat_map(|token| token.forms()) {
            for given in self.names.given.iter().flatten().flat_map(|token| token.forms()) {
                if keys.len() < MOST_KEYS {
                    keys.push((PartialDate::as_str(date), family, given));
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Under how many names a person is found.
const MOST_KEYS: usize = 256;
