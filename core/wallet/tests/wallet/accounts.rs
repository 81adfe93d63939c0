//! A grant does not hang on another of the same provider that was ended before the ledger had it, and nothing
//! stays queued that can't be done any more.

use std::sync::Mutex;

use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{Category, GrantId, Object, Origin};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::{Kind, ProofError, Revoke, SignedTransaction, Signer, StateKey};
use keepwell_protocol::vault::{Submitted, SubmittedBatch, TransactionBatch};
use keepwell_wallet::{FreshAuthentication, StoppedBy, Wallet, WalletError};

use crate::parties::{self, PATIENT, Parties, Provider, categories, record, state};
use crate::setup::{import, words};

const DAY: i64 = 86_400;

struct Scene {
    parties: Parties,
    clinic: Provider,
    wallet: Wallet,
    fresh: FreshAuthentication,
}

impl Scene {
    /// A connected wallet that has pinned a provider, by a grant that was revoked on the spot or by none.
    fn new(of: u8) -> Self {
        let parties = Parties::start();
        let clinic = parties.provider(of, "Clinic");
        let (mut wallet, fresh) = parties.wallet();
        import(&mut wallet, PATIENT).unwrap();
        import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
        parties.sync(&mut wallet);
        Self { parties, clinic, wallet, fresh }
    }

    fn grant(&mut self, category: Category) -> GrantId {
        let scope = categories(&[category]);
        self.parties.grant(&mut self.wallet, &self.fresh, &self.clinic, scope).unwrap().grant
    }

    fn states(&self, grants: &[GrantId]) -> Vec<&'static str> {
        grants.iter().map(|grant| state(&self.wallet, *grant)).collect()
    }

    /// Whether exactly these grants were sent to the provider, each with all that proves it.
    fn accepts(&self, grants: &[GrantId]) -> bool {
        let origin = self.parties.ledger.as_ref().unwrap().anchor().origin();
        let sent = self.parties.envelopes(&self.clinic);
        let mut accepted: Vec<_> =
            sent.iter().map(|envelope| envelope.accept(&origin, self.clinic.id()).unwrap().grant).collect();
        accepted.sort_unstable();
        let mut wanted = grants.to_vec();
        wanted.sort_unstable();
        accepted == wanted
    }
}

#[test]
fn a_grant_after_one_that_was_revoked_before_the_ledger_had_it_comes_there() {
    // Whether the ledger can be asked about the account when the second is made.
    for (of, is_cut) in [(110, false), (111, true)] {
        let mut scene = Scene::new(of);
        let first = scene.grant(Category::Allergies);
        scene.wallet.revoke(first).unwrap();
        // Nobody was ever handed it.
        assert_eq!(scene.wallet.grant_view(first).unwrap().stopped_by, Some(StoppedBy::Host));
        if is_cut {
            scene.parties.wire.cut_after(0, false);
        }
        let second = scene.grant(Category::Allergies);
        scene.parties.wire.mend();
        let report = scene.parties.sync(&mut scene.wallet);
        assert_eq!((report.queued, scene.states(&[first, second])), (0, vec!["revoked", "active"]));
        assert!(scene.accepts(&[second]));
        let third = scene.grant(Category::Results);
        let report = scene.parties.sync(&mut scene.wallet);
        assert_eq!((report.queued, scene.states(&[third])), (0, vec!["active"]));
        assert!(scene.accepts(&[second, third]));
    }
}

#[test]
fn whichever_of_three_grants_is_revoked_before_the_first_sync_the_others_come_there() {
    for revoked in 0..3_usize {
        let mut scene = Scene::new(112 + u8::try_from(revoked).unwrap());
        let categories = [Category::Allergies, Category::Results, Category::Conditions];
        let mut grants = categories.map(|category| scene.grant(category)).to_vec();
        scene.wallet.revoke(grants[revoked]).unwrap();
        let report = scene.parties.sync(&mut scene.wallet);
        let mut expected = vec!["active"; 3];
        expected[revoked] = "revoked";
        assert_eq!((scene.states(&grants), report.queued), (expected, 0), "{revoked}");
        grants.remove(revoked);
        assert!(scene.accepts(&grants), "{revoked}");
    }
}

/// A relay's word that it has taken what was handed in.
fn taken(request: &Request, origin: &Origin) -> Response {
    let batch = TransactionBatch::from_cbor(&request.body).unwrap().0.into_iter();
    let taken = batch.map(|one| Submitted::Taken(SignedTransaction::parse(&one).unwrap().id(origin)));
    let headers = vec![("content-type".to_owned(), "application/cbor".to_owned())];
    Response { status: 200, headers, body: SubmittedBatch(taken.collect()).to_cbor() }
}

#[test]
fn what_comes_after_an_end_waits_until_the_ledger_shows_it() {
    let mut scene = Scene::new(119);
    let grants = [Category::Allergies, Category::Results].map(|category| scene.grant(category));
    scene.wallet.revoke(grants[0]).unwrap();
    // A block that is slow in coming: what is handed in first is in when it was asked about three times.
    let origin = scene.parties.ledger.as_ref().unwrap().anchor().origin();
    let (kept, direct) = (Mutex::new((None, 0)), HttpTransport::new().unwrap());
    scene.parties.wire.intrude(move |request| {
        let (kept, asked) = &mut *kept.lock().unwrap();
        if request.url.ends_with("/v1/ledger/txs") && *asked == 0 {
            assert!(kept.replace(request.clone()).is_none(), "nothing goes beside it");
            return Some(Ok(taken(request, &origin)));
        }
        if request.url.ends_with("/v1/ledger/proofs") && kept.is_some() {
            *asked += 1;
            if *asked == 3 {
                assert_eq!(direct.send(kept.take().unwrap(), Limits::CONFIGURED).unwrap().status, 200);
            }
        }
        None
    });
    let report = scene.parties.sync(&mut scene.wallet);
    assert_eq!((scene.states(&grants), report.queued), (vec!["revoked", "active"], 0), "{report:?}");
    assert!(scene.accepts(&grants[1..]));
}

