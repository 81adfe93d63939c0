//! Records from a file to the wallet and back.

use std::io;
use std::ops::ControlFlow;

use keepwell_protocol::crypto;
use keepwell_protocol::domain::Category;
use keepwell_wallet::{ImportFile, ImportOptions, Query, Wallet, WalletError};

use crate::setup::{Place, import, import_as, list};

fn bundle(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<String> = entries
        .iter()
        .map(|(url, resource)| format!(r#"{{"fullUrl":"{url}","resource":{resource}}}"#))
        .collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(",")).into_bytes()
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1970-01-02"}"#;

fn observation(id: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"urn:uuid:p"}},
            "code":{{"text":"{text}"}},"effectiveDateTime":"2024-02-29", "valueQuantity":{{"value":1.50}}}}"#
    )
}

fn found(wallet: &Wallet, text: &str) -> Vec<Option<String>> {
    let query = Query { text: Some(text.into()), ..Query::default() };
    wallet.records(&query).unwrap().records.into_iter().map(|record| record.display).collect()
}

#[test]
fn what_goes_in_comes_out_byte_for_byte() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let glucose = observation("o", "Glucose");
    let file = bundle(&[("urn:uuid:p", PATIENT), ("urn:uuid:o", &glucose)]);
    let report = import(&mut wallet, &file).unwrap();
    assert_eq!((report.read, report.added, report.duplicates), (2, 2, 0));
    drop(wallet);
    let (wallet, fresh) = place.unlock().unwrap();
    let records = list(&wallet);
    let of_type = |name: &str| records.iter().find(|record| record.resource_type == name).unwrap();
    assert_eq!(wallet.record_bytes(&of_type("Observation").id).unwrap(), glucose.as_bytes());
    assert_eq!(wallet.record_bytes(&of_type("Patient").id).unwrap(), PATIENT.as_bytes());
    assert_eq!(of_type("Observation").id, crypto::record_id(glucose.as_bytes()));
    let mut out = Vec::new();
    let export = wallet.export(&fresh, &mut out).unwrap();
    assert_eq!(export.records, 2);
    assert_eq!(export.sha256, crypto::sha256(&out));
    assert_eq!(String::from_utf8(out).unwrap(), format!("{PATIENT}\n{}\n", glucose.replace('\n', " ")));
}

#[test]
fn the_same_file_again_adds_nothing_and_is_noted() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let file = bundle(&[("urn:uuid:p", PATIENT), ("urn:uuid:o", &observation("o", "Glucose"))]);
    let first = import(&mut wallet, &file).unwrap();
    let before = list(&wallet);
    place.clock.forward(1_000);
    let report = import(&mut wallet, &file).unwrap();
    assert_eq!((report.read, report.added, report.updated, report.duplicates), (2, 0, 0, 2));
    assert_eq!(list(&wallet), before);
    let imports: Vec<_> =
        wallet.imports().unwrap().into_iter().map(|one| (Some(one.import), one.added)).collect();
    assert_eq!(imports, [(report.import, 0), (first.import, 2)]);
}

#[test]
fn other_content_under_the_same_address_is_the_next_version() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let (old, new) = (observation("o", "Glucose"), observation("o", "Insulin"));
    import(&mut wallet, &bundle(&[("urn:uuid:o", &old)])).unwrap();
    let id = list(&wallet)[0].id;
    let report = import(&mut wallet, &bundle(&[("urn:uuid:o", &new)])).unwrap();
    assert_eq!((report.added, report.updated), (0, 1));
    assert_eq!(list(&wallet).len(), 1);
    assert_eq!(list(&wallet)[0].id, id, "a record keeps the id of its first version");
    assert_eq!(wallet.record_bytes(&id).unwrap(), new.as_bytes());
    assert_eq!(wallet.record_bytes(&crypto::record_id(new.as_bytes())).unwrap_err().code(), "NoSuchRecord");
    assert_eq!((found(&wallet, "glucose").len(), found(&wallet, "insulin").len()), (0, 1));
    // The old bytes once more change nothing; both versions are exported.
    let report = import(&mut wallet, &bundle(&[("urn:uuid:o", &old)])).unwrap();
    assert_eq!((report.updated, report.duplicates), (0, 1));
    assert_eq!(wallet.record_bytes(&id).unwrap(), new.as_bytes());
    assert_eq!(wallet.export(&fresh, &mut io::sink()).unwrap().records, 2);
}

