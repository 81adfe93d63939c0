//! Which person a record is about, and when two Patient resources are the same person.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    head::ResourceHead,
    reference::{Reference, reference_key, resource_keys, split_address},
};

/// One person among [`People`]. It stays the same when more is learned, unless two people turn out
/// to be one: then it is that of the one who was met first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PersonId(usize);

/// What is known of one person.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Person {
    /// Ids and addresses of the Patient resources, in the order in which they were met.
    pub ids: Vec<String>,
    /// The first name that was met.
    pub name: Option<String>,
    /// The first birth date that was met.
    pub birth_date: Option<String>,
    /// Whether there is a Patient resource, and not only references to one.
    pub has_resource: bool,
}

/// The people that records are about.
///
/// Two Patient resources are one person if they share an identifier, or if birth date, family name
/// and first given name are equal. The order in which resources are observed does not matter to who
/// is whom.
#[derive(Clone, Debug, Default)]
pub struct People {
    people: Vec<Person>,
    /// For each of `people`, one that it was found to be the same as: itself, or one before it.
    same_as: Vec<usize>,
    by_key: HashMap<String, usize>,
    by_identifier: HashMap<(String, String), usize>,
    by_name: HashMap<(String, String, String), usize>,
    /// Addresses of resources that a subject may be and that are no patient.
    others: HashSet<String>,
}

impl People {
    /// Takes note of a resource: of a Patient, or of whom it refers to.
    pub fn observe(&mut self, head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) {
        if head.resource_type == "Patient" {
            return self.observe_patient(head, full_url, source);
        }
        if let Some(url) = full_url
            && is_possible_subject(&head.resource_type)
        {
            self.others.insert(url.to_owned());
        }
        for subject in &head.subjects {
            if let Some(key) = key(subject, full_url, source)
                && !self.by_key.contains_key(&key)
            {
                let person = self.add(Person { ids: vec![shown(subject)], ..Person::default() });
                self.by_key.insert(key, person);
            }
        }
    }

    /// The people that a resource is about: none, for those about no patient. References are
    /// followed as far as they lead to people that were observed.
    pub fn about(&self, head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) -> Vec<PersonId> {
        let mut about = if head.resource_type == "Patient" {
            patient_keys(head, full_url, source).iter().filter_map(|key| self.person(key)).collect()
        } else {
            let subjects = self.referred_to(&head.subjects, full_url, source);
            if subjects.is_empty() { self.referred_to(&head.references, full_url, source) } else { subjects }
        };
        about.sort_unstable();
        about.dedup();
        about
    }

    /// Everyone, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = (PersonId, &Person)> {
        self.people
            .iter()
            .enumerate()
            .filter(|(index, person)| self.same_as.get(*index) == Some(index) && self.is_person(person))
            .map(|(index, person)| (PersonId(index), person))
    }

    /// The one person with this id or address, or whose id is behind `Patient/` in it.
    pub fn find(&self, id: &str) -> Option<PersonId> {
        let id = id.strip_prefix("Patient/").unwrap_or(id);
        let mut found = self.iter().filter(|(_, person)| person.ids.iter().any(|known| known == id));
        match (found.next(), found.next()) {
            (Some((person, _)), None) => Some(person),
            _ => None,
        }
    }

    fn observe_patient(&mut self, head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) {
        let id = head.id.as_deref().filter(|id| !id.is_empty());
        let ids = id.into_iter().chain(full_url).map(str::to_owned).collect();
        let name = head.names.first().and_then(|name| name.full()).map(|name| name.into_owned());
        let birth_date = head.birth_date.as_deref().filter(|date| !date.is_empty()).map(str::to_owned);
        let person = self.add(Person { ids, name, birth_date: birth_date.clone(), has_resource: true });
        for key in patient_keys(head, full_url, source) {
            let same = *self.by_key.entry(key).or_insert(person);
            self.join(same, person);
        }
        for identifier in &head.identifiers {
            if let (Some(system), Some(value)) = (filled(&identifier.system), filled(&identifier.value)) {
                let same = *self.by_identifier.entry((system, value)).or_insert(person);
                self.join(same, person);
            }
        }
        for name in &head.names {
            if let (Some(birth_date), Some(family), Some(given)) =
                (&birth_date, name.family.first(), name.given.first())
            {
                let name = (birth_date.clone(), folded(family), folded(given));
                if !name.1.is_empty() && !name.2.is_empty() {
                    let same = *self.by_name.entry(name).or_insert(person);
                    self.join(same, person);
                }
            }
        }
    }

    fn referred_to(
        &self,
        references: &[Cow<'_, str>],
        full_url: Option<&str>,
        source: &str,
    ) -> Vec<PersonId> {
        let keys = references.iter().filter_map(|reference| key(reference, full_url, source));
        keys.filter_map(|key| self.person(&key)).collect()
    }

    fn add(&mut self, person: Person) -> usize {
        let index = self.people.len();
        self.people.push(person);
        self.same_as.push(index);
        index
    }

    /// Makes two people one: the one who was met first.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        let (kept, gone) = (one.min(other), one.max(other));
        if kept == gone {
            return;
        }
        if let Some(same) = self.same_as.get_mut(gone) {
            *same = kept;
        }
        let gone = self.people.get_mut(gone).map(std::mem::take).unwrap_or_default();
        if let Some(kept) = self.people.get_mut(kept) {
            for id in gone.ids {
                if !kept.ids.contains(&id) {
                    kept.ids.push(id);
                }
            }
            kept.name = kept.name.take().or(gone.name);
            kept.birth_date = kept.birth_date.take().or(gone.birth_date);
            kept.has_resource |= gone.has_resource;
        }
    }

    /// The first met of those found to be the same as this one.
    fn first(&self, mut person: usize) -> usize {
        while let Some(same) = self.same_as.get(person).copied().filter(|same| *same != person) {
            person = same;
        }
        person
    }

    fn person(&self, key: &str) -> Option<PersonId> {
        let person = self.first(*self.by_key.get(key)?);
        self.people.get(person).filter(|known| self.is_person(known)).map(|_| PersonId(person))
    }

    /// Whether this is no other resource that a subject pointed to.
    fn is_person(&self, person: &Person) -> bool {
        person.has_resource || !person.ids.iter().any(|id| self.others.contains(id))
    }
}

