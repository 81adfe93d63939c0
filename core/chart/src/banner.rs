//! Who a set of records is about, and whether it is one person.

use std::collections::BTreeSet;

use keepwell_protocol::domain::fold;

use crate::node::Node;
use crate::phrase;
use crate::text::legible;

/// Who a chart is about, as the records say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Banner {
    /// The first of the names, at most 256 characters.
    pub name: String,
    /// Birth date as written.
    pub birth_date: String,
    /// Administrative gender as written.
    pub gender: String,
}

impl Banner {
    /// Whether both seem to be the same person: born on the same day, and one's name has all words of the other's, initials apart; a
    /// twin's has not. What one of them does not say is not held against them, but something has to be in common.
    pub fn is_like(&self, other: &Self) -> bool {
        let (names, others) = (self.words(), other.words());
        let has_names = !names.is_empty() && !others.is_empty();
        let has_days = !self.birth_date.is_empty() && !other.birth_date.is_empty();
        let same_name = !has_names || names.is_subset(&others) || others.is_subset(&names);
        let same_day = !has_days || self.birth_date == other.birth_date;
        same_name && same_day && (has_names || has_days)
    }

    /// That of the Patients among some resources, and whether they are of several people, of whom none is told then.
    pub(crate) fn of(nodes: &[Option<Node<'_>>]) -> (Option<Self>, bool) {
        let is_patient = |node: &&Node<'_>| node.text_of("resourceType") == Some("Patient");
        // Each is held against every other, since one that says little joins no two that differ.
        let mut known: Vec<Self> = Vec::new();
        for banner in nodes.iter().flatten().filter(is_patient).map(Self::read) {
            if !known.iter().all(|other| banner.is_like(other)) {
                return (None, true);
            }
            if !known.iter().any(|other| banner.says_no_more_than(other)) {
                known.push(banner);
            }
        }
        // Of those that say the same the first.
        let most = |banner: &Self| (!banner.birth_date.is_empty(), !banner.name.is_empty());
        (known.into_iter().rev().max_by_key(most), false)
    }

    fn read(patient: &Node<'_>) -> Self {
        let text = |name: &str| legible(patient.text_of(name).unwrap_or_default(), 64);
        let name = patient.list("name").iter().find_map(phrase::human_name).unwrap_or_default();
        Self { name: legible(&name, 256), birth_date: text("birthDate"), gender: text("gender") }
    }

    /// Whether whatever is unlike this is unlike the other, too.
    fn says_no_more_than(&self, other: &Self) -> bool {
        self.words() == other.words() && (self.birth_date.is_empty() || self.birth_date == other.birth_date)
    }

    fn words(&self) -> BTreeSet<String> {
        let folded = fold(&self.name);
        let words = folded.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| word.chars().count() > 1).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(patients: &[(&str, &str)]) -> (Option<(String, String)>, bool) {
        let text = |(name, born): &(&str, &str)| {
            format!(r#"{{"resourceType":"Patient","name":[{{"text":"{name}"}}],"birthDate":"{born}"}}"#)
        };
        let texts: Vec<String> = patients.iter().map(text).collect();
        let nodes: Vec<_> = texts.iter().map(|text| Node::parse(text.as_bytes())).collect();
        let (banner, is_of_several) = Banner::of(&nodes);
        (banner.map(|banner| (banner.name, banner.birth_date)), is_of_several)
    }

    const ADA: (&str, &str) = ("Ada Byron", "1990-01-01");

    #[test]
    fn one_who_is_there_twice_has_a_banner() {
        let told = |patients: &[(&str, &str)]| {
            let (banner, is_of_several) = of(patients);
            assert!(!is_of_several, "{patients:?}");
            banner
        };
        let ada = Some((ADA.0.to_owned(), ADA.1.to_owned()));
        assert_eq!((told(&[]), told(&[ADA])), (None, ada.clone()));
        for other in [
            ADA,
            ("Byron, Ada M.", "1990-01-01"),
            ("Mrs. ÁDA Byron Lovelace", "1990-01-01"),
            ("", "1990-01-01"),
            ("Ada", ""),
        ] {
            assert_eq!(told(&[ADA, other]), ada);
        }
        assert_eq!(told(&[("Ada", ""), ADA]), ada, "the one that says most");
        assert_eq!(told(&[("", "1990-01-01"), ADA]), ada);
    }

    #[test]
    fn two_people_have_none() {
        // A daughter, a twin, and somebody of whom nothing is said.
        for other in [("Ada Byron", "2020-01-01"), ("Eve Byron", "1990-01-01"), ("", "")] {
            assert_eq!(of(&[ADA, other]), (None, true), "{other:?}");
        }
        // One that says little comes first.
        for first in [("", "1990-01-01"), ("Byron", "1990-01-01"), ("Byron", "")] {
            assert_eq!(of(&[first, ADA, ("Eve Byron", "1990-01-01")]), (None, true), "{first:?}");
        }
        assert_eq!(of(&[("Ada", ""), ADA, ("Ada", "2020-01-01")]), (None, true));
    }
}
