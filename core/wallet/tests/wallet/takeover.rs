//! Two wallets of the same words: the one that took over last goes on, the other one stops.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use keepwell_net::{HttpTransport, NetError, Reach};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{Category, CodeFilter, Duration, GrantId, RecordId, Scope};
use keepwell_protocol::formats::shl::ShareLink;
use keepwell_wallet::{
    FreshAuthentication, NewShare, ShareRequest, StoreError, Wallet, WalletError, open_share,
};

use crate::parties::{PATIENT, Parties, Provider, categories, record, state};
use crate::restore_words::restore;
use crate::setup::{self, import, list};

fn begun(of: u8) -> (Parties, Wallet) {
    let parties = Parties::start();
    let clinic = parties.provider(of, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    (parties, wallet)
}

#[test]
fn a_phone_whose_wallet_was_restored_elsewhere_closes_its_pin_and_publishes_nothing() {
    let (parties, mut lost) = begun(120);
    let (mut restored, _) = restore(&parties, "new phone", 1).unwrap();
    import(&mut restored, &record("AllergyIntolerance", "a1")).unwrap();
    assert_eq!(parties.sync(&mut restored).queued, 0);

    import(&mut lost, &record("AllergyIntolerance", "a2")).unwrap();
    parties.wire.seen.lock().unwrap().heads.clear();
    let refused = parties.try_sync(&mut lost).unwrap_err();
    assert!(matches!(refused, WalletError::TakenOver), "{refused:?}");
    assert!(!lost.is_unlocked());
    let opened = lost.unlock(&setup::pin()).map(drop);
    assert!(matches!(opened, Err(WalletError::Store(StoreError::PinSlotDestroyed))), "{opened:?}");
    // Its words show what is there and send nothing.
    lost.unlock_with_words(&setup::words(1), &Passphrase::none(), &setup::pin()).unwrap();
    assert_eq!(list(&lost).len(), 2);
    assert!(matches!(parties.try_sync(&mut lost), Err(WalletError::TakenOver)));
    assert!(parties.wire.seen.lock().unwrap().heads.is_empty());

    // The other one goes on.
    import(&mut restored, &record("AllergyIntolerance", "a3")).unwrap();
    assert_eq!(parties.sync(&mut restored).queued, 0);
    assert_eq!(list(&restored).len(), 3);
    let (again, _) = restore(&parties, "newest phone", 1).unwrap();
    assert_eq!(list(&again).len(), 3);
}

#[test]
fn whichever_command_finds_it_out_the_next_one_stops() {
    let (parties, mut lost) = begun(121);
    let (mut restored, _) = restore(&parties, "new phone", 1).unwrap();
    import(&mut restored, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync(&mut restored);
    let fresh = lost.unlock(&setup::pin()).unwrap();
    import(&mut lost, &record("AllergyIntolerance", "a2")).unwrap();
    let share = || ShareRequest {
        scopes: vec![categories(&[Category::Allergies])],
        label: None,
        life: Duration::minutes(5),
        opens: None,
        ..ShareRequest::default()
    };
    for _ in 0..2 {
        assert!(matches!(lost.share(parties.network(), share()), Err(WalletError::TakenOver)));
    }
    assert!(!lost.is_unlocked());
    drop(fresh);
    assert!(lost.unlock(&setup::pin()).is_err());
}

fn unlocked(parties: &Parties, name: &str) -> (Wallet, FreshAuthentication) {
    let (mut wallet, _) = restore(parties, name, 1).unwrap();
    let fresh = wallet.unlock(&setup::pin()).unwrap();
    (wallet, fresh)
}

fn share(parties: &Parties, wallet: &mut Wallet, label: &str) -> NewShare {
    let scopes = vec![categories(&[Category::Allergies])];
    let request = ShareRequest {
        scopes,
        label: Some(label.into()),
        life: Duration::minutes(30),
        opens: None,
        ..ShareRequest::default()
    };
    wallet.share(parties.network(), request).unwrap()
}

fn is_open(link: &str) -> bool {
    let link = ShareLink::parse(link).unwrap();
    open_share(&HttpTransport::new().unwrap(), Reach::ForeignOrLoopback, &link, "desk", None).is_ok()
}

/// What a wallet says of its grants and shares: states by name of the provider, and labels.
fn decisions(wallet: &Wallet) -> [Vec<(String, String)>; 2] {
    let mut grants: Vec<_> =
        wallet.grants().unwrap().into_iter().map(|one| (one.name, one.state.as_str().to_owned())).collect();
    let mut shares: Vec<_> =
        wallet.shares().unwrap().into_iter().map(|one| (one.label, format!("{:?}", one.state))).collect();
    grants.sort();
    shares.sort();
    [grants, shares]
}

fn ids(wallet: &Wallet) -> Vec<RecordId> {
    let mut ids: Vec<_> = list(wallet).into_iter().map(|one| one.id).collect();
    ids.sort();
    ids
}

#[test]
fn what_the_old_phone_still_published_is_taken_over_and_what_only_the_new_one_has_goes_out() {
    let parties = Parties::start();
    let mut clinics = Vec::new();
    for (of, name) in [(130, "Kept"), (131, "Ended old"), (132, "Ended new"), (133, "Old"), (134, "New")] {
        clinics.push(parties.provider(of, name));
    }
    let [kept, ended_old, ended_new, of_old, of_new] = clinics.try_into().ok().unwrap();
    let (mut old, old_fresh) = parties.wallet();
    import(&mut old, PATIENT).unwrap();
    import(&mut old, &record("AllergyIntolerance", "a1")).unwrap();
    let mut granted = Vec::new();
    for clinic in [&kept, &ended_old, &ended_new] {
        granted.push(
            parties.grant(&mut old, &old_fresh, clinic, categories(&[Category::Allergies])).unwrap().grant,
        );
    }
    assert_eq!(parties.sync(&mut old).queued, 0);
    let (mut new, new_fresh) = unlocked(&parties, "new phone");

    // The old one goes on, and everything of it is acknowledged.
    import(&mut old, &record("AllergyIntolerance", "a2")).unwrap();
    import(&mut old, &record("Observation", "o2")).unwrap();
    parties.grant(&mut old, &old_fresh, &of_old, categories(&[Category::Allergies])).unwrap();
    let link_old = share(&parties, &mut old, "old share");
    old.revoke(granted[1]).unwrap();
    assert_eq!(parties.sync(&mut old).queued, 0);

    // The new one decides without network first.
    import(&mut new, &record("AllergyIntolerance", "a3")).unwrap();
    new.revoke(granted[2]).unwrap();
    let codes =
        ["a2", "a3"].map(|code| CodeFilter { system: "http://example.org/codes".into(), code: code.into() });
    let part = Scope { codes: codes.to_vec(), ..categories(&[Category::Allergies]) };
    parties.grant(&mut new, &new_fresh, &of_new, part).unwrap();
    let link_new = share(&parties, &mut new, "new share");
    let report = parties.sync(&mut new);
    assert_eq!(report.queued, 0, "{report:?}");
    let taken = report.other_wallet.unwrap();
    assert_eq!((taken.records, taken.grants, taken.shares, taken.missing), (2, 1, 1, 0));
    assert!(taken.grants_lost.is_empty());
    assert_eq!(parties.sync(&mut new).other_wallet, None, "it is told once");

    let expected_grants = [
        ("Ended new", "revoked"),
        ("Ended old", "revoked"),
        ("Kept", "active"),
        ("New", "active"),
        ("Old", "active"),
    ];
    let expected_grants = expected_grants.map(|(name, state)| (name.to_owned(), state.to_owned())).to_vec();
    let expected_shares =
        ["new share", "old share"].map(|label| (label.to_owned(), "Active".to_owned())).to_vec();
    assert_eq!(decisions(&new), [expected_grants, expected_shares]);
    assert_eq!(list(&new).len(), 5);
    assert!(is_open(&link_old.link) && is_open(&link_new.link));
    let allergies = |ids: &[&str]| -> BTreeSet<Vec<u8>> {
        ids.iter().map(|id| record("AllergyIntolerance", id)).collect()
    };
    for clinic in [&kept, &of_old] {
        assert_eq!(parties.openable_now(clinic), allergies(&["a1", "a2", "a3"]));
    }
    assert_eq!(parties.openable_now(&of_new), allergies(&["a2", "a3"]));
    for clinic in [&ended_old, &ended_new] {
        assert!(!parties.openable(clinic).contains(&record("AllergyIntolerance", "a3")));
    }

    assert!(matches!(parties.try_sync(&mut old), Err(WalletError::TakenOver)));
    // What it keeps is whole, opens again, goes on, and comes back.
    drop(new);
    let device = setup::device(&parties.path("new phone"));
    let clock = Box::new(parties.clock.clone());
    let mut new = Wallet::open(&parties.path("new phone"), device, clock, Rng::system()).unwrap();
    new.unlock(&setup::pin()).unwrap();
    import(&mut new, &record("AllergyIntolerance", "a4")).unwrap();
    assert_eq!(parties.sync(&mut new).queued, 0);
    assert_eq!(parties.openable_now(&of_old), allergies(&["a1", "a2", "a3", "a4"]));
    let (next, report) = restore(&parties, "newest phone", 1).unwrap();
    assert!(report.missing.is_empty() && report.anchored, "{report:?}");
    assert_eq!((ids(&next), decisions(&next)), (ids(&new), decisions(&new)));
}

#[test]
fn of_two_wallets_restored_from_one_state_one_goes_on_whoever_publishes_first() {
    for (of, is_first_earlier) in [(140, true), (141, false)] {
        let (parties, old) = begun(of);
        drop(old);
        let (first, _) = restore(&parties, "first", 1).unwrap();
        let (second, _) = restore(&parties, "second", 1).unwrap();
        let (mut early, mut late) = if is_first_earlier { (first, second) } else { (second, first) };
        import(&mut early, &record("AllergyIntolerance", "a1")).unwrap();
        import(&mut late, &record("AllergyIntolerance", "a2")).unwrap();
        assert_eq!(parties.sync(&mut early).queued, 0);
        // The other one has taken over later, or in the same second, or earlier: then it stops.
        let goes_on = match parties.try_sync(&mut late) {
            Ok(report) => {
                assert_eq!(report.queued, 0);
                assert!(matches!(parties.try_sync(&mut early), Err(WalletError::TakenOver)));
                assert_eq!(list(&late).len(), 3);
                late
            }
            Err(error) => {
                assert!(matches!(error, WalletError::TakenOver) && !is_first_earlier, "{error:?}");
                early
            }
        };
        let (again, _) = restore(&parties, "again", 1).unwrap();
        assert_eq!(ids(&again), ids(&goes_on));
    }
}

fn dated(id: &str, text: &str, updated: &str) -> Vec<u8> {
    let about = r#""subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p1"}"#;
    format!(r#"{{"resourceType":"AllergyIntolerance","id":"{id}","meta":{{"lastUpdated":"{updated}"}},"code":{{"text":"{text}"}},{about}}}"#).into_bytes()
}

#[test]
fn versions_of_both_have_numbers_of_their_own_and_imports_that_either_took_back_stay_so() {
    let parties = Parties::start();
    let clinic = parties.provider(150, "Clinic");
    let (mut old, fresh) = parties.wallet();
    import(&mut old, PATIENT).unwrap();
    import(&mut old, &dated("a1", "first", "2020-01-01T00:00:00Z")).unwrap();
    let undone_old = import(&mut old, &dated("u1", "undone by the old one", "2020-01-01T00:00:00Z")).unwrap();
    let undone_new = import(&mut old, &dated("u2", "undone by the new one", "2020-01-01T00:00:00Z")).unwrap();
    parties.grant(&mut old, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut old);
    let (mut new, _) = unlocked(&parties, "new phone");

    let both = dated("a1", "both", "2021-01-01T00:00:00Z");
    import(&mut old, &dated("a1", "old", "2023-01-01T00:00:00Z")).unwrap();
    import(&mut old, &both).unwrap();
    old.undo_import(undone_old.import.unwrap()).unwrap();
    assert_eq!(parties.sync(&mut old).queued, 0);
    import(&mut new, &both).unwrap();
    import(&mut new, &dated("a1", "new", "2022-01-01T00:00:00Z")).unwrap();
    new.undo_import(undone_new.import.unwrap()).unwrap();
    let report = parties.sync(&mut new);
    assert_eq!(report.queued, 0, "{report:?}");

    let shown = |wallet: &Wallet| -> Vec<Option<String>> {
        list(wallet)
            .into_iter()
            .filter(|one| one.resource_type == "AllergyIntolerance")
            .map(|one| one.display)
            .collect()
    };
    assert_eq!(shown(&new), [Some("old".to_owned())]);
    let id = list(&new).into_iter().find(|one| one.display.as_deref() == Some("old")).unwrap().id;
    let numbers: Vec<u32> = new.record_history(id).unwrap().iter().map(|one| one.version).collect();
    assert_eq!(numbers.len(), numbers.iter().collect::<BTreeSet<_>>().len(), "{numbers:?}");
    assert_eq!(new.imports().unwrap().iter().filter(|one| one.undone.is_some()).count(), 2);
    let (again, _) = restore(&parties, "newest phone", 1).unwrap();
    assert_eq!(shown(&again), shown(&new));
    let of = |wallet: &Wallet| wallet.record_history(id).unwrap().len();
    assert_eq!(of(&again), of(&new));
    let imports = |wallet: &Wallet| -> Vec<_> {
        wallet.imports().unwrap().iter().map(|one| (one.import, one.undone.is_some())).collect()
    };
    assert_eq!(imports(&again), imports(&new));
    // What it undoes now it undoes whole.
    assert!(parties.openable_now(&clinic).contains(&dated("a1", "old", "2023-01-01T00:00:00Z")));
}

#[test]
fn where_both_granted_under_one_number_the_published_one_stands_and_the_other_is_named() {
    let (parties, mut old) = begun(160);
    let clinic = parties.provider(161, "Twice");
    let (mut new, fresh) = unlocked(&parties, "new phone");
    let old_fresh = old.unlock(&setup::pin()).unwrap();
    // The new one can't see the host when it grants.
    parties.grant(&mut old, &old_fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.wire.intrude(|request| request.url.contains("/v1/space").then_some(Err(NetError::Offline)));
    parties.grant(&mut new, &fresh, &clinic, categories(&[Category::Results])).unwrap();
    parties.wire.leave();
    assert_eq!(parties.sync(&mut old).queued, 0);
    let report = parties.sync(&mut new);
    assert_eq!((report.queued, report.other_wallet.unwrap().grants_lost), (0, vec!["Twice".to_owned()]));
    let scopes = |wallet: &Wallet| -> Vec<Vec<Category>> {
        let grants = wallet.grants().unwrap().into_iter().filter(|one| one.name == "Twice");
        grants.map(|one| one.scope.categories).collect()
    };
    assert_eq!(scopes(&new), [vec![Category::Allergies]]);
    parties.grant(&mut new, &fresh, &clinic, categories(&[Category::Results])).unwrap();
    assert_eq!(parties.sync(&mut new).queued, 0);
    assert_eq!(scopes(&new).len(), 2);
    assert!(new.grants().unwrap().iter().all(|one| one.state.as_str() == "active"));
}

#[test]
fn a_takeover_that_is_broken_off_anywhere_loses_nothing_and_says_nothing_before_it_is_done() {
    let (parties, mut old) = begun(180);
    let (mut new, _) = unlocked(&parties, "new phone");
    for id in ["a1", "a2", "a3"] {
        import(&mut old, &record("AllergyIntolerance", id)).unwrap();
        parties.sync(&mut old);
    }
    import(&mut new, &record("AllergyIntolerance", "a4")).unwrap();
    import(&mut new, &dated("a5", "of the new one", "2020-01-01T00:00:00Z")).unwrap();
    let mut cuts = 0;
    let report = loop {
        parties.wire.cut_after(cuts, cuts % 2 == 0);
        let report = parties.try_sync(&mut new).unwrap();
        parties.wire.mend();
        if report.offline.is_none() {
            break report;
        }
        // Each time a little further, and by a process that knows only what was written down.
        new.lock();
        new.unlock(&setup::pin()).unwrap();
        cuts += 1;
    };
    assert!(cuts > 6, "{cuts}");
    let report = if report.queued == 0 { report } else { parties.sync(&mut new) };
    assert_eq!(report.queued, 0, "{report:?}");
    assert_eq!(list(&new).len(), 6);
    assert!(matches!(parties.try_sync(&mut old), Err(WalletError::TakenOver)));
    let (again, report) = restore(&parties, "newest phone", 1).unwrap();
    assert!(report.missing.is_empty(), "{report:?}");
    assert_eq!(ids(&again), ids(&new));
}

/// A record that is fetched by itself, since it is as large as a batch.
fn large(id: u8) -> Vec<u8> {
    let mut bytes = vec![0; 700_000];
    Rng::seeded(id.into()).fill(&mut bytes).unwrap();
    dated(&format!("l{id}"), &hex::encode(bytes), "2020-01-01T00:00:00Z")
}

#[test]
fn what_a_takeover_brought_is_counted_whole_however_many_tries_it_took() {
    let (parties, mut old) = begun(181);
    let (mut new, _) = unlocked(&parties, "new phone");
    for id in 1..=3 {
        import(&mut old, &large(id)).unwrap();
    }
    assert_eq!(parties.sync(&mut old).queued, 0);
    // One of them is here as well.
    import(&mut new, &large(3)).unwrap();
    let (mut cuts, mut told, mut was_in_part) = (0, Vec::new(), false);
    loop {
        parties.wire.cut_after(cuts, false);
        let report = parties.try_sync(&mut new).unwrap();
        parties.wire.mend();
        told.extend(report.other_wallet.map(|taken| taken.records));
        if report.offline.is_none() {
            break;
        }
        was_in_part |= told.is_empty() && list(&new).len() == 3;
        cuts += 1;
    }
    assert!(was_in_part, "a try ended between the two that were fetched");
    assert_eq!((told, list(&new).len()), (vec![2], 4));
}

/// Whether a provider reads nothing under the only grant that it was told of.
fn is_refused(parties: &Parties, clinic: &Provider) -> bool {
    parties.read(&parties.envelopes(clinic)[0]).status == 403
}

/// A phone that ended a grant and is lost after the host had its first commit of that, and before anybody else had.
fn ended_by_a_drop_alone(of: u8) -> (Parties, Wallet, Provider, GrantId) {
    let parties = Parties::start();
    let clinic = parties.provider(of, "Clinic");
    let (mut lost, fresh) = parties.wallet();
    import(&mut lost, PATIENT).unwrap();
    let grant = parties.grant(&mut lost, &fresh, &clinic, categories(&[Category::Allergies])).unwrap().grant;
    assert_eq!(parties.sync(&mut lost).queued, 0);
    let (new, _) = unlocked(&parties, "new phone");
    lost.revoke(grant).unwrap();
    let is_gone = AtomicBool::new(false);
    parties.wire.intrude(move |request| {
        let was_gone = is_gone.fetch_or(request.url.ends_with("/commit"), Ordering::SeqCst);
        was_gone.then_some(Err(NetError::Offline))
    });
    parties.sync(&mut lost);
    parties.wire.leave();
    assert!(is_refused(&parties, &clinic));
    (parties, new, clinic, grant)
}

#[test]
fn what_was_ended_by_a_drop_alone_stays_ended_for_the_wallet_that_goes_on() {
    let (parties, mut new, clinic, grant) = ended_by_a_drop_alone(150);
    import(&mut new, &record("AllergyIntolerance", "a1")).unwrap();
    assert_eq!(parties.sync(&mut new).queued, 0);
    assert_eq!(state(&new, grant), "revoked");
    assert!(is_refused(&parties, &clinic));
}

#[test]
fn what_was_ended_by_a_drop_alone_stays_ended_after_a_restore() {
    let (parties, _, clinic, grant) = ended_by_a_drop_alone(151);
    let (mut newest, _) = unlocked(&parties, "newest phone");
    import(&mut newest, &record("AllergyIntolerance", "a1")).unwrap();
    assert_eq!(parties.sync(&mut newest).queued, 0);
    assert_eq!(state(&newest, grant), "revoked");
    assert!(is_refused(&parties, &clinic));
}

#[test]
fn a_phone_that_was_taken_over_still_tells_the_ledger_what_it_ended() {
    let parties = Parties::start();
    let clinic = parties.provider(152, "Clinic");
    let (mut lost, fresh) = parties.wallet();
    import(&mut lost, PATIENT).unwrap();
    let grant = parties.grant(&mut lost, &fresh, &clinic, categories(&[Category::Allergies])).unwrap().grant;
    assert_eq!(parties.sync(&mut lost).queued, 0);
    let (mut new, _) = unlocked(&parties, "new phone");
    import(&mut new, &record("AllergyIntolerance", "a1")).unwrap();
    assert_eq!(parties.sync(&mut new).queued, 0);
    assert_eq!(parties.openable_now(&clinic).len(), 1);

    lost.revoke(grant).unwrap();
    assert!(matches!(parties.try_sync(&mut lost), Err(WalletError::TakenOver)));
    for _ in 0..3 {
        parties.clock.forward(30);
        parties.await_block_time();
        parties.sync(&mut new);
    }
    assert_eq!(state(&new, grant), "revoked");
    assert!(is_refused(&parties, &clinic));
}
