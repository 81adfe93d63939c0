//! An access that is extended: the former grant ends once the new one stands, and never before.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use keepwell_net::NetError;
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{Category, CodeFilter, Duration, GrantId, Purpose, Scope};
use keepwell_protocol::ledger::Card;
use keepwell_wallet::{
    FreshAuthentication, GrantExtension, GrantRequest, GrantView, News, ProviderName, Wallet, WalletError,
};

use crate::parties::{PATIENT, Parties, Provider, categories, record, state};
use crate::setup::import;

const NINETY_DAYS: Duration = Duration::days(90);

fn extend(
    parties: &Parties,
    wallet: &mut Wallet,
    fresh: &FreshAuthentication,
    grant: GrantId,
) -> Result<GrantExtension, WalletError> {
    wallet.extend(fresh, grant, NINETY_DAYS, parties.network(), &mut drop)
}

/// A wallet with one active grant.
fn granted(parties: &Parties, clinic: &Provider) -> (Wallet, FreshAuthentication, GrantView) {
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let grant = parties.grant(&mut wallet, &fresh, clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    (wallet, fresh, grant)
}

#[test]
fn the_new_grant_stands_and_the_former_is_over_everywhere() {
    let parties = Parties::start();
    let clinic = parties.provider(140, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    parties.clock.forward(20 * 86_400);
    parties.await_block_time();
    let mut told = Vec::new();
    let extension = wallet
        .extend(&fresh, former.grant, NINETY_DAYS, parties.network(), &mut |news| told.push(news))
        .unwrap();
    let grant = extension.grant;
    assert_eq!((extension.former, grant.state), (GrantState::Revoked, GrantState::Active));
    assert!(grant.delivered && grant.grant != former.grant);
    assert_eq!((grant.replaces, former.replaces), (Some(former.grant), None));
    assert!(grant.is_named && former.is_named);
    assert_eq!(grant.not_after.since(former.not_after).0 / 86_400, 80);
    let same = |view: &GrantView| (view.provider, view.scope.clone(), view.purpose, view.name.clone());
    assert_eq!(same(&grant), same(&former));
    assert_eq!(
        told,
        [News::ProofArrived { grant: former.grant, state: GrantState::Revoked }, News::GrantsChanged]
    );
    assert_eq!(parties.sync(&mut wallet).queued, 0);

    let envelopes = parties.envelopes(&clinic);
    let of = |id: GrantId| envelopes.iter().find(|envelope| envelope.terms.grant_id() == id).unwrap();
    let origin = parties.ledger.as_ref().unwrap().anchor().origin();
    assert_eq!(of(grant.grant).accept(&origin, clinic.id()).unwrap().grant, grant.grant);
    assert_eq!(of(grant.grant).about, of(former.grant).about);
    assert_eq!(parties.read(of(grant.grant)).status, 200);
    assert_eq!(parties.read(of(former.grant)).status, 403);
    // What comes later is seen under the new one.
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(parties.openable(&clinic).len(), 2);
}

#[test]
fn a_finer_scope_and_an_unnamed_owner_stay_so() {
    let parties = Parties::start();
    let clinic = parties.provider(141, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let one = record("Observation", "o1");
    import(&mut wallet, &one).unwrap();
    import(&mut wallet, &record("Observation", "o2")).unwrap();
    let filter = CodeFilter { system: "http://example.org/codes".into(), code: "o1".into() };
    let request = GrantRequest {
        provider: ProviderName::Id(clinic.id()),
        scope: Scope { codes: vec![filter], ..categories(&[Category::Results]) },
        purpose: Purpose::Research,
        duration: Duration::days(30),
        about: None,
        request: None,
    };
    let former = wallet.grant(&fresh, request, parties.network()).unwrap();
    parties.sync(&mut wallet);
    let GrantExtension { grant, former: ended, .. } =
        extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    assert_eq!(ended, GrantState::Revoked);
    assert_eq!((grant.purpose, &grant.scope), (Purpose::Research, &former.scope));
    assert!(!grant.is_named && !former.is_named);
    let covered = wallet.preview_of_grant(grant.grant).unwrap();
    assert_eq!(covered, wallet.preview_grant(&former.scope).unwrap());
    assert_ne!(covered, wallet.preview_grant(&categories(&[Category::Results])).unwrap());
    // What is over covers what it did.
    assert_eq!(wallet.preview_of_grant(former.grant).unwrap(), covered);
    assert_eq!(wallet.preview_of_grant(GrantId::from_bytes([7; 32])).unwrap_err().code(), "NoSuchGrant");
    assert!(parties.envelopes(&clinic).iter().all(|envelope| envelope.about.is_none()));
    assert_eq!(parties.openable(&clinic), [one].into());
}

/// The grants that can be read under.
fn standing(wallet: &Wallet) -> Vec<GrantId> {
    let all = wallet.grants().unwrap().into_iter();
    all.filter(|view| view.state == GrantState::Active && view.delivered).map(|view| view.grant).collect()
}

#[test]
fn without_a_network_both_are_kept_and_the_sync_that_delivers_the_new_one_ends_the_former() {
    let parties = Parties::start();
    let clinic = parties.provider(142, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    parties.wire.intrude(|_| Some(Err(NetError::Offline)));
    let extension = extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    assert_eq!((extension.former, extension.grant.state), (GrantState::Active, GrantState::Pending));
    assert!(extension.failure.is_none(), "a server that is not reached is no failure");
    // Locked and opened again, by somebody who knows nothing of it.
    drop((wallet, fresh));
    let (mut wallet, _) = parties.reopen();
    parties.wire.leave();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, extension.grant.grant), "active");
    assert_eq!(state(&wallet, former.grant), "revoked");
    let envelopes = parties.envelopes(&clinic);
    let read = |id: GrantId| {
        let envelope = envelopes.iter().find(|envelope| envelope.terms.grant_id() == id);
        parties.read(envelope.unwrap()).status
    };
    assert_eq!((read(extension.grant.grant), read(former.grant)), (200, 403));
}

#[test]
fn a_new_one_that_is_taken_back_before_it_stands_leaves_the_former() {
    let parties = Parties::start();
    let clinic = parties.provider(148, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    parties.wire.intrude(|_| Some(Err(NetError::Offline)));
    let extension = extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    wallet.revoke(extension.grant.grant).unwrap();
    parties.wire.leave();
    for _ in 0..2 {
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        assert_eq!(standing(&wallet), [former.grant]);
    }
    // Nor does one that stood and was ended end what another stands in for.
    let second = extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    assert_eq!((second.former, standing(&wallet)), (GrantState::Revoked, vec![second.grant.grant]));
}

#[test]
fn one_that_is_extended_before_it_stands_takes_the_first_with_it() {
    let parties = Parties::start();
    let clinic = parties.provider(149, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    parties.wire.intrude(|_| Some(Err(NetError::Offline)));
    let second = extend(&parties, &mut wallet, &fresh, former.grant).unwrap().grant;
    let third = extend(&parties, &mut wallet, &fresh, second.grant).unwrap().grant;
    parties.wire.leave();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(standing(&wallet), [third.grant]);
}

#[test]
fn a_phone_made_again_from_its_words_ends_the_former() {
    let parties = Parties::start();
    let clinic = parties.provider(150, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    // The host hears of it, and the phone is lost before the ledger shows it.
    parties.wire.intrude(|request| {
        let is_of_ledger = request.url.contains("/v1/ledger") || request.url.ends_with("/v1/tx");
        (is_of_ledger || request.url.contains("/v1/inbox/")).then_some(Err(NetError::ConnectionBroken))
    });
    let extension = extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    assert_eq!((extension.former, extension.grant.state), (GrantState::Active, GrantState::Pending));
    drop((wallet, fresh));
    parties.wire.leave();
    let (mut restored, report) = crate::restore_words::restore(&parties, "second", 1).unwrap();
    assert_eq!(report.grants, 2);
    assert!(["active", "pending"].contains(&state(&restored, former.grant)));
    assert_eq!(parties.sync(&mut restored).queued, 0);
    assert_eq!(standing(&restored), [extension.grant.grant]);
    assert_eq!(state(&restored, former.grant), "revoked");
}

#[test]
fn what_fails_after_the_new_one_was_made_does_not_hide_it() {
    let parties = Parties::start();
    let clinic = parties.provider(151, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    let (mut newer, _) = crate::restore_words::restore(&parties, "second", 1).unwrap();
    import(&mut newer, &record("AllergyIntolerance", "a2")).unwrap();
    assert_eq!(parties.sync(&mut newer).queued, 0);
    // It learns that another phone has taken over only when it sends the new one.
    let asked = AtomicBool::new(false);
    parties.wire.intrude(move |request| {
        let is_first = request.url.contains("/v1/space") && !asked.swap(true, Ordering::SeqCst);
        is_first.then_some(Err(NetError::Offline))
    });
    let extension = extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    assert_eq!(extension.failure.map(|failure| failure.code()), Some("TakenOver"));
    assert!(!wallet.is_unlocked());
    assert_eq!((extension.former, extension.grant.state), (GrantState::Active, GrantState::Pending));
    assert_ne!(extension.grant.grant, former.grant);

    // Where that is known before, nothing is made.
    parties.wire.leave();
    wallet.unlock_with_words(&crate::setup::words(1), &Passphrase::none(), &crate::setup::pin()).unwrap();
    let made = wallet.grants().unwrap().len();
    let refused = extend(&parties, &mut wallet, &fresh, former.grant).unwrap_err();
    assert_eq!(refused.code(), "TakenOver");
    wallet.unlock_with_words(&crate::setup::words(1), &Passphrase::none(), &crate::setup::pin()).unwrap();
    assert_eq!(wallet.grants().unwrap().len(), made);
}

#[test]
fn a_clinic_that_was_not_told_keeps_what_it_has() {
    let parties = Parties::start();
    let clinic = parties.provider(143, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    parties
        .wire
        .intrude(|request| request.url.contains("/v1/inbox/").then_some(Err(NetError::ConnectionBroken)));
    let GrantExtension { grant, former: kept, .. } =
        extend(&parties, &mut wallet, &fresh, former.grant).unwrap();
    assert_eq!((grant.state, grant.delivered, kept), (GrantState::Active, false, GrantState::Active));
    assert_eq!(parties.read(&parties.envelopes(&clinic)[0]).status, 200);
}

#[test]
fn what_makes_an_access_longer_than_it_is_can_be_chosen_and_nothing_once_it_is_over() {
    let parties = Parties::start();
    let clinic = parties.provider(152, "Clinic");
    let (mut wallet, _fresh, former) = granted(&parties, &clinic);
    let days = |wallet: &Wallet| -> Vec<u64> {
        wallet.extension_durations(former.grant).unwrap().iter().map(|duration| duration.0 / 86_400).collect()
    };
    // It lasts for 30 days: as long from the same second on makes it no longer.
    let as_long_from_now = parties.clock.read().saturating_add(Duration::days(30)) > former.not_after;
    assert_eq!(days(&wallet), if as_long_from_now { vec![30, 90, 365] } else { vec![90, 365] });
    parties.clock.forward(24 * 86_400);
    assert_eq!(days(&wallet), [7, 30, 90, 365]);
    parties.clock.forward(6 * 86_400);
    assert_eq!(days(&wallet), [0; 0], "its time is over");
    parties.clock.set_ahead(0);
    wallet.revoke(former.grant).unwrap();
    assert_eq!(days(&wallet), [0; 0], "it was ended");
    let nobody = GrantId::from_bytes([7; 32]);
    assert_eq!(wallet.extension_durations(nobody).unwrap_err().code(), "NoSuchGrant");
}

#[test]
fn what_is_over_is_not_extended() {
    let parties = Parties::start();
    let clinic = parties.provider(144, "Clinic");
    let (mut wallet, fresh, former) = granted(&parties, &clinic);
    let refused = |wallet: &mut Wallet, grant| {
        let before = wallet.grants().unwrap();
        let code = extend(&parties, wallet, &fresh, grant).unwrap_err().code();
        assert_eq!(wallet.grants().unwrap(), before);
        code
    };
    let nobody = GrantId::from_bytes([7; 32]);
    assert_eq!(refused(&mut wallet, nobody), "NoSuchGrant");
    // A year and more is too long for a grant.
    let long = wallet.extend(&fresh, former.grant, Duration::days(500), parties.network(), &mut drop);
    assert_eq!(long.unwrap_err().code(), "InvalidPeriod");
    // By this phone's clock alone, which ends nothing.
    parties.clock.set_ahead(31 * 86_400);
    assert_eq!(state(&wallet, former.grant), "active");
    assert_eq!(refused(&mut wallet, former.grant), "GrantState");
    parties.clock.set_ahead(0);
    wallet.revoke(former.grant).unwrap();
    assert_eq!(refused(&mut wallet, former.grant), "GrantState");
    parties.sync(&mut wallet);
    assert_eq!(refused(&mut wallet, former.grant), "GrantState");

    let second = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Vitals])).unwrap();
    parties.sync(&mut wallet);
    parties.clock.forward(31 * 86_400);
    parties.await_block_time();
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, second.grant), "expired");
    assert_eq!(refused(&mut wallet, second.grant), "GrantState");
}

#[test]
fn a_provider_who_may_not_be_granted_to_is_not_extended_to() {
    let parties = Parties::start();
    let (suspended, rekeyed) = (parties.provider(145, "Suspended"), parties.provider(146, "Rekeyed"));
    let (mut wallet, fresh, first) = granted(&parties, &suspended);
    let second = parties.grant(&mut wallet, &fresh, &rekeyed, categories(&[Category::Vitals])).unwrap();
    parties.sync(&mut wallet);
    parties.suspend(suspended.id());
    let other = SigningKey::from_seed(&[98; 32]);
    let card = Card { version: 2, signing: other.public_key(), ..rekeyed.card.card.clone() };
    parties.rekey(card.sign(&other).unwrap());
    std::thread::sleep(std::time::Duration::from_secs(1));
    for (grant, code) in [(first.grant, "ProviderSuspended"), (second.grant, "ProviderKeyChanged")] {
        assert_eq!(extend(&parties, &mut wallet, &fresh, grant).unwrap_err().code(), code);
        assert_eq!(state(&wallet, grant), "active");
    }
    assert_eq!(wallet.grants().unwrap().len(), 2);
}

/// The process dies at each request in turn.
#[test]
fn whenever_it_dies_one_of_both_stands_and_after_the_next_sync_one_alone() {
    let parties = Parties::start();
    let clinic = parties.provider(147, "Clinic");
    let (wallet, fresh, former) = granted(&parties, &clinic);
    drop((wallet, fresh));
    let mut former = former.grant;
    let mut has_both = false;
    for dies_at in 0.. {
        assert!(dies_at < 60, "it never comes to its end");
        let (mut wallet, fresh) = parties.reopen();
        let left = Arc::new(AtomicI64::new(dies_at));
        parties.wire.intrude(move |_| {
            assert!(left.fetch_sub(1, Ordering::SeqCst) > 0, "the process dies here");
            None
        });
        let done = catch_unwind(AssertUnwindSafe(|| extend(&parties, &mut wallet, &fresh, former)));
        parties.wire.leave();
        drop((wallet, fresh));

        let (mut wallet, _) = parties.reopen();
        let known = wallet.grants().unwrap();
        assert!(!standing(&wallet).is_empty(), "died at request {dies_at}");
        let begun = |view: &GrantView| view.state.is_entitled() && view.grant != former;
        has_both |= known.iter().any(begun) && state(&wallet, former) == "active";
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        let [stands] = standing(&wallet)[..] else { panic!("died at request {dies_at}") };
        former = stands;
        if done.is_ok() {
            break;
        }
    }
    assert!(has_both, "it died between the steps");
}
