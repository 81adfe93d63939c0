//! What comes in as an archive is read as if its files had been given.

use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use keepwell_protocol::formats::fhir::Kind;
use keepwell_wallet::{ImportFile, ImportOptions, ImportReport, Wallet, WalletError};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::setup::{Place, list};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1970-01-02"}"#;
const OTHER: &str =
    r#"{"resourceType":"Patient","id":"q","name":[{"family":"Else"}],"birthDate":"1999-01-02"}"#;
const GLUCOSE: &str = r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"code":{"text":"Glucose"}}"#;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn import(wallet: &mut Wallet, files: &mut [ImportFile<'_>]) -> Result<ImportReport, WalletError> {
    wallet.import(files, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))
}

#[test]
fn files_of_an_archive_belong_together_and_what_is_wrong_with_one_costs_no_other() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let inner = zipped(&[("c.json", PATIENT.as_bytes())]);
    let archive = zipped(&[
        ("../../lines.ndjson", GLUCOSE.as_bytes()),
        ("cut.json", br#"{"resourceType":"Obs"#),
        ("__MACOSX/._lines.ndjson", b"\0\0"),
        ("inner.zip", &inner),
        ("lines.ndjson", format!("{PATIENT}\n{{\"no\":\"type\"}}\n").as_bytes()),
    ]);
    let (cut, whole) = (&archive[..archive.len() - 9], &archive);
    let mut files = [
        ImportFile::from_bytes("cut.zip", cut),
        ImportFile::once("whole.zip", whole.as_slice()),
        ImportFile::from_bytes("again.zip", whole),
    ];
    let report = import(&mut wallet, &mut files).unwrap();
    assert_eq!((report.read, report.added, report.duplicates), (4, 2, 2));
    let broken: Vec<_> =
        report.broken.iter().map(|one| (one.file, one.entry.as_deref(), one.reason.code())).collect();
    assert_eq!(
        broken,
        [
            (0, None, "DamagedArchive"),
            (1, Some("cut.json"), "InvalidJson"),
            (2, Some("cut.json"), "InvalidJson")
        ]
    );
    assert!(report.broken.iter().all(|one| one.kept.is_some()));
    let aside: Vec<_> = report
        .quarantined
        .iter()
        .map(|part| (part.file, part.entry.as_deref(), part.index, part.reason.code(), part.kind))
        .collect();
    let of_file = |file| {
        [
            (file, Some("inner.zip"), 0, "UnsupportedFormat", Kind::Zip),
            (file, Some("lines.ndjson"), 1, "NotAResource", Kind::JsonOther),
        ]
    };
    assert_eq!(aside, [of_file(1), of_file(2)].concat());
    let kept = wallet.quarantine().unwrap();
    assert!(kept.iter().any(|item| item.file == "whole.zip/inner.zip"), "{kept:?}");
    assert_eq!(list(&wallet).len(), 2);
}

#[test]
fn an_archive_of_which_nothing_can_be_read_is_refused_with_its_reason() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let archive = zipped(&[("a.json", PATIENT.as_bytes())]);
    let refused = |wallet: &mut Wallet, bytes: &[u8]| {
        let error = import(wallet, &mut [ImportFile::from_bytes("a.zip", bytes)]).unwrap_err();
        error.code()
    };
    let mut encrypted = archive.clone();
    let header = encrypted.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    encrypted[header + 8] |= 1;
    assert_eq!(refused(&mut wallet, &encrypted), "EncryptedArchive");
    let mut flipped = archive.clone();
    flipped[header + 16] ^= 1;
    assert_eq!(refused(&mut wallet, &flipped), "DamagedArchive");
    assert_eq!(refused(&mut wallet, &archive[..archive.len() - 1]), "DamagedArchive");
    assert!(list(&wallet).is_empty());
    let whole = import(&mut wallet, &mut [ImportFile::from_bytes("a.zip", &archive)]).unwrap();
    assert_eq!((whole.added, whole.broken.len()), (1, 0));
}

#[test]
fn somebody_else_in_an_archive_is_asked_about_over_all_of_it() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let archive = zipped(&[("a.json", PATIENT.as_bytes()), ("b.json", OTHER.as_bytes())]);
    let refused = import(&mut wallet, &mut [ImportFile::from_bytes("a.zip", &archive)]);
    assert!(matches!(refused, Err(WalletError::OtherPatient { patients }) if patients.len() == 2));
    let chosen = ImportOptions { patient: Some("p".into()), ..ImportOptions::default() };
    let mut files = [ImportFile::from_bytes("a.zip", &archive)];
    let report = wallet.import(&mut files, &chosen, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((report.added, report.other_patient), (1, 1));
}
