//! What a person reads of a section: a table in XHTML (FHIR R4 §2.4, Narrative).

use std::fmt::Write as _;

/// A line of a section, as plain text; what is empty is not known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NarrativeRow {
    /// What it is about.
    pub title: String,
    /// When it was so.
    pub when: String,
    /// The value with its unit, and what its source says about it.
    pub value: String,
    /// Whether it is current, final or done.
    pub status: String,
}

/// A `div` of these rows, with the columns that any of them has; of none, that there is no information.
pub(super) fn narrative<'r>(rows: impl Iterator<Item = &'r NarrativeRow> + Clone) -> String {
    let mut div = String::from(r#"<div xmlns="http://www.w3.org/1999/xhtml">"#);
    if rows.clone().next().is_none() {
        div.push_str("<p>No information is available.</p></div>");
        return div;
    }
    let columns: Vec<&Column> =
        COLUMNS.iter().filter(|column| rows.clone().any(|row| !(column.text)(row).is_empty())).collect();
    div.push_str("<table><thead><tr>");
    for column in &columns {
        // A String takes whatever is written.
        let _ = write!(div, "<th>{}</th>", column.heading);
    }
    div.push_str("</tr></thead><tbody>");
    for row in rows {
        div.push_str("<tr>");
        for column in &columns {
            let _ = write!(div, "<td>{}</td>", escaped((column.text)(row)));
        }
        div.push_str("</tr>");
    }
    div.push_str("</tbody></table></div>");
    div
}

struct Column {
    heading: &'static str,
    text: fn(&NarrativeRow) -> &str,
}

const COLUMNS: [Column; 4] = [
    Column { heading: "What", text: |row| &row.title },
    Column { heading: "When", text: |row| &row.when },
    Column { heading: "Value", text: |row| &row.value },
    Column { heading: "Status", text: |row| &row.status },
];

/// As XML has it (XML 1.0 §2.2, §2.4): what no document may hold is U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            other if other.is_control() && !matches!(other, '\t' | '\n' | '\r') => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_is_there_as_text_and_no_column_without_any() {
        let row = |title: &str, value: &str| NarrativeRow {
            title: title.into(),
            value: value.into(),
            ..NarrativeRow::default()
        };
        let rows = [row("<script>\u{0}", "1 & 2"), row("b", "")];
        assert_eq!(
            narrative(rows.iter()),
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><table><thead><tr><th>What</th><th>Value</th></tr></thead><tbody>\
             <tr><td>&lt;script&gt;\u{FFFD}</td><td>1 &amp; 2</td></tr><tr><td>b</td><td></td></tr></tbody></table></div>"
        );
        assert!(narrative([].iter()).contains("No information"));
    }
}
