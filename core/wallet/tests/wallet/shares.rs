//! A share is opened by whoever has its link, until the patient or the clock ends it.

use std::ops::ControlFlow;
use std::time::{Duration as Wait, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_net::{HttpTransport, Limits, Reach, Transport};
use keepwell_protocol::domain::{Category, Duration, LinkId, Scope};
use keepwell_protocol::formats::assembly::AssemblyError;
use keepwell_protocol::formats::fhir::Validity;
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::formats::shl::{OpenError, ShareLink};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    RecordSummary, ShareFormat, ShareRequest, ShareState, Wallet, WalletError, open_share,
};

use crate::parties::{Parties, categories};

const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"https://a.example/Patient/p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1950-01-01"}},
 {"fullUrl":"https://a.example/AllergyIntolerance/a","resource":{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p"},"recorder":{"reference":"Practitioner/d"},"code":{"text":"Peanut"}}},
 {"fullUrl":"https://a.example/Practitioner/d","resource":{"resourceType":"Practitioner","id":"d","name":[{"family":"Dietz"}]}},
 {"fullUrl":"https://a.example/Practitioner/e","resource":{"resourceType":"Practitioner","id":"e","name":[{"family":"Elm"}]}},
 {"fullUrl":"https://a.example/DocumentReference/n","resource":{"resourceType":"DocumentReference","id":"n","status":"current","subject":{"reference":"Patient/p"},"content":[]}}
]}"#;

