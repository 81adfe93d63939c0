//! `keepwell audit`: everything that happened to the record, for its owner and for other programs.

use std::path::PathBuf;

use keepwell_wallet::{Activity, ActivityEvent};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::network::Connection;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::{Report, counted};
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// What a patient asks about what happened.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum AuditCommand {
    /// List what was granted, shared, read and refused, newest first
    List {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Write the same as FHIR AuditEvents, one to a line, into a file that its owner alone may read
    Export {
        /// Where to write it; an older file is replaced, also where the host is not reached
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Lists what happened, or writes it into a file.
///
/// # Errors
/// That the wallet can't be opened or the file not written; that the host refuses.
pub(crate) fn run(command: AuditCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        AuditCommand::List { pin } => list(&pin, caller),
        AuditCommand::Export { file, pin } => export(&file, &pin, caller),
    }
}

fn list(pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let log = wallet.activity(connection.network())?;
    let events: Vec<Value> = log.entries.iter().map(document).collect();
    let rows: Vec<Vec<String>> = log.entries.iter().map(row).collect();
    let report = Report::new(json!({ "events": events, "own_only": log.is_own_only }));
    Ok(of_own(report.table(&["time", "who", "what"], &rows), log.is_own_only).into())
}

fn export(file: &std::path::Path, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let exporting = PrivateFile::begin(file)?;
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, pin)?;
    let export =
        exporting.export(|destination| wallet.export_audit(&fresh, destination, connection.network()))?;
    let (events, sha256) = (export.events, hex::encode(export.sha256));
    let document = json!({ "events": events, "sha256": sha256, "own_only": export.is_own_only });
    let report = Report::of_deed(document).facts(&[("events", events.to_string()), ("SHA-256", sha256)]);
    let report = report.line("The file is not encrypted: whoever has it can read it.");
    Ok(of_own(report, export.is_own_only).into())
}

fn of_own(report: Report, is_own_only: bool) -> Report {
    match is_own_only {
        true => {
            report.line("The host was not reached: this is what you did, and nothing of what others did.")
        }
        false => report,
    }
}

/// An event in a document.
fn document(Activity { time, event }: &Activity) -> Value {
    match event {
        ActivityEvent::Granted { grant, name } => {
            json!({ "time": time, "event": "granted", "grant": grant, "name": name })
        }
        ActivityEvent::Revoked { grant, name } => {
            json!({ "time": time, "event": "revoked", "grant": grant, "name": name })
        }
        ActivityEvent::GrantRead { grant, name, request } => json!({
            "time": time, "event": "grant-read", "grant": grant, "name": name, "request": request.as_str(),
        }),
        ActivityEvent::GrantDenied { grant, name, reason, request } => json!({
            "time": time, "event": "grant-denied", "grant": grant, "name": name, "reason": reason.as_str(),
            "request": request.as_str(),
        }),
        ActivityEvent::RecordsRead { grant, name, count, request, receipt } => json!({
            "time": time, "event": "records-read", "grant": grant, "name": name, "pieces": count,
            "request": request.as_str(), "receipt": receipt.as_str(),
        }),
        ActivityEvent::ShareMade { share, label } => {
            json!({ "time": time, "event": "share-made", "share": share, "label": label })
        }
        ActivityEvent::ShareOpened { share, recipient } => {
            json!({ "time": time, "event": "share-opened", "share": share, "recipient": recipient })
        }
        ActivityEvent::ShareDenied { share, recipient, reason } => json!({
            "time": time, "event": "share-denied", "share": share, "recipient": recipient, "reason": reason.as_str(),
        }),
    }
}

/// The same in a row: when, who, what.
fn row(Activity { time, event }: &Activity) -> Vec<String> {
    let (who, what) = match event {
        ActivityEvent::Granted { name, .. } => ("you", format!("gave {} access", named(name))),
        ActivityEvent::Revoked { name, .. } => ("you", format!("ended the access of {}", named(name))),
        ActivityEvent::GrantRead { name, .. } => (named(name), "asked which records there are".to_owned()),
        ActivityEvent::GrantDenied { name, reason, .. } => {
            (named(name), format!("asked, and was refused ({})", reason.as_str()))
        }
        ActivityEvent::RecordsRead { name, count, .. } => {
            (named(name), format!("fetched {}", counted(u64::from(*count), "sealed piece", "sealed pieces")))
        }
        ActivityEvent::ShareMade { label, .. } => ("you", format!("made the share {label}")),
        ActivityEvent::ShareOpened { recipient, .. } => {
            (named(recipient), "opened a share; who it was is as they said".to_owned())
        }
        ActivityEvent::ShareDenied { recipient, reason, .. } => {
            (named(recipient), format!("tried to open a share, and was refused ({})", reason.as_str()))
        }
    };
    let doubt = if event.is_doubtful() { "; nothing proves all of it" } else { "" };
    vec![shown(*time), who.to_owned(), what + doubt]
}

fn named(name: &str) -> &str {
    if name.is_empty() { "somebody" } else { name }
}
