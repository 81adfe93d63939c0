//! Allergies and intolerances, and that none are known (C-CDA on FHIR, AllergyIntolerance).

use super::super::code::{SNOMED, code_of, coded, concept, status};
use super::super::element::Element;
use super::super::json::{Json, list, object, text};
use super::super::narrative::Narrative;
use super::super::records::Records;
use super::super::time::when;
use super::conditions::{clinical_status, stated_status};
use super::statement::written;

/// Adds what an Allergy Intolerance Observation says; `concern` is the act that follows it up.
pub(super) fn add(
    concern: Option<&Element>,
    observation: &Element,
    words: &Narrative<'_>,
    records: &mut Records,
) {
    let value = observation.one("value");
    let kind = value.and_then(|value| code_of(value, SNOMED)).unwrap_or_default();
    let participants = observation.all("participant").filter(|one| one.attribute("typeCode") == Some("CSM"));
    let substances = participants.filter_map(|one| one.at(&["participantRole", "playingEntity"]));
    let substance = substances.filter_map(|entity| {
        let name = || entity.said("name").map(Element::text).filter(|name| !name.is_empty());
        concept(entity.one("code"), words)
            .or_else(|| Some(object([("text", text(name()?))])))
            .map(|named| (named, entity.one("code").and_then(|code| code_of(code, SNOMED))))
    });
    let substance = substance.into_iter().next();
    let is_negated = observation.is_negated();
    let of_any =
        substance.as_ref().is_none_or(|(_, code)| code.is_some_and(|code| ANY_SUBSTANCE.contains(&code)));
    let (code, verification) = match (is_negated, of_any, substance) {
        (true, true, _) => (Some(none_known(kind)), "confirmed"),
        (true, false, Some((substance, _))) => (Some(substance), "refuted"),
        (_, _, Some((substance, _))) => (Some(substance), "confirmed"),
        (_, _, None) => (concept(value, words), "confirmed"),
    };
    let Some(code) = code else { return };
    let when = when(observation);
    let clinical = match stated_status(observation, "28") {
        Some(stated @ ("active" | "inactive" | "resolved")) => stated,
        Some(_) => "active",
        None => clinical_status(concern, &when),
    };
    let (allergy_type, category) = kind_of(kind);
    let is_none_known = is_negated && of_any;
    let said = |member: Option<Json>| if is_none_known { None } else { member };
    records.add(
        "AllergyIntolerance",
        Some(observation),
        vec![
            ("clinicalStatus", status("allergyintolerance-clinical", clinical)),
            ("verificationStatus", status("allergyintolerance-verification", verification)),
            ("type", said(allergy_type.and_then(text))),
            ("category", said(category.and_then(text).and_then(|category| list([category])))),
            ("criticality", criticality(observation)),
            ("code", Some(code)),
            ("patient", records.subject()),
            ("onsetDateTime", said(when.start().and_then(text))),
            ("recordedDate", written(observation).or_else(|| concern.and_then(written))),
            ("reaction", reactions(observation, words)),
        ],
    );
}

/// That none are known, of the kind that is spoken of (C-CDA on FHIR, "Negation"; SNOMED CT).
fn none_known(kind: &str) -> Json {
    let (code, display) = match kind_of(kind).1 {
        Some("medication") => ("409137002", "No known drug allergy"),
        Some("food") => ("429625007", "No known food allergy"),
        Some("environment") => ("428607008", "No known environmental allergy"),
        _ => ("716186003", "No known allergy"),
    };
    coded("http://snomed.info/sct", code, display)
}

/// Type and category of what an observation's value says (value set 2.16.840.1.113883.3.88.12.3221.6.2).
fn kind_of(code: &str) -> (Option<&'static str>, Option<&'static str>) {
    match code {
        "419199007" => (Some("allergy"), None),
        "416098002" => (Some("allergy"), Some("medication")),
        "414285001" => (Some("allergy"), Some("food")),
        "426232007" => (Some("allergy"), Some("environment")),
        "59037007" => (Some("intolerance"), Some("medication")),
        "235719002" => (Some("intolerance"), Some("food")),
        "419511003" => (None, Some("medication")),
        "418471000" => (None, Some("food")),
        _ => (None, None),
    }
}

fn criticality(observation: &Element) -> Option<Json> {
    let related = observation.related("observation").find(|related| related.is_of("145"))?;
    match related.one("value")?.attribute("code")? {
        "CRITH" => text("high"),
        "CRITL" => text("low"),
        "CRITU" => text("unable-to-assess"),
        _ => None,
    }
}

fn reactions(observation: &Element, words: &Narrative<'_>) -> Option<Json> {
    let reactions =
        observation.related("observation").filter(|related| related.is_of("9") && !related.is_negated());
    list(reactions.filter_map(|reaction| {
        let manifestation = concept(reaction.one("value"), words)?;
        let severity = reaction.related("observation").find(|related| related.is_of("8"));
        let severity = severity.and_then(|severity| severity.one("value")).and_then(|value| {
            match code_of(value, SNOMED)? {
                "255604002" => text("mild"),
                "6736007" | "371923003" => text("moderate"),
                "24484000" | "371924009" | "399166001" => text("severe"),
                _ => None,
            }
        });
        let onset = when(reaction).start().and_then(text);
        let members = [("manifestation", list([manifestation])), ("onset", onset), ("severity", severity)];
        Some(object(members))
    }))
}

/// Concepts of SNOMED CT that stand for whatever somebody could be allergic to: substance, drug, edible substance.
const ANY_SUBSTANCE: [&str; 4] = ["105590001", "410942007", "762766007", "115668003"];
