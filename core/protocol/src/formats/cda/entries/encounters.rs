//! Encounters (C-CDA on FHIR, Encounter).

use super::super::code::{code_of_statement, coding, concept};
use super::super::element::Element;
use super::super::json::{Json, known, list, object, text};
use super::super::narrative::Narrative;
use super::super::records::{Records, to};
use super::super::time::when;
use super::conditions;
use super::statement::{performers, reasons};

/// Adds what an Encounter Activity says, and its diagnoses.
pub(super) fn add(statement: &Element, words: &Narrative<'_>, records: &mut Records) {
    if statement.is_negated() {
        return;
    }
    let acts: Vec<&Element> = statement.related("act").filter(|act| act.is_of("80")).collect();
    let diagnoses: Vec<Json> = acts
        .into_iter()
        .flat_map(|act| conditions::add_concern(act, "encounter-diagnosis", words, records))
        .map(|address| object([("condition", Some(to(&address)))]))
        .collect();
    let status = match statement.one("statusCode").and_then(|status| status.attribute("code")) {
        Some("active") => "in-progress",
        Some("aborted" | "cancelled") => "cancelled",
        Some("nullified") => "entered-in-error",
        _ => "finished",
    };
    let when = when(statement);
    let start = || known([("start", when.start().and_then(text))]);
    let people = performers(statement).map(|person| object([("individual", Some(person))]));
    let places = statement.all("participant").filter(|one| one.attribute("typeCode") == Some("LOC"));
    let places = places.filter_map(|one| one.at(&["participantRole", "playingEntity"])?.said("name"));
    let places = places.map(|name| object([("location", known([("display", text(name.text()))]))]));
    records.add(
        "Encounter",
        Some(statement),
        vec![
            ("status", text(status)),
            ("class", Some(class(statement))),
            ("type", code_of_statement(statement, words).and_then(|code| list([code]))),
            ("subject", records.subject()),
            ("participant", list(people)),
            ("period", when.period().or_else(start)),
            ("reasonCode", reasons(statement, words)),
            ("diagnosis", list(diagnoses)),
            (
                "hospitalization",
                known([("dischargeDisposition", concept(statement.said("dischargeDispositionCode"), words))]),
            ),
            ("location", list(places)),
        ],
    );
}

/// FHIR requires a class: the one that is said, or that it is unknown.
fn class(statement: &Element) -> Json {
    let codes = statement
        .one("code")
        .into_iter()
        .flat_map(|code| std::iter::once(code).chain(code.all("translation")));
    let mut codes = codes.filter(|code| code.attribute("codeSystem") == Some("2.16.840.1.113883.5.4"));
    let said = codes.find_map(coding);
    said.unwrap_or_else(|| {
        let system = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
        object([("system", text(system)), ("code", text("UNK")), ("display", text("unknown"))])
    })
}
