//! SMART Health Cards come in: with what is in them, where they are from, and as they were received.

use std::collections::BTreeSet;
use std::path::Path;

use keepwell_protocol::domain::{Category, Scope};
use keepwell_protocol::formats::shc::{CardState, read_codes, read_file};
use keepwell_wallet::{ImportOptions, Notice, ShareFormat, WalletError};

use serde_json::Value;

use crate::setup::{Place, import_as, list};

const ISSUER: &str = "https://spec.smarthealth.cards/examples/issuer";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir").join(name)).unwrap()
}

#[test]
fn a_card_comes_in_with_its_issuer_and_is_kept_as_it_was_received() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let code = fixture("example-00-f-qr-code-numeric-value-0.txt");
    let report = import_as(&mut wallet, &code, &ImportOptions::default()).unwrap();
    assert_eq!((report.read, report.added, report.quarantined.len()), (5, 5, 0));
    let (issuer, state) = (ISSUER.to_owned(), CardState::UnknownIssuer);
    assert_eq!(report.notices, [Notice::HealthCard { file: 0, index: 0, issuer, state }]);
    assert_eq!(wallet.imports().unwrap()[0].source, ISSUER);

    let records = list(&wallet);
    let document = records.iter().find(|record| record.resource_type == "DocumentReference").unwrap();
    let view = wallet.record_view(&document.id).unwrap();
    assert_eq!(view.source, ISSUER);
    let file = wallet.attachment(&document.id, 0).unwrap();
    assert_eq!(file.content_type.as_deref(), Some("application/smart-health-card"));
    let text = String::from_utf8(code).unwrap();
    assert_eq!(read_file(&file.bytes), read_codes(&text));

    // What is in it can be shared, without what else the card holds.
    let scope = Scope { categories: Category::ALL.to_vec(), ..Scope::default() };
    let preview = wallet.preview_share(vec![scope], &[], false, ShareFormat::default()).unwrap();
    let leaving: BTreeSet<_> = preview.records.iter().map(|record| record.resource_type.as_str()).collect();
    assert_eq!(leaving, BTreeSet::from(["Immunization", "Patient"]));

    // The same card in its other forms, or taken out again, is nothing new.
    for same in [fixture("example-00-e-file.smart-health-card"), fixture("example-00-d-jws.txt"), file.bytes]
    {
        let again = import_as(&mut wallet, &same, &ImportOptions::default()).unwrap();
        assert_eq!((again.added, again.updated, again.duplicates), (0, 0, 5));
    }
    assert_eq!(list(&wallet), records);
}

#[test]
fn what_is_in_cards_of_two_people_is_not_mixed() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let both = fixture("multi-jws.smart-health-card");
    let refused = import_as(&mut wallet, &both, &ImportOptions::default()).unwrap_err();
    let WalletError::OtherPatient { patients } = refused else { panic!("{refused}") };
    let people: Vec<_> = patients.iter().map(|person| (person.name.as_deref(), person.records)).collect();
    assert_eq!(people, [(Some("John B. Anyperson"), 4), (Some("Jane C. Anyperson"), 4)]);

    let options = ImportOptions { patient: Some("@1".to_owned()), ..ImportOptions::default() };
    let report = import_as(&mut wallet, &both, &options).unwrap();
    assert_eq!((report.added, report.other_patient, report.notices.len()), (4, 4, 2));
    let records = list(&wallet);
    let patient = records.iter().find(|record| record.resource_type == "Patient").unwrap();
    let address = wallet.record_view(&patient.id).unwrap().full_url.unwrap();
    for record in records.iter().filter(|record| record.resource_type == "Immunization") {
        let json: Value = serde_json::from_slice(&wallet.record_bytes(&record.id).unwrap()).unwrap();
        assert_eq!(json["patient"]["reference"], address);
    }
    let types = ["DocumentReference", "Patient", "Immunization"];
    assert_eq!(
        types.map(|name| records.iter().filter(|record| record.resource_type == name).count()),
        [1, 1, 2]
    );
}

#[test]
fn a_card_of_somebody_else_is_kept_out_whole() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let owner = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1970-01-02"}"#;
    import_as(&mut wallet, owner.as_bytes(), &ImportOptions::default()).unwrap();
    let card = String::from_utf8(fixture("example-00-e-file.smart-health-card")).unwrap();
    let refused = import_as(&mut wallet, card.as_bytes(), &ImportOptions::default()).unwrap_err();
    assert_eq!(refused.code(), "OtherPatient");
    // Also where it lies among the owner's records.
    let lines = format!("{owner}\n{}\n", card.split_whitespace().collect::<String>());
    let options = ImportOptions { patient: Some("p".to_owned()), ..ImportOptions::default() };
    let report = import_as(&mut wallet, lines.as_bytes(), &options).unwrap();
    assert_eq!((report.added, report.duplicates, report.other_patient), (0, 1, 5));
    assert_eq!(list(&wallet).len(), 1);
}

#[test]
fn a_card_that_is_none_is_set_aside_with_its_reason() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let card = String::from_utf8(fixture("example-00-d-jws.txt")).unwrap();
    let cut = &card[..card.len() - 10];
    let report = import_as(&mut wallet, cut.as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!((report.added, report.quarantined.len()), (0, 1));
    let kept = wallet.quarantine().unwrap();
    assert_eq!(kept[0].reason, "HealthCardSignature");
    assert_eq!(wallet.quarantined_bytes(kept[0].id).unwrap(), cut.as_bytes());
}
