//! `keepwell host`: the blind host as a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keepwell_host::{BackupReport, CheckReport, Host, HostConfig, HostError, SealedGateway};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Duration;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{Clock as _, SystemClock};
use serde_json::json;
use url::Url;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::ledger::read_anchor;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::Report;
use crate::serve::{ServeOptions, Serving};
use crate::shown_time::shown;

/// What a host does.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum HostCommand {
    /// Store sealed bytes, serve share links, relay to the ledger
    Serve(Box<HostServe>),
    /// Make an invitation, also while the host serves: a file for whoever is to open a space
    Invite {
        /// Where to write it, for its owner alone
        file: PathBuf,
        /// How long it counts
        #[arg(long = "for", value_name = "DURATION", default_value = "30d", value_parser = Duration::parse)]
        duration: Duration,
        /// How many wallets may use it
        #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..))]
        uses: u32,
    },
    /// Copy everything to a new folder, also while the host serves: a home that a host can be started from
    Backup {
        /// The folder; it must not be there
        to: PathBuf,
        /// Where sealed bytes lie, as for `serve` [default: in the home folder]
        #[arg(long, value_name = "URL")]
        blobs: Option<Url>,
    },
    /// Read and hash everything, also while the host serves
    Check {
        /// Note what is damaged, so that no commit relies on it until its owner has sent it again; not while
        /// the host serves
        #[arg(long)]
        repair: bool,
        /// Where sealed bytes lie, as for `serve` [default: in the home folder]
        #[arg(long, value_name = "URL")]
        blobs: Option<Url>,
    },
}

/// Options of `host serve`.
#[derive(clap::Args, Debug)]
pub(crate) struct HostServe {
    #[command(flatten)]
    serve: ServeOptions,
    /// Origin under which clients reach this host [default: http at the address it listens on]
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// Gateway that sealed questions of phones are passed on to, run by somebody else; may be repeated
    #[arg(long, value_name = "ID=URL")]
    gateway: Vec<SealedGateway>,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// Where sealed bytes lie: a folder, s3://, gs:// or az:// [default: in the home folder]
    #[arg(long, value_name = "URL")]
    blobs: Option<Url>,
    /// Who may open a space: everybody, or whoever has an invitation
    #[arg(long, value_enum, default_value = "open")]
    registration: Registration,
}

/// Who may open a space.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Registration {
    /// Everybody
    Open,
    /// Whoever has an invitation, made by `host invite`
    Invite,
}

impl From<Registration> for keepwell_host::Registration {
    fn from(registration: Registration) -> Self {
        match registration {
            Registration::Open => Self::Open,
            Registration::Invite => Self::Invite,
        }
    }
}

/// Runs `keepwell host …`.
pub(crate) fn run(command: HostCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        HostCommand::Serve(options) => serve(*options, caller),
        HostCommand::Invite { file, duration, uses } => invite(&file, duration, uses, caller),
        HostCommand::Backup { to, blobs } => back_up(&to, blobs.as_ref(), caller),
        HostCommand::Check { repair, blobs } => check(repair, blobs.as_ref(), caller),
    }
}

fn invite(file: &Path, duration: Duration, uses: u32, caller: &Caller) -> Result<Answer, Failure> {
    let private = PrivateFile::begin(file)?;
    let not_after = SystemClock.now().saturating_add(duration);
    let invite = keepwell_host::invite(&caller.home()?, not_after, uses, &mut Rng::system())?;
    private.write(|out| writeln!(out, "{}", *invite.to_text()))?;
    private.put_in_place()?;
    Ok(Report::of_deed(json!({ "invite": file, "not_after": not_after, "uses": uses }))
        .facts(&[
            ("invitation", file.display().to_string()),
            ("until", shown(not_after)),
            ("wallets", uses.to_string()),
        ])
        .into())
}

fn back_up(to: &Path, blobs: Option<&Url>, caller: &Caller) -> Result<Answer, Failure> {
    let BackupReport { spaces, objects, bytes, lost } = keepwell_host::backup(&caller.home()?, blobs, to)?;
    let mut report =
        Report::of_deed(json!({ "spaces": spaces, "objects": objects, "bytes": bytes, "lost": lost })).facts(
            &[("spaces", spaces.to_string()), ("objects", objects.to_string()), ("bytes", bytes.to_string())],
        );
    if lost > 0 {
        report =
            report.line(format!("{lost} objects are lost here: `keepwell host check` says what lay in them"));
    }
    Ok(report.into())
}

fn check(repair: bool, blobs: Option<&Url>, caller: &Caller) -> Result<Answer, Failure> {
    let CheckReport { blobs, bytes, damaged, spaces_damaged } =
        keepwell_host::check(&caller.home()?, blobs, repair)?;
    let report = Report::new(
        json!({ "blobs": blobs, "bytes": bytes, "damaged": damaged, "spaces_damaged": spaces_damaged }),
    )
    .facts(&[
        ("blobs", blobs.to_string()),
        ("bytes", bytes.to_string()),
        ("damaged", damaged.to_string()),
        ("spaces with damage", spaces_damaged.to_string()),
    ]);
    if damaged == 0 || repair {
        Ok(report.into())
    } else {
        Err(Failure::from(HostError::Damaged).with_document(report))
    }
}

fn serve(options: HostServe, caller: &Caller) -> Result<Answer, Failure> {
    let serving = Serving::prepare(options.serve.log)?;
    let config = HostConfig {
        home: caller.home()?,
        listen: options.serve.listen(),
        public_url: options.public_url,
        ledger_url: options.ledger,
        gateways: options.gateway,
        anchor: read_anchor(&options.anchor)?,
        policy: TrustPolicy::DEMONSTRATION,
        blobs_url: options.blobs,
        registration: options.registration.into(),
    };
    let host = Host::start(config, Arc::new(|| SystemClock.now()))?;
    serving.until_told_to_stop(host.address(), caller.json)?;
    host.stop()?;
    Ok(Answer::Said)
}
