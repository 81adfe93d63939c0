//! `keepwell share open`: opens what others share, shows it, saves it, imports it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keepwell_chart::{Row, english};
use keepwell_net::{HttpTransport, Reach};
use keepwell_protocol::crypto::sha256;
use keepwell_protocol::formats::fhir::{self, Event, Kind, Limits, ResourceHead, Validity};
use keepwell_protocol::formats::shl::{OpenError, ShareLink, SharedFile};
use keepwell_wallet::{ImportFile, ImportOptions, ImportReport, open_share};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::import_report;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::qr;
use crate::report::Report;
use crate::secrets::{PinSource, read_passcode};
use crate::unlock::unlock;

/// Options of `share open`.
#[derive(clap::Args, Debug)]
pub(crate) struct OpenFlags {
    /// The link, or a file with it: a text, or a PNG or JPEG picture of its QR code
    link: String,
    /// Who opens it: the patient sees this name
    #[arg(long, value_name = "NAME", default_value = "Keepwell")]
    recipient: String,
    /// Read the passcode that the link asks for from the first line of this file (otherwise asked for)
    #[arg(long, value_name = "FILE")]
    passcode_file: Option<PathBuf>,
    /// Save what the link leads to in this folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Import what the link leads to into the wallet
    #[arg(long)]
    import: bool,
    /// Which of several patients is the owner of the wallet; records of anyone else are kept out
    #[arg(long, value_name = "ID", requires = "import")]
    patient: Option<String>,
    #[command(flatten)]
    pin: PinSource,
}

/// Opens the link, then saves, then imports: what was opened is not lost where a later step fails.
pub(crate) fn run(flags: &OpenFlags, caller: &Caller) -> Result<Answer, Failure> {
    let text = qr::scanned(&flags.link, "shlink:/")?;
    let link = ShareLink::parse(&text).map_err(OpenError::from)?;
    // Somebody else's address, but typed on this machine: it may also be on it.
    let passcode = match link.flags().passcode {
        true => read_passcode(flags.passcode_file.as_deref())?,
        false => None,
    };
    let passcode = passcode.as_ref().map(|text| text.as_str());
    let reach = Reach::ForeignOrLoopback;
    let files = open_share(&HttpTransport::new()?, reach, &link, &flags.recipient, passcode)?;
    let contents: Vec<Content> = files.iter().map(Content::read).collect();
    let mut saved = Vec::new();
    if let Some(folder) = &flags.out {
        for (file, content) in files.iter().zip(&contents) {
            saved.push(save(file, folder, content.extension())?);
        }
    }
    let name = link.label().map_or("shared link".to_owned(), |label| format!("shared link: {label}"));
    let imported = match flags.import {
        true => Some(import(&files, &name, flags, caller).map_err(|failure| {
            saved.iter().fold(failure, |failure, path| {
                failure.with_note(format!("what the link leads to is saved: {}", path.display()))
            })
        })?),
        false => None,
    };
    let names: Vec<&str> = files.iter().map(|_| name.as_str()).collect();
    let counts = match &imported {
        Some(report) => import_report::document(report, &names),
        None => json!({}),
    };
    let described = files.iter().zip(&contents).enumerate().map(|(index, (file, content))| {
        json!({
            "content_type": file.content_type,
            "bytes": file.content.len(),
            "resources": content.resources.len(),
            "unreadable": content.unreadable,
            "saved": saved.get(index).map(|path| path.to_string_lossy()),
        })
    });
    let opened = json!({ "label": link.label(), "files": described.collect::<Vec<_>>() });
    let document = import_report::with(counts, opened);
    let report =
        if flags.import || flags.out.is_some() { Report::of_deed(document) } else { Report::new(document) };
    let mut report = report.line(format!("label: {}", link.label().unwrap_or("none")));
    for (file, content) in files.iter().zip(&contents) {
        report = content.tell(report);
        report = report.line(format!("1 file: {}, {} bytes", file.content_type, file.content.len()));
    }
    for path in &saved {
        report = report.line(format!("saved, not encrypted: {}", path.display()));
    }
    Ok(match &imported {
        Some(imported) => import_report::told(report, imported, &names),
        None => report,
    }
    .into())
}

/// What is in a file, as far as it can be read.
#[derive(Default)]
struct Content {
    /// Of each resource its category and what a person should know of it.
    resources: Vec<(String, String)>,
    /// Which entries cannot be read, and why.
    unreadable: Vec<Value>,
    /// What the whole of it is; `None` of JSON that breaks off.
    kind: Option<Kind>,
}