#[test]
fn a_grant_that_was_lost_on_its_way_is_overtaken_by_none_of_its_account() {
    let mut scene = Scene::new(120);
    let origin = scene.parties.ledger.as_ref().unwrap().anchor().origin();
    // The account is there.
    scene.grant(Category::Allergies);
    scene.parties.sync(&mut scene.wallet);
    let first = scene.grant(Category::Conditions);
    scene.parties.wire.intrude(move |request| {
        let is_handed_in = request.url.ends_with("/v1/ledger/txs");
        is_handed_in.then(|| Ok(taken(request, &origin)))
    });
    scene.parties.sync_once(&mut scene.wallet);
    scene.parties.wire.leave();
    let second = scene.grant(Category::Results);
    scene.parties.sync_once(&mut scene.wallet);
    // The first is handed in again.
    scene.parties.clock.forward(21);
    let report = scene.parties.sync(&mut scene.wallet);
    assert_eq!((scene.states(&[first, second]), report.queued), (vec!["active", "active"], 0), "{report:?}");
}

#[test]
fn an_end_of_what_somebody_was_handed_waits_for_nobody_and_what_it_passes_over_is_said_to_be_over() {
    let mut scene = Scene::new(116);
    let grants = [Category::Allergies, Category::Results].map(|category| scene.grant(category));
    // The relay takes the first and loses it.
    let origin = scene.parties.ledger.as_ref().unwrap().anchor().origin();
    scene
        .parties
        .wire
        .intrude(move |request| request.url.ends_with("/v1/ledger/txs").then(|| Ok(taken(request, &origin))));
    scene.parties.sync_once(&mut scene.wallet);
    scene.parties.wire.leave();
    scene.wallet.revoke(grants[0]).unwrap();
    let report = scene.parties.sync(&mut scene.wallet);
    assert_eq!((scene.states(&grants), report.queued), (vec!["revoked", "active"], 0));
    // Another wallet of these words, which knew of both, ends the later one.
    let grants = [Category::Conditions, Category::Medications].map(|category| scene.grant(category));
    let origin = scene.parties.ledger.as_ref().unwrap().anchor().origin();
    let root = words(1).seed(&Passphrase::none()).root_key(&scene.clinic.id(), 0);
    let revoke = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 3 };
    scene.parties.submit(&SignedTransaction::sign(revoke, &origin, Signer::Root(&root)).unwrap());
    scene.parties.await_proof(&StateKey::Grant(grants[1]));
    let report = scene.parties.sync(&mut scene.wallet);
    assert_eq!((scene.states(&grants), report.queued), (vec!["expired", "revoked"], 0));
}

#[test]
fn what_waits_for_a_suspended_provider_is_not_queued_but_its_end_is() {
    let mut scene = Scene::new(117);
    let grant = scene.grant(Category::Allergies);
    scene.parties.suspend(scene.clinic.id());
    scene.parties.clock.forward(21 * 3_600);
    scene.parties.await_block_time();
    // The first one may move the wallet's anchor.
    scene.parties.sync(&mut scene.wallet);
    let report = scene.parties.sync(&mut scene.wallet);
    assert_eq!((scene.states(&[grant]), report.queued), (vec!["pending"], 0), "{report:?}");
    assert!(scene.parties.wire.seen.lock().unwrap().entries.is_empty());
    // A revocation is never among what waits.
    scene.wallet.revoke(grant).unwrap();
    assert_eq!(scene.wallet.queued().unwrap(), 1);
    assert_eq!(scene.parties.sync(&mut scene.wallet).queued, 0);
    assert_eq!(scene.states(&[grant]), ["revoked"]);
}

#[test]
fn by_a_clock_that_is_far_off_nothing_is_granted_that_the_ledger_never_takes() {
    for ahead in [40 * DAY, -40 * DAY] {
        let parties = Parties::start();
        let clinic = parties.provider(118, "Clinic");
        parties.clock.set_ahead(ahead);
        let (mut wallet, fresh) = parties::create(&parties.path("wallet"), &parties.clock, 1);
        let refused = parties.connect(&mut wallet, &fresh).unwrap_err();
        let is_right = match ahead > 0 {
            true => matches!(refused, WalletError::LedgerStale),
            false => matches!(refused, WalletError::Proof(ProofError::ClockSuspect)),
        };
        assert!(is_right, "{refused:?}");
        parties.clock.set_ahead(0);
        parties.connect(&mut wallet, &fresh).unwrap();
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        let grant = |wallet: &mut Wallet| {
            parties.grant(wallet, &fresh, &clinic, categories(&[Category::Allergies])).map(drop)
        };
        grant(&mut wallet).unwrap();
        parties.clock.set_ahead(ahead);
        assert!(grant(&mut wallet).unwrap_err().is_of_servers());
        // A minute is nothing.
        parties.clock.set_ahead(ahead.signum() * 60);
        grant(&mut wallet).unwrap();
        assert_eq!(parties.sync(&mut wallet).queued, 0);
    }
}
