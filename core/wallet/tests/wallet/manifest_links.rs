//! Shares behind a list of files: opened in every form, with their passcode alone, and following the record.

use std::path::Path;

use keepwell_net::{HttpTransport, Limits, Reach, Transport};
use keepwell_protocol::crypto::{Passcode, PasscodeError};
use keepwell_protocol::domain::{Category, Duration};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::formats::shc::read_file;
use keepwell_protocol::formats::shl::{OpenError, ShareLink};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    ImportOptions, LinkForm, NewShare, ShareOutcome, ShareRequest, ShareState, SyncOptions, Wallet,
    WalletError, open_share,
};
use serde_json::Value;

use crate::parties::{PATIENT, Parties, categories, record};
use crate::restore_words::restore;
use crate::setup::{import, import_as, list};

const PASSCODE: &str = "blue-otter";
/// Whose the specification's example of a card is.
const ANYPERSON: &[u8] = br#"{"resourceType":"Patient","id":"p1","name":[{"family":"Anyperson","given":["John","B."]}],"birthDate":"1951-01-20"}"#;

fn sharing() -> (Parties, Wallet) {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    (parties, wallet)
}

fn manifest(is_long_term: bool, passcode: Option<&str>) -> LinkForm {
    LinkForm::Manifest { is_long_term, passcode: passcode.map(|text| Passcode::choose(text).unwrap()) }
}

fn share(parties: &Parties, wallet: &mut Wallet, form: LinkForm) -> NewShare {
    let request = ShareRequest {
        scopes: vec![categories(&[Category::Allergies])],
        life: Duration::hours(12),
        form,
        ..ShareRequest::default()
    };
    wallet.share(parties.network(), request).unwrap()
}

fn open(link: &str, passcode: Option<&str>) -> Result<Vec<String>, WalletError> {
    let link = ShareLink::parse(link).unwrap();
    let transport = HttpTransport::new().unwrap();
    let files = open_share(&transport, Reach::ForeignOrLoopback, &link, "Dr. Wood", passcode)?;
    assert_eq!((files.len(), files[0].content_type), (1, "application/fhir+json"));
    let bundle: Value = serde_json::from_slice(&files[0].content).unwrap();
    let entries = bundle["entry"].as_array().unwrap().iter();
    // Besides the PDF of them. Ids are new in each Bundle: a record is told from others by its code.
    let records = entries.filter(|entry| entry["resource"]["resourceType"] != "DocumentReference");
    let named = records.map(|entry| {
        let resource = &entry["resource"];
        let code = resource["code"]["coding"][0]["code"].as_str().unwrap_or_default();
        format!("{} {code}", resource["resourceType"].as_str().unwrap())
    });
    Ok(named.collect())
}