/// Under what a Patient is looked for.
fn patient_keys(head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) -> Vec<String> {
    resource_keys("Patient", head.id.as_deref(), full_url, source)
}

/// Under what the Patient is looked for that a reference points to, if it may be one.
fn key(reference: &str, full_url: Option<&str>, source: &str) -> Option<String> {
    let may_be_a_patient = match Reference::parse(reference) {
        Reference::Relative { resource_type, .. } => resource_type == "Patient",
        Reference::Absolute(url) => split_address(url).is_some_and(|(_, name, _)| name == "Patient"),
        Reference::Urn(_) => true,
        Reference::Contained(_) | Reference::Other(_) => false,
    };
    may_be_a_patient.then(|| reference_key(reference, full_url, source))?
}

/// A reference to a Patient as a person would name it: the id, where it has one.
fn shown(reference: &str) -> String {
    match Reference::parse(reference) {
        Reference::Relative { id, .. } => id.to_owned(),
        _ => reference.to_owned(),
    }
}

fn is_possible_subject(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "Group"
            | "Device"
            | "Location"
            | "Organization"
            | "Practitioner"
            | "PractitionerRole"
            | "Medication"
            | "Substance"
            | "Specimen"
            | "HealthcareService"
            | "RelatedPerson"
            | "Procedure"
    )
}

