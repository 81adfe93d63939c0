//! The steps in their order, told as they pass: one line each, what was checked, how long it took.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use keepwell_protocol::crypto::space_id;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{GrantId, LinkId, printable};
use serde_json::json;
use tempfile::TempDir;

use super::insiders::Insiders;
use super::parties::{self, Parties};
use super::records::{self, Patient};
use super::{consent, forgery, reading, recovery, share};
use crate::caller::Caller;
use crate::clinic::RunningDesk;
use crate::failure::{CommandError, Failure};
use crate::output::{Answer, Report};
use crate::serve::{LogFormat, Serving};

#[derive(clap::Args, Debug)]
pub(crate) struct DemoOptions {
    /// Tell the story with these FHIR files instead of the sample patient
    #[arg(long, value_name = "FILE", num_args = 1..)]
    records: Vec<PathBuf>,
    /// Leave everything running and say where the desk page is
    #[arg(long)]
    serve: bool,
}

/// What the steps share.
pub(crate) struct Story {
    /// Every party's home is in here; gone when the story ends.
    pub(super) folder: TempDir,
    /// The files with the patient's records.
    pub(super) records: Vec<PathBuf>,
    /// From step 1 on.
    pub(super) patient: Option<Patient>,
    /// From step 3 on.
    pub(super) parties: Option<Parties>,
    /// From step 4 on.
    pub(super) grant: Option<GrantId>,
    /// From step 8 on: a share that lives until step 9.
    pub(super) old_share: Option<LinkId>,
    /// Whether a terminal is there to draw on.
    pub(super) draws: bool,
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

    /// The patient and everybody else, who are there from step 3 on.
    pub(super) fn patient_and_parties(&mut self) -> Result<(&mut Patient, &mut Parties), Failure> {
        let both = self.patient.as_mut().zip(self.parties.as_mut());
        both.ok_or_else(|| CommandError::DemoCheck("step 3 passed").into())
    }

    /// What a dishonest clinic and a dishonest host have of the patient now.
    pub(super) fn insiders(&mut self) -> Result<Insiders, Failure> {
        let (clinic, host) = (self.home("clinic"), self.home("host"));
        let (patient, parties) = self.patient_and_parties()?;
        let owner = patient.words.seed(&Passphrase::none()).owner_key();
        Insiders::of(&clinic, &host, space_id(&owner.public_key()), &parties.tape)
    }

    /// The grant of step 4.
    pub(super) fn grant(&self) -> Result<GrantId, Failure> {
        self.grant.ok_or_else(|| CommandError::DemoCheck("step 4 passed").into())
    }

    /// The share of step 8 that lives on.
    pub(super) fn old_share(&self) -> Result<LinkId, Failure> {
        self.old_share.ok_or_else(|| CommandError::DemoCheck("step 8 passed").into())
    }
}

/// A step answers with what it checked.
type Step = fn(&mut Story) -> Result<String, Failure>;

const STEPS: &[(&str, Step)] = &[
    ("new wallet", records::new_wallet),
    ("import", records::import),
    ("clinic", parties::admit_clinic),
    ("grant", consent::grant),
    ("read", reading::read),
    ("new record", consent::add),
    ("revoke", consent::revoke),
    ("share by QR", share::share),
    ("phone lost", recovery::restore),
    ("forgeries", forgery::forge),
];

/// Plays the story and checks what it says, for `keepwell demo`.
pub(crate) fn run(options: DemoOptions, caller: &Caller) -> Result<Answer, Failure> {
    let folder = TempDir::new().map_err(|error| CommandError::unwritable(std::env::temp_dir(), &error))?;
    let mut story = Story {
        records: options.records,
        folder,
        patient: None,
        parties: None,
        grant: None,
        old_share: None,
        draws: !caller.json && std::io::stdout().is_terminal(),
    };
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
    if options.serve {
        return serve(story, caller);
    }
    Ok(Report::new(json!({ "steps": told, "seconds": seconds }))
        .line(format!("all {} steps passed in {seconds:.1} s", STEPS.len()))
        .into())
}

/// Leaves the servers running with a grant to look at, until a signal ends them.
fn serve(mut story: Story, caller: &Caller) -> Result<Answer, Failure> {
    let serving = Serving::prepare(LogFormat::Text)?;
    consent::grant(&mut story)?;
    let home = story.home("clinic");
    let (_, parties) = story.patient_and_parties()?;
    tell(caller, &format!("ledger  {}", parties.ledger_url()));
    tell(caller, &format!("host    {}", parties.host_url()));
    let mut desk = RunningDesk::start(&home, SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    tell(caller, &format!("desk    http://{}; Ctrl-C ends it", desk.address()));
    // On stderr as `clinic serve` tells it: with `--json` stdout has one document.
    crate::failure::tell(&format!("login code: {}\n", desk.code));
    serving.until_told_to_stop(desk.address(), caller.json)?;
    desk.stop()?;
    Ok(Answer::Said)
}

/// A check of the story: `sentence` says what had to hold.
pub(super) fn check(holds: bool, sentence: &'static str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(CommandError::DemoCheck(sentence).into()) }
}

/// Steps are told while they pass, to people on stdout; a program gets one document at the end.
fn tell(caller: &Caller, line: &str) {
    if !caller.json {
        show(&format!("{}\n", printable(line)));
    }
}

/// Writes to people. Whoever stopped listening still gets the exit code.
pub(super) fn show(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
