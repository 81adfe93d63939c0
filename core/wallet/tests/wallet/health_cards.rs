//! SMART Health Cards come in: with what is in them, where they are from, and as they were received.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use keepwell_net::{Limits, NetError, Reach, Transport};
use keepwell_protocol::domain::{Category, Scope};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::formats::shc::{CardState, HealthCard, read_codes, read_file};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{ImportOptions, Network, Notice, ShareFormat, WalletError};

use serde_json::{Value, json};

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

/// The server of an issuer, and the addresses that it was asked for.
struct IssuerServer {
    keys: Result<Response, NetError>,
    list: Result<Response, NetError>,
    asked: Mutex<Vec<String>>,
}

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Result<Response, NetError> {
    Ok(Response { status, headers: Vec::new(), body: body.into() })
}

impl Transport for IssuerServer {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        // Where it leads is somebody else's choice.
        assert_eq!((limits.reach, limits.max_body), (Reach::Foreign, 1_000_000));
        assert_eq!((request.method, request.headers.len(), request.body.len()), (Method::Get, 0, 0));
        let path = request.url.strip_prefix(ISSUER).unwrap().to_owned();
        let answer = if path == KEYS { &self.keys } else { &self.list };
        self.asked.lock().unwrap().push(path);
        answer.clone()
    }
}

const KEYS: &str = "/.well-known/jwks.json";
const LIST: &str = "/.well-known/crl/3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json";

#[test]
fn each_issuer_is_asked_once_and_what_it_says_counts() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    assert_eq!(wallet.health_cards().unwrap(), []);
    let text = String::from_utf8(fixture("example-00-d-jws.txt")).unwrap();
    import_as(&mut wallet, text.as_bytes(), &ImportOptions::default()).unwrap();
    let card = HealthCard::read(&text).unwrap();
    let id = card.claims().revocation_id().unwrap();
    let list = |entry: &str| {
        let json = json!({ "kid": card.key_id(), "method": "rid", "ctr": 1, "rids": [entry] });
        answer(200, json.to_string())
    };
    let held = wallet.health_cards().unwrap();
    assert_eq!((held.len(), held[0].issuer.as_str(), held[0].state), (1, ISSUER, CardState::UnknownIssuer));
    assert_eq!((held[0].not_before, &held[0].failure), (card.claims().not_before(), &None));

    let keys = || answer(200, fixture("issuer-jwks.json"));
    let other_keys = String::from_utf8(fixture("issuer-jwks.json")).unwrap().replace("11XvRWy1", "22XvRWy1");
    let both = &[KEYS, LIST][..];
    for (keys, list, state, failure, asked) in [
        (keys(), answer(200, fixture("issuer-crl.json")), CardState::Verified, None, both),
        (keys(), list("other"), CardState::Verified, None, both),
        (keys(), list(id), CardState::Revoked, None, both),
        (keys(), answer(404, ""), CardState::UnknownRevocation, Some("IssuerAnswer"), both),
        (keys(), answer(200, "{}"), CardState::UnknownRevocation, Some("RevocationListMalformed"), both),
        (answer(404, ""), list(id), CardState::UnknownIssuer, Some("IssuerAnswer"), &[KEYS][..]),
        (answer(200, "<html>"), list(id), CardState::UnknownIssuer, Some("IssuerKeysMalformed"), &[KEYS]),
        (answer(200, other_keys), list(id), CardState::UnknownIssuer, Some("IssuerKeysKeyId"), &[KEYS]),
        (Err(NetError::Timeout), list(id), CardState::UnknownIssuer, Some(NetError::Timeout.code()), &[KEYS]),
    ] {
        let server = IssuerServer { keys, list, asked: Mutex::default() };
        let policy = TrustPolicy::default();
        let network = Network { transport: &server, envelopes: &server, policy };
        let told = wallet.check_health_cards(network).unwrap();
        assert_eq!(told.len(), 1);
        let told = (told[0].state, told[0].failure.as_ref().map(|failure| failure.code()));
        assert_eq!(told, (state, failure));
        assert_eq!(*server.asked.lock().unwrap(), asked);
    }
    // Nothing of it is kept.
    assert_eq!(wallet.health_cards().unwrap(), held);
}

#[test]
fn the_cards_of_one_issuer_take_one_question() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let both = fixture("multi-jws.smart-health-card");
    let options = ImportOptions { patient: Some("@1".to_owned()), ..ImportOptions::default() };
    import_as(&mut wallet, &both, &options).unwrap();
    import_as(&mut wallet, &fixture("example-00-d-jws.txt"), &ImportOptions::default()).unwrap();
    let (keys, list) = (answer(200, fixture("issuer-jwks.json")), answer(200, fixture("issuer-crl.json")));
    let server = IssuerServer { keys, list, asked: Mutex::default() };
    let network = Network { transport: &server, envelopes: &server, policy: TrustPolicy::default() };
    let told = wallet.check_health_cards(network).unwrap();
    assert_eq!(told.iter().map(|card| card.state).collect::<Vec<_>>(), [CardState::Verified; 2]);
    assert_eq!(*server.asked.lock().unwrap(), [KEYS, LIST]);
}
