//! A wallet made again from its recovery words.

use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::domain::{Category, CodeFilter, Scope};
use keepwell_wallet::{
    Clock, ImportOptions, NewWallet, Query, RecordOrder, RestoreFrom, RestoreProgress, RestoreReport,
    Servers, Wallet, WalletError,
};

use crate::parties::{PATIENT, Parties, categories, copy, record, state};
use crate::setup;
use crate::setup::{import, import_as, list};

pub(crate) fn restore(parties: &Parties, name: &str, of: u8) -> Result<(Wallet, RestoreReport), WalletError> {
    restore_with(parties, name, of, &setup::pin(), Box::new(parties.clock.clone()))
}

pub(crate) fn restore_with(
    parties: &Parties,
    name: &str,
    of: u8,
    pin: &Pin,
    clock: Box<dyn Clock>,
) -> Result<(Wallet, RestoreReport), WalletError> {
    restore_told(parties, name, of, pin, clock, &|_| {})
}

fn restore_told(
    parties: &Parties,
    name: &str,
    of: u8,
    pin: &Pin,
    clock: Box<dyn Clock>,
    progress: &dyn Fn(RestoreProgress),
) -> Result<(Wallet, RestoreReport), WalletError> {
    let home = parties.path(name);
    let anchor = parties.anchor();
    let servers = Servers { ledger_url: &parties.ledger_url, host_url: &parties.host_url, anchor: &anchor };
    let from = RestoreFrom { servers, network: parties.network(), progress };
    let (words, passphrase) = (setup::words(of), Passphrase::none());
    let device = setup::device(&home);
    Wallet::restore(
        NewWallet {
            home: &home,
            words: &words,
            passphrase: &passphrase,
            pin,
            device,
            clock,
            rng: Rng::system(),
        },
        from,
    )
    .map(|(wallet, _, report)| (wallet, report))
}

pub(crate) fn export(wallet: &mut Wallet) -> Vec<u8> {
    let fresh = wallet.unlock(&setup::pin()).unwrap();
    let mut bytes = Vec::new();
    wallet.export(&fresh, &mut bytes).unwrap();
    bytes
}

