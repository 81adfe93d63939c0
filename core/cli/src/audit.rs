//! `keepwell audit`: everything that happened to the record, for its owner and for other programs, held against the logs
//! that providers keep themselves.

use std::path::PathBuf;

use keepwell_wallet::{
    Activity, ActivityEvent, AuditedEvent, LogMembership, ProviderLog, ProviderLogState, UnshownRead,
};
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
    /// List what was granted, shared, read and refused, newest first, held against the providers' own access logs
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
    let audit = wallet.audit(connection.network())?;
    let events: Vec<Value> = audit.events.iter().map(event_document).collect();
    let rows: Vec<Vec<String>> = audit.events.iter().map(event_row).collect();
    let logs: Vec<Value> = audit.logs.iter().map(log_document).collect();
    let report = Report::new(json!({ "events": events, "own_only": audit.is_own_only, "logs": logs }));
    let report = report.table(&["time", "who", "what"], &rows);
    let report = audit.logs.iter().map(log_line).fold(report, Report::line);
    Ok(of_own(report, audit.is_own_only).into())
}

fn export(file: &std::path::Path, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let exporting = PrivateFile::begin(file)?;
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, pin)?;
    let export =
        exporting.export(|destination| wallet.export_audit(&fresh, destination, connection.network()))?;
    let (events, sha256) = (export.events, hex::encode(export.sha256));
    let logs: Vec<Value> = export.logs.iter().map(log_document).collect();
    let own_only = export.is_own_only;
    let document = json!({ "events": events, "sha256": sha256, "own_only": own_only, "logs": logs });
    let report = Report::of_deed(document).facts(&[("events", events.to_string()), ("SHA-256", sha256)]);
    let report = export.logs.iter().map(log_line).fold(report, Report::line);
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

/// A provider's own access log in a document.
pub(crate) fn log_document(log: &ProviderLog) -> Value {
    let flaws: Vec<&str> = log.flaws.iter().map(|flaw| flaw.as_str()).collect();
    json!({
        "provider": log.provider, "name": log.name, "state": log.state.as_str(), "entries": log.entries,
        "own_entries": log.own_entries, "recorded": log.recorded, "flaws": flaws,
    })
}

/// The same in a sentence.
pub(crate) fn log_line(log: &ProviderLog) -> String {
    let name = named(&log.name);
    let line = match log.state {
        ProviderLogState::Verified => {
            let entries = counted(log.entries, "entry", "entries");
            format!(
                "{name}'s own access log is as the ledger says: {entries}, {} about you.",
                log.own_entries
            )
        }
        ProviderLogState::Absent => format!("{name} has no access log of its own on the ledger."),
        ProviderLogState::Unreachable => format!("{name}'s own access log was not reached; ask again later."),
        ProviderLogState::Withheld => {
            format!(
                "{name}'s own access log is published only in part: what the ledger was told of is missing."
            )
        }
        ProviderLogState::Altered => {
            format!("{name}'s own access log is not what the ledger was told of: it was changed afterwards.")
        }
        ProviderLogState::Shortened => {
            format!("{name}'s own access log was taken back: the ledger was told of more before.")
        }
        ProviderLogState::Malformed => format!("{name}'s own access log does not begin as logs do."),
        ProviderLogState::TooLong => format!("{name}'s own access log is too long to be checked here."),
    };
    let flaws: Vec<&str> = log.flaws.iter().map(|flaw| flaw.as_str()).collect();
    match flaws.is_empty() {
        true => line,
        false => format!("{line} Its entries about you are not in order ({}).", flaws.join(", ")),
    }
}

/// An event in a document, with what the provider's own log says of it.
fn event_document(event: &AuditedEvent) -> Value {
    match event {
        AuditedEvent::Happened { activity, membership } => {
            let mut document = document(activity);
            if let (Some(membership), Some(fields)) = (membership, document.as_object_mut()) {
                fields.insert("provider_log".to_owned(), json!(membership.as_str()));
            }
            document
        }
        AuditedEvent::Unshown(UnshownRead { time, grant, name, purpose, .. }) => json!({
            "time": time, "event": "read-not-shown", "grant": grant, "name": name, "purpose": purpose,
        }),
    }
}

/// The same in a row: when, who, what.
fn event_row(event: &AuditedEvent) -> Vec<String> {
    match event {
        AuditedEvent::Happened { activity, membership } => {
            let mut row = row(activity);
            if let (Some(LogMembership::Unlogged), Some(what)) = (membership, row.last_mut()) {
                what.push_str("; not in its own access log");
            }
            row
        }
        AuditedEvent::Unshown(UnshownRead { time, name, .. }) => {
            let what = "read, as its own access log says; your host does not show it".to_owned();
            vec![shown(*time), named(name).to_owned(), what]
        }
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