fn sharing() -> (Parties, Wallet) {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    let mut file = [keepwell_wallet::ImportFile::from_bytes("", BUNDLE.as_bytes())];
    wallet.import(&mut file, &Default::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    (parties, wallet)
}

fn request() -> ShareRequest {
    ShareRequest {
        scopes: Vec::new(),
        label: Some("Check-in".into()),
        life: Duration::minutes(10),
        opens: None,
        ..ShareRequest::default()
    }
}

fn open(link: &str, recipient: &str) -> Result<serde_json::Value, WalletError> {
    let transport = HttpTransport::new().unwrap();
    let link = ShareLink::parse(link).unwrap();
    let files = open_share(&transport, Reach::ForeignOrLoopback, &link, recipient, None)?;
    assert_eq!(files.len(), 1);
    Ok(serde_json::from_slice(&files[0].content).unwrap())
}

fn is_gone(link: &str) -> bool {
    matches!(open(link, "anyone"), Err(WalletError::Link(OpenError::NotActive)))
}

#[test]
fn what_leaves_is_what_was_chosen_with_what_it_refers_to() {
    let (parties, mut wallet) = sharing();
    let new = wallet.share(parties.network(), request()).unwrap();
    let types: Vec<_> = new.types.iter().map(|of| (of.resource_type.as_str(), of.count)).collect();
    assert_eq!(types, [("AllergyIntolerance", 1), ("Patient", 1), ("Practitioner", 1)]);
    assert_eq!(new.dangling, 0);
    assert!(new.link.starts_with("shlink:/") && new.link.len() <= 400);

    let bundle = open(&new.link, "Front desk").unwrap();
    assert_eq!((&bundle["type"], bundle["entry"].as_array().unwrap().len()), (&"collection".into(), 4));
    let patient = &bundle["entry"][0]["fullUrl"];
    assert_eq!(&bundle["entry"][1]["resource"]["patient"]["reference"], patient);
    // And the same as a PDF, which is the patient's own.
    let rendered = &bundle["entry"][3]["resource"];
    assert_eq!(rendered["type"]["coding"][0]["code"], "60591-5");
    assert_eq!((&rendered["subject"]["reference"], &rendered["author"][0]["reference"]), (patient, patient));
    assert_eq!(rendered["meta"]["security"][0]["code"], "PATAST");
    assert_eq!(rendered["category"][0]["coding"][0]["code"], "patient-shared");
    let attachment = &rendered["content"][0]["attachment"];
    assert_eq!(attachment["contentType"], "application/pdf");
    let pdf = STANDARD.decode(attachment["data"].as_str().unwrap()).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7") && attachment.get("url").is_none());

    let documents = ShareRequest { scopes: vec![categories(&[Category::Documents])], ..request() };
    let new = wallet.share(parties.network(), documents).unwrap();
    let types: Vec<_> = new.types.iter().map(|of| of.resource_type.as_str()).collect();
    assert_eq!(types, ["DocumentReference", "Patient"]);
}

#[test]
fn what_is_previewed_is_what_leaves_and_previewing_sends_nothing() {
    let (parties, mut wallet) = sharing();
    parties.wire.cut_after(0, false);
    let preview = wallet.preview_share(Vec::new(), &[], false, Default::default()).unwrap();
    parties.wire.mend();
    let types = |records: &[RecordSummary]| -> Vec<String> {
        let mut types: Vec<_> = records.iter().map(|record| record.resource_type.clone()).collect();
        types.sort_unstable();
        types
    };
    assert_eq!(types(&preview.records), ["AllergyIntolerance", "Patient"]);
    assert_eq!(types(&preview.referenced), ["Practitioner"]);
    assert_eq!(preview.withdrawn, []);
    assert!(preview.rendered_pdf_bytes.is_some_and(|bytes| bytes > 1_000 && bytes < preview.bytes));
    let summary = ShareFormat::InternationalPatientSummary;
    assert_eq!(wallet.preview_share(Vec::new(), &[], false, summary).unwrap().rendered_pdf_bytes, None);
    assert!(wallet.shares().unwrap().is_empty());

    let new = wallet.share(parties.network(), request()).unwrap();
    let mut leaving = types(&[preview.records, preview.referenced].concat());
    leaving.dedup();
    assert_eq!(leaving, new.types.iter().map(|of| of.resource_type.as_str()).collect::<Vec<_>>());

    let nothing =
        wallet.preview_share(vec![categories(&[Category::Genomics])], &[], false, Default::default());
    assert!(matches!(nothing, Err(WalletError::Share(AssemblyError::NothingToShare))));
    let no_scope = wallet.preview_share(vec![Scope::default()], &[], false, Default::default());
    assert!(matches!(no_scope, Err(WalletError::Terms(_))));
}

#[test]
fn a_link_is_shown_again_after_a_lock_until_the_share_ends() {
    let (parties, mut wallet) = sharing();
    let new = wallet.share(parties.network(), request()).unwrap();
    let timed = wallet.share(parties.network(), request()).unwrap();
    let id = new.share.id;
    wallet.lock();
    assert!(matches!(wallet.share_link(id), Err(WalletError::Locked)));
    wallet.unlock(&crate::setup::pin()).unwrap();
    assert_eq!(wallet.share_link(id).unwrap(), new.link);
    wallet.change_share(parties.network(), id, LinkAction::Pause).unwrap();
    assert_eq!(wallet.share_link(id).unwrap(), new.link, "it opens again once it is resumed");
    wallet.change_share(parties.network(), id, LinkAction::Revoke).unwrap();
    assert!(matches!(wallet.share_link(id), Err(WalletError::ShareEnded)));
    parties.clock.forward(601);
    assert!(matches!(wallet.share_link(timed.share.id), Err(WalletError::ShareEnded)));
    let unknown = LinkId::from_bytes([7; 16]);
    assert!(matches!(wallet.share_link(unknown), Err(WalletError::NoSuchShare)));
}

#[test]
fn a_share_of_a_phone_whose_clock_is_behind_lives_as_long_as_was_said() {
    let (parties, mut wallet) = sharing();
    parties.clock.set_ahead(-240);
    let new = wallet.share(parties.network(), request()).unwrap();
    parties.clock.forward(8 * 60);
    assert!(!is_gone(&new.link));
    parties.clock.forward(2 * 60);
    assert!(is_gone(&new.link));
}

#[test]
fn the_usual_share_has_what_is_undated_and_not_what_was_an_error_and_a_chosen_one_has_what_was_chosen() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    let lines = [
        r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Doe","given":["Ann"]}],"birthDate":"1980-01-01"}"#,
        r#"{"resourceType":"AllergyIntolerance","id":"a1","verificationStatus":{"coding":[{"code":"entered-in-error"}]},"patient":{"reference":"Patient/p1"},"code":{"text":"WRONG"}}"#,
        r#"{"resourceType":"AllergyIntolerance","id":"a2","verificationStatus":{"coding":[{"code":"refuted"}]},"patient":{"reference":"Patient/p1"},"code":{"text":"refuted latex"}}"#,
        r#"{"resourceType":"MedicationRequest","id":"m1","status":"entered-in-error","subject":{"reference":"Patient/p1"},"requester":{"reference":"Practitioner/d"},"medicationCodeableConcept":{"text":"wrong"}}"#,
        r#"{"resourceType":"Practitioner","id":"d","name":[{"family":"Dietz"}]}"#,
        r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"undated"},"subject":{"reference":"Patient/p1"},"valueString":"x"}"#,
        r#"{"resourceType":"Observation","id":"o2","status":"final","code":{"text":"no date"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"soon"}"#,
        r#"{"resourceType":"Observation","id":"o3","status":"final","code":{"text":"old"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"1999-01-01"}"#,
    ];
    let lines = lines.join("\n");
    let mut file = [keepwell_wallet::ImportFile::from_bytes("", lines.as_bytes())];
    wallet.import(&mut file, &Default::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    let counts = |new: &keepwell_wallet::NewShare| -> Vec<(String, u64)> {
        new.types.iter().map(|of| (of.resource_type.clone(), of.count)).collect()
    };
    let of = |name: &str, count| (name.to_owned(), count);

    let preview = wallet.preview_share(Vec::new(), &[], false, Default::default()).unwrap();
    let titles: Vec<_> = preview.withdrawn.iter().filter_map(|record| record.display.as_deref()).collect();
    assert_eq!(titles, ["wrong", "WRONG"]);
    let usual = wallet.share(parties.network(), request()).unwrap();
    assert_eq!(counts(&usual), [of("AllergyIntolerance", 1), of("Observation", 2), of("Patient", 1)]);
    assert_eq!(usual.withdrawn, 2);

    let chosen = ShareRequest { scopes: vec![categories(&[Category::Allergies])], ..request() };
    let chosen = wallet.share(parties.network(), chosen).unwrap();
    assert_eq!(counts(&chosen), [of("AllergyIntolerance", 2), of("Patient", 1)]);
    assert_eq!(chosen.withdrawn, 0);
}