#[test]
fn everything_comes_back_and_can_be_ended() {
    let parties = Parties::start();
    let clinic = parties.provider(60, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    for id in ["a1", "a2", "a3"] {
        import(&mut wallet, &record("AllergyIntolerance", id)).unwrap();
    }
    // A second version of a record.
    let changed = String::from_utf8(record("AllergyIntolerance", "a1"))
        .unwrap()
        .replace("\"id\"", "\"language\":\"de\",\"id\"");
    import(&mut wallet, changed.as_bytes()).unwrap();
    import(&mut wallet, br#"{"resourceType":"Practitioner","id":"d1"}"#).unwrap();
    let whole = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    let filter = CodeFilter { system: "http://example.org/codes".into(), code: "a2".into() };
    let scope = Scope { codes: vec![filter], ..categories(&[Category::Allergies]) };
    let part = parties.grant(&mut wallet, &fresh, &clinic, scope).unwrap();
    parties.sync(&mut wallet);
    let report = parties.sync_anchor(&mut wallet);
    assert_eq!(report.queued, 0, "{report:?}");
    let by_arrival = |wallet: &Wallet| {
        let query = Query { order: RecordOrder::LatestArrival, ..Query::default() };
        let page = wallet.records(&query).unwrap().records;
        page.into_iter().map(|record| record.id).collect::<Vec<_>>()
    };
    let arrived = by_arrival(&wallet);
    let (records, bytes, grants) = (list(&wallet), export(&mut wallet), wallet.grants().unwrap());
    drop((wallet, fresh));

    let (mut wallet, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!((report.records, report.grants, report.anchored), (5, 2, true));
    assert_eq!(report.missing, []);
    assert_eq!((report.anchored_as_of.is_some(), report.gateways), (true, 1));
    let sorted = |mut records: Vec<keepwell_wallet::RecordSummary>| {
        records.sort_by_key(|record| record.id);
        records
    };
    assert_eq!(sorted(list(&wallet)), sorted(records));
    assert_eq!(by_arrival(&wallet), arrived);
    let lines = |bytes: &[u8]| {
        let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&export(&mut wallet)), lines(&bytes));
    let facts = |grants: Vec<keepwell_wallet::GrantView>| {
        grants
            .into_iter()
            .map(|grant| (grant.grant, grant.state, grant.scope, grant.name))
            .collect::<Vec<_>>()
    };
    assert_eq!(facts(wallet.grants().unwrap()), facts(grants));

    // It goes on where the lost one ended: adds, revokes without the seed, and nothing leaks.
    wallet.revoke(whole.grant).unwrap();
    wallet.revoke(part.grant).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a4")).unwrap();
    let report = parties.sync(&mut wallet);
    assert_eq!(report.queued, 0, "{report:?}");
    assert_eq!((state(&wallet, whole.grant), state(&wallet, part.grant)), ("revoked", "revoked"));
    assert!(!parties.openable(&clinic).contains(&record("AllergyIntolerance", "a4")));

    // And again, from what the second one left.
    drop(wallet);
    let (wallet, report) = restore(&parties, "third", 1).unwrap();
    assert_eq!((report.records, report.grants), (6, 2), "{report:?}");
    assert_eq!(list(&wallet).len(), 6);
}

#[test]
fn who_the_owner_is_comes_back_and_who_was_forgotten_does_not() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let called = |family: &str, id: &str| {
        let text = String::from_utf8(PATIENT.to_vec()).unwrap();
        text.replace("Nolan", family).replace("\"p1\"", &format!("\"{id}\"")).into_bytes()
    };
    for family in ["Huber", "Okafor"] {
        let patient = called(family, family);
        assert_eq!(import(&mut wallet, &patient).unwrap_err().code(), "OtherPatient");
        let chosen = ImportOptions { patient: Some("@1".into()), source: None };
        assert_eq!(import_as(&mut wallet, &patient, &chosen).unwrap().added, 1);
    }
    wallet.forget_person(3).unwrap();
    assert_eq!(wallet.forget_person(3).unwrap_err().code(), "NoSuchPerson");
    let people = wallet.people().unwrap();
    parties.sync(&mut wallet);
    drop(wallet);
    let (mut wallet, _) = restore(&parties, "second", 1).unwrap();
    assert_eq!(wallet.people().unwrap(), people);
    assert_eq!(import(&mut wallet, &called("Huber", "another")).unwrap().added, 1);
    assert_eq!(import(&mut wallet, &called("Okafor", "another")).unwrap_err().code(), "OtherPatient");
}

#[test]
fn a_host_that_serves_yesterdays_folder_is_caught_by_the_anchor() {
    let mut parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync_anchor(&mut wallet);
    parties.stop_host();
    copy(&parties.path("host"), &parties.path("yesterday"));
    parties.start_host();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync_anchor(&mut wallet);
    parties.stop_host();
    std::fs::rename(parties.path("host"), parties.path("today")).unwrap();
    std::fs::rename(parties.path("yesterday"), parties.path("host")).unwrap();
    parties.start_host();
    let refused = restore(&parties, "second", 1).unwrap_err();
    assert_eq!(refused.code(), "HostRolledBack");
    assert!(!parties.path("second").join("wallet").exists());
    // Today's folder is believed.
    parties.stop_host();
    std::fs::remove_dir_all(parties.path("host")).unwrap();
    std::fs::rename(parties.path("today"), parties.path("host")).unwrap();
    parties.start_host();
    assert_eq!(restore(&parties, "second", 1).unwrap().1.records, 2);
}

#[test]
fn other_words_find_nothing_and_a_wallet_that_is_there_stays() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(restore(&parties, "second", 1).unwrap().1.records, 1);
    assert_eq!(restore(&parties, "third", 7).unwrap_err().code(), "SpaceMissing");
    assert_eq!(restore(&parties, "second", 1).unwrap_err().code(), "WalletExists");
}

#[test]
fn it_says_how_far_it_is() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    for id in 0..40 {
        // Nothing that compresses, so that it is more than one batch.
        let mut rng = Rng::system();
        let note: String =
            (0..1_250).flat_map(|_| rng.array::<32>().unwrap()).map(|byte| format!("{byte:02x}")).collect();
        let text = String::from_utf8(record("AllergyIntolerance", &format!("a{id}"))).unwrap();
        let text = text.replace("\"code\":{", &format!("\"code\":{{\"text\":\"{note}\","));
        import(&mut wallet, text.as_bytes()).unwrap();
    }
    parties.sync(&mut wallet);
    drop(wallet);
    let told = std::cell::RefCell::new(Vec::new());
    let clock = Box::new(parties.clock.clone());
    restore_told(&parties, "told", 1, &setup::pin(), clock, &|progress| told.borrow_mut().push(progress))
        .unwrap();
    let told = told.into_inner();
    let (first, last) = (told.first().unwrap(), told.last().unwrap());
    assert_eq!((first.bytes, last.bytes), (0, last.total));
    assert!(
        last.total > 800_000 && told.len() > 2 && told.is_sorted_by_key(|progress| progress.bytes),
        "{told:?}"
    );
}
