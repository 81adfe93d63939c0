//! `keepwell record`: bring records in, look at them, take them out.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keepwell_protocol::domain::IdPrefix;
use keepwell_protocol::formats::fhir::ReadError;
use keepwell_wallet::{ImportFile, ImportOptions, WalletError};
use serde_json::json;

use crate::caller::Caller;
use crate::deliveries::{self, UndoFlags};
use crate::failure::{CommandError, Failure};
use crate::import_report;
use crate::naming;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::quarantine::{self, QuarantineCommand};
use crate::readable;
use crate::record_cards::{self, CardFlags, CardsFlags};
use crate::record_list::{self, ListFlags};
use crate::record_print::{self, PrintFlags};
use crate::record_stamp::{self, ProofFlags, StampFlags};
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;
use crate::work::Work;

/// What a person does with records.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum RecordCommand {
    /// Import files: FHIR as Bundles, NDJSON or single resources, in JSON or XML, SMART Health Cards, C-CDA documents, an Apple Health export, or these in gzip or zip
    Import(ImportFlags),
    /// List records or search in them, newest first
    List(ListFlags),
    /// Print a record exactly as it was received, on a terminal with control characters as \uXXXX; or as a
    /// page
    Show {
        /// The record: its id, or 8 characters or more of its beginning
        #[arg(value_parser = IdPrefix::parse)]
        id: IdPrefix,
        /// As a page for people; with --json what stands on it
        #[arg(long)]
        readable: bool,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Write a file that a record carries to a file: a letter, a picture
    Attachment {
        /// The record: its id, or 8 characters or more of its beginning
        #[arg(value_parser = IdPrefix::parse)]
        id: IdPrefix,
        /// Which one, as `record show --readable` numbers them
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        index: u32,
        /// Where to write it; an older file is replaced
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        pin: PinSource,
    },
    /// List the SMART Health Cards that came in, newest first, with what can be said of each
    Cards(CardsFlags),
    /// Show the QR code of a SMART Health Card that came in, for a reader of such cards to scan
    Card(CardFlags),
    /// List the imports, newest first
    Imports {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Take an import back: what no other brought goes out of sight, what it replaced comes back
    Undo(UndoFlags),
    /// List the versions of a record
    History {
        /// The record: its id, or 8 characters or more of its beginning
        #[arg(value_parser = IdPrefix::parse)]
        id: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Have the ledger, which learns nothing of them, prove that records exist as they are now; a proof shows how many they were
    Stamp(StampFlags),
    /// Write the proof of a record that was stamped, for anybody to check by `ledger existed`
    Proof(ProofFlags),
    /// What could not be read yet: list, show, export, try again, drop, add
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Write a PDF of records to print at home, for people; without a scope, of what a clinic asks for at check-in. Nothing is sent
    Print(PrintFlags),
    /// Write every version of every record to a file: as NDJSON, or where its name ends in .json as a history
    /// that comes back whole into an empty wallet
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
    /// Which of several people is the owner of the wallet: @N of the list that the refusal prints, an id,
    /// or a fullUrl; records of anyone else are kept out
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// What to call the place that the records come from [default: the base of their addresses]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell record …`.
pub(crate) fn run(command: RecordCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        RecordCommand::Import(flags) => import(flags, caller),
        RecordCommand::Cards(flags) => record_cards::run(&flags, caller),
        RecordCommand::Card(flags) => record_cards::show(&flags, caller),
        RecordCommand::List(flags) => record_list::run(flags, caller),
        RecordCommand::Show { id, readable, pin } => {
            let (wallet, _) = unlock(caller, &pin)?;
            let id = naming::record(&id, &wallet)?;
            Ok(if readable {
                readable::page(&wallet.record_view(&id)?, &wallet.record_series(&id)?).into()
            } else {
                Answer::Bytes(wallet.record_bytes(&id)?)
            })
        }
        RecordCommand::Attachment { id, index, out, pin } => attachment(&id, index, &out, &pin, caller),
        RecordCommand::Imports { pin } => deliveries::imports(&pin, caller),
        RecordCommand::Undo(flags) => deliveries::undo(&flags, caller),
        RecordCommand::History { id, pin } => deliveries::history(&id, &pin, caller),
        RecordCommand::Stamp(flags) => record_stamp::stamp(&flags, caller),
        RecordCommand::Proof(flags) => record_stamp::proof(&flags, caller),
        RecordCommand::Quarantine(command) => quarantine::run(command, caller),
        RecordCommand::Print(flags) => record_print::run(&flags, caller),
        RecordCommand::Export { file, pin } => export(&file, &pin, caller),
    }
}

fn import(flags: ImportFlags, caller: &Caller) -> Result<Answer, Failure> {
    let inputs = flags.files.iter().map(|path| Input::find(path)).collect::<Result<Vec<_>, _>>()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let options = ImportOptions { source: flags.source, patient: flags.patient };
    let work = Work::start(caller.json);
    let total = inputs.iter().map(|input| input.bytes).sum();
    let mut files: Vec<ImportFile<'_>> = inputs.iter().map(|input| input.file(&work)).collect();
    let mut progress = |bytes: u64| {
        work.show(bytes.min(total), total, "importing");
        if work.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let imported = wallet.import(&mut files, &options, &mut progress).map_err(|error| match error {
        // Standard input that was left because someone asked to stop did not break.
        WalletError::Import(ReadError::Io(_)) if work.is_stopped() => {
            WalletError::from(ReadError::Cancelled).into()
        }
        error => import_report::refused(error),
    });
    drop(files);
    drop(work);
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let report = imported?;
    let answer = import_report::counts(&report, &names);
    match report.broken.len() {
        0 => Ok(answer.into()),
        broken => {
            let failure = Failure::from(CommandError::FilesBroken { broken, of: names.len() });
            let told =
                answer.text().lines().fold(failure, |failure, line| failure.with_note(line.to_owned()));
            Err(told.with_document(answer))
        }
    }
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
        let unreadable = |error: io::Error| CommandError::unreadable(path, &error);
        let metadata = File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()).into());
        }
        Ok(Self { name, path: Some(path.to_owned()), bytes: metadata.len() })
    }

    fn file<'a>(&'a self, work: &Work) -> ImportFile<'a> {
        match &self.path {
            Some(path) if path.is_file() => {
                ImportFile::new(&self.name, move || Ok(Box::new(File::open(path)?)))
            }
            Some(path) => match File::open(path) {
                Ok(pipe) => ImportFile::once(&self.name, work.watch(pipe)),
                Err(error) => ImportFile::new(&self.name, move || Err(error.kind().into())),
            },
            None => ImportFile::once(&self.name, work.watch(io::stdin())),
        }
    }
}