/// The list as the host answers it.
fn listed(link: &str) -> Value {
    let link = ShareLink::parse(link).unwrap();
    let request = Request::new(Method::Post, link.manifest_url().unwrap())
        .with_body(br#"{"recipient":"a poll"}"#.to_vec());
    let answer = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn a_share_opens_in_the_form_that_was_asked_for() {
    let (parties, mut wallet) = sharing();
    for (is_long_term, passcode, flag) in [
        (false, None, None),
        (true, None, Some("L")),
        (false, Some(PASSCODE), Some("P")),
        (true, Some(PASSCODE), Some("LP")),
    ] {
        let made = share(&parties, &mut wallet, manifest(is_long_term, passcode));
        assert!(made.link.len() <= 300, "{}", made.link.len());
        let payload = made.link.strip_prefix("shlink:/").unwrap();
        let payload = keepwell_protocol::crypto::base64url::decode(payload).unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload.get("flag").and_then(Value::as_str), flag);
        assert_eq!((made.share.is_long_term, made.share.needs_passcode), (is_long_term, passcode.is_some()));
        let leaves = open(&made.link, passcode).unwrap();
        assert_eq!(leaves, ["Patient ", "AllergyIntolerance a1"]);
        let status = if is_long_term { "can-change" } else { "finalized" };
        if passcode.is_none() {
            assert_eq!(listed(&made.link)["files"][0]["status"], status);
        }
        assert_eq!(wallet.share_link(made.share.id).unwrap(), made.link, "shown again");

        let id = made.share.id;
        let is_gone = || matches!(open(&made.link, passcode), Err(WalletError::Link(OpenError::NotActive)));
        wallet.change_share(parties.network(), id, LinkAction::Pause).unwrap();
        assert!(is_gone());
        wallet.change_share(parties.network(), id, LinkAction::Resume).unwrap();
        assert!(!is_gone());
        wallet.change_share(parties.network(), id, LinkAction::Revoke).unwrap();
        assert!(is_gone());
    }
    let too_long =
        ShareRequest { life: Duration::hours(25), form: manifest(true, None), ..ShareRequest::default() };
    assert!(matches!(wallet.share(parties.network(), too_long), Err(WalletError::ShareTooLong)));
}

#[test]
fn a_passcode_opens_and_the_patient_sees_who_had_a_wrong_one() {
    let (parties, mut wallet) = sharing();
    let made = share(&parties, &mut wallet, manifest(false, Some(PASSCODE)));
    assert!(matches!(open(&made.link, None), Err(WalletError::Link(OpenError::PasscodeNeeded))));
    for left in [9, 8] {
        let refused = open(&made.link, Some("blue-otten"));
        assert!(
            matches!(refused, Err(WalletError::Link(OpenError::WrongPasscode { left: Some(said) })) if said == left)
        );
    }
    open(&made.link, Some(PASSCODE)).unwrap();
    let log = wallet.share_log(parties.network(), made.share.id).unwrap();
    let outcomes: Vec<_> = log.iter().map(|opening| opening.outcome).collect();
    assert_eq!(outcomes, [ShareOutcome::PasscodeWrong, ShareOutcome::PasscodeWrong, ShareOutcome::Opened]);
    assert_eq!(Passcode::choose("123456").unwrap_err(), PasscodeError::Guessable);
}

#[test]
fn what_follows_the_record_shows_what_is_added_later_and_changes_only_then() {
    let (parties, mut wallet) = sharing();
    let follows = share(&parties, &mut wallet, manifest(true, None));
    let stays = share(&parties, &mut wallet, manifest(false, None));
    let [first, fixed] = [&follows, &stays].map(|made| listed(&made.link));
    parties.clock.forward(60);
    // What the scope does not cover changes nothing.
    import(&mut wallet, &record("Condition", "c1")).unwrap();
    assert!(parties.sync(&mut wallet).offline.is_none());
    assert_eq!(listed(&follows.link), first);
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    assert_eq!(open(&follows.link, None).unwrap().len(), 2, "not before it is synced");
    assert!(parties.sync(&mut wallet).offline.is_none());
    assert_eq!(
        open(&follows.link, None).unwrap(),
        ["Patient ", "AllergyIntolerance a1", "AllergyIntolerance a2"]
    );
    let second = listed(&follows.link);
    assert_ne!(first["files"][0]["lastUpdated"], second["files"][0]["lastUpdated"]);
    // The first two parts of a JWE are the same for all, the third is its nonce.
    let nonce = |listed: &Value| {
        listed["files"][0]["embedded"].as_str().unwrap().split('.').nth(2).unwrap().to_owned()
    };
    assert_ne!(nonce(&first), nonce(&second));
    assert_eq!(listed(&stays.link), fixed);
    parties.sync(&mut wallet);
    assert_eq!(listed(&follows.link), second, "the same is not sealed again");
    assert_eq!(wallet.share_link(follows.share.id).unwrap(), follows.link);
}

#[test]
fn a_share_of_which_nothing_is_left_ends() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let imported = import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let made = share(&parties, &mut wallet, manifest(true, None));
    assert_eq!(open(&made.link, None).unwrap().len(), 2);
    wallet.undo_import(imported.import.unwrap()).unwrap();
    assert!(parties.sync(&mut wallet).offline.is_none());
    assert!(matches!(open(&made.link, None), Err(WalletError::Link(OpenError::NotActive))));
    assert_eq!(wallet.shares().unwrap()[0].state, ShareState::Revoked);
}

#[test]
fn what_was_taken_back_is_not_shown_on_though_an_answer_was_lost() {
    let (parties, mut wallet) = sharing();
    let made = share(&parties, &mut wallet, manifest(true, None));
    let first = open(&made.link, None).unwrap();
    let imported = import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    // The host has the new files, and the wallet does not know it.
    parties.wire.change(|request, answer| {
        if request.url.ends_with("/files") {
            answer.status = 503;
        }
    });
    assert!(parties.sync(&mut wallet).offline.is_some());
    assert_eq!(open(&made.link, None).unwrap().len(), first.len() + 1);
    wallet.undo_import(imported.import.unwrap()).unwrap();
    parties.wire.change_nothing();
    assert!(parties.sync(&mut wallet).offline.is_none());
    assert_eq!(open(&made.link, None).unwrap(), first);
}

