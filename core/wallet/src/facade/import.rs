//! Bringing records in: from one file at a time, all of it or nothing.

use std::io::{self, Read};
use std::ops::ControlFlow;

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::{self, Event, Limits, Quarantine, ReadError, Resource, ResourceHead};

use rusqlite::Transaction;

use super::owner::Owner;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::records::{Found, Incoming, Stored, Trust, Writer};

/// How to take a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportOptions {
    /// What to call where the records come from; by default the base of their addresses, or `file`.
    pub source: Option<String>,
    /// Which of several patients is the owner: the id of a Patient, or a reference to it. Records of
    /// anyone else are kept out and counted.
    pub patient: Option<String>,
}

/// What became of the resources of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportReport {
    /// Resources that were read.
    pub read: u64,
    /// Records that are new.
    pub added: u64,
    /// Records that have a new version.
    pub updated: u64,
    /// Resources whose bytes were there already.
    pub duplicates: u64,
    /// Parts that could not be taken, with the reason.
    pub quarantined: Vec<QuarantinedPart>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

/// A part of a file that could not be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuarantinedPart {
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
    /// Why.
    pub reason: Quarantine,
}

impl Wallet {
    /// Takes the records of one file: a Bundle, NDJSON, a resource, or one of these in gzip.
    ///
    /// `open` gives the file from its beginning; it is called a second time where
    /// [`ImportOptions::patient`] asks to keep people apart. `progress` gets the bytes read so far
    /// and may break to stop. The same file again writes nothing.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`] if the file is not about the owner alone;
    /// [`WalletError::Import`] if it cannot be read to its end or `progress` broke. The wallet is then
    /// as before.
    pub fn import(
        &mut self,
        open: &mut dyn FnMut() -> io::Result<Box<dyn Read>>,
        options: &ImportOptions,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ImportReport, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction| import_file(transaction, now, open, options, progress))
    }
}

