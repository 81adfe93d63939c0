//! Results, vital signs and what else was observed (C-CDA on FHIR, Observation and DiagnosticReport).

use super::super::code::{code_of_statement, concept, quantity, range, status};
use super::super::element::Element;
use super::super::json::{Json, known, list, number, object, text};
use super::super::narrative::Narrative;
use super::super::records::{Records, to};
use super::super::time::{point, when};
use super::statement::performers;

/// Adds what a Result Organizer holds together.
pub(super) fn add_report(organizer: &Element, words: &Narrative<'_>, records: &mut Records) {
    let observations: Vec<&Element> = organizer.related("observation").collect();
    let results: Vec<Json> = observations
        .into_iter()
        .filter_map(|observation| add(observation, "laboratory", organizer, words, records))
        .map(|address| to(&address))
        .collect();
    let Some(code) = code_of_statement(organizer, words).filter(|_| !organizer.is_negated()) else { return };
    let (point, period) = when(organizer).choice();
    records.add(
        "DiagnosticReport",
        Some(organizer),
        vec![
            ("status", text(result_status(organizer))),
            ("category", status("v2-0074", "LAB").and_then(|category| list([category]))),
            ("code", Some(code)),
            ("subject", records.subject()),
            ("effectiveDateTime", point),
            ("effectivePeriod", period),
            ("performer", list(performers(organizer))),
            ("result", list(results)),
        ],
    );
}

/// Adds what an observation says, and gives its address; `whole` is what it stands in, whose time is also its own.
pub(super) fn add(
    observation: &Element,
    category: &'static str,
    whole: &Element,
    words: &Narrative<'_>,
    records: &mut Records,
) -> Option<String> {
    // FHIR has no way to say that a value was not observed: that stays in the document.
    if observation.is_negated() {
        return None;
    }
    let code = code_of_statement(observation, words)?;
    let (mut point, mut period) = when(observation).choice();
    if point.is_none() && period.is_none() {
        (point, period) = when(whole).choice();
    }
    let interpretations = observation.all("interpretationCode").filter_map(|code| concept(Some(code), words));
    let ranges = observation.all("referenceRange").filter_map(|range| range.one("observationRange"));
    let site = observation.said("targetSiteCode");
    let notes = observation.related("act").filter(|act| act.is_of("64"));
    let notes = notes.filter_map(|act| Some(object([("text", text(words.of(act.one("text")?)?))])));
    let mut members = vec![
        ("status", text(result_status(observation))),
        ("category", status("observation-category", category).and_then(|category| list([category]))),
        ("code", Some(code)),
        ("subject", records.subject()),
        ("effectiveDateTime", point),
        ("effectivePeriod", period),
        ("performer", list(performers(observation))),
        ("interpretation", list(interpretations)),
        ("note", list(notes)),
        ("bodySite", concept(site, words)),
        ("method", concept(observation.said("methodCode"), words)),
        ("referenceRange", list(ranges.filter_map(|range| reference_range(range, words)))),
    ];
    match observation.all("value").find_map(|value| value_of(value, words)) {
        Some(value) => members.push((value.0, Some(value.1))),
        None if observation.one("value").is_some_and(Element::is_null) => {
            members.push(("dataAbsentReason", status("data-absent-reason", "unknown")));
        }
        None => {}
    }
    Some(records.add("Observation", Some(observation), members))
}

/// `statusCode` as FHIR says it (C-CDA on FHIR, concept map CF-ResultStatus).
fn result_status(statement: &Element) -> &'static str {
    match statement.one("statusCode").and_then(|status| status.attribute("code")) {
        Some("completed") => "final",
        Some("active" | "held" | "suspended") => "registered",
        Some("aborted" | "cancelled") => "cancelled",
        Some("nullified") => "entered-in-error",
        _ => "unknown",
    }
}

/// A value, by its type.
fn value_of(value: &Element, words: &Narrative<'_>) -> Option<(&'static str, Json)> {
    if value.is_null() && value.one("translation").is_none() && value.one("originalText").is_none() {
        return None;
    }
    Some(match value.attribute("type").unwrap_or_default() {
        "PQ" => ("valueQuantity", quantity(Some(value))?),
        "CD" | "CE" | "CO" | "CV" | "CS" => ("valueCodeableConcept", concept(Some(value), words)?),
        "INT" => {
            let integer = value.attribute("value")?.parse::<i32>().ok()?;
            ("valueInteger", Json::Literal(integer.to_string()))
        }
        "REAL" | "MO" => ("valueQuantity", object([("value", Some(number(value.attribute("value")?)?))])),
        "TS" => ("valueDateTime", text(point(value)?)?),
        "BL" => {
            let boolean = value.attribute("value").filter(|value| matches!(*value, "true" | "false"))?;
            ("valueBoolean", Json::Literal(boolean.to_owned()))
        }
        "IVL_PQ" => interval(value)?,
        "RTO" | "RTO_PQ_PQ" | "RTO_INT_INT" => {
            let of = |name| quantity(value.one(name));
            ("valueRatio", known([("numerator", of("numerator")), ("denominator", of("denominator"))])?)
        }
        _ => ("valueString", text(words.of(value)?)?),
    })
}

/// An interval with one end is a quantity with a comparator.
fn interval(value: &Element) -> Option<(&'static str, Json)> {
    let end = |name: &str| value.one(name).filter(|end| !end.is_null());
    let is_closed = |end: &Element| end.attribute("inclusive") != Some("false");
    let compared = |end: &Element, closed: &str, open: &str| {
        let comparator = text(if is_closed(end) { closed } else { open })?;
        Some(("valueQuantity", quantity(Some(end))?.with_first("comparator", comparator)))
    };
    match (end("low"), end("high")) {
        (Some(low), None) => compared(low, ">=", ">"),
        (None, Some(high)) => compared(high, "<=", "<"),
        _ => Some(("valueRange", range(value)?)),
    }
}

fn reference_range(range_element: &Element, words: &Narrative<'_>) -> Option<Json> {
    let value = range_element.said("value");
    let ends = |name: &str| value.and_then(|value| quantity(value.one(name)));
    known([
        ("low", ends("low")),
        ("high", ends("high")),
        ("text", range_element.one("text").and_then(|own| words.of(own)).and_then(text)),
    ])
}
