//! `keepwell record quarantine`: what could not be read yet.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{IdPrefix, QuarantineId, printable, shortest_prefixes};
use keepwell_wallet::{
    ImportReport, MAX_QUARANTINED_ITEM, MAX_QUARANTINED_ITEMS, MAX_QUARANTINED_TOTAL, QuarantinedItem,
    RetryRefusal, RetryReport, Wallet, WalletError,
};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{Failure, confirm, tell};
use crate::naming;
use crate::output::Answer;
use crate::people::{self, with_patients};
use crate::private_file::PrivateFile;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;

/// What a person does with what could not be read.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum QuarantineCommand {
    /// List what could not be read yet and is kept, oldest first
    List {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Print an item exactly as it was received; on a terminal with control characters as \uXXXX
    Show(One),
    /// Write an item to a file exactly as it was received
    Export {
        #[command(flatten)]
        one: One,
        /// The file; an older one is replaced
        file: PathBuf,
    },
    /// Try to read items again: one, or all but those that were moved here by hand
    Retry {
        /// The item: its id, or 8 characters or more of its beginning [default: all]
        #[arg(value_parser = IdPrefix::parse)]
        id: Option<IdPrefix>,
        /// Which of several patients is the owner of the wallet
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Remove an item for good; a record that was moved here by hand comes back with the next import that has
    /// it
    Drop {
        #[command(flatten)]
        one: One,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Move a record here by hand: out of sight, withdrawn where it was published, until `retry`
    Add {
        /// The record: its id, or 8 characters or more of its beginning
        #[arg(value_parser = IdPrefix::parse)]
        id: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct One {
    /// The item: its id, or 8 characters or more of its beginning
    #[arg(value_parser = IdPrefix::parse)]
    id: IdPrefix,
    #[command(flatten)]
    pin: PinSource,
}

impl One {
    /// Unlocks and finds it.
    fn find(&self, caller: &Caller) -> Result<(Wallet, QuarantinedItem), Failure> {
        let (wallet, _) = unlock(caller, &self.pin)?;
        let item = find(&self.id, wallet.quarantine()?)?;
        Ok((wallet, item))
    }
}

fn find(prefix: &IdPrefix, items: Vec<QuarantinedItem>) -> Result<QuarantinedItem, Failure> {
    let known: Vec<_> = items.iter().map(|item| (item.id, item.file.clone())).collect();
    let id = naming::pick(prefix, &known, WalletError::NoSuchQuarantined)?;
    let found = items.into_iter().find(|item| item.id == id);
    found.ok_or_else(|| WalletError::NoSuchQuarantined.into())
}

/// Runs `keepwell record quarantine …`.
pub(crate) fn run(command: QuarantineCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        QuarantineCommand::List { pin } => Ok(list(&unlock(caller, &pin)?.0.quarantine()?).into()),
        QuarantineCommand::Show(one) => {
            let (wallet, item) = one.find(caller)?;
            Ok(Answer::Bytes(wallet.quarantined_bytes(item.id)?))
        }
        QuarantineCommand::Export { one, file } => Ok(export(&one, &file, caller)?.into()),
        QuarantineCommand::Retry { id, patient, pin } => {
            let (mut wallet, _) = unlock(caller, &pin)?;
            let id = id.map(|id| Ok::<_, Failure>(find(&id, wallet.quarantine()?)?.id)).transpose()?;
            let mut report = wallet.retry_quarantined(id, patient.as_deref()).map_err(with_patients)?;
            match report.other_patient.pop() {
                Some(RetryRefusal { patients, .. }) if id.is_some() => {
                    Err(with_patients(WalletError::OtherPatient { patients }))
                }
                last => {
                    report.other_patient.extend(last);
                    Ok(retried(&report).into())
                }
            }
        }
        QuarantineCommand::Add { id, pin } => {
            let (mut wallet, _) = unlock(caller, &pin)?;
            let record = naming::record(&id, &wallet)?;
            let id = wallet.quarantine_record(record)?;
            Ok(Report::of_deed(json!({ "id": id, "record": record }))
                .line(format!(
                    "It is out of sight, as {:.8}. Where it was published the next sync withdraws it;",
                    id.to_string()
                ))
                .line("who has read it may still hold it.")
                .into())
        }
        QuarantineCommand::Drop { one, yes } => {
            let (mut wallet, item) = one.find(caller)?;
            let id = item.id;
            if !yes && std::io::stdin().is_terminal() {
                tell(&format!("{}\n", printable(&only_copy(&item))));
                confirm("Remove it for good?")?;
            }
            wallet.drop_quarantined(id)?;
            Ok(Report::of_deed(json!({ "id": id })).line(format!("{id} is removed.")).into())
        }
    }
}

fn export(one: &One, file: &Path, caller: &Caller) -> Result<Report, Failure> {
    let exporting = PrivateFile::begin(file)?;
    let (wallet, QuarantinedItem { id, .. }) = one.find(caller)?;
    let bytes = wallet.quarantined_bytes(id)?;
    exporting.write(|destination| destination.write_all(&bytes))?;
    exporting.put_in_place()?;
    let sha256 = hex::encode(sha256(&bytes));
    Ok(Report::of_deed(json!({ "id": id, "bytes": bytes.len(), "sha256": sha256 }))
        .facts(&[("bytes", bytes.len().to_string()), ("SHA-256", sha256)])
        .line("The file is not encrypted: whoever has it can read it."))
}

/// What is lost with an item.
fn only_copy(item: &QuarantinedItem) -> String {
    match item.record {
        None => format!(
            "{} bytes from {}, {}: this is the only copy here.",
            item.bytes,
            item.file,
            item.kind.as_str()
        ),
        Some(record) => format!(
            "The record {:.8}: `retry` would bring it back; without the item only an import that has it does.",
            record.to_string()
        ),
    }
}

fn retried(report: &RetryReport) -> Report {
    let sum = |count: fn(&ImportReport) -> u64| report.imported.iter().map(count).sum::<u64>();
    let (added, updated) = (sum(|report| report.added), sum(|report| report.updated));
    let duplicates = sum(|report| report.duplicates);
    let retried = Report::of_deed(json!({
        "read": report.read,
        "unread": report.unread,
        "other_patient": report.other_patient.len(),
        "added": added,
        "updated": updated,
        "duplicates": duplicates,
    }))
    .facts(&[
        ("items read now", report.read.to_string()),
        ("still not readable", report.unread.to_string()),
        ("about other people", report.other_patient.len().to_string()),
        ("records added", added.to_string()),
        ("records updated", updated.to_string()),
        ("records there already", duplicates.to_string()),
    ]);
    report.other_patient.iter().fold(retried, |retried, RetryRefusal { item, patients }| {
        let retried = retried.line(format!("{:.8} is about:", item.to_string()));
        patients.iter().fold(retried, |retried, found| retried.line(people::line(found)))
    })
}

fn list(items: &[QuarantinedItem]) -> Report {
    let listed: Vec<Value> = items.iter().map(document).collect();
    let ids: Vec<QuarantineId> = items.iter().map(|item| item.id).collect();
    let rows: Vec<Vec<String>> = items
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(item, id)| {
            vec![id, item.kind.as_str().to_owned(), item.bytes.to_string(), item.reason.clone(), place(item)]
        })
        .collect();
    let report = Report::new(json!({ "quarantined": listed }))
        .table(&["item", "kind", "bytes", "reason", "file"], &rows);
    let (by_hand, unread): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.record.is_some());
    let mut kinds: Vec<_> = unread.iter().map(|item| item.kind).collect();
    kinds.sort_by_key(|kind| kind.as_str());
    kinds.dedup();
    let report = kinds
        .iter()
        .fold(report, |report, kind| report.line(format!("{}: {}", kind.as_str(), kind.advice())));
    let report = match by_hand.is_empty() {
        true => report,
        false => {
            report.line("ByHand: moved here by hand; `keepwell record quarantine retry ITEM` brings it back")
        }
    };
    report.line(format!(
        "Kept are at most {MAX_QUARANTINED_ITEMS} items of up to {} MB, {} MB together. \
         They are in no backup and not at the host.",
        MAX_QUARANTINED_ITEM / 1_000_000,
        MAX_QUARANTINED_TOTAL / 1_000_000,
    ))
}

/// Where an item comes from: a part of a file, a whole file, or the records.
fn place(item: &QuarantinedItem) -> String {
    match (item.record, item.index) {
        (Some(record), _) => format!("record {:.8}", record.to_string()),
        (None, Some(index)) => format!("{} at {index}", item.file),
        (None, None) => item.file.clone(),
    }
}

fn document(item: &QuarantinedItem) -> Value {
    json!({
        "id": item.id,
        "file": item.file,
        "index": item.index,
        "reason": item.reason,
        "kind": item.kind.as_str(),
        "bytes": item.bytes,
        "received": item.received,
        "source": item.source,
        "record": item.record,
    })
}