#[test]
fn two_versions_in_one_file_are_one_record() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let lines: Vec<String> =
        ["Glucose", "Insulin", "Lipase"].map(|text| observation("o", text).replace('\n', " ")).to_vec();
    let report = import(&mut wallet, lines.join("\n").as_bytes()).unwrap();
    assert_eq!((report.read, report.added, report.updated), (3, 1, 2));
    assert_eq!(list(&wallet).len(), 1);
    assert_eq!(list(&wallet)[0].display.as_deref(), Some("Lipase"));
    assert_eq!(wallet.status().unwrap().records, 1);
}

#[test]
fn a_version_that_says_it_is_older_is_kept_but_not_shown() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let of = |date: &str, text: &str| {
        format!(
            r#"{{"resourceType":"Basic","id":"b","meta":{{"lastUpdated":"{date}"}},"subject":{{"reference":"Patient/p"}},"code":{{"text":"{text}"}}}}"#
        )
    };
    import(&mut wallet, of("2024-01-02T00:00:00Z", "newer").as_bytes()).unwrap();
    let report = import(&mut wallet, of("2024-01-01T00:00:00Z", "older").as_bytes()).unwrap();
    assert_eq!(report.updated, 1);
    assert_eq!(list(&wallet)[0].display.as_deref(), Some("newer"));
    assert_eq!(wallet.export(&fresh, &mut io::sink()).unwrap().records, 2);
    import(&mut wallet, of("2024-01-03T00:00:00Z", "newest").as_bytes()).unwrap();
    assert_eq!(list(&wallet)[0].display.as_deref(), Some("newest"));
}

#[test]
fn the_same_content_from_two_sources_is_one_record_that_both_may_update() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let from = |source: &str| ImportOptions { source: Some(source.into()), patient: None };
    let (old, new) = (observation("o", "Glucose"), observation("o", "Insulin"));
    import_as(&mut wallet, old.as_bytes(), &from("clinic")).unwrap();
    // `Patient/p` of the laboratory may be anyone; there is no Patient to compare.
    import_as(&mut wallet, about("1", "p").as_bytes(), &from("clinic")).unwrap_err();
    let named = ImportOptions { patient: Some("p".into()), ..from("clinic") };
    assert_eq!(import_as(&mut wallet, about("1", "p").as_bytes(), &named).unwrap().added, 1);
    // The same bytes are about the same person, wherever they come from; others of there may not be.
    let again = import_as(&mut wallet, about("1", "p").as_bytes(), &from("laboratory"));
    assert_eq!(again.unwrap().duplicates, 1, "the same bytes are the same record");
    let other = import_as(&mut wallet, about("2", "p").as_bytes(), &from("laboratory"));
    assert_eq!(other.unwrap_err().code(), "OtherPatient");
    let plain = r#"{"resourceType":"Organization","id":"o","name":"A"}"#;
    let changed = r#"{"resourceType":"Organization","id":"o","name":"B"}"#;
    assert_eq!(import_as(&mut wallet, plain.as_bytes(), &from("clinic")).unwrap().added, 1);
    assert_eq!(import_as(&mut wallet, plain.as_bytes(), &from("laboratory")).unwrap().duplicates, 1);
    assert_eq!(import_as(&mut wallet, changed.as_bytes(), &from("laboratory")).unwrap().updated, 1);
    assert_eq!(import_as(&mut wallet, new.as_bytes(), &from("clinic")).unwrap().updated, 1);
    assert_eq!(wallet.status().unwrap().records, 3);
    assert_eq!(wallet.export(&fresh, &mut io::sink()).unwrap().records, 5);
    assert!(list(&wallet).iter().all(|record| ["clinic", "laboratory"].contains(&record.source.as_str())));
}

