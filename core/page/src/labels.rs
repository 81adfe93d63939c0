//! What of a chart stands where in a table.

use std::borrow::Cow;

use keepwell_chart::{Cell, Fact, Label, RecordKind, Table, TableRow, english};
use keepwell_protocol::formats::fhir::Validity;

/// The heading of a table; of a type without a kind of its own, FHIR's name for it.
pub(crate) fn table(table: &Table) -> Cow<'_, str> {
    match table.kind {
        RecordKind::Other => table.resource_type.as_str().into(),
        kind => english::kind(kind).into(),
    }
}

/// The cells of a row with what each is about.
pub(crate) fn cells<'t>(table: &'t Table, row: &'t TableRow) -> impl Iterator<Item = (&'t Label, &'t Cell)> {
    table.columns.iter().zip(&row.cells)
}

/// A fact that stands in another's cell.
pub(crate) fn fact(fact: &Fact) -> String {
    let lines: Vec<String> = fact.lines.iter().map(|line| english::value(&line.value)).collect();
    format!("{}: {}", english::label(fact.label), lines.join(", "))
}

/// How many columns a table has, with one more for files if there is one.
pub(crate) fn width(table: &Table, files: bool) -> usize {
    table.columns.len() + usize::from(files)
}

/// Everything that keeps a record from simply being so.
pub(crate) fn reservations(row: &TableRow) -> impl Iterator<Item = Validity> {
    row.row.validities.iter().filter(|validity| *validity != Validity::Valid)
}

/// Whether a record is there only so that nobody misses it.
pub(crate) fn is_withdrawn(row: &TableRow) -> bool {
    row.row.validities.is_withdrawn()
}

/// Whether a text is better not broken, as a date is.
pub(crate) fn is_short(text: &str) -> bool {
    text.chars().count() <= 16
}
