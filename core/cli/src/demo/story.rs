//! The steps in their order, told as they pass: one line each, what was checked, how long it took.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;
use tempfile::TempDir;

use super::records::{self, Patient};
use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::output::{Answer, Report, printable};

/// Options of `demo`.
#[derive(clap::Args, Debug)]
pub(crate) struct DemoOptions {
    /// Tell the story with these FHIR files instead of the sample patient
    #[arg(long, value_name = "FILE", num_args = 1..)]
    records: Vec<PathBuf>,
}

/// What the steps share.
pub(crate) struct Story {
    /// Every party's home is in here; gone when the story ends.
    pub(super) folder: TempDir,
    /// The files with the patient's records.
    pub(super) records: Vec<PathBuf>,
    /// From step 1 on.
    pub(super) patient: Option<Patient>,
}

impl Story {
    /// A party's home folder.
    pub(super) fn home(&self, party: &str) -> PathBuf {
        self.folder.path().join(party)
    }

    /// The patient, who is there from step 1 on.
    pub(super) fn patient(&mut self) -> Result<&mut Patient, Failure> {
        self.patient.as_mut().ok_or_else(|| CommandError::DemoCheck("step 1 passed").into())
    }
}

/// A step answers with what it checked.
type Step = fn(&mut Story) -> Result<String, Failure>;

const STEPS: &[(&str, Step)] = &[("new wallet", records::new_wallet), ("import", records::import)];

/// Runs `keepwell demo`.
pub(crate) fn run(options: DemoOptions, caller: &Caller) -> Result<Answer, Failure> {
    let folder = TempDir::new().map_err(|error| CommandError::FileUnwritable(error.kind()))?;
    let mut story = Story { records: options.records, folder, patient: None };
    if story.records.is_empty() {
        story.records.push(records::sample_patient(story.folder.path())?);
    }
    let began = Instant::now();
    let mut told = Vec::new();
    for (at, (title, step)) in STEPS.iter().enumerate() {
        let step_began = Instant::now();
        let checked =
            step(&mut story).inspect_err(|_| tell(caller, &format!("{:>2}  {title}: FAILED", at + 1)))?;
        let elapsed = step_began.elapsed();
        tell(caller, &format!("{:>2}  {title}: {checked} ({:.2} s)", at + 1, elapsed.as_secs_f64()));
        told.push(
            json!({ "step": at + 1, "title": title, "checked": checked, "seconds": elapsed.as_secs_f64() }),
        );
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(Report::new(json!({ "steps": told, "seconds": seconds }))
        .line(format!("all {} steps passed in {seconds:.1} s", STEPS.len()))
        .into())
}

/// A check of the story: `sentence` says what had to hold.
pub(super) fn check(holds: bool, sentence: &'static str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(CommandError::DemoCheck(sentence).into()) }
}

/// Steps are told while they pass, to people on stdout; a program gets one document at the end.
fn tell(caller: &Caller, line: &str) {
    if !caller.json {
        // Whoever stopped listening still gets the exit code.
        let _ = writeln!(std::io::stdout().lock(), "{}", printable(line));
    }
}