#[test]
fn what_cannot_be_read_is_quarantined_and_the_rest_is_kept() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let file = "{\"resourceType\":\"Basic\"}\n\n{\"resourceType\":\n[]\r\n{\"id\":\"1\"}\n{\"resourceType\":\"Flag\"}";
    let report = import(&mut wallet, file.as_bytes()).unwrap();
    assert_eq!((report.read, report.added), (2, 2));
    let reasons: Vec<(u64, &str)> =
        report.quarantined.iter().map(|part| (part.index, part.reason.code())).collect();
    assert_eq!(reasons, [(2, "InvalidJson"), (3, "NotAResource"), (4, "NotAResource")]);
    let report = import(&mut wallet, b"7z\xbc\xaf\x27\x1c an archive").unwrap();
    assert_eq!(report.quarantined[0].reason.code(), "UnsupportedFormat");
    // The whole of a file is no part of one.
    let indexes: Vec<_> = wallet.quarantine().unwrap().iter().map(|item| item.index).collect();
    assert_eq!(indexes, [Some(2), Some(3), Some(4), None]);
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_leaves_nothing() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let mut cut = bundle(&[("urn:uuid:p", PATIENT), ("urn:uuid:o", &observation("o", "Glucose"))]);
    cut.truncate(cut.len() - 2);
    assert_eq!(import(&mut wallet, &cut).unwrap_err().code(), "InvalidJson");
    cut.push(0xff);
    assert_eq!(import(&mut wallet, &cut).unwrap_err().code(), "InvalidUtf8");
    let mut missing = [ImportFile::new("", || Err(io::Error::from(io::ErrorKind::NotFound)))];
    let error = wallet.import(&mut missing, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()));
    assert_eq!(error.unwrap_err().code(), "ImportIo");
    assert_eq!(wallet.status().unwrap().records, 0);
}

#[test]
fn a_file_that_breaks_is_left_out_and_the_others_go_in() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let mine = observation("o", "Glucose").replace("urn:uuid:p", "Patient/p").replace('\n', " ");
    let whole = [PATIENT, &mine].join("\n").into_bytes();
    let mut cut = bundle(&[("urn:uuid:q", &observation("q", "Sodium"))]);
    cut.truncate(cut.len() - 2);
    let mut files = [
        ImportFile::from_bytes("cut.json", &cut),
        ImportFile::once("pipe", whole.as_slice()),
        ImportFile::new("gone.json", || Err(io::Error::from(io::ErrorKind::NotFound))),
    ];
    let go_on = &mut |_| ControlFlow::Continue(());
    let report = wallet.import(&mut files, &ImportOptions::default(), go_on).unwrap();
    assert_eq!((report.read, report.added), (2, 2));
    let broken: Vec<_> = report.broken.iter().map(|one| (one.file, one.reason.code())).collect();
    assert_eq!(broken, [(0, "InvalidJson"), (2, "ImportIo")]);
    assert_eq!(wallet.status().unwrap().records, 2);
}

/// Fails once, between what comes before and what comes after.
struct Interrupted<'a> {
    before: &'a [u8],
    has_failed: bool,
    after: &'a [u8],
}

impl io::Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.before.is_empty() && !self.has_failed {
            self.has_failed = true;
            return Err(io::ErrorKind::TimedOut.into());
        }
        if self.has_failed { self.after.read(buffer) } else { self.before.read(buffer) }
    }
}

#[test]
fn what_is_read_once_and_breaks_is_not_read_on_in_its_middle() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let mine = observation("o", "Glucose").replace("urn:uuid:p", "Patient/p").replace('\n', " ");
    let download = || {
        let source = Interrupted { before: PATIENT.as_bytes(), has_failed: false, after: mine.as_bytes() };
        ImportFile::once("download", source)
    };
    let go_on = &mut |_| ControlFlow::Continue(());
    let mut alone = [download()];
    let refused = wallet.import(&mut alone, &ImportOptions::default(), go_on);
    assert_eq!(refused.unwrap_err().code(), "ImportIo");
    let mut files = [download(), ImportFile::from_bytes("", PATIENT.as_bytes())];
    let report = wallet.import(&mut files, &ImportOptions::default(), go_on).unwrap();
    assert_eq!((report.read, report.added, report.broken.len()), (1, 1, 1));
    assert_eq!(report.broken[0].reason.code(), "ImportIo");
}

