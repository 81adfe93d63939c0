//! The same facts twice: as lines for people, and as one JSON document.

use std::fmt;

use keepwell_protocol::domain::{printable, printable_json};
use serde::Serialize;

use crate::table;

/// Facts, written down twice.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Report {
    /// JSON that may be shown.
    document: String,
    text: String,
    is_of_deed: bool,
}

impl Report {
    /// Starts with the document that `--json` prints.
    pub(crate) fn new(document: impl Serialize) -> Self {
        // Maps with text keys, numbers and text that is JSON already: this cannot fail.
        let document = serde_json::to_string(&document).unwrap_or_default();
        Self { document: printable_json(&document), text: String::new(), is_of_deed: false }
    }

    /// The same of something that was done, and is so whether it can be told on stdout or not.
    ///
    /// Where stdout fails, it is told on stderr.
    pub(crate) fn of_deed(document: impl Serialize) -> Self {
        Self { is_of_deed: true, ..Self::new(document) }
    }

    /// Whether it is of something that was done.
    pub(crate) fn is_of_deed(&self) -> bool {
        self.is_of_deed
    }

    /// The document that `--json` prints.
    pub(crate) fn document(&self) -> &str {
        &self.document
    }

    /// The lines so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a line for people.
    #[must_use]
    pub(crate) fn line(mut self, line: impl AsRef<str>) -> Self {
        self.text.push_str(&printable(line.as_ref()));
        self.text.push('\n');
        self
    }

    /// Adds what this program drew, control characters and all.
    #[must_use]
    pub(crate) fn picture(mut self, drawn: &str) -> Self {
        self.text.push_str(drawn);
        self
    }

    /// Adds `name  value` lines, names padded to one width.
    #[must_use]
    pub(crate) fn facts(self, facts: &[(&str, String)]) -> Self {
        let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        facts.iter().fold(self, |report, (name, value)| report.line(format!("{name:width$}  {value}")))
    }

    /// Adds the rows of a table without headings.
    #[must_use]
    pub(crate) fn rows(self, rows: &[Vec<String>]) -> Self {
        table::lines(&[], rows).iter().fold(self, |report, line| report.line(line))
    }

    /// Adds a table: columns in line, on a terminal in rows that fit.
    #[must_use]
    pub(crate) fn table(self, headings: &[&str], rows: &[Vec<String>]) -> Self {
        table::lines(headings, rows).iter().fold(self, |report, line| report.line(line))
    }
}

/// How many there are of a thing, in words.
pub(crate) fn counted(n: impl fmt::Display, one: &str, many: &str) -> String {
    let n = n.to_string();
    format!("{n} {}", if n == "1" { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let told = [0, 1, 2, 11].map(|n| counted(n, "entry", "entries"));
        assert_eq!(told, ["0 entries", "1 entry", "2 entries", "11 entries"]);
    }

    #[test]
    fn a_record_cannot_command_the_terminal() {
        let report = Report::default().line("Aspirin\x1b[2J\u{202e}gm 005\r");
        assert_eq!(report.text, "Aspirin\u{fffd}[2J\u{fffd}gm 005\u{fffd}\n");
    }
}
