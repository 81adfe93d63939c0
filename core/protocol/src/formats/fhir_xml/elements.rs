//! Which elements the types of FHIR have, in each release.

use std::collections::HashMap;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;

/// A release of FHIR, by its digit in the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Release(char);

impl Release {
    /// R4, R4B, R5, STU3, DSTU2: in the order in which they are tried.
    pub(super) const ALL: [Self; 5] = [Self('1'), Self('2'), Self('3'), Self('4'), Self('5')];
}

/// A type: a resource, a data type, or a part of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) is_resource: bool,
    elements: &'static str,
}

/// What an element holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Held {
    /// A primitive that JSON writes as a text.
    Text,
    Number,
    Boolean,
    /// The XHTML of a narrative.
    Narrative,
    /// A resource of any type.
    Resource,
    Type(Type),
}

/// An element of a type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element {
    pub(super) is_list: bool,
    pub(super) held: Held,
}

impl Type {
    /// What a primitive has beside its value.
    pub(super) const OF_PRIMITIVE: Self = Self { name: "Element", is_resource: false, elements: "" };

    /// The resource type of this name.
    pub(super) fn resource(name: &str) -> Option<Self> {
        types().get(name).filter(|found| found.is_resource).copied()
    }

    /// The element of this name in a release.
    pub(super) fn element(self, name: &str, release: Release) -> Option<Element> {
        if let Some(common) = self.common(name) {
            return Some(common);
        }
        self.elements.split(' ').find_map(|word| {
            let rest = word.strip_prefix(name)?;
            let (rest, releases) = rest.split_once('@').unwrap_or((rest, ""));
            if !releases.is_empty() && !releases.contains(release.0) {
                return None;
            }
            let (is_list, rest) = rest.strip_prefix('*').map_or((false, rest), |rest| (true, rest));
            let held = match rest {
                "" => Held::Text,
                "#" => Held::Number,
                "?" => Held::Boolean,
                "<" => Held::Narrative,
                "!" => Held::Resource,
                "." => Held::Type(*types().get(format!("{}.{name}", self.name).as_str())?),
                _ => Held::Type(*types().get(rest.strip_prefix(':')?)?),
            };
            Some(Element { is_list, held })
        })
    }

    /// What every element, or every resource, may have.
    fn common(self, name: &str) -> Option<Element> {
        let of =
            |is_list, type_name: &str| Some(Element { is_list, held: Held::Type(*types().get(type_name)?) });
        match name {
            "extension" | "modifierExtension" => of(true, "Extension"),
            "id" | "implicitRules" | "language" if self.is_resource => {
                Some(Element { is_list: false, held: Held::Text })
            }
            "meta" if self.is_resource => of(false, "Meta"),
            "text" if self.is_resource => of(false, "Narrative"),
            "contained" if self.is_resource => Some(Element { is_list: true, held: Held::Resource }),
            _ => None,
        }
    }
}

/// All types, by name.
fn types() -> &'static HashMap<&'static str, Type> {
    static TEXT: OnceLock<String> = OnceLock::new();
    static TYPES: OnceLock<HashMap<&'static str, Type>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let lines = TEXT.get_or_init(unpacked).lines();
        let types = lines.map(|line| {
            let (name, elements) = line.split_once(' ').unwrap_or((line, ""));
            let (name, is_resource) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
            (name, Type { name, is_resource, elements })
        });
        types.collect()
    })
}

fn unpacked() -> String {
    let mut text = String::new();
    // The table is part of this library: that it can be unpacked is tested.
    let read = GzDecoder::new(PACKED).read_to_string(&mut text);
    read.map(|_| text).unwrap_or_default()
}

const PACKED: &[u8] = include_bytes!("../../../../../fixtures/fhir-elements/elements.txt.gz");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_table_is_the_one_that_is_read_by_people() {
        assert_eq!(unpacked(), include_str!("../../../../../fixtures/fhir-elements/elements.txt"));
    }

    #[test]
    fn elements_are_as_each_release_has_them() {
        let [r4, _, r5, stu3, dstu2] = Release::ALL;
        let of = |of: &str, name, release| types()[of].element(name, release);
        let complex = |is_list, name: &str| Some(Element { is_list, held: Held::Type(types()[name]) });
        let plain = |is_list, held| Some(Element { is_list, held });
        for (element, expected) in [
            (of("Patient", "birthDate", r4), plain(false, Held::Text)),
            (of("Patient", "active", r4), plain(false, Held::Boolean)),
            (of("Patient", "name", r4), complex(true, "HumanName")),
            (of("Patient", "names", r4), None),
            (of("Patient", "nam", r4), None),
            (of("Patient", "id", r4), plain(false, Held::Text)),
            (of("HumanName", "id", r4), None),
            (of("HumanName", "given", r4), plain(true, Held::Text)),
            (of("Quantity", "value", r4), plain(false, Held::Number)),
            (of("Observation", "component", r4), complex(true, "Observation.component")),
            (of("Observation.component", "referenceRange", r4), complex(true, "Observation.referenceRange")),
            (of("Narrative", "div", r4), plain(false, Held::Narrative)),
            (of("Bundle.entry", "resource", r4), plain(false, Held::Resource)),
            (of("Encounter", "class", r4), complex(false, "Coding")),
            (of("Encounter", "class", r5), complex(true, "CodeableConcept")),
            (of("Encounter", "class", dstu2), plain(false, Held::Text)),
            (of("AllergyIntolerance", "clinicalStatus", r4), complex(false, "CodeableConcept")),
            (of("AllergyIntolerance", "clinicalStatus", stu3), plain(false, Held::Text)),
        ] {
            assert_eq!(element, expected);
        }
        assert!(Type::resource("Observation").is_some());
        assert_eq!(Type::resource("Quantity"), None);
    }

    #[test]
    fn every_type_that_an_element_names_is_in_the_table() {
        let mut elements = 0;
        for of in types().values() {
            for word in of.elements.split(' ').filter(|word| !word.is_empty()) {
                let (name, releases) = word.split_once('@').unwrap_or((word, "1"));
                let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
                let release = Release::ALL.into_iter().find(|release| releases.contains(release.0)).unwrap();
                assert!(of.element(&name, release).is_some(), "{}: {word}", of.name);
                elements += 1;
            }
        }
        assert!(elements > 10_000, "{elements}");
    }
}