#[test]
fn the_present_version_leaves_and_what_its_source_has_deleted_stays() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    // A history, newest first.
    let history = r#"{"resourceType":"Bundle","type":"history","entry":[
     {"fullUrl":"https://a.example/Patient/p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1950-01-01"}},
     {"fullUrl":"https://a.example/AllergyIntolerance/a","resource":{"resourceType":"AllergyIntolerance","id":"a","meta":{"versionId":"2"},"patient":{"reference":"Patient/p"},"code":{"text":"Peanut, mild"}}},
     {"fullUrl":"https://a.example/AllergyIntolerance/a","resource":{"resourceType":"AllergyIntolerance","id":"a","meta":{"versionId":"1"},"patient":{"reference":"Patient/p"},"code":{"text":"Peanut"}}},
     {"fullUrl":"https://a.example/AllergyIntolerance/b","request":{"method":"DELETE","url":"AllergyIntolerance/b"},"response":{"status":"204"}},
     {"fullUrl":"https://a.example/AllergyIntolerance/b","resource":{"resourceType":"AllergyIntolerance","id":"b","meta":{"versionId":"1"},"patient":{"reference":"Patient/p"},"code":{"text":"Latex"}}}
    ]}"#;
    let mut file = [keepwell_wallet::ImportFile::from_bytes("", history.as_bytes())];
    wallet.import(&mut file, &Default::default(), &mut |_| ControlFlow::Continue(())).unwrap();

    let usual = wallet.share(parties.network(), request()).unwrap();
    assert_eq!(usual.withdrawn, 1);
    let bundle = open(&usual.link, "Front desk").unwrap();
    let titles: Vec<_> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["resource"]["code"]["text"].as_str())
        .collect();
    assert_eq!(titles, ["Peanut, mild"]);

    let query = keepwell_wallet::Query { category: Some(Category::Allergies), ..Default::default() };
    for record in wallet.records(&query).unwrap().records {
        let is_removed =
            wallet.record_view(&record.id).unwrap().view.row.validities.contains(Validity::RemovedAtSource);
        assert_eq!(is_removed, record.display.as_deref() == Some("Latex"));
        assert_eq!(record.validities.contains(Validity::RemovedAtSource), is_removed);
    }
}

