//! `keepwell record imports`, `undo` and `history`: what came when, taking it back, and what a record was
//! before.

use std::io::{self, IsTerminal as _};

use keepwell_protocol::domain::{DeliveryId, IdPrefix, printable, shortest_prefixes};
use keepwell_wallet::{
    ImportReach, ImportSummary, RecordVersion, UndoReport, VersionStanding, Wallet, WalletError,
};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{Failure, confirm, tell};
use crate::naming;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// Options of `record undo`.
#[derive(clap::Args, Debug)]
pub(crate) struct UndoFlags {
    /// The import: its id, or 8 characters or more of its beginning
    #[arg(value_name = "IMPORT", value_parser = IdPrefix::parse)]
    import: IdPrefix,
    /// Do not ask, whoever may have seen something of it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Lists the imports, newest first.
pub(crate) fn imports(pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let (wallet, _) = unlock(caller, pin)?;
    let imports = wallet.imports()?;
    let ids: Vec<&DeliveryId> = imports.iter().map(|one| &one.import).collect();
    let rows: Vec<Vec<String>> =
        imports.iter().zip(shortest_prefixes(&ids)).map(|(one, short)| row(one, short)).collect();
    let document = json!({ "imports": imports.iter().map(document).collect::<Vec<_>>() });
    Ok(Report::new(document).table(&["import", "time", "added", "updated", "source", ""], &rows).into())
}

fn document(import: &ImportSummary) -> Value {
    json!({
        "import": import.import,
        "source": import.source,
        "time": import.time,
        "added": import.added,
        "updated": import.updated,
        "undone": import.undone,
    })
}

fn row(import: &ImportSummary, short: String) -> Vec<String> {
    let undone = import.undone.map(|time| format!("taken back {}", shown(time))).unwrap_or_default();
    vec![
        short,
        shown(import.time),
        import.added.to_string(),
        import.updated.to_string(),
        import.source.clone(),
        undone,
    ]
}

/// Takes an import back.
pub(crate) fn undo(flags: &UndoFlags, caller: &Caller) -> Result<Answer, Failure> {
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let import = find(&flags.import, &wallet)?;
    let reach = wallet.import_reach(import)?;
    let warnings = warnings(&reach);
    if !flags.yes && !warnings.is_empty() && io::stdin().is_terminal() {
        for warning in &warnings {
            tell(&format!("{}\n", printable(warning)));
        }
        confirm("Take it back?")?;
    }
    let UndoReport { removed, restored, quarantined } = wallet.undo_import(import)?;
    let report = Report::of_deed(json!({
        "import": import,
        "removed": removed,
        "restored": restored,
        "quarantined": quarantined,
        "published": reach.published,
        "granted": reach.granted,
        "shares": reach.shares,
    }))
    .facts(&[
        ("out of sight", removed.to_string()),
        ("as they were before", restored.to_string()),
        ("removed from quarantine", quarantined.to_string()),
    ]);
    Ok(warnings.into_iter().fold(report, Report::line).into())
}

/// What no undo reaches, and what it destroys.
fn warnings(reach: &ImportReach) -> Vec<String> {
    let mut lines = Vec::new();
    if !reach.granted.is_empty() {
        lines.push(format!(
            "may have read something of it, and may still hold it: {}",
            reach.granted.join(", ")
        ));
    }
    if reach.shares > 0 {
        lines.push(format!("shares made since that may show something of it: {}", reach.shares));
    }
    if reach.published > 0 {
        lines.push(format!(
            "{} of {} versions lie sealed at the host; the next sync withdraws them",
            reach.published, reach.versions
        ));
    }
    match reach.quarantined {
        0 => {}
        1 => {
            lines.push("1 part that could not be read came with it alone, and is removed for good".to_owned())
        }
        more => lines.push(format!(
            "{more} parts that could not be read came with it alone, and are removed for good"
        )),
    }
    lines
}

/// The import whose id begins so.
fn find(prefix: &IdPrefix, wallet: &Wallet) -> Result<DeliveryId, Failure> {
    let imports = wallet.imports()?.into_iter().filter(|one| one.undone.is_none());
    let known: Vec<(DeliveryId, String)> = imports.map(|one| (one.import, one.source)).collect();
    naming::pick(prefix, &known, WalletError::NoSuchImport)
}

/// Lists the versions of a record.
pub(crate) fn history(id: &IdPrefix, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let (wallet, _) = unlock(caller, pin)?;
    let versions = wallet.record_history(naming::record(id, &wallet)?)?;
    let rows: Vec<Vec<String>> = versions.iter().map(version_row).collect();
    let document = json!({ "versions": versions.iter().map(version_document).collect::<Vec<_>>() });
    Ok(Report::new(document)
        .table(&["version", "standing", "last updated", "received", "source"], &rows)
        .into())
}

fn version_document(version: &RecordVersion) -> Value {
    json!({
        "version": version.version,
        "standing": standing(version.standing),
        "import": version.import,
        "source": version.source,
        "received": version.received,
        "last_updated": version.last_updated,
        "version_id": version.version_id,
    })
}

fn version_row(version: &RecordVersion) -> Vec<String> {
    vec![
        version.version.to_string(),
        standing(version.standing).to_owned(),
        version.last_updated.clone().unwrap_or_default(),
        shown(version.received),
        version.source.clone(),
    ]
}

const fn standing(standing: VersionStanding) -> &'static str {
    match standing {
        VersionStanding::Present => "present",
        VersionStanding::Superseded => "superseded",
        VersionStanding::RemovedAtSource => "removed-at-source",
        VersionStanding::TakenBack => "taken-back",
    }
}
