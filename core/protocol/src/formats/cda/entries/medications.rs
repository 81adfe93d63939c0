//! Medicines that somebody takes, took or is to take (C-CDA on FHIR, MedicationStatement).

use super::super::code::{code_of_statement, coded, concept, quantity};
use super::super::element::Element;
use super::super::json::{Json, known, list, number, object, text};
use super::super::narrative::Narrative;
use super::super::records::Records;
use super::super::time::when;
use super::statement::{reasons, written};

/// Adds what a Medication Activity says.
pub(super) fn add(statement: &Element, words: &Narrative<'_>, records: &mut Records) {
    let is_negated = statement.is_negated();
    let Some(medicine) = product(statement, words)
        .or_else(|| is_negated.then(|| coded("http://snomed.info/sct", "787481004", "No known medications")))
    else {
        return;
    };
    let code = statement.one("statusCode").and_then(|status| status.attribute("code"));
    let status = match code {
        _ if is_negated => "not-taken",
        Some("completed") => "completed",
        Some("active") => "active",
        Some("suspended" | "held") => "on-hold",
        Some("aborted" | "cancelled") => "stopped",
        Some("nullified") => "entered-in-error",
        _ => "unknown",
    };
    let (point, period) = when(statement).choice();
    records.add(
        "MedicationStatement",
        Some(statement),
        vec![
            ("status", text(status)),
            ("medicationCodeableConcept", Some(medicine)),
            ("subject", records.subject()),
            ("effectiveDateTime", point),
            ("effectivePeriod", period),
            ("dateAsserted", written(statement)),
            ("reasonCode", reasons(statement, words)),
            ("dosage", dosage(statement, words).and_then(|dosage| list([dosage]))),
        ],
    );
}

/// What is given: the code of the product, or its name.
pub(super) fn product(statement: &Element, words: &Narrative<'_>) -> Option<Json> {
    let material = statement.at(&["consumable", "manufacturedProduct", "manufacturedMaterial"])?;
    let name = || material.said("name").map(Element::text).and_then(text);
    concept(material.one("code"), words).or_else(|| known([("text", name())]))
}

fn dosage(statement: &Element, words: &Narrative<'_>) -> Option<Json> {
    let times = statement.all("effectiveTime").filter(|time| time.attribute("type") == Some("PIVL_TS"));
    let periods = times.filter_map(|time| time.said("period"));
    let repeat = periods.filter_map(|period| {
        let unit = period
            .attribute("unit")
            .filter(|unit| matches!(*unit, "s" | "min" | "h" | "d" | "wk" | "mo" | "a"))?;
        Some(object([
            ("frequency", Some(Json::Literal("1".to_owned()))),
            ("period", Some(number(period.attribute("value")?)?)),
            ("periodUnit", text(unit)),
        ]))
    });
    let timing = repeat.into_iter().next().map(|repeat| object([("repeat", Some(repeat))]));
    let dose = known([
        ("doseQuantity", quantity(statement.one("doseQuantity"))),
        ("rateQuantity", quantity(statement.one("rateQuantity"))),
    ]);
    let criterion = statement.at(&["precondition", "criterion"]);
    let as_needed = criterion.and_then(|criterion| {
        concept(criterion.one("value"), words).or_else(|| code_of_statement(criterion, words))
    });
    let instructions = statement.related("substanceAdministration").chain(statement.related("act"));
    let said = instructions.filter(|inner| inner.is_of("147") || inner.is_of("20"));
    let said = said.filter_map(|inner| words.of(inner.one("text")?)).next();
    known([
        ("text", said.and_then(text)),
        ("timing", timing),
        ("asNeededCodeableConcept", as_needed),
        ("route", concept(statement.said("routeCode"), words)),
        ("doseAndRate", dose.and_then(|dose| list([dose]))),
    ])
}
