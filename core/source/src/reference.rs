//! What records refer to at their server: people, places and files that no search by patient finds.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::address::FhirBase;
use crate::patient_id::is_id;
use crate::resource_types::{BINARY, REFERRED};

/// A resource at the server that a record refers to: its type and its id.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Reference {
    resource_type: &'static str,
    id: String,
}

impl Reference {
    /// Parses `Type/id`, or the address of it at this server; none of anything else, or of a type that is not fetched.
    pub fn parse(text: &str, base: &FhirBase) -> Option<Self> {
        let text = text.strip_prefix(&base.to_string()).map_or(text, |rest| rest.trim_start_matches('/'));
        let text = text.split_once("/_history").map_or(text, |(before, _)| before);
        let (resource_type, id) = text.split_once('/')?;
        let resource_type = REFERRED.iter().find(|name| **name == resource_type)?;
        is_id(id).then(|| Self { resource_type, id: id.to_owned() })
    }

    /// The type, as FHIR names it.
    pub fn resource_type(&self) -> &'static str {
        self.resource_type
    }

    /// The id at the server.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource_type, self.id)
    }
}

/// Adds what a resource refers to: by a `reference`, or a file by the `url` of an attachment. What can't be read refers to
/// nothing.
pub(crate) fn collect(resource: &RawValue, base: &FhirBase, found: &mut BTreeSet<Reference>) {
    let mut deserializer = serde_json::Deserializer::from_str(resource.get());
    let _ = Walk { base, found, member: Member::Other }.deserialize(&mut deserializer);
}

/// Under which name a value stands.
#[derive(Clone, Copy)]
enum Member {
    Reference,
    Url,
    Other,
}

/// Looks at a value and what is in it.
struct Walk<'w> {
    base: &'w FhirBase,
    found: &'w mut BTreeSet<Reference>,
    member: Member,
}

impl Walk<'_> {
    fn below(&mut self, member: Member) -> Walk<'_> {
        Walk { base: self.base, found: self.found, member }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let reference = match self.member {
            Member::Other => None,
            Member::Reference => Reference::parse(text, self.base).filter(|it| it.resource_type != BINARY),
            Member::Url => Reference::parse(text, self.base).filter(|it| it.resource_type == BINARY),
        };
        self.found.extend(reference);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.below(Member::Other))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            let member = match name.as_str() {
                "reference" => Member::Reference,
                "url" => Member::Url,
                _ => Member::Other,
            };
            members.next_value_seed(self.below(member))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_places_and_files_of_the_server_are_found_and_nothing_else() {
        let base = FhirBase::parse("https://clinic.example/fhir").unwrap();
        let resource = r##"{
            "performer": [{"reference": "Practitioner/1"}, {"reference": "Practitioner/1"}],
            "encounter": {"reference": "Encounter/2"},
            "a": {"reference": "https://clinic.example/fhir/Organization/3/_history/4", "n": [1, -1, 1.5, true, null]},
            "b": {"reference": "https://other.example/fhir/Organization/9"},
            "c": {"reference": "#Medication/5"}, "d": {"reference": "Medication/../5"},
            "e": {"reference": "Binary/6"}, "f": {"reference": ["Location/7"]},
            "content": [{"attachment": {"url": "https://clinic.example/fhir/Binary/8"}}, {"attachment": {"url": "Location/8"}}]
        }"##;
        let mut found = BTreeSet::new();
        collect(serde_json::from_str(resource).unwrap(), &base, &mut found);
        let found: Vec<String> = found.iter().map(Reference::to_string).collect();
        assert_eq!(found, ["Binary/8", "Organization/3", "Practitioner/1"]);
    }
}