/// Whether an export of this name is a history Bundle.
fn is_history(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn attachment(
    id: &IdPrefix,
    index: u32,
    out: &Path,
    pin: &PinSource,
    caller: &Caller,
) -> Result<Answer, Failure> {
    let writing = PrivateFile::begin(out)?;
    let (wallet, _) = unlock(caller, pin)?;
    let id = naming::record(id, &wallet)?;
    let file = wallet.attachment(&id, index - 1)?;
    writing.write(|destination| destination.write_all(&file.bytes))?;
    writing.put_in_place()?;
    let bytes = file.bytes.len();
    Ok(Report::of_deed(json!({ "content_type": file.content_type, "title": file.title, "bytes": bytes }))
        .facts(&[
            ("title", file.title.unwrap_or_default()),
            ("type", file.content_type.unwrap_or_default()),
            ("bytes", bytes.to_string()),
        ])
        .line("The file is not encrypted: whoever has it can read it.")
        .into())
}

fn export(file: &Path, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let exporting = PrivateFile::begin(file)?;
    let (wallet, fresh) = unlock(caller, pin)?;
    let export = exporting.export(|destination| match is_history(file) {
        true => wallet.export_history(&fresh, destination),
        false => wallet.export(&fresh, destination),
    })?;
    let sha256 = hex::encode(export.sha256);
    Ok(Report::of_deed(json!({ "records": export.records, "sha256": sha256 }))
        .facts(&[("records", export.records.to_string()), ("SHA-256", sha256)])
        .line("The file is not encrypted: whoever has it can read it.")
        .into())
}
