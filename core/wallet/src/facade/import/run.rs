//! Bringing records in: all files of one import together, all of it or nothing.

use std::ops::ControlFlow;

use keepwell_protocol::domain::{DeliveryId, Timestamp};
use keepwell_protocol::formats::fhir;
use rusqlite::Transaction;

use super::archives::Opened;
use super::export::take_export;
use super::file::{ImportFile, ImportOptions};
use super::held::{self, Held, Known};
use super::notices::Notices;
use super::origin::{GuessedOrigin, Order};
use super::reading::Progress;
use super::report::{ImportReport, note_delivery};
use super::set_aside::{BrokenFile, SetAside};
use super::survey::Survey;
use super::taking::Import;
use crate::error::WalletError;
use crate::facade::wallet::Wallet;
use crate::store::records::{IncomingDelivery, Writer};
use crate::store::{deliveries, spool};

impl Wallet {
    /// Takes the records of files that belong together: Bundles, NDJSON, resources, health cards,
    /// C-CDA documents, FHIR in XML, Apple Health exports, or these in gzip or in a zip archive.
    ///
    /// Whom they are about is found out over all of them before anything is taken, so each is read
    /// twice. A file that cannot be read to its end is left out and reported, unless it is the only
    /// one. `progress` gets how many bytes of all files are done and may break to stop.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`] if the files are not about the owner alone;
    /// [`WalletError::Quarantined`] or [`WalletError::Import`] if none can be read to its end, the latter also if
    /// `progress` broke. The records are then as before.
    ///
    /// ```
    /// # use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
    /// # use keepwell_protocol::crypto::{Pin, PinParameters, Rng};
    /// # use keepwell_wallet::{NewWallet, SoftwareDeviceKey, SystemClock, Wallet};
    /// use std::ops::ControlFlow;
    ///
    /// use keepwell_wallet::{ImportFile, ImportOptions};
    ///
    /// # PinParameters::cost_least_in_this_thread();
    /// # let folder = tempfile::tempdir()?;
    /// # let device = Box::new(SoftwareDeviceKey::new(&folder.path().join("device.key")));
    /// # let (clock, mut rng) = (Box::new(SystemClock), Rng::system());
    /// # let (words, none) = (RecoveryWords::generate(&mut rng)?, Passphrase::none());
    /// # let (home, pin) = (folder.path().join("wallet"), Pin::choose("271828")?);
    /// # let (home, words, passphrase, pin) = (&home, &words, &none, &pin);
    /// # let new = NewWallet { home, words, passphrase, pin, device, clock, rng };
    /// # let (mut wallet, _) = Wallet::create(new)?;
    /// let file = br#"{"resourceType":"Bundle","type":"collection","entry":[
    ///     {"resource":{"resourceType":"Patient","id":"7","birthDate":"1981-04-12"}},
    ///     {"resource":{"no":"type"}}]}"#;
    /// let mut files = [ImportFile::from_bytes("records.json", file)];
    /// let report =
    ///     wallet.import(&mut files, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    /// assert_eq!((report.added, report.quarantined.len()), (1, 1));
    /// // The same again is nothing new.
    /// let mut files = [ImportFile::from_bytes("records.json", file)];
    /// let again =
    ///     wallet.import(&mut files, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    /// assert_eq!((again.added, again.duplicates), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn import(
        &mut self,
        files: &mut [ImportFile<'_>],
        options: &ImportOptions,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ImportReport, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        let id = DeliveryId::from_bytes(rng.array()?);
        let mut report = store.write(rng, |transaction, _| {
            let report = import_files(transaction, (id, now), files, options, progress)?;
            note_delivery(transaction, &report, &[])?;
            Ok::<_, WalletError>(report)
        })?;
        let is_broken = |number| report.broken.iter().any(|broken| broken.file == number);
        let is_nothing_read = report.read == 0 && report.quarantined.is_empty();
        if is_nothing_read
            && !files.is_empty()
            && (0..).zip(files.iter()).all(|(number, _)| is_broken(number))
        {
            let BrokenFile { reason, kept, .. } = report.broken.swap_remove(0);
            return Err(match kept {
                Some(id) => WalletError::Quarantined { reason, id },
                None => reason.into(),
            });
        }
        Ok(report)
    }
}