#[test]
fn what_a_host_has_no_room_for_pauses_its_share_and_the_others_are_followed() {
    let (parties, mut wallet) = sharing();
    let links = [(); 2].map(|()| share(&parties, &mut wallet, manifest(true, None)));
    let full = links.iter().min_by_key(|made| made.share.id).unwrap();
    let other = links.iter().max_by_key(|made| made.share.id).unwrap();
    let path = format!("/{}/files", full.share.id);
    parties.wire.change(move |request, answer| {
        if request.url.ends_with(&path) {
            answer.status = 413;
        }
    });
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    assert!(parties.sync(&mut wallet).offline.is_some());
    assert_eq!(open(&other.link, None).unwrap().len(), 3);
    assert!(matches!(open(&full.link, None), Err(WalletError::Link(OpenError::NotActive))));
    let state = |id| wallet.shares().unwrap().iter().find(|share| share.id == id).unwrap().state;
    assert_eq!((state(full.share.id), state(other.share.id)), (ShareState::Paused, ShareState::Active));
}

#[test]
fn the_words_bring_it_back_with_its_form_and_it_goes_on_following() {
    let (parties, mut wallet) = sharing();
    let made = share(&parties, &mut wallet, manifest(true, Some(PASSCODE)));
    open(&made.link, Some("blue-otten")).unwrap_err();
    parties.sync(&mut wallet);
    drop(wallet);
    let (mut wallet, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!(report.shares, 1);
    let back = wallet.shares().unwrap().remove(0);
    assert_eq!((back.state, back.is_long_term, back.needs_passcode), (ShareState::Active, true, true));
    assert_eq!(wallet.share_link(back.id).unwrap(), made.link);
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    assert!(parties.sync(&mut wallet).offline.is_none());
    assert_eq!(open(&made.link, Some(PASSCODE)).unwrap().len(), 3);
    let refused = open(&made.link, Some("blue-otten"));
    assert!(matches!(refused, Err(WalletError::Link(OpenError::WrongPasscode { left: Some(8) }))));
    wallet.change_share(parties.network(), back.id, LinkAction::Revoke).unwrap();
    assert!(matches!(open(&made.link, Some(PASSCODE)), Err(WalletError::Link(OpenError::NotActive))));
}

#[test]
fn a_host_of_before_makes_no_list_of_files_and_goes_on_with_links_to_one() {
    let (parties, mut wallet) = sharing();
    parties.wire.change(|request, answer| {
        if request.url.ends_with("/manifest") {
            answer.status = 404;
        }
    });
    let request = |form| ShareRequest { form, ..ShareRequest::default() };
    let refused = wallet.share(parties.network(), request(manifest(false, Some(PASSCODE))));
    assert_eq!(refused.unwrap_err().code(), "ServerTooOld");
    assert!(wallet.shares().unwrap().is_empty());
    let made = wallet.share(parties.network(), request(LinkForm::File)).unwrap();
    open(&made.link, None).unwrap();
}

#[test]
fn a_health_card_goes_along_as_it_was_signed_and_no_more_once_it_is_gone() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, ANYPERSON).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir");
    let card = std::fs::read(fixtures.join("example-00-e-file.smart-health-card")).unwrap();
    let report = import_as(&mut wallet, &card, &ImportOptions::default()).unwrap();
    let held = wallet.health_cards().unwrap();
    assert_eq!(held.len(), 1);
    let records = list(&wallet);
    let allergy = records.iter().find(|record| record.resource_type == "AllergyIntolerance").unwrap();
    let request = |form, cards| ShareRequest {
        scopes: vec![categories(&[Category::Allergies])],
        life: Duration::hours(12),
        form,
        cards,
        ..ShareRequest::default()
    };
    let refused = wallet.share(parties.network(), request(LinkForm::File, vec![held[0].record]));
    assert!(matches!(refused, Err(WalletError::ShareCardsNeedList)));
    let refused = wallet.share(parties.network(), request(manifest(false, None), vec![allergy.id]));
    assert!(matches!(refused, Err(WalletError::NotAHealthCard)));
    assert!(wallet.shares().unwrap().is_empty());

    let made = wallet.share(parties.network(), request(manifest(true, None), vec![held[0].record])).unwrap();
    let files = |link: &str| {
        let (link, transport) = (ShareLink::parse(link).unwrap(), HttpTransport::new().unwrap());
        open_share(&transport, Reach::ForeignOrLoopback, &link, "Dr. Wood", None).unwrap()
    };
    let opened = files(&made.link);
    let types: Vec<_> = opened.iter().map(|file| file.content_type).collect();
    assert_eq!(types, ["application/fhir+json", "application/smart-health-card"]);
    assert_eq!(read_file(&opened[1].content), read_file(&card), "the very text that its issuer signed");
    assert!(!String::from_utf8_lossy(&opened[0].content).contains("Immunization"), "nor as a record");

    // What was taken in is taken out again: the next sync shows it no more.
    wallet.undo_import(report.import.unwrap()).unwrap();
    wallet.sync(SyncOptions::default(), parties.network()).unwrap();
    assert_eq!(files(&made.link).len(), 1);
}
