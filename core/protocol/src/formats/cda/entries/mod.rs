//! What the entries of a document's sections say, as records.
//!
//! An entry is known by its template of C-CDA; where it follows none of those, by its section. What is only planned, asked for
//! or promised is no record of what was: it stays in the document.

mod allergies;
mod conditions;
mod encounters;
mod immunizations;
mod medications;
mod observations;
mod procedures;
mod statement;

use super::code::code_of;
use super::element::Element;
use super::narrative::Narrative;
use super::records::Records;

/// What a section is about, by its code in LOINC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Topic {
    Allergies,
    Problems,
    Medications,
    Immunizations,
    Results,
    VitalSigns,
    Procedures,
    Encounters,
    SocialHistory,
    Other,
}

impl Topic {
    fn of(section: &Element) -> Self {
        let code = section.one("code").and_then(|code| code_of(code, "2.16.840.1.113883.6.1"));
        match code.unwrap_or_default() {
            "48765-2" => Self::Allergies,
            "11450-4" | "11348-0" => Self::Problems,
            "10160-0" | "10183-2" | "42346-7" | "29549-3" => Self::Medications,
            "11369-6" => Self::Immunizations,
            "30954-2" | "11493-4" => Self::Results,
            "8716-3" => Self::VitalSigns,
            "47519-4" => Self::Procedures,
            "46240-8" => Self::Encounters,
            "29762-2" => Self::SocialHistory,
            _ => Self::Other,
        }
    }
}

/// Adds what the entries of a section say, and of those within it.
pub(super) fn add_sections(section: &Element, records: &mut Records) {
    let (words, topic) = (Narrative::of_section(section), Topic::of(section));
    for statement in section.all("entry").flat_map(Element::elements) {
        add(statement, topic, &words, records);
    }
    for inner in section.all("component").flat_map(|component| component.all("section")) {
        add_sections(inner, records);
    }
}

/// Adds the visit that a document is about, unless one of its sections has it, too.
pub(super) fn add_visit(visit: &Element, records: &mut Records) {
    if !records.has("Encounter", visit) {
        encounters::add(visit, &Narrative::default(), records);
    }
}

fn add(statement: &Element, topic: Topic, words: &Narrative<'_>, records: &mut Records) {
    let is_of = |templates: &[&str], fallback: Topic| {
        let is_known = statement.all("templateId").filter_map(|id| id.attribute("root"));
        let mut known = is_known.filter(|root| root.starts_with("2.16.840.1.113883.10.20.22.4."));
        templates.iter().any(|template| statement.is_of(template))
            || topic == fallback && known.next().is_none()
    };
    let mood = statement.attribute("moodCode").unwrap_or("EVN");
    let is_medication = &*statement.name == "substanceAdministration" && mood == "INT";
    if mood != "EVN" && !is_medication || statement.is_null() {
        return;
    }
    match &*statement.name {
        "act" if is_of(&["30"], Topic::Allergies) => {
            for observation in statement.related("observation") {
                allergies::add(Some(statement), observation, words, records);
            }
        }
        "observation" if is_of(&["7"], Topic::Allergies) => allergies::add(None, statement, words, records),
        "act" if is_of(&["3"], Topic::Problems) => {
            conditions::add_concern(statement, "problem-list-item", words, records);
        }
        "act" if is_of(&["33", "34", "80"], Topic::Problems) => {
            conditions::add_concern(statement, "encounter-diagnosis", words, records);
        }
        "observation" if is_of(&["4"], Topic::Problems) => {
            conditions::add(None, statement, "problem-list-item", words, records);
        }
        "act" if is_of(&["35", "36"], Topic::Medications) => {
            for administration in statement.related("substanceAdministration") {
                medications::add(administration, words, records);
            }
        }
        "substanceAdministration" if mood == "EVN" && is_of(&["52"], Topic::Immunizations) => {
            immunizations::add(statement, words, records);
        }
        "substanceAdministration" if is_of(&["16"], Topic::Medications) => {
            medications::add(statement, words, records);
        }
        "organizer" if is_of(&["1"], Topic::Results) => observations::add_report(statement, words, records),
        "organizer" if is_of(&["26"], Topic::VitalSigns) => {
            for observation in statement.related("observation") {
                observations::add(observation, "vital-signs", statement, words, records);
            }
        }
        "observation" if is_of(&["2"], Topic::Results) => {
            observations::add(statement, "laboratory", statement, words, records);
        }
        "observation" if is_of(&["27"], Topic::VitalSigns) => {
            observations::add(statement, "vital-signs", statement, words, records);
        }
        "observation" if is_of(&["78", "85", "38"], Topic::SocialHistory) => {
            observations::add(statement, "social-history", statement, words, records);
        }
        "procedure" | "act" | "observation" if is_of(&["14", "12", "13"], Topic::Procedures) => {
            procedures::add(statement, words, records);
        }
        "encounter" if is_of(&["49"], Topic::Encounters) => encounters::add(statement, words, records),
        _ => {}
    }
}
