//! `keepwell wallet move-host`: another host for the wallet.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use keepwell_wallet::{ClinicTold, ShareState, SyncOptions, Wallet};
use serde_json::json;

use crate::caller::Caller;
use crate::connect::read_invite;
use crate::failure::{Failure, confirm, tell};
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::sending::PROOF_WAIT;
use crate::unlock::unlock;

/// Options of `wallet move-host`.
#[derive(clap::Args, Debug)]
pub(crate) struct MoveFlags {
    /// The new host
    #[arg(value_name = "URL")]
    url: String,
    /// The invitation of a host that does not take everybody
    #[arg(long, value_name = "FILE")]
    invite: Option<PathBuf>,
    /// Do not ask, where shares end with the move
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell wallet move-host`.
pub(crate) fn run(flags: &MoveFlags, caller: &Caller) -> Result<Answer, Failure> {
    let invite = read_invite(flags.invite.as_deref())?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    if !flags.yes && io::stdin().is_terminal() {
        ask_about_shares(&wallet)?;
    }
    let options = SyncOptions { anchor: false, wait: PROOF_WAIT, heal: true };
    let moved = wallet.move_host(&flags.url, invite.as_ref(), options, Connection::open()?.network())?;
    let clinic = |clinic: &ClinicTold| {
        let state = if clinic.told { "told" } else { "queued" };
        json!({ "name": clinic.name, "state": state })
    };
    let report = Report::of_deed(json!({
        "version": moved.version,
        "clinics": moved.clinics.iter().map(clinic).collect::<Vec<_>>(),
        "links_ended": moved.links_ended,
        "old_host_told": moved.old_host_told,
        "queued": moved.sync.queued,
        "offline": moved.sync.offline.as_ref().map(|obstacle| obstacle.code()),
    }));
    let report = moved.links_ended.iter().fold(report, |report, label| report.line(ended(label)));
    let report = moved.clinics.iter().fold(report, |report, clinic| {
        report.line(if clinic.told {
            format!("{} was told; until it has read that, it can read at the old host", clinic.name)
        } else {
            format!("{} is not told yet; it is with the next sync", clinic.name)
        })
    });
    let report = if moved.old_host_told {
        report
    } else {
        report.line("The old host was not told: it gives no answer. Shares that live there end by time at the latest.")
    };
    Ok(match (moved.sync.offline.as_ref().map(|obstacle| obstacle.code()), moved.sync.queued) {
        (None, 0) => report.line(format!("The host has everything, in version {}.", moved.version)),
        (offline, queued) => {
            let why = offline.map(|code| format!(" ({code})")).unwrap_or_default();
            report.line(format!("{queued} still to be sent{why}; `keepwell sync` goes on with the move."))
        }
    }
    .into())
}

/// Lists the shares that end, and goes on only if the person wants that.
fn ask_about_shares(wallet: &Wallet) -> Result<(), Failure> {
    let live = |state| matches!(state, ShareState::Active | ShareState::Paused);
    let ending: Vec<_> = wallet.shares()?.into_iter().filter(|share| live(share.state)).collect();
    if ending.is_empty() {
        return Ok(());
    }
    for share in &ending {
        tell(&format!("{}\n", keepwell_protocol::domain::printable(&ended(&share.label))));
    }
    confirm("Move?")
}

fn ended(label: &str) -> String {
    if label.is_empty() { "ends: a share without a name".to_owned() } else { format!("ends: {label}") }
}
