//! A document of a clinic comes in whole, and what is in it as records.

use std::ops::ControlFlow;
use std::path::Path;

use keepwell_protocol::formats::fhir::Kind;
use keepwell_wallet::{ImportFile, ImportOptions, ImportReport, Notice, Wallet, WalletError};

use crate::setup::{Place, list};

fn fixture() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir/CCD.xml")).unwrap()
}

fn import(wallet: &mut Wallet, xml: &[u8]) -> Result<ImportReport, WalletError> {
    let mut files = [ImportFile::from_bytes("CCD.xml", xml)];
    wallet.import(&mut files, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))
}

#[test]
fn a_document_comes_in_once_and_its_file_goes_out_as_it_came() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let report = import(&mut wallet, &fixture()).unwrap();
    assert_eq!((report.read, report.added), (18, 18));
    let title = Some("Summary of Patient Chart".to_owned());
    assert_eq!(report.notices, [Notice::Document { file: 0, title, derived: 17 }]);
    let records = list(&wallet);
    let document = records.iter().find(|record| record.resource_type == "DocumentReference").unwrap();
    assert_eq!(wallet.attachment(&document.id, 0).unwrap().bytes, fixture());
    let again = import(&mut wallet, &fixture()).unwrap();
    assert_eq!((again.added, again.updated, again.duplicates), (0, 0, 18));
    // A corrected one of the same id is its next version.
    let newer = String::from_utf8(fixture()).unwrap().replace("Laparoscopic appendectomy", "Appendectomy");
    let newer = import(&mut wallet, newer.as_bytes()).unwrap();
    assert_eq!((newer.added, newer.updated, newer.duplicates), (0, 2, 16));
}

#[test]
fn a_document_about_somebody_else_is_asked_about_and_one_with_entities_is_kept() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    import(&mut wallet, &fixture()).unwrap();
    let text = String::from_utf8(fixture()).unwrap();
    let other = text
        .replace("be84a8e4", "be84a8e5")
        .replace("98765432", "5")
        .replace("12345679", "6")
        .replace("Isabella", "Paul")
        .replace("\"19501219\"", "\"19990102\"");
    assert!(matches!(import(&mut wallet, other.as_bytes()), Err(WalletError::OtherPatient { .. })));
    let hostile = text.replacen("<ClinicalDocument", "<!DOCTYPE a [<!ENTITY x \"y\">]><ClinicalDocument", 1);
    let report = import(&mut wallet, hostile.as_bytes()).unwrap();
    assert_eq!((report.read, report.quarantined[0].reason.code()), (0, "DocumentDoctype"));
    let kept = &wallet.quarantine().unwrap()[0];
    assert_eq!((kept.kind, kept.bytes, kept.index), (Kind::CCda, hostile.len() as u64, None));
}
