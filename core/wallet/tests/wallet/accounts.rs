//! A grant does not hang on another of the same provider that was ended before the ledger had it, and nothing
//! stays queued that can't be done any more.

use keepwell_protocol::domain::{Category, GrantId};
use keepwell_protocol::ledger::ProofError;
use keepwell_wallet::{FreshAuthentication, StoppedBy, Wallet, WalletError};

use crate::parties::{self, PATIENT, Parties, Provider, categories, record, state};
use crate::setup::import;

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

#[test]
fn an_end_of_what_somebody_was_handed_waits_for_nobody_and_what_it_passes_over_is_said_to_be_over() {
    let mut scene = Scene::new(116);
    let first = scene.grant(Category::Allergies);
    let second = scene.grant(Category::Results);
    // The host takes both and keeps them; nothing reaches the ledger.
    scene.parties.wire.intrude(|request| {
        let is_handed_in = request.url.ends_with("/v1/ledger/txs") || request.url.ends_with("/v1/tx");
        is_handed_in.then_some(Err(keepwell_net::NetError::ConnectionBroken))
    });
    scene.parties.sync(&mut scene.wallet);
    scene.parties.wire.leave();
    scene.wallet.revoke(second).unwrap();
    let report = scene.parties.sync(&mut scene.wallet);
    assert_eq!((scene.states(&[first, second]), report.queued), (vec!["expired", "revoked"], 0));
    assert!(scene.accepts(&[]));
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
