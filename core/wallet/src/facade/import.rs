//! Bringing records in: all files of one import together, all of it or nothing.

use std::ops::ControlFlow;

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::{self, Event, Limits, ReadError, Resource, ResourceHead};

use rusqlite::Transaction;

use super::import_file::ImportFile;
use super::notices::{Notice, Notices};
use super::owner::Owner;
use super::set_aside::{BrokenFile, QuarantinedPart, SetAside};
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::records::{Found, Incoming, Stored, Trust, Writer};

/// How to take the files of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportOptions {
    /// What to call where the records come from; by default the base of their addresses, or `file`.
    pub source: Option<String>,
    /// Which of several people is the owner: `@` and a number of the list in
    /// [`WalletError::OtherPatient`], an id, or a fullUrl. It is remembered that this person is the
    /// owner; records of anyone else are kept out and counted.
    pub patient: Option<String>,
}

/// What became of the resources of an import.
#[derive(Debug, Default)]
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
    /// Files of which nothing was taken, because they could not be read to their end.
    pub broken: Vec<BrokenFile>,
    /// What there is to know beside: what servers said of their answers, and what is not among the files.
    pub notices: Vec<Notice>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

impl Wallet {
    /// Takes the records of files that belong together: Bundles, NDJSON, resources, or these in gzip.
    ///
    /// Whom they are about is found out over all of them before anything is taken, so each is read
    /// twice. A file that cannot be read to its end is left out and reported, unless it is the only
    /// one. `progress` gets how many bytes of all files are done and may break to stop.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`] if the files are not about the owner alone;
    /// [`WalletError::Import`] if none can be read to its end or `progress` broke. The records are then
    /// as before; what could not be read is in quarantine.
    pub fn import(
        &mut self,
        files: &mut [ImportFile<'_>],
        options: &ImportOptions,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ImportReport, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        let mut report =
            store.write(rng, |transaction| import_files(transaction, now, files, options, progress))?;
        if !report.broken.is_empty() && report.broken.len() == files.len() {
            return Err(report.broken.swap_remove(0).reason.into());
        }
        Ok(report)
    }
}

/// Takes files into an open transaction, which must not be committed if this fails.
pub(super) fn import_files(
    transaction: &Transaction<'_>,
    now: Timestamp,
    files: &mut [ImportFile<'_>],
    options: &ImportOptions,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<ImportReport, WalletError> {
    let mut done = Progress { passed: 0, told: 0, tell: progress };
    let mut report = ImportReport::default();
    let mut whole: Vec<(u64, &mut ImportFile<'_>)> = (0..).zip(files.iter_mut()).collect();
    let mut owner = loop {
        let mut owner = Owner::known(transaction)?;
        let known_broken = report.broken.len();
        for (number, file) in &mut whole {
            let observed = read(file, &mut done, &mut |event| match event {
                Event::Resource(resource) => owner.observe(transaction, &resource, options.source.as_deref()),
                _ => Ok(()),
            });
            match observed {
                Ok(()) => {}
                Err(WalletError::Import(reason)) if !matches!(reason, ReadError::Cancelled) => {
                    report.broken.push(BrokenFile { file: *number, reason, kept: None });
                }
                Err(error) => return Err(error),
            }
        }
        if report.broken.len() == known_broken {
            break owner;
        }
        // Whom a file speaks of before it breaks does not count: once more without it.
        whole.retain(|(number, _)| report.broken.iter().all(|broken| broken.file != *number));
        done.passed = 0;
    };
    let readable: Vec<u64> = whole.iter().map(|(number, _)| *number).collect();
    if readable.is_empty() && !report.broken.is_empty() {
        SetAside::new(transaction, now, options)?.keep_broken(files, &mut report.broken)?;
        return Ok(report);
    }
    owner.decide(options.patient.as_deref())?;
    let (writer, set_aside) = (Writer::new(transaction, now)?, SetAside::new(transaction, now, options)?);
    let mut import = Import { writer, options, owner, report, set_aside, notices: Notices::default() };
    for (number, file) in (0..).zip(files.iter_mut()).filter(|(number, _)| readable.contains(number)) {
        import.set_aside.begin(number, file.name());
        import.notices.begin(number);
        read(file, &mut done, &mut |event| import.take(event))?;
        import.set_aside.keep_whole(file)?;
    }
    if let Some(delivery) = import.writer.import() {
        import.owner.remember(transaction, delivery)?;
    }
    import.writer.finish()?;
    import.set_aside.keep_broken(files, &mut import.report.broken)?;
    Ok(ImportReport {
        quarantined: import.set_aside.parts,
        notices: import.notices.finish(),
        ..import.report
    })
}

/// How far an import is, over both readings of each file.
struct Progress<'a> {
    /// Bytes of the readings that have ended.
    passed: u64,
    /// The most that was told: where a file breaks, a reading begins anew.
    told: u64,
    tell: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
}

/// Takes what a reader tells.
type Receive<'a> = &'a mut dyn FnMut(Event<'_>) -> Result<(), WalletError>;

/// Reads a file and gives what is in it to `receive`, which may fail.
fn read(
    file: &mut ImportFile<'_>,
    progress: &mut Progress<'_>,
    receive: Receive<'_>,
) -> Result<(), WalletError> {
    let (mut failure, mut read) = (None, 0);
    let end = fhir::read(file.open()?, Limits::default(), &mut |event| {
        if let Event::Progress { bytes } = event {
            read = bytes;
            progress.told = progress.told.max((progress.passed + bytes) / 2);
            return (progress.tell)(progress.told);
        }
        let received = receive(event);
        match received {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    progress.passed += read;
    match failure {
        Some(error) => Err(error),
        None => Ok(end.map(|_| ())?),
    }
}

/// The second reading.
struct Import<'t> {
    writer: Writer<'t>,
    options: &'t ImportOptions,
    owner: Owner,
    report: ImportReport,
    set_aside: SetAside<'t>,
    notices: Notices,
}

impl Import<'_> {
    fn take(&mut self, event: Event<'_>) -> Result<(), WalletError> {
        match event {
            Event::Resource(resource) => {
                self.notices.take_resource(resource.bytes);
                self.take_resource(&resource)
            }
            Event::Quarantined { index, reason, kind, full_url, bytes } => {
                self.set_aside.keep(index, reason, kind, bytes, full_url)
            }
            Event::Outcome(outcome) => {
                self.notices.take_outcome(&outcome);
                Ok(())
            }
            Event::Page(page) => {
                self.notices.take_page(&page);
                Ok(())
            }
            Event::Deleted(_) | Event::Progress { .. } => Ok(()),
        }
    }

    fn take_resource(&mut self, resource: &Resource<'_>) -> Result<(), WalletError> {
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
                let (kind, bytes) = (fhir::Kind::Resource, Some(resource.bytes));
                return self.set_aside.keep(resource.index, reason, kind, bytes, resource.full_url);
            }
        };
        let is_new = matches!(found, Found::New(_));
        if is_new && !self.owner.is_own(resource, &head, options.source.as_deref()) {
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
    use std::io::Read;
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
        let ended = fhir::read(File::open(file).unwrap(), Limits::default(), &mut |event| {
            if let Event::Resource(resource) = event {
                found.insert(crypto::sha256(resource.bytes));
            }
            ControlFlow::Continue(())
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
            let open = || Ok(Box::new(File::open(&file)?) as Box<dyn Read>);
            let mut one = [ImportFile::new(name, open)];
            let transaction = connection.transaction().unwrap();
            let (now, options) = (Timestamp(1_800_000_000), ImportOptions::default());
            let mut go_on = |_| ControlFlow::Continue(());
            let report = match import_files(&transaction, now, &mut one, &options, &mut go_on) {
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
            let again = import_files(&transaction, now, &mut one, &options, &mut go_on).unwrap();
            assert_eq!((again.added, again.updated, again.duplicates), (0, 0, report.read), "{name}");
            files += 1;
        }
        println!("{files} files; about others: {about_others:?}");
        assert!(files > 700, "{files} files");
        // Patients without an id, several of them, and references that lead to no Patient of the file.
        let several = [
            "edge/fhir-server/Import-InvalidPatient.ndjson",
            "edge/fhir-server/Import-Patient.ndjson",
            "edge/fhir-server/r4-Bundle-TransactionWithReferenceInResourceBody.json",
            "edge/hapi/bundle-with-two-patient-resources.json",
            "edge/hapi/multi-thread-parsing-issue-bundle.json",
            "shc-negative/test-example-00-a-short-refs.json",
            "versions/r5/ms-Bundle-TransactionWithReferenceInResourceBody.json",
        ];
        assert_eq!(about_others, several);
    }
}
