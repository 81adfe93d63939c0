//! `keepwell sync`: send what is queued, publish what is new, ask the ledger.

use keepwell_wallet::{LedgerStatus, SyncOptions};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::grant::PROOF_WAIT;
use crate::ledger::ONE_SIGNER;
use crate::network::Connection;
use crate::output::{Answer, Report};
use crate::reads;
use crate::secrets::PinSource;
use crate::wallet::unlock;

/// Options of `sync`.
#[derive(clap::Args, Debug)]
pub(crate) struct SyncFlags {
    /// Move the wallet's anchor on the ledger now, by which a rolled-back host is recognised
    #[arg(long)]
    anchor: bool,
    /// Send everything again to a host that lost it, also where that is more than 20 MB
    #[arg(long)]
    heal: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell sync`.
pub(crate) fn run(flags: &SyncFlags, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let synced = wallet.sync(
        SyncOptions { anchor: flags.anchor, wait: PROOF_WAIT, heal: flags.heal },
        connection.network(),
    )?;
    let doubtful = reads::doubtful(&mut wallet, &connection)?;
    let report = Report::of_deed(json!({
        "sent": synced.sent,
        "received": synced.received,
        "queued": synced.queued,
        "ledger": synced.ledger.as_ref().map(ledger),
        "offline": synced.offline,
        "doubtful_reads": doubtful.iter().filter_map(reads::document).collect::<Vec<_>>(),
    }))
    .facts(&[
        ("sent", synced.sent.to_string()),
        ("received", synced.received.to_string()),
        ("queued", synced.queued.to_string()),
        ("ledger", ledger_line(synced.ledger.as_ref())),
    ]);
    let report = doubtful.iter().filter_map(reads::line).fold(report, Report::line);
    Ok(match &synced.offline {
        Some(code) => {
            report.line(format!("Not every server was reached ({code}); the rest is done at the next sync."))
        }
        None => report,
    }
    .into())
}

/// A ledger in a document.
pub(crate) fn ledger(status: &LedgerStatus) -> Value {
    json!({ "chain_id": status.chain_id, "height": status.height, "time": status.time })
}

/// A ledger in a line.
pub(crate) fn ledger_line(status: Option<&LedgerStatus>) -> String {
    match status {
        None => "none: the wallet works on its own".to_owned(),
        Some(status) => {
            let signers = if status.is_embedded { format!("; {ONE_SIGNER}") } else { String::new() };
            format!("{} at {}, {}{signers}", status.chain_id, status.height, status.time)
        }
    }
}