#[test]
fn the_patient_sees_who_opened_it_and_ends_it_for_ever() {
    let (parties, mut wallet) = sharing();
    let new = wallet.share(parties.network(), request()).unwrap();
    let id = new.share.id;
    open(&new.link, "Front desk").unwrap();
    wallet.change_share(parties.network(), id, LinkAction::Pause).unwrap();
    assert!(is_gone(&new.link));
    wallet.change_share(parties.network(), id, LinkAction::Resume).unwrap();
    open(&new.link, "Dr. Wood").unwrap();
    let ended = wallet.change_share(parties.network(), id, LinkAction::Revoke).unwrap();
    assert_eq!(ended.state, ShareState::Revoked);
    assert!(is_gone(&new.link));
    let again = wallet.change_share(parties.network(), id, LinkAction::Resume);
    assert!(matches!(again, Err(WalletError::ShareEnded)));
    assert_eq!(
        wallet.change_share(parties.network(), id, LinkAction::Revoke).unwrap().state,
        ShareState::Revoked
    );

    // Who was refused is noted when the answer is on its way.
    let begun = Instant::now();
    let log = loop {
        let log = wallet.share_log(parties.network(), id).unwrap();
        if log.len() >= 4 || begun.elapsed() > Wait::from_secs(60) {
            break log;
        }
        std::thread::sleep(Wait::from_millis(20));
    };
    let seen: Vec<_> =
        log.iter().map(|opening| (opening.recipient.as_str(), opening.outcome.as_str())).collect();
    assert_eq!(
        seen,
        [("Front desk", "opened"), ("anyone", "paused"), ("Dr. Wood", "opened"), ("anyone", "revoked")]
    );
}

#[test]
fn it_ends_by_time_and_by_use() {
    let (parties, mut wallet) = sharing();
    let once = wallet.share(parties.network(), ShareRequest { opens: Some(1), ..request() }).unwrap();
    let timed = wallet.share(parties.network(), request()).unwrap();
    open(&once.link, "first").unwrap();
    assert!(is_gone(&once.link));
    open(&timed.link, "in time").unwrap();
    parties.clock.forward(601);
    assert!(is_gone(&timed.link));
    let states: Vec<_> = wallet.shares().unwrap().iter().map(|share| share.state).collect();
    assert_eq!(states, [ShareState::Expired, ShareState::Expired]);
}

#[test]
fn a_host_that_is_not_reached_makes_no_share() {
    let (parties, mut wallet) = sharing();
    parties.wire.cut_after(0, false);
    assert!(matches!(wallet.share(parties.network(), request()), Err(WalletError::Remote(_))));
    assert!(wallet.shares().unwrap().is_empty());
    parties.wire.mend();
    let too_long = ShareRequest { life: Duration::hours(25), ..request() };
    assert!(matches!(wallet.share(parties.network(), too_long), Err(WalletError::ShareTooLong)));
    let nothing = ShareRequest { scopes: vec![categories(&[Category::Genomics])], ..request() };
    assert!(matches!(wallet.share(parties.network(), nothing), Err(WalletError::Share(_))));
    assert!(wallet.shares().unwrap().is_empty());
}

#[test]
fn the_host_holds_only_what_it_cannot_read() {
    let (parties, mut wallet) = sharing();
    let new = wallet.share(parties.network(), request()).unwrap();
    let url = ShareLink::parse(&new.link).unwrap().direct_url().unwrap().to_owned();
    let answer = HttpTransport::new()
        .unwrap()
        .send(Request::new(Method::Get, format!("{url}?recipient=x")), Limits::CONFIGURED)
        .unwrap();
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jose")));
    assert!(!answer.body.windows(6).any(|window| window == b"Peanut"));
    let nobody =
        HttpTransport::new().unwrap().send(Request::new(Method::Get, url), Limits::CONFIGURED).unwrap();
    assert_ne!(nobody.status, 200, "without a recipient there is nothing");
}

#[test]
fn what_the_host_did_at_once_counts_as_told_though_its_commit_failed() {
    let (parties, mut wallet) = sharing();
    let new = wallet.share(parties.network(), request()).unwrap();
    let id = new.share.id;
    let told = |wallet: &Wallet| wallet.shares().unwrap()[0].is_told;
    // The first request is the deed itself, what follows is lost.
    parties.wire.cut_after(1, false);
    assert!(wallet.change_share(parties.network(), id, LinkAction::Pause).unwrap().is_told);
    assert!(told(&wallet) && is_gone(&new.link));
    assert!(wallet.queued().unwrap() > 0, "the commit is still to come");
    parties.wire.cut_after(0, false);
    assert!(!wallet.change_share(parties.network(), id, LinkAction::Revoke).unwrap().is_told);
    assert!(!told(&wallet));
    parties.wire.mend();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert!(told(&wallet) && is_gone(&new.link));
}
