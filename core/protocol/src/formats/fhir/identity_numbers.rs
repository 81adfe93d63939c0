//! Which identifiers name a person to a state or a payer; the list is fixtures/identity-numbers.

use std::sync::LazyLock;

use super::code_system::{is_system, without_scheme};

/// A kind of identity number, or a photo.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum IdentityKind {
    /// A number of social security.
    SocialSecurity,
    /// A passport's number.
    Passport,
    /// The number of a driver's licence.
    DriversLicence,
    /// A taxpayer's number.
    Tax,
    /// The number under which a payer knows a member.
    Insurance,
    /// Any other number by which a state knows a person.
    National,
    /// A picture of a person.
    Photo,
}

impl IdentityKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::SocialSecurity,
        Self::Passport,
        Self::DriversLicence,
        Self::Tax,
        Self::Insurance,
        Self::National,
        Self::Photo,
    ];

    /// The name in the command line and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SocialSecurity => "social-security",
            Self::Passport => "passport",
            Self::DriversLicence => "drivers-licence",
            Self::Tax => "tax",
            Self::Insurance => "insurance",
            Self::National => "national",
            Self::Photo => "photo",
        }
    }
}

/// The list of types and namespaces.
pub(super) struct List {
    types: Vec<(&'static str, IdentityKind)>,
    systems: Vec<(&'static str, IdentityKind)>,
}

pub(super) static LIST: LazyLock<List> = LazyLock::new(|| List::read(NUMBERS));

const NUMBERS: &str = include_str!("../../../../../fixtures/identity-numbers/numbers.txt");

/// HL7 version 2 table 0203, and the code system of DSTU2 that took from it.
const IDENTIFIER_TYPES: [&str; 4] = [
    "terminology.hl7.org/CodeSystem/v2-0203",
    "hl7.org/fhir/v2/0203",
    "hl7.org/fhir/identifier-type",
    "2.16.840.1.113883.12.203",
];

impl List {
    fn read(text: &'static str) -> Self {
        let mut list = Self { types: Vec::new(), systems: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split_ascii_whitespace();
            let kind =
                words.next().and_then(|name| IdentityKind::ALL.iter().find(|kind| kind.as_str() == name));
            match (kind, words.next()) {
                (Some(kind), Some("type")) => list.types.extend(words.map(|word| (word, *kind))),
                (Some(kind), Some("system")) => list.systems.extend(words.map(|word| (word, *kind))),
                _ => {}
            }
        }
        list
    }

    /// What the numbers of a namespace are.
    pub(super) fn kind_of_system(&self, written: &str) -> Option<IdentityKind> {
        let names = |known: &str| match known.strip_suffix('*') {
            None => is_system(written, &[known]),
            Some(beginning) => without_scheme(written.trim())
                .get(..beginning.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(beginning)),
        };
        self.systems.iter().find_map(|(known, kind)| names(known).then_some(*kind))
    }

    /// What a number of this type is; a code without a system is taken for one of the table.
    pub(super) fn kind_of_type(&self, system: Option<&str>, code: &str) -> Option<IdentityKind> {
        system.is_none_or(|system| is_system(system, &IDENTIFIER_TYPES)).then_some(())?;
        let code = code.trim();
        let names = |known: &str| match known.strip_suffix('*') {
            None => known == code,
            // With a country of ISO 3166 behind it, as in NNESP.
            Some(beginning) => code.strip_prefix(beginning).is_some_and(|country| {
                country.len() == 3 && country.bytes().all(|letter| letter.is_ascii_uppercase())
            }),
        };
        self.types.iter().find_map(|(known, kind)| names(known).then_some(*kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        for line in NUMBERS.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let [kind, what, _, ..] = words[..] else { panic!("{line}") };
            assert!(IdentityKind::ALL.iter().any(|known| known.as_str() == kind), "{line}");
            assert!(["type", "system"].contains(&what), "{line}");
        }
    }
}
