//! What a command answers: the same facts as lines for people, as one JSON document, or as bytes.

use std::io::{self, IsTerminal as _, Write as _};

use keepwell_protocol::domain::printable_json;
use serde_json::Value;

use crate::failure::{CommandError, Failure};
use crate::report::Report;

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

impl Answer {
    /// Writes it to stdout.
    ///
    /// # Errors
    /// `OutputClosed` if the reader went away, `FileUnwritable` on other trouble.
    pub(crate) fn print(&self, json: bool) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = match self {
            Self::Report(report) if json => writeln!(out, "{}", report.document()),
            Self::Report(report) => out.write_all(report.text().as_bytes()),
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
                Self::Report(report) if report.is_of_deed() => told_with(report, failure),
                _ => failure,
            }
        })
    }
}

impl From<Report> for Answer {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

/// Adds what was done to the failure to say so.
fn told_with(report: &Report, failure: Failure) -> Failure {
    let failure = failure.with_note("this was done, only the answer could not be written:".to_owned());
    let failure = report.text().lines().fold(failure, |failure, line| failure.with_note(format!("  {line}")));
    let document: Value = serde_json::from_str(report.document()).unwrap_or_default();
    failure.with_field("done", document)
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
