//! Procedures (C-CDA on FHIR, Procedure).

use super::super::code::{code_of_statement, concept};
use super::super::element::Element;
use super::super::json::{list, object, text};
use super::super::narrative::Narrative;
use super::super::records::Records;
use super::super::time::when;
use super::statement::{performers, reasons};

/// Adds what a Procedure Activity says.
pub(super) fn add(statement: &Element, words: &Narrative<'_>, records: &mut Records) {
    let Some(code) = code_of_statement(statement, words) else { return };
    let status = match statement.one("statusCode").and_then(|status| status.attribute("code")) {
        _ if statement.is_negated() => "not-done",
        Some("completed") => "completed",
        Some("active") => "in-progress",
        Some("aborted") => "stopped",
        Some("cancelled") => "not-done",
        Some("suspended" | "held") => "on-hold",
        Some("nullified") => "entered-in-error",
        _ => "unknown",
    };
    let (point, period) = when(statement).choice();
    let actors = performers(statement).map(|actor| object([("actor", Some(actor))]));
    let sites = statement.all("targetSiteCode").filter_map(|site| concept(Some(site), words));
    records.add(
        "Procedure",
        Some(statement),
        vec![
            ("status", text(status)),
            ("code", Some(code)),
            ("subject", records.subject()),
            ("performedDateTime", point),
            ("performedPeriod", period),
            ("performer", list(actors)),
            ("reasonCode", reasons(statement, words)),
            ("bodySite", list(sites)),
        ],
    );
}
