//! The steps in their order, told as they pass: one line each, what was checked, how long it took.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use keepwell_protocol::domain::printable;
use serde_json::json;
use tempfile::TempDir;

use super::check::show;
use super::ledger::StoryEngine;
use super::story::Story;
use super::{admission, consent, forgery, reading, records, recovery, share};
use crate::caller::Caller;
use crate::clinic::RunningDesk;
use crate::failure::{CommandError, Failure};
use crate::ledger::CometbftProgram;
use crate::output::Answer;
use crate::report::Report;
use crate::serve::{LogFormat, Serving};

#[derive(clap::Args, Debug)]
pub(crate) struct DemoOptions {
    /// Tell the story with these FHIR files instead of the sample patient
    #[arg(long, value_name = "FILE", num_args = 1..)]
    records: Vec<PathBuf>,
    /// Leave everything running and say where the desk page is
    #[arg(long)]
    serve: bool,
    /// How the ledger's blocks are agreed on
    #[arg(long, value_enum, default_value = "embedded")]
    engine: DemoEngine,
    #[command(flatten)]
    cometbft: CometbftProgram,
}

/// What makes the blocks of the story's chain.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum DemoEngine {
    /// One signer in this process
    Embedded,
    /// One authority beside a CometBFT of its own
    Cometbft,
}

/// A step answers with what it checked.
type Step = fn(&mut Story) -> Result<String, Failure>;

const STEPS: &[(&str, Step)] = &[
    ("new wallet", records::new_wallet),
    ("import", records::import),
    ("clinic", admission::admit_clinic),
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
        engine: match options.engine {
            DemoEngine::Embedded => StoryEngine::Embedded,
            DemoEngine::Cometbft => StoryEngine::Cometbft(options.cometbft),
        },
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

/// Steps are told while they pass, to people on stdout; a program gets one document at the end.
fn tell(caller: &Caller, line: &str) {
    if !caller.json {
        show(&format!("{}\n", printable(line)));
    }
}