impl Content {
    fn read(file: &SharedFile) -> Self {
        let mut content = Self::default();
        let end = fhir::read(file.content.as_slice(), Limits::default(), &mut |event| {
            match event {
                Event::Resource(resource) => match ResourceHead::read(resource.bytes) {
                    Ok(head) => {
                        let category = fhir::category(&head, None).to_string();
                        content.resources.push((category, line(&Row::read(resource.bytes))));
                    }
                    Err(reason) => content.set_aside(Some(resource.index), reason.code()),
                },
                Event::Quarantined { index, reason, .. } => content.set_aside(Some(index), reason.code()),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        match end {
            Ok(summary) => content.kind = Some(summary.kind),
            Err(error) => content.set_aside(None, error.code()),
        }
        content
    }

    /// What the file is, where that is no FHIR in JSON.
    fn other(&self) -> Option<Kind> {
        let is_card = |kind| matches!(kind, Kind::HealthCard | Kind::HealthCardJws | Kind::HealthCardQr);
        let is_read = |kind| match kind {
            Kind::Bundle | Kind::Resource | Kind::Ndjson => true,
            kind => is_card(kind) && !self.resources.is_empty(),
        };
        self.kind.filter(|kind| !is_read(*kind))
    }

    /// The end of the name under which the file is saved.
    fn extension(&self) -> &'static str {
        match self.other() {
            None | Some(Kind::HealthCard | Kind::JsonOther | Kind::JsonLinesOfValues) => "json",
            Some(Kind::Pdf) => "pdf",
            Some(Kind::Html) => "html",
            Some(Kind::Zip) => "zip",
            Some(_) => "bin",
        }
    }

    fn set_aside(&mut self, index: Option<u64>, code: &str) {
        self.unreadable.push(json!({ "index": index, "reason": code }));
    }

    /// A line for each record, by category, and how many entries cannot be read.
    fn tell(&self, report: Report) -> Report {
        let mut resources: Vec<_> = self.resources.iter().collect();
        resources.sort();
        let report = resources
            .iter()
            .fold(report, |report, (category, line)| report.line(format!("{category}: {line}")));
        if let Some(kind) = self.other() {
            return report.line(format!("no health record that is read yet, it is {}", kind.advice()));
        }
        match self.unreadable.len() {
            0 => report,
            1 => report.line("1 entry cannot be read; --import keeps it in quarantine, --out saves it"),
            count => report.line(format!(
                "{count} entries cannot be read; --import keeps them in quarantine, --out saves them"
            )),
        }
    }
}

/// A record in one line: what it is, its value, when, and whether it holds.
fn line(row: &Row) -> String {
    let title = english::name(row.title.as_deref(), &row.resource_type);
    let value = Some(english::flagged(row.value.as_ref(), row.flag)).filter(|value| !value.is_empty());
    let when = row.when.as_ref().map(english::when);
    let holds = row.validities.iter().filter(|validity| *validity != Validity::Valid);
    let notes = holds.map(|validity| english::validity(validity).to_owned());
    let parts: Vec<String> =
        [Some(title.to_owned()), value, when].into_iter().flatten().chain(notes).collect();
    parts.join(", ")
}

/// Saves the file under a name made of its content, so that no other file is ever replaced.
fn save(file: &SharedFile, folder: &Path, extension: &str) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| CommandError::unwritable(folder, &error))?;
    let digest = hex::encode(sha256(&file.content));
    let path = folder.join(format!("shared-{digest:.16}.{extension}"));
    let saving = PrivateFile::begin(&path)?;
    saving.write(|destination| destination.write_all(&file.content))?;
    saving.put_in_place()?;
    Ok(path)
}

/// The link in a picture or in a text, if the argument is the path of one.
fn import(
    files: &[SharedFile],
    name: &str,
    flags: &OpenFlags,
    caller: &Caller,
) -> Result<ImportReport, Failure> {
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let mut opened: Vec<_> = files.iter().map(|file| ImportFile::from_bytes(name, &file.content)).collect();
    let options = ImportOptions { patient: flags.patient.clone(), ..ImportOptions::default() };
    wallet.import(&mut opened, &options, &mut |_| ControlFlow::Continue(())).map_err(import_report::refused)
}