/// Takes one file into an open transaction, which must not be committed if this fails.
fn import_file(
    transaction: &Transaction<'_>,
    now: Timestamp,
    open: &mut dyn FnMut() -> io::Result<Box<dyn Read>>,
    options: &ImportOptions,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<ImportReport, WalletError> {
    let mut owner = Owner::known(transaction)?;
    if let Some(patient) = &options.patient {
        read(source(open)?, progress, &mut |part| {
            owner.observe_part(part, options.source.as_deref());
            Ok(())
        })?;
        owner.choose(patient);
    }
    let writer = Writer::new(transaction, now)?;
    let (apart, report) = (options.patient.is_some(), ImportReport::default());
    let mut import = Import { writer, options, owner, apart, report };
    read(source(open)?, progress, &mut |part| import.take(part))?;
    import.writer.finish()?;
    if !apart {
        import.owner.refuse_others()?;
    }
    import.owner.remember(transaction)?;
    Ok(import.report)
}

/// Opens the file from its beginning.
fn source(open: &mut dyn FnMut() -> io::Result<Box<dyn Read>>) -> Result<Box<dyn Read>, WalletError> {
    Ok(open().map_err(ReadError::Io)?)
}

/// Takes a resource or a part that is none.
type Receive<'a> = &'a mut dyn FnMut(Result<Resource<'_>, QuarantinedPart>) -> Result<(), WalletError>;

/// Reads a file and gives its resources and quarantined parts to `receive`, which may fail.
fn read(
    input: Box<dyn Read>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    receive: Receive<'_>,
) -> Result<(), WalletError> {
    let mut failure = None;
    let end = fhir::read(input, Limits::default(), &mut |event| {
        let received = match event {
            Event::Progress { bytes } => return progress(bytes),
            Event::Resource(resource) => receive(Ok(resource)),
            Event::Quarantined { index, reason, .. } => receive(Err(QuarantinedPart { index, reason })),
            Event::Deleted(_) | Event::Outcome(_) | Event::Page(_) => Ok(()),
        };
        match received {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(end.map(|_| ())?),
    }
}

/// One file on its way into the store.
struct Import<'t> {
    writer: Writer<'t>,
    options: &'t ImportOptions,
    owner: Owner,
    /// Whether people are kept apart, because the owner among them was named.
    apart: bool,
    report: ImportReport,
}

impl Import<'_> {
    fn take(&mut self, part: Result<Resource<'_>, QuarantinedPart>) -> Result<(), WalletError> {
        let resource = match part {
            Ok(resource) => resource,
            Err(part) => {
                self.report.quarantined.push(part);
                return Ok(());
            }
        };
        self.report.read += 1;
        let options = self.options;
        let source = options.source.as_deref().unwrap_or_else(|| fhir::source_of(resource.full_url));
        // What is here already is about the owner, or about no one.
        let found = self.writer.find(resource.bytes, resource.full_url, source)?;
        if matches!(found, Found::Known) {
            self.report.duplicates += 1;
            return Ok(());
        }
        let head = match ResourceHead::read(resource.bytes) {
            Ok(head) => head,
            Err(reason) => {
                self.report.quarantined.push(QuarantinedPart { index: resource.index, reason });
                return Ok(());
            }
        };
        if !self.apart {
            self.owner.observe(&head, resource.full_url, source);
        } else if !self.owner.is_own(&head, resource.full_url, source) {
            self.report.other_patient += 1;
            return Ok(());
        }
        let (bytes, full_url, trust) = (resource.bytes, resource.full_url, Trust::Unverified);
        let category = None;
        let incoming = Incoming { bytes, head: &head, full_url, source, category, trust };
        match self.writer.put_found(&incoming, found)? {
            Stored::Added => self.report.added += 1,
            Stored::Updated => self.report.updated += 1,
            Stored::Duplicate => self.report.duplicates += 1,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::{self, File};
    use std::path::PathBuf;

    use keepwell_protocol::crypto;
    use rusqlite::Connection;

    use super::*;
    use crate::store::records;

    /// The folder with the sample records, or none where it is absent; in CI it must be there.
    fn samples() -> Option<PathBuf> {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
        let data = std::env::var_os("KEEPWELL_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
        let samples = data.join("fhir");
        if samples.join("expected.json").exists() {
            return Some(samples);
        }
        assert!(std::env::var_os("CI").is_none(), "no sample records: set KEEPWELL_DATA");
        println!("skipped: no sample records, see KEEPWELL_DATA");
        None
    }

    /// The hashes of the resources of a file, as the reader gives them.
    fn resources(file: &std::path::Path) -> BTreeSet<[u8; 32]> {
        let mut found = BTreeSet::new();
        let input = Box::new(File::open(file).unwrap());
        let ended = read(input, &mut |_| ControlFlow::Continue(()), &mut |part| {
            found.extend(part.ok().map(|resource| crypto::sha256(resource.bytes)));
            Ok(())
        });
        ended.unwrap();
        found
    }

    #[test]
    fn every_sample_about_one_person_comes_out_as_it_went_in() {
        let Some(samples) = samples() else { return };
        let expected = fs::read(samples.join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let (mut files, mut about_others) = (0, Vec::new());
        for (name, facts) in expected["files"].as_object().unwrap() {
            let number = |key: &str| facts[key].as_u64().unwrap_or(0);
            let readable = ["bundle", "ndjson", "resource"].contains(&facts["kind"].as_str().unwrap_or(""));
            // What is within another Bundle is not in these figures, what a server says of its answer is.
            let types = &facts["types"];
            let is_nested = types.get("Bundle").is_some()
                || facts["nested_types"].as_object().is_some_and(|types| !types.is_empty());
            let resources_in_it = number("resources")
                - types.get("OperationOutcome").and_then(|count| count.as_u64()).unwrap_or(0);
            if !readable || is_nested || number("patients") > 1 || number("patient_references") > 1 {
                continue;
            }
            let file = samples.join(name);
            let mut open = || Ok(Box::new(File::open(&file)?) as Box<dyn Read>);
            let transaction = connection.transaction().unwrap();
            let (now, options) = (Timestamp(1_800_000_000), ImportOptions::default());
            let mut go_on = |_| ControlFlow::Continue(());
            let report = match import_file(&transaction, now, &mut open, &options, &mut go_on) {
                Ok(report) => report,
                Err(WalletError::OtherPatient { .. }) => {
                    about_others.push(name.as_str());
                    continue;
                }
                Err(error) => panic!("{name}: {error}"),
            };
            assert_eq!(report.read, resources_in_it, "{name}");
            let mut kept = BTreeSet::new();
            let all = records::export::<WalletError>(&transaction, &mut |bytes| {
                kept.insert(crypto::sha256(bytes));
                Ok(())
            });
            all.unwrap();
            assert!(kept == resources(&file), "{name}");
            assert_eq!(report.added + report.updated, kept.len() as u64, "{name}");
            let again = import_file(&transaction, now, &mut open, &options, &mut go_on).unwrap();
            assert_eq!((again.added, again.updated, again.duplicates), (0, 0, report.read), "{name}");
            files += 1;
        }
        println!("{files} files; about others: {about_others:?}");
        assert!(files > 700 && about_others.len() < 5, "{files} files, {about_others:?}");
    }
}
