//! Vaccinations (C-CDA on FHIR, Immunization).

use super::super::code::{concept, quantity};
use super::super::demographics::named;
use super::super::element::Element;
use super::super::json::{Json, known, list, object, text};
use super::super::narrative::Narrative;
use super::super::records::Records;
use super::super::time::when;
use super::medications::product;
use super::statement::performers;

/// Adds what an Immunization Activity says.
pub(super) fn add(statement: &Element, words: &Narrative<'_>, records: &mut Records) {
    let Some(vaccine) = product(statement, words) else { return };
    let code = statement.one("statusCode").and_then(|status| status.attribute("code"));
    let is_done = !statement.is_negated() && !matches!(code, Some("aborted" | "cancelled"));
    let refusal = statement.related("observation").find(|related| related.is_of("53"));
    let reason = refusal.filter(|_| !is_done).and_then(|refusal| concept(refusal.one("code"), words));
    let when = when(statement);
    let occurrence = when.start().and_then(text);
    let product = statement.at(&["consumable", "manufacturedProduct"]);
    let lot = product.and_then(|product| product.at(&["manufacturedMaterial", "lotNumberText"]));
    let maker = product.and_then(|product| product.one("manufacturerOrganization"));
    let dose_number = statement.said("repeatNumber").and_then(|repeat| repeat.attribute("value"));
    let dose_number = dose_number.filter(|number| number.parse::<u32>().is_ok_and(|number| number > 0));
    let protocol =
        known([("doseNumberPositiveInt", dose_number.map(|number| Json::Literal(number.to_owned())))]);
    let actors = performers(statement).map(|actor| object([("actor", Some(actor))]));
    records.add(
        "Immunization",
        Some(statement),
        vec![
            ("status", text(if is_done { "completed" } else { "not-done" })),
            ("statusReason", reason),
            ("vaccineCode", Some(vaccine)),
            ("patient", records.subject()),
            // One of the two is required.
            ("occurrenceString", if occurrence.is_none() { text("unknown") } else { None }),
            ("occurrenceDateTime", occurrence),
            ("manufacturer", maker.and_then(named)),
            ("lotNumber", lot.filter(|lot| !lot.is_null()).and_then(|lot| text(lot.text()))),
            ("site", concept(statement.said("approachSiteCode"), words)),
            ("route", concept(statement.said("routeCode"), words)),
            ("doseQuantity", quantity(statement.one("doseQuantity"))),
            ("performer", list(actors)),
            ("protocolApplied", protocol.and_then(|protocol| list([protocol]))),
        ],
    );
}
