//! What a command answers: the same facts as lines for people, as one JSON document, or as bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::failure::{CommandError, Failure};

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
    document: String,
    text: String,
}

impl Report {
    /// Starts with the document that `--json` prints.
    pub(crate) fn new(document: impl Serialize) -> Self {
        // Maps with text keys, numbers and text that is JSON already: this cannot fail.
        Self { document: serde_json::to_string(&document).unwrap_or_default(), text: String::new() }
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

    /// Adds a table; columns are as wide as their widest cell, the last one as it is.
    #[must_use]
    pub(crate) fn table(self, headings: &[&str], rows: &[Vec<String>]) -> Self {
        let all = || {
            std::iter::once(headings.to_vec())
                .chain(rows.iter().map(|row| row.iter().map(String::as_str).collect()))
        };
        let mut widths = vec![0_usize; headings.len()];
        for row in all() {
            for (width, cell) in widths.iter_mut().zip(&row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        all().fold(self, |report, row| {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
            report.line(cells.join("  ").trim_end())
        })
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
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::Said => Ok(()),
        };
        written.and_then(|()| out.flush()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => CommandError::OutputClosed.into(),
            kind => CommandError::FileUnwritable(kind).into(),
        })
    }
}

impl From<Report> for Answer {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

/// Writes a file that its owner alone may read, in place only when it is whole.
///
/// # Errors
/// [`CommandError::FileUnwritable`]; what was there before is then unchanged.
pub(crate) fn private_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let staged = tempfile::NamedTempFile::new_in(folder).and_then(|staged| {
        let mut writer = BufWriter::new(staged.as_file());
        write(&mut writer)?;
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(staged)
    });
    staged
        .and_then(|staged| staged.persist(path).map_err(|error| error.error))
        .and_then(|_| File::open(folder)?.sync_all())
        .map_err(|error| CommandError::FileUnwritable(error.kind()).into())
}

/// Text from records and from other parties, without the control characters that could move a terminal's cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidirectional_control(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks that make text read in another order than it is written.
const fn is_bidirectional_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_ends_without_blanks() {
        let rows = [vec!["1".to_owned(), "über".to_owned()], vec!["1000".to_owned(), String::new()]];
        let report = Report::default().table(&["id", "name"], &rows);
        assert_eq!(report.text, "id    name\n1     über\n1000\n");
    }

    #[test]
    fn a_record_cannot_command_the_terminal() {
        let report = Report::default().line("Aspirin\x1b[2J\u{202e}gm 005\r");
        assert_eq!(report.text, "Aspirin\u{fffd}[2J\u{fffd}gm 005\u{fffd}\n");
    }
}