#[test]
fn what_is_read_once_is_gone_with_its_import_and_no_empty_file() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let mine = observation("o", "Glucose").replace("urn:uuid:p", "Patient/p").replace('\n', " ");
    let other = PATIENT.replace("\"p\"", "\"q\"").replace("Nolan", "Else");
    let both = [PATIENT, &other, &mine].join("\n").replace("\n  ", " ").into_bytes();
    let go_on = &mut |_| ControlFlow::Continue(());
    let mut files = [ImportFile::once("pipe", both.as_slice())];
    let asked = wallet.import(&mut files, &ImportOptions::default(), go_on);
    assert_eq!(asked.unwrap_err().code(), "OtherPatient");
    let again = ImportOptions { patient: Some("@1".to_owned()), ..ImportOptions::default() };
    assert_eq!(wallet.import(&mut files, &again, go_on).unwrap_err().code(), "ImportIo");
    assert_eq!(wallet.status().unwrap().records, 0);
}

#[test]
fn whom_files_are_about_is_found_out_over_all_of_them() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let mine = observation("o", "Glucose").replace("urn:uuid:p", "Patient/p").into_bytes();
    let other = PATIENT.replace("\"p\"", "\"q\"").replace("Nolan", "Else").into_bytes();
    let go_on = &mut |_| ControlFlow::Continue(());
    let mut both = [
        ImportFile::from_bytes("Observation.ndjson", &mine),
        ImportFile::from_bytes("Patient.ndjson", PATIENT.as_bytes()),
        ImportFile::from_bytes("Other.ndjson", &other),
    ];
    let refused = wallet.import(&mut both, &ImportOptions::default(), go_on).unwrap_err();
    assert_eq!(refused.code(), "OtherPatient");
    assert_eq!(wallet.status().unwrap().records, 0);
    let taken = wallet.import(&mut both[..2], &ImportOptions::default(), go_on).unwrap();
    assert_eq!((taken.added, taken.other_patient), (2, 0));
}