/// Takes files into an open transaction, as the delivery of this name; it must not be committed if this fails.
pub(crate) fn import_files(
    transaction: &Transaction<'_>,
    (id, now): (DeliveryId, Timestamp),
    files: &mut [ImportFile<'_>],
    options: &ImportOptions,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<ImportReport, WalletError> {
    let mut done = Progress::new(progress);
    let mut opened = Opened::open(transaction, files, &mut done)?;
    if let Some(report) = take_export(transaction, &mut opened.files, &mut done)? {
        spool::empty(transaction)?;
        return Ok(report);
    }
    done.passed = 0;
    let mut report = take_records(transaction, (id, now), &mut opened.files, options, &mut done)?;
    opened.place(&mut report);
    Ok(report)
}

/// Takes the records of files that are no archives.
fn take_records(
    transaction: &Transaction<'_>,
    (id, now): (DeliveryId, Timestamp),
    files: &mut [ImportFile<'_>],
    options: &ImportOptions,
    done: &mut Progress<'_>,
) -> Result<ImportReport, WalletError> {
    let mut report = ImportReport::default();
    let (mut held, mut room) = (Vec::new(), held::ROOM);
    for file in files.iter_mut() {
        held.push(Held::read(transaction, file, done, &mut room)?);
    }
    let known: Vec<Option<Vec<Known<'_>>>> = held.iter().map(|held| held.as_ref().map(Held::known)).collect();
    let source = options.source.as_deref();
    let Survey { mut owner, origin } =
        Survey::of(transaction, files, &known, source, &mut report.broken, done)?;
    let mut set_aside = SetAside::new(transaction, now, options)?;
    if !files.is_empty() && report.broken.len() == files.len() {
        set_aside.keep_broken(files, &mut report.broken)?;
        spool::empty(transaction)?;
        return Ok(report);
    }
    owner.decide(options.patient.as_deref())?;
    let (delivery, received) = begin(transaction, (id, now), options, &origin)?;
    let row = delivery.row;
    let mut import = Import {
        writer: Writer::new(transaction, delivery)?,
        options,
        owner,
        received,
        base: origin.base(),
        report,
        set_aside,
        notices: Notices::default(),
        file: 0,
        carried: 0,
        order: Order::default(),
    };
    import.take_files(transaction, files, &held, &known, done)?;
    import.finish(transaction, files, (id, row))
}

/// Begins the delivery, once it is known what it says of its origin.
fn begin(
    transaction: &Transaction<'_>,
    (id, now): (DeliveryId, Timestamp),
    options: &ImportOptions,
    origin: &GuessedOrigin,
) -> Result<(IncomingDelivery, Timestamp), WalletError> {
    let (is_named, patient) = (options.source.is_some(), origin.patient());
    let source = options.source.as_deref().or(origin.source()).unwrap_or_else(|| fhir::source_of(None));
    let guessed = (!is_named).then(|| patient.as_deref().unwrap_or_default());
    let (row, received) = deliveries::begin(transaction, id, source, guessed, now)?;
    Ok((IncomingDelivery { row, id, received, is_named, patient }, received))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::{self, File};
    use std::io::Read;
    use std::path::PathBuf;

    use keepwell_protocol::crypto;
    use keepwell_protocol::formats::fhir::{Event, Limits};
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
            let named = |number: u8| (DeliveryId::from_bytes([number; 16]), now);
            let mut go_on = |_| ControlFlow::Continue(());
            let report = match import_files(&transaction, named(1), &mut one, &options, &mut go_on) {
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
            let again = import_files(&transaction, named(2), &mut one, &options, &mut go_on).unwrap();
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

    #[test]
    fn every_sample_that_is_an_archive_gives_the_records_in_it() {
        let Some(samples) = samples() else { return };
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        for (name, resources, aside) in [
            ("phr/WilliamSim.phr.zip", 12, &[][..]),
            ("phr/WilliamSim.sphr", 14, &["WilliamSim/ct-chest.jpg", "WilliamSim/xr-chest.jpg"]),
        ] {
            let file = samples.join(name);
            let open = || Ok(Box::new(File::open(&file)?) as Box<dyn Read>);
            let transaction = connection.transaction().unwrap();
            let named = (DeliveryId::from_bytes([1; 16]), Timestamp(1_800_000_000));
            let (options, mut go_on) = (ImportOptions::default(), |_| ControlFlow::Continue(()));
            let mut files = [ImportFile::new(name, open)];
            let report = import_files(&transaction, named, &mut files, &options, &mut go_on).unwrap();
            assert_eq!((report.read, report.added, report.broken.len()), (resources, resources, 0), "{name}");
            let pictures = report.quarantined.iter().map(|part| (part.entry.as_deref().unwrap(), part.kind));
            let expected = aside.iter().map(|entry| (*entry, fhir::Kind::Picture));
            assert!(pictures.eq(expected), "{name}");
            assert!(report.quarantined.iter().all(|part| part.kept.is_some()), "{name}");
        }
    }

    #[test]
    fn everybody_whom_a_refusal_lists_can_be_chosen() {
        let Some(samples) = samples() else { return };
        let expected = fs::read(samples.join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let mut refused = 0;
        for name in expected["files"].as_object().unwrap().keys() {
            let file = samples.join(name);
            let mut import = |patient: Option<String>| {
                let open = || Ok(Box::new(File::open(&file)?) as Box<dyn Read>);
                let transaction = connection.transaction().unwrap();
                let (delivery, now) = (DeliveryId::from_bytes([1; 16]), Timestamp(1_800_000_000));
                let options = ImportOptions { patient, ..ImportOptions::default() };
                let mut go_on = |_| ControlFlow::Continue(());
                import_files(
                    &transaction,
                    (delivery, now),
                    &mut [ImportFile::new(name, open)],
                    &options,
                    &mut go_on,
                )
            };
            let Err(WalletError::OtherPatient { patients }) = import(None) else { continue };
            refused += 1;
            assert!(!patients.is_empty(), "{name}");
            // Of a crowd the first and the last.
            for person in patients.iter().take(4).chain(patients.iter().skip(4).last()) {
                for choice in [format!("@{}", person.number), person.id.clone()] {
                    let report = import(Some(choice.clone()));
                    let report = report.unwrap_or_else(|error| panic!("{name}, {choice}: {error}"));
                    // What is about two people is kept out whoever is chosen, and counted.
                    assert!(
                        report.added + report.other_patient > 0,
                        "{name}, {choice}: {person:?} {report:?}"
                    );
                }
            }
            assert!(matches!(
                import(Some(format!("@{}", patients.len() + 1_000))),
                Err(WalletError::NoSuchPatient { .. })
            ));
        }
        assert!(refused > 20, "{refused}");
    }
}