fn filled(text: &Option<Cow<'_, str>>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A name without what people write differently: capitals and blanks around it.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(resources: &[(&str, Option<&str>)]) -> People {
        let mut people = People::default();
        for (json, full_url) in resources {
            people.observe(&ResourceHead::read(json.as_bytes()).unwrap(), *full_url, "file");
        }
        people
    }

    fn about(people: &People, json: &str, full_url: Option<&str>) -> Vec<PersonId> {
        people.about(&ResourceHead::read(json.as_bytes()).unwrap(), full_url, "file")
    }

    fn patient(id: &str, rest: &str) -> String {
        format!(r#"{{"resourceType":"Patient","id":"{id}"{rest}}}"#)
    }

    fn observation(subject: &str) -> String {
        format!(r#"{{"resourceType":"Observation","subject":{{"reference":"{subject}"}}}}"#)
    }

    #[test]
    fn the_same_person_shares_an_identifier_or_name_and_birth_date() {
        let identifier = |system: &str, value: &str| {
            format!(r#","identifier":[{{"system":"{system}","value":"{value}"}}]"#)
        };
        let named = |family: &str, given: &str, born: &str| {
            format!(r#","name":[{{"family":"{family}","given":["{given}","B"]}}],"birthDate":"{born}""#)
        };
        for (one, other, count) in [
            (identifier("mrn", "1"), identifier("mrn", "1"), 1),
            (identifier("mrn", "1"), identifier("mrn", "2"), 2),
            (identifier("mrn", "1"), identifier("ssn", "1"), 2),
            (identifier("", "1"), identifier("", "1"), 2),
            (named("Nolan", "Vivien", "1970-01-01"), named("NOLAN", "Vivien ", "1970-01-01"), 1),
            (named("Nolan", "Vivien", "1970-01-01"), named("Nolan", "Vivien", "1970-01-02"), 2),
            (named("Nolan", "Vivien", "1970-01-01"), named("Nolan", "Victor", "1970-01-01"), 2),
            (named("", "Vivien", "1970-01-01"), named("", "Vivien", "1970-01-01"), 2),
            (named("Nolan", "Vivien", ""), named("Nolan", "Vivien", ""), 2),
        ] {
            let found = people(&[(&patient("1", &one), None), (&patient("2", &other), None)]);
            assert_eq!(found.iter().count(), count, "{one} {other}");
        }
    }

    #[test]
    fn what_joins_two_people_later_joins_them_wherever_they_were_met() {
        let of = |values: &str| format!(r#","identifier":[{values}]"#);
        let (a, b) = (r#"{"system":"s","value":"a"}"#, r#"{"system":"s","value":"b"}"#);
        let found = people(&[
            (&patient("1", &of(a)), None),
            (&patient("2", &of(b)), None),
            (&patient("3", &of(&format!("{a},{b}"))), None),
        ]);
        assert_eq!(found.iter().count(), 1);
        assert_eq!(found.find("3"), found.find("Patient/1"));
        assert_eq!(about(&found, &observation("Patient/2"), None), [found.find("1").unwrap()]);
        assert_eq!(found.find("4"), None);
    }

    #[test]
    fn follows_every_form_of_reference_to_the_patient() {
        let (one, other) = ("https://a.example/Patient/1", "https://b.example/Patient/1");
        let found = people(&[
            (&observation("urn:uuid:3"), Some("urn:uuid:9")),
            (&patient("1", ""), Some(one)),
            (&patient("1", ""), Some(other)),
            (&patient("3", ""), Some("urn:uuid:3")),
        ]);
        let at = |url: &str| found.find(url).unwrap();
        assert_eq!(found.iter().count(), 3);
        for (reference, full_url, person) in [
            ("Patient/1", Some("https://a.example/Observation/7"), one),
            ("Patient/1/_history/2", Some("https://b.example/Observation/7"), other),
            (other, Some("https://a.example/Observation/7"), other),
            ("urn:uuid:3", Some("urn:uuid:8"), "urn:uuid:3"),
            ("Patient/3", Some("urn:uuid:8"), "urn:uuid:3"),
        ] {
            assert_eq!(about(&found, &observation(reference), full_url), [at(person)], "{reference}");
        }
        assert_eq!(about(&found, &observation("Patient/2"), None), []);
        assert_eq!(found.find("1"), None, "two people have this id");
    }

    #[test]
    fn a_record_without_subject_is_about_whom_it_refers_to_or_about_no_one() {
        let found = people(&[(&patient("1", ""), None), (&patient("2", ""), None)]);
        let ids = [found.find("1").unwrap(), found.find("2").unwrap()];
        let appointment = r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Patient/2"}},
            {"actor":{"reference":"Patient/1"}},{"actor":{"reference":"Practitioner/1"}}]}"#;
        assert_eq!(about(&found, appointment, None), ids);
        assert_eq!(about(&found, r#"{"resourceType":"Practitioner","id":"1"}"#, None), []);
        assert_eq!(about(&found, &patient("2", ""), None), [ids[1]]);
    }

    #[test]
    fn a_uuid_is_the_patients_address_also_where_none_is_given() {
        let uuid = "9532101f-6dc4-e18b-53ae-79a3230fdf70";
        let reference = observation(&format!("urn:uuid:{uuid}"));
        let found = people(&[(&patient(uuid, ""), None), (&reference, None)]);
        assert_eq!(found.iter().count(), 1);
        assert_eq!(about(&found, &reference, None), [found.find(uuid).unwrap()]);
        let short = people(&[(&patient("9532101f", ""), None), (&observation("urn:uuid:9532101f"), None)]);
        assert_eq!(short.iter().count(), 2);
    }

    #[test]
    fn a_subject_that_is_no_patient_is_no_person() {
        let group = (r#"{"resourceType":"Group"}"#, Some("urn:uuid:5"));
        let one_way = people(&[(&observation("urn:uuid:5"), None), group]);
        let other_way = people(&[group, (&observation("urn:uuid:5"), None)]);
        assert_eq!((one_way.iter().count(), other_way.iter().count()), (0, 0));
        let only_referred_to = people(&[(&observation("Patient/5"), None)]);
        assert!(only_referred_to.iter().all(|(_, person)| person.ids == ["5"] && !person.has_resource));
        assert_eq!(only_referred_to.iter().count(), 1);
    }
}