#[test]
fn a_cancelled_import_leaves_nothing() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let file: Vec<String> = (0..20_000)
        .map(|index| {
            format!(r#"{{"resourceType":"Basic","id":"{index}","code":{{"text":"number {index}"}}}}"#)
        })
        .collect();
    let file = file.join("\n").into_bytes();
    let total = file.len() as u64;
    let mut whole = [ImportFile::from_bytes("", &file)];
    let mut seen = Vec::new();
    let cancelled = wallet.import(&mut whole, &ImportOptions::default(), &mut |bytes| {
        seen.push(bytes);
        if bytes > total / 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(cancelled.unwrap_err().code(), "Cancelled");
    assert!(seen.len() > 2 && seen.is_sorted(), "{seen:?}");
    assert_eq!(wallet.status().unwrap().records, 0);
    assert_eq!(import(&mut wallet, &file).unwrap().added, 20_000);
}

fn patients(error: WalletError) -> Vec<(String, Option<String>, Option<String>)> {
    match error {
        WalletError::OtherPatient { patients } => {
            patients.into_iter().map(|patient| (patient.id, patient.name, patient.birth_date)).collect()
        }
        other => panic!("{other}"),
    }
}

const TWIN: &str = r#"{"resourceType":"Patient","id":"q","name":[{"family":"Nolan","given":["Victor"]}],"birthDate":"1970-01-02"}"#;

fn about(id: &str, person: &str) -> String {
    format!(r#"{{"resourceType":"Flag","id":"{id}","subject":{{"reference":"Patient/{person}"}}}}"#)
}

#[test]
fn a_file_about_two_people_asks_and_keeps_the_other_out() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let (one, other, nobody) =
        (about("1", "p"), about("2", "q"), r#"{"resourceType":"Organization","id":"3"}"#);
    let file = [TWIN, &other, PATIENT, &one, nobody].join("\n");
    let error = import(&mut wallet, file.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the records are about more than one person, or about someone else");
    let born = Some("1970-01-02".to_owned());
    assert_eq!(
        patients(error),
        [
            ("q".into(), Some("Victor Nolan".into()), born.clone()),
            ("p".into(), Some("Vivien Nolan".into()), born)
        ]
    );
    assert_eq!(wallet.status().unwrap().records, 0);
    let mine = ImportOptions { patient: Some("p".into()), source: Some("hospital".into()) };
    let report = import_as(&mut wallet, file.as_bytes(), &mine).unwrap();
    assert_eq!((report.read, report.added, report.other_patient), (5, 3, 2));
    assert!(list(&wallet).iter().all(|record| record.id != crypto::record_id(TWIN.as_bytes())));
    let again = import_as(&mut wallet, file.as_bytes(), &mine).unwrap();
    assert_eq!((again.added, again.duplicates, again.other_patient), (0, 3, 2));
    // From now on the wallet knows its owner.
    assert_eq!(import(&mut wallet, about("4", "p").as_bytes()).unwrap().added, 1);
    assert_eq!(import(&mut wallet, about("5", "q").as_bytes()).unwrap_err().code(), "OtherPatient");
    assert_eq!(import(&mut wallet, TWIN.as_bytes()).unwrap_err().code(), "OtherPatient");
    let named = |patient: &str| ImportOptions { patient: Some(patient.into()), source: None };
    let nobody = import_as(&mut wallet, TWIN.as_bytes(), &named("nobody")).unwrap_err();
    assert_eq!(nobody.code(), "NoSuchPatient");
    assert_eq!(list(&wallet).len(), 4);
    // An id of a source that was only guessed may be anyone's: it asks, once.
    let unnamed = import_as(&mut wallet, about("6", "p").as_bytes(), &ImportOptions::default());
    assert_eq!(patients(unnamed.unwrap_err()), [("p".into(), None, None)]);
    assert_eq!(import_as(&mut wallet, about("6", "p").as_bytes(), &named("@1")).unwrap().added, 1);
    let later = import_as(&mut wallet, about("7", "p").as_bytes(), &ImportOptions::default());
    assert_eq!(later.unwrap().added, 1);
}

#[test]
fn the_owner_is_known_again_by_name_and_birth_date_from_another_source() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    import(&mut wallet, PATIENT.as_bytes()).unwrap();
    let elsewhere = r#"{"resourceType":"Patient","id":"77","name":[{"family":"NOLAN","given":["Vivien","M"]}],"birthDate":"1970-01-02"}"#;
    let file = [elsewhere, &about("1", "77")].join("\n");
    assert_eq!(import(&mut wallet, file.as_bytes()).unwrap().added, 2);
    let born_later = elsewhere.replace("1970-01-02", "1970-01-03").replace("77", "78");
    assert_eq!(import(&mut wallet, born_later.as_bytes()).unwrap_err().code(), "OtherPatient");
}

#[test]
fn references_without_a_patient_are_the_owner_if_they_all_agree() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let both = [about("1", "p"), about("2", "q")].join("\n");
    assert_eq!(import(&mut wallet, both.as_bytes()).unwrap_err().code(), "OtherPatient");
    let one = [about("1", "p"), about("2", "p")].join("\n");
    assert_eq!(import(&mut wallet, one.as_bytes()).unwrap().added, 2);
    assert_eq!(import(&mut wallet, about("3", "p").as_bytes()).unwrap().added, 1);
    assert_eq!(import(&mut wallet, about("4", "q").as_bytes()).unwrap_err().code(), "OtherPatient");
    let mine = ImportOptions { patient: Some("q".into()), source: Some("hospital".into()) };
    assert_eq!(import_as(&mut wallet, about("4", "q").as_bytes(), &mine).unwrap().added, 1);
    assert_eq!(import(&mut wallet, about("5", "q").as_bytes()).unwrap().added, 1);
}

#[test]
fn a_reading_of_a_personal_device_is_a_wearables_record() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let device = r#"{"resourceType":"Device","id":"d","type":{"coding":[{"system":"urn:iso:std:iso:11073:10101","code":"65573"}]}}"#;
    let reading = |id: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"Patient/p"}},"device":{{"reference":"Device/d"}},"code":{{"text":"Steps"}}}}"#
        )
    };
    import(&mut wallet, [device, &reading("1")].join("\n").as_bytes()).unwrap();
    import(&mut wallet, reading("2").as_bytes()).unwrap();
    let observations = list(&wallet).into_iter().filter(|record| record.resource_type == "Observation");
    let categories: Vec<Category> = observations.map(|record| record.category).collect();
    assert_eq!(categories, [Category::Wearables; 2]);
}

#[test]
fn a_reading_that_names_itself_as_its_device_is_a_record_like_others() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let reading = r#"{"resourceType":"Observation","id":"r","subject":{"reference":"urn:uuid:p"},
        "device":{"reference":"urn:uuid:r"},"code":{"text":"Pulse"}}"#;
    let file = bundle(&[("urn:uuid:r", reading)]);
    assert_eq!(import(&mut wallet, &file).unwrap().added, 1);
    let records = list(&wallet);
    assert_eq!((records.len(), records[0].category), (1, Category::Results));
}
