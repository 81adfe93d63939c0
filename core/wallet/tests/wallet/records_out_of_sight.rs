//! What was taken back or moved out of sight, at the host and after: it stops nothing, costs nothing, and comes back.

use keepwell_protocol::domain::{Category, CodeFilter, RecordId, Scope};
use keepwell_wallet::{RecordSummary, VersionStanding, Wallet};

use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::restore_words::restore;
use crate::setup::{import, list};

/// What is listed, in an order of its own: of undated records the list shows by when they came.
fn listed(wallet: &Wallet) -> Vec<RecordSummary> {
    let mut listed = list(wallet);
    listed.sort_by_key(|record| record.id);
    listed
}

fn id_of(wallet: &Wallet, code: &str) -> RecordId {
    let bytes = record("AllergyIntolerance", code);
    let is = |id: &RecordId| wallet.record_bytes(id).unwrap() == bytes;
    list(wallet).into_iter().map(|record| record.id).find(is).unwrap()
}

#[test]
fn an_emptied_host_is_filled_again_with_what_was_taken_back() {
    let mut parties = Parties::start();
    let (mut wallet, _fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let import_a1 = import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap().import.unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    parties.sync(&mut wallet);
    wallet.undo_import(import_a1).unwrap();
    wallet.quarantine_record(id_of(&wallet, "a2")).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    parties.stop_host();
    std::fs::remove_dir_all(parties.path("host")).unwrap();
    parties.start_host();
    for _ in 0..2 {
        parties.clock.forward(30);
        assert_eq!(parties.sync(&mut wallet).offline, None);
    }
    import(&mut wallet, &record("AllergyIntolerance", "a3")).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    let (restored, _) = restore(&parties, "restored", 1).unwrap();
    assert_eq!(listed(&restored), listed(&wallet));
}

#[test]
fn a_record_that_was_out_of_sight_when_its_turn_came_is_published_when_it_is_back() {
    let parties = Parties::start();
    let clinic = parties.provider(130, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let item = wallet.quarantine_record(id_of(&wallet, "a1")).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(wallet.status().unwrap().at_risk.records, 0);
    wallet.retry_quarantined(Some(item), None).unwrap();
    assert_eq!(wallet.status().unwrap().at_risk.records, 1);
    // A grant that covers it alone is made before it is sealed.
    let code = CodeFilter { system: "http://example.org/codes".into(), code: "a1".into() };
    let scope = Scope { codes: vec![code], ..categories(&[Category::Allergies]) };
    let grant = parties.grant(&mut wallet, &fresh, &clinic, scope).unwrap().grant;
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, grant), "active");
    assert_eq!(parties.openable_now(&clinic).len(), 1);
    assert_eq!(wallet.status().unwrap().at_risk.records, 0);
    let (restored, _) = restore(&parties, "restored", 1).unwrap();
    assert_eq!(listed(&restored), listed(&wallet));
}

#[test]
fn what_is_kept_out_by_hand_does_not_grow_with_each_import() {
    let parties = Parties::start();
    let (mut wallet, _fresh) = parties.wallet();
    let file = [PATIENT, &record("AllergyIntolerance", "a1")].join(&b'\n');
    import(&mut wallet, &file).unwrap();
    let item = wallet.quarantine_record(id_of(&wallet, "a1")).unwrap();
    parties.sync(&mut wallet);
    let committed = parties.wire.seen.lock().unwrap().heads.len();
    for _ in 0..3 {
        let report = import(&mut wallet, &file).unwrap();
        assert_eq!((report.updated, report.duplicates, list(&wallet).len()), (0, 2, 1));
        parties.sync(&mut wallet);
    }
    let heads = parties.wire.seen.lock().unwrap().heads.len() - committed;
    assert!(heads <= 3, "only the wallet's own state says that there were imports: {heads} heads");
    wallet.retry_quarantined(Some(item), None).unwrap();
    assert_eq!(wallet.record_history(id_of(&wallet, "a1")).unwrap().len(), 1);
}

#[test]
fn what_was_taken_back_before_it_was_published_is_at_no_risk() {
    let parties = Parties::start();
    let (mut wallet, _fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync(&mut wallet);
    let gone = import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap().import.unwrap();
    assert_eq!(wallet.status().unwrap().at_risk.records, 1);
    assert_eq!(wallet.import_reach(gone).unwrap().published, 0);
    wallet.undo_import(gone).unwrap();
    assert_eq!(wallet.status().unwrap().at_risk.records, 0);
}

fn history(entries: &str) -> Vec<u8> {
    let patient = String::from_utf8(PATIENT.to_vec()).unwrap();
    format!(r#"{{"resourceType":"Bundle","type":"history","entry":[{{"resource":{patient}}},{entries}]}}"#)
        .into_bytes()
}

fn version(text: &str, updated: &str) -> String {
    format!(
        r#"{{"fullUrl":"https://clinic.org/fhir/Basic/b","resource":{{"resourceType":"Basic","id":"b","subject":{{"reference":"Patient/p1"}},"code":{{"text":"{text}"}}{updated}}}}}"#
    )
}

#[test]
fn undoing_one_of_two_imports_of_a_version_shows_the_later_of_what_is_left() {
    let parties = Parties::start();
    let (mut wallet, _fresh) = parties.wallet();
    let (old, new) = (history(&version("one", "")), history(&version("two", "")));
    let first = import(&mut wallet, &old).unwrap().import.unwrap();
    import(&mut wallet, &new).unwrap();
    import(&mut wallet, &old).unwrap();
    let shown = |wallet: &Wallet| {
        let basic = list(wallet).into_iter().find(|record| record.resource_type == "Basic").unwrap();
        basic.display.unwrap()
    };
    assert_eq!(shown(&wallet), "two");
    wallet.undo_import(first).unwrap();
    assert_eq!(shown(&wallet), "one", "the third import carried it last");
}

#[test]
fn a_record_that_was_made_again_is_not_removed_after_a_restore() {
    let parties = Parties::start();
    let (mut wallet, _fresh) = parties.wallet();
    let updated = |day: u8| format!(r#","meta":{{"lastUpdated":"2024-05-{day:02}T00:00:00Z"}}"#);
    let deleted = r#"{"fullUrl":"https://clinic.org/fhir/Basic/b","request":{"method":"DELETE","url":"Basic/b"},"response":{"lastModified":"2024-05-02T00:00:00Z"}}"#;
    import(&mut wallet, &history(&format!("{deleted},{}", version("first", &updated(1))))).unwrap();
    import(&mut wallet, &history(&version("again", &updated(3)))).unwrap();
    let mistake = import(&mut wallet, &history(&version("mistake", &updated(4)))).unwrap().import.unwrap();
    parties.sync(&mut wallet);
    wallet.undo_import(mistake).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    let (restored, _) = restore(&parties, "restored", 1).unwrap();
    assert_eq!(listed(&restored), listed(&wallet));
    let basic = list(&restored).into_iter().find(|record| record.resource_type == "Basic").unwrap();
    assert_eq!(basic.display.as_deref(), Some("again"));
    let standing = |wallet: &Wallet| -> Vec<VersionStanding> {
        wallet.record_history(basic.id).unwrap().iter().map(|version| version.standing).collect()
    };
    assert_eq!(standing(&restored), standing(&wallet));
}
