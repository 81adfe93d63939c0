//! Problems and diagnoses (C-CDA on FHIR, Condition).

use super::super::code::{SNOMED, code_of, coded, concept, status};
use super::super::element::Element;
use super::super::json::{known, list, text};
use super::super::narrative::Narrative;
use super::super::records::Records;
use super::super::time::{When, when};
use super::statement::written;

/// Adds the problems of an act that follows them up, and gives their addresses.
pub(super) fn add_concern(
    concern: &Element,
    category: &'static str,
    words: &Narrative<'_>,
    records: &mut Records,
) -> Vec<String> {
    let problems: Vec<&Element> = concern.related("observation").collect();
    problems.into_iter().filter_map(|problem| add(Some(concern), problem, category, words, records)).collect()
}

/// Adds what a Problem Observation says.
pub(super) fn add(
    concern: Option<&Element>,
    observation: &Element,
    category: &'static str,
    words: &Narrative<'_>,
    records: &mut Records,
) -> Option<String> {
    let value = observation.one("value");
    let own_words = || observation.one("text").and_then(|own| words.of(own));
    let code = concept(value, words).or_else(|| known([("text", own_words().and_then(text))]));
    let of_any = match value.and_then(|value| code_of(value, SNOMED)) {
        Some(code) => ANY_PROBLEM.contains(&code),
        None => code.is_none(),
    };
    let is_negated = observation.is_negated();
    let (code, verification) = match (is_negated, of_any) {
        (true, true) => {
            (coded("http://snomed.info/sct", "160245001", "No current problems or disability"), "confirmed")
        }
        (true, false) => (code?, "refuted"),
        (false, _) => (code?, "confirmed"),
    };
    let when = when(observation);
    let clinical = stated_status(observation, "6").unwrap_or_else(|| clinical_status(concern, &when));
    let is_over = matches!(clinical, "inactive" | "resolved" | "remission");
    let address = records.add(
        "Condition",
        Some(observation),
        vec![
            ("clinicalStatus", status("condition-clinical", clinical)),
            ("verificationStatus", status("condition-ver-status", verification)),
            ("category", status("condition-category", category).and_then(|category| list([category]))),
            ("code", Some(code)),
            ("bodySite", concept(observation.said("targetSiteCode"), words).and_then(|site| list([site]))),
            ("subject", records.subject()),
            ("onsetDateTime", when.start().and_then(text)),
            // An end contradicts what goes on (FHIR R4, con-4).
            ("abatementDateTime", when.high.clone().filter(|_| is_over).and_then(text)),
            ("recordedDate", written(observation).or_else(|| concern.and_then(written))),
        ],
    );
    Some(address)
}

/// What a status observation of this template says.
pub(super) fn stated_status(observation: &Element, template: &str) -> Option<&'static str> {
    let stated = observation.related("observation").find(|related| related.is_of(template))?;
    match code_of(stated.one("value")?, SNOMED)? {
        "55561003" => Some("active"),
        "73425007" => Some("inactive"),
        "413322009" => Some("resolved"),
        "277022003" => Some("remission"),
        "246455001" | "255227004" => Some("recurrence"),
        _ => None,
    }
}

/// Whether it is over by its time, else by what became of following it up.
pub(super) fn clinical_status(concern: Option<&Element>, when: &When) -> &'static str {
    let followed =
        concern.and_then(|concern| concern.one("statusCode")).and_then(|status| status.attribute("code"));
    match followed {
        _ if when.has_ended => "resolved",
        Some("completed" | "aborted" | "suspended") => "inactive",
        _ => "active",
    }
}

/// Concepts of SNOMED CT that stand for whatever somebody could suffer from: problem, disease, clinical finding.
const ANY_PROBLEM: [&str; 3] = ["55607006", "64572001", "404684003"];
