//! `keepwell record`: bring records in, look at them, take them out.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::{DateBound, ReadError};
use keepwell_wallet::{
    Cursor, FoundPatient, ImportOptions, ImportReport, Query, RecordSummary, Wallet, WalletError,
};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::output::{Answer, Report};
use crate::private_file::PrivateFile;
use crate::secrets::PinSource;
use crate::wallet::unlock;
use crate::work::Work;

/// What a person does with records.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum RecordCommand {
    /// Import FHIR files: Bundles, NDJSON, single resources, or these in gzip
    Import(ImportFlags),
    /// List records or search in them, newest first
    List(ListFlags),
    /// Print a record exactly as it was received; on a terminal with control characters as \uXXXX
    Show {
        /// The record
        #[arg(value_parser = RecordId::parse)]
        id: RecordId,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Write every version of every record to a file as NDJSON
    Export {
        /// The file; an older one is replaced
        file: PathBuf,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Options of `record import`.
#[derive(clap::Args, Debug)]
pub(crate) struct ImportFlags {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Which of several patients is the owner of the wallet; records of anyone else are kept out
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// What to call the place that the records come from [default: the base of their addresses]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    #[command(flatten)]
    pin: PinSource,
}

/// Options of `record list`.
#[derive(clap::Args, Debug)]
pub(crate) struct ListFlags {
    /// Only this category
    #[arg(long, value_name = "C", value_parser = Category::parse)]
    category: Option<Category>,
    /// Only records with all of these: the beginnings of words, or any part of what is written without blanks
    #[arg(long, value_name = "T")]
    text: Option<String>,
    /// Only records dated then or later: a year, a month, a day, or a time
    #[arg(long, value_name = "DATE", value_parser = DateBound::parse)]
    since: Option<DateBound>,
    /// Only records dated before that
    #[arg(long, value_name = "DATE", value_parser = DateBound::parse)]
    until: Option<DateBound>,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Go on where a page ended: its `next`
    #[arg(long, value_name = "CURSOR", value_parser = Cursor::parse)]
    after: Option<Cursor>,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell record …`.
pub(crate) fn run(command: RecordCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        RecordCommand::Import(flags) => import(flags, caller),
        RecordCommand::List(flags) => list(flags, caller),
        RecordCommand::Show { id, pin } => Ok(Answer::Bytes(unlock(caller, &pin)?.0.record_bytes(&id)?)),
        RecordCommand::Export { file, pin } => export(&file, &pin, caller),
    }
}

fn import(flags: ImportFlags, caller: &Caller) -> Result<Answer, Failure> {
    let inputs = flags.files.iter().map(|path| Input::find(path)).collect::<Result<Vec<_>, _>>()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let options = ImportOptions { source: flags.source, patient: flags.patient };
    let work = Work::start(caller.json);
    let total = inputs.iter().map(|input| input.bytes).sum();
    let (mut sum, mut quarantined, mut before) = (ImportReport::default(), Vec::new(), 0);
    for (at, input) in inputs.iter().enumerate() {
        let mut progress = |bytes: u64| {
            work.show(before + bytes.min(input.bytes), total, "importing");
            if work.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let report = input
            .import(&mut wallet, &options, &work, &mut progress)
            .map_err(|failure| failure.with_note(format!("{at} of {} files were imported", inputs.len())))?;
        sum.read += report.read;
        sum.added += report.added;
        sum.updated += report.updated;
        sum.duplicates += report.duplicates;
        sum.other_patient += report.other_patient;
        quarantined.extend(report.quarantined.iter().map(|part| Quarantined {
            file: input.name.clone(),
            index: part.index,
            code: part.reason.code(),
            sentence: part.reason.to_string(),
        }));
        before += input.bytes;
    }
    drop(work);
    Ok(counts(&sum, &quarantined).into())
}

/// A part of a file that was set aside.
struct Quarantined {
    file: String,
    index: u64,
    code: &'static str,
    sentence: String,
}

/// A file to import, or standard input.
struct Input {
    name: String,
    path: Option<PathBuf>,
    bytes: u64,
}

impl Input {
    /// Finds out about the file before any other is touched.
    fn find(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        if name == "-" {
            return Ok(Self { name, path: None, bytes: 0 });
        }
        let unreadable = |error: io::Error| CommandError::FileUnreadable(error.kind());
        let metadata = File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(CommandError::FileUnreadable(io::ErrorKind::IsADirectory).into());
        }
        Ok(Self { name, path: Some(path.to_owned()), bytes: metadata.len() })
    }

    fn import(
        &self,
        wallet: &mut Wallet,
        options: &ImportOptions,
        work: &Work,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ImportReport, Failure> {
        // Standard input has one pass, telling people apart takes two: it is then held in memory, never on disk.
        let mut held = None;
        let mut open = || -> io::Result<Box<dyn Read>> {
            match (&self.path, &options.patient) {
                (Some(path), _) => Ok(Box::new(File::open(path)?)),
                (None, None) => Ok(Box::new(work.watch(io::stdin()))),
                (None, Some(_)) => {
                    let bytes: &Vec<u8> = match &mut held {
                        Some(bytes) => bytes,
                        empty => empty.insert(read_all(work.watch(io::stdin()))?),
                    };
                    Ok(Box::new(io::Cursor::new(bytes.clone())))
                }
            }
        };
        match wallet.import(&mut open, options, progress) {
            // Standard input that was left because someone asked to stop did not break.
            Err(WalletError::Import(ReadError::Io(_))) if work.is_stopped() => {
                Err(WalletError::from(ReadError::Cancelled).into())
            }
            done => done.map_err(with_patients),
        }
    }
}

/// The most of standard input that is held in memory.
const MAX_HELD_BYTES: u64 = 256 * 1024 * 1024;

fn read_all(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_HELD_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_HELD_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Says beside the refusal who the records are about, so that `--patient` can be given.
pub(crate) fn with_patients(error: WalletError) -> Failure {
    let WalletError::OtherPatient { patients } = &error else { return error.into() };
    let lines: Vec<String> = patients.iter().map(person).collect();
    let listed: Vec<Value> = patients
        .iter()
        .map(|found| json!({ "id": found.id, "name": found.name, "birth_date": found.birth_date }))
        .collect();
    lines
        .into_iter()
        .fold(Failure::from(error), Failure::with_note)
        .with_note("say with --patient ID who the owner of this wallet is".to_owned())
        .with_field("patients", Value::Array(listed))
}

fn person(found: &FoundPatient) -> String {
    let name = found.name.as_deref().unwrap_or("no name");
    let born = found.birth_date.as_deref().unwrap_or("no birth date");
    format!("--patient {}  {name}, {born}", found.id)
}

fn counts(sum: &ImportReport, quarantined: &[Quarantined]) -> Report {
    let parts: Vec<Value> = quarantined
        .iter()
        .map(|part| json!({ "file": part.file, "index": part.index, "reason": part.code, "sentence": part.sentence }))
        .collect();
    let report = Report::of_deed(json!({
        "read": sum.read,
        "added": sum.added,
        "updated": sum.updated,
        "duplicates": sum.duplicates,
        "quarantined": parts,
        "other_patient": sum.other_patient,
    }))
    .facts(&[
        ("read", sum.read.to_string()),
        ("added", sum.added.to_string()),
        ("updated", sum.updated.to_string()),
        ("duplicates", sum.duplicates.to_string()),
        ("quarantined", quarantined.len().to_string()),
        ("about other people", sum.other_patient.to_string()),
    ]);
    quarantined.iter().fold(report, |report, part| {
        report.line(format!("set aside: {} at {}: {} [{}]", part.file, part.index, part.sentence, part.code))
    })
}

fn list(flags: ListFlags, caller: &Caller) -> Result<Answer, Failure> {
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let page = wallet.records(&Query {
        category: flags.category,
        text: flags.text,
        since: flags.since,
        until: flags.until,
        limit: flags.limit,
        after: flags.after,
    })?;
    let next = page.next.map(|cursor| cursor.to_string());
    let document = json!({ "records": page.records.iter().map(summary).collect::<Vec<_>>(), "next": next });
    let rows: Vec<Vec<String>> = page.records.iter().map(row).collect();
    let report = Report::new(document).table(&["record", "date", "category", "type", "what"], &rows);
    Ok(match next {
        Some(next) => report.line(format!("more: --after {next}")),
        None => report,
    }
    .into())
}

fn summary(record: &RecordSummary) -> Value {
    json!({
        "id": record.id,
        "type": record.resource_type,
        "category": record.category,
        "date": record.date,
        "code": record.code,
        "display": record.display,
        "source": record.source,
    })
}

fn row(record: &RecordSummary) -> Vec<String> {
    let what = record.display.as_deref().or(record.code.as_deref()).unwrap_or_default();
    let day = record.date.as_deref().unwrap_or_default().chars().take(10).collect();
    vec![
        record.id.to_string(),
        day,
        record.category.to_string(),
        record.resource_type.clone(),
        what.to_owned(),
    ]
}

fn export(file: &Path, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let exporting = PrivateFile::begin(file)?;
    let (wallet, fresh) = unlock(caller, pin)?;
    let mut exported = None;
    let mut failed = None;
    let written = exporting.write(|destination| {
        match wallet.export(&fresh, destination) {
            Ok(export) => exported = Some(export),
            Err(error) => failed = Some(error),
        }
        if failed.is_some() { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    });
    written.map_err(|failure| failed.take().map_or(failure, Failure::from))?;
    exporting.put_in_place()?;
    let export = exported.ok_or(CommandError::FileUnwritable(io::ErrorKind::Other))?;
    let sha256 = hex::encode(export.sha256);
    Ok(Report::of_deed(json!({ "records": export.records, "sha256": sha256 }))
        .facts(&[("records", export.records.to_string()), ("SHA-256", sha256)])
        .line("The file is not encrypted: whoever has it can read it.")
        .into())
}
