//! What a command answers: the same facts as lines for people, as one JSON document, or as bytes.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use keepwell_protocol::domain::{printable, printable_json};
use serde::Serialize;
use serde_json::Value;

use crate::failure::{CommandError, Failure};
use crate::table;

/// The answer of a command that succeeded.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Lines for people and the document that `--json` prints instead.
    Report(Report),
    /// Exactly these bytes in both cases.
    Bytes(Vec<u8>),
    /// It has already said what there is to say.
    Said,
}

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

impl Answer {
    /// Writes it to stdout.
    ///
    /// # Errors
    /// `OutputClosed` if the reader went away, `FileUnwritable` on other trouble.
    pub(crate) fn print(&self, json: bool) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = match self {
            Self::Report(report) if json => writeln!(out, "{}", report.document),
            Self::Report(report) => out.write_all(report.text.as_bytes()),
            // A terminal is commanded by what a file merely keeps.
            Self::Bytes(bytes) if out.is_terminal() => {
                out.write_all(printable_json(&String::from_utf8_lossy(bytes)).as_bytes())
            }
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::Said => Ok(()),
        };
        written.and_then(|()| out.flush()).map_err(|error| {
            let failure = Failure::from(match error.kind() {
                io::ErrorKind::BrokenPipe => CommandError::OutputClosed,
                _ => CommandError::unwritable("standard output", &error),
            });
            match self {
                Self::Report(report) if report.is_of_deed => report.told_with(failure),
                _ => failure,
            }
        })
    }
}

impl Report {
    /// Adds what was done to the failure to say so.
    fn told_with(&self, failure: Failure) -> Failure {
        let failure = failure.with_note("this was done, only the answer could not be written:".to_owned());
        let failure = self.text.lines().fold(failure, |failure, line| failure.with_note(format!("  {line}")));
        let document: Value = serde_json::from_str(&self.document).unwrap_or_default();
        failure.with_field("done", document)
    }
}

impl From<Report> for Answer {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

/// How many there are of a thing, in words.
pub(crate) fn counted(n: impl fmt::Display, one: &str, many: &str) -> String {
    let n = n.to_string();
    format!("{n} {}", if n == "1" { one } else { many })
}

/// Refuses to say something that is said only once to nobody: stdout closed, or thrown away in `/dev/null`.
///
/// The runtime opens `/dev/null` in place of a stdout that was closed, so the two look alike here.
///
/// # Errors
/// `OutputClosed`.
pub(crate) fn refuse_discarded() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        use std::os::unix::fs::MetadataExt as _;
        let stdout =
            io::stdout().as_fd().try_clone_to_owned().and_then(|fd| std::fs::File::from(fd).metadata());
        let null = std::fs::metadata("/dev/null");
        let is_discarded = match (stdout, null) {
            (Ok(stdout), Ok(null)) => stdout.rdev() != 0 && stdout.rdev() == null.rdev(),
            (stdout, _) => stdout.is_err(),
        };
        if is_discarded {
            let note = "nothing was done: what this would show is shown once, and nobody would see it";
            return Err(Failure::from(CommandError::OutputClosed).with_note(note.to_owned()));
        }
    }
    Ok(())
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
