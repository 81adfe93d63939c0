//! What a Patient resource says of who it is.

use std::collections::HashMap;

use minicbor::{Decode, Encode};

use super::{
    super::{
        date::DateBound,
        visit::{Text, visit},
    },
    identifier::PersonIdentifier,
    name::{NameTokens, PersonName},
};

/// What a Patient says of who it is, as written.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, Hash, PartialEq)]
#[cbor(map)]
pub struct Demographics {
    /// `name`: in the order of the resource.
    #[n(0)]
    pub names: Vec<PersonName>,
    /// `birthDate`: a year, a month or a day.
    #[n(1)]
    pub birth_date: Option<String>,
    /// `gender`: FHIR's administrative code.
    #[n(2)]
    pub gender: Option<String>,
    /// `identifier`: with its system, where that is named.
    #[n(3)]
    pub identifiers: Vec<PersonIdentifier>,
}

impl Demographics {
    /// The first of the names.
    pub fn name(&self) -> Option<String> {
        self.names.iter().find_map(PersonName::full)
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A Patient resource: a whole one, or one contained in another resource.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Patient {
    /// `id`: the Patient's id at its source; of a contained one, what `#` refers to.
    pub id: Option<String>,
    /// Names, birth date, gender, identifiers; at most 64 of each.
    pub demographics: Demographics,
}

/// A resource contained in another one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Contained {
    pub(crate) resource_type: String,
    /// Who it is, if it is a Patient.
    pub(crate) patient: Patient,
    /// `patient.reference`, where it is a RelatedPerson.
    pub(crate) related_to: Option<String>,
}

impl Patient {
    /// Reads the Patient that a resource is.
    pub fn read(resource: &[u8]) -> Self {
        let mut patient = Self::default();
        visit(resource, &mut |path, text| patient.take(path, text));
        patient.limited()
    }

    fn limited(mut self) -> Self {
        self.demographics.names.truncate(MOST);
        self.demographics.identifiers.truncate(MOST);
        self
    }

    fn take(&mut self, path: &[&[u8]], text: Option<Text<'_>>) {
        let who = &mut self.demographics;
        match (path, text) {
            ([b"id"], Some(text)) if self.id.is_none() => self.id = Some(text()).filter(|id| !id.is_empty()),
            ([b"birthDate"], Some(text)) => who.birth_date = Some(text()).filter(|date| !date.is_empty()),
            ([b"gender"], Some(text)) => who.gender = Some(text()),
            ([b"name"], None) => who.names.push(PersonName::default()),
            ([b"name", b"text"], Some(text)) => {
                set(who.names.last_mut(), |name| name.text = Some(limited(text())))
            }
            ([b"name", b"family"], Some(text)) => {
                set(who.names.last_mut(), |name| push(&mut name.family, text()))
            }
            ([b"name", b"given"], Some(text)) => {
                set(who.names.last_mut(), |name| push(&mut name.given, text()))
            }
            ([b"identifier"], None) => who.identifiers.push(PersonIdentifier::default()),
            ([b"identifier", b"system"], Some(text)) => {
                set(who.identifiers.last_mut(), |one| one.system = Some(limited(text())));
            }
            ([b"identifier", b"value"], Some(text)) => {
                set(who.identifiers.last_mut(), |one| one.value = Some(limited(text())));
            }
            ([b"identifier", b"type", b"coding", b"code"], Some(text)) => {
                set(who.identifiers.last_mut(), |one| push(&mut one.types, text()));
            }
            _ => {}
        }
    }
}

impl Contained {
    /// Reads the resources contained in another one, by their ids; of one id the first.
    pub(crate) fn all(resource: &[u8]) -> HashMap<String, Self> {
        let (mut at_hand, mut all) = (Self::default(), HashMap::new());
        let mut settle = |one: Self| {
            if let Some(id) = one.patient.id.clone() {
                all.entry(id).or_insert_with(|| Self { patient: one.patient.limited(), ..one });
            }
        };
        visit(resource, &mut |path, text| {
            let Some(path) = path.strip_prefix(&[&b"contained"[..]]) else { return };
            match (path, text) {
                ([], None) => settle(std::mem::take(&mut at_hand)),
                ([b"resourceType"], Some(text)) => at_hand.resource_type = text(),
                ([b"patient", b"reference"], Some(text)) => at_hand.related_to = Some(text()),
                _ => at_hand.patient.take(path, text),
            }
        });
        settle(at_hand);
        all
    }
}

fn set<T>(last: Option<&mut T>, change: impl FnOnce(&mut T)) {
    if let Some(last) = last {
        change(last);
    }
}

fn push(texts: &mut Vec<String>, text: String) {
    if texts.len() < MOST {
        texts.push(limited(text));
    }
}

/// A text that is longer than any name or identifier is cut: what is behind tells nobody apart.
fn limited(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
    }
    text
}

/// The words of a Patient's names with the rest, ready to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Comparable {
    pub(super) names: NameTokens,
    pub(super) birth_date: Option<PartialDate>,
    pub(super) gender: Option<Gender>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gender {
    Male,
    Female,
}

/// A birth date to the year, the month or the day.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct PartialDate(String);

impl PartialDate {
    /// Reads what FHIR calls a date; of a date with a time, the date.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let date = text.split_once(['T', ' ']).map_or(text, |(date, _)| date);
        DateBound::parse(date).is_ok().then(|| Self(date.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_day(&self) -> bool {
        self.0.len() == 10
    }

    /// Whether both may be of one day.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl Comparable {
    pub(crate) fn new(who: &Demographics) -> Self {
        let gender = match who.gender.as_deref() {
            Some("male") => Some(Gender::Male),
            Some("female") => Some(Gender::Female),
            _ => None,
        };
        let birth_date = who.birth_date.as_deref().and_then(PartialDate::parse);
        Self { names: NameTokens::new(&who.names), birth_date, gender }
    }
}

/// More names, identifiers or parts of a name than a person has.
const MOST: usize = 64;
/// More characters than a name or an identifier has.
const MOST_CHARACTERS: usize = 1_001;
