//! A wallet that was left alone until its grant to itself lapsed makes it again, without the seed.

use keepwell_protocol::domain::Category;
use keepwell_protocol::ledger::TrustAnchor;
use keepwell_wallet::{AnchorDoubt, FreshAuthentication, LedgerRenewal, Missing, Wallet};

use crate::parties::{PATIENT, Parties, categories, copy, record, state};
use crate::restore_words::restore;
use crate::setup::{import, list};

/// Nobody does anything for so many days; then ledger and host start again, the ledger with an anchor within its
/// period, which the wallet is given.
fn pass(parties: &mut Parties, days: u64, (wallet, fresh): (&mut Wallet, &FreshAuthentication)) {
    parties.clock.forward(days * 86_400);
    parties.await_block_time();
    parties.stop_host();
    parties.ledger.take().unwrap().stop().unwrap();
    parties.start_ledger();
    parties.start_host();
    let json = parties.anchor();
    let anchor = TrustAnchor::parse(&json).unwrap();
    let renewal = LedgerRenewal { ledger_url: None, anchor: &json, fingerprint: Some(anchor.fingerprint()) };
    wallet.renew_trust(fresh, renewal, parties.network()).unwrap();
}

#[test]
fn after_400_days_alone_the_anchor_is_made_again_and_everything_goes_on() {
    let mut parties = Parties::start();
    let clinic = parties.provider(170, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let before = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync_anchor(&mut wallet);
    assert_eq!(parties.sync(&mut wallet).queued, 0);

    pass(&mut parties, 400, (&mut wallet, &fresh));
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync(&mut wallet);
    parties.clock.forward(30);
    let report = parties.sync_anchor(&mut wallet);
    assert_eq!((report.queued, &report.offline), (0, &None), "{report:?}");
    assert_eq!(state(&wallet, before.grant), "expired");
    let after = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, after.grant), "active");
    copy(&parties.path("host"), &parties.path("host as it was"));
    wallet.revoke(after.grant).unwrap();
    parties.sync_anchor(&mut wallet);
    assert_eq!(state(&wallet, after.grant), "revoked");

    let (back, report) = restore(&parties, "new phone", 1).unwrap();
    assert_eq!((report.anchored, &report.missing), (true, &Vec::new()), "{report:?}");
    assert_eq!((list(&back).len(), state(&back, after.grant)), (2, "revoked"));
    drop(back);
    // It says what it is for: an older state of the host is told by it.
    parties.stop_host();
    std::fs::remove_dir_all(parties.path("host")).unwrap();
    std::fs::rename(parties.path("host as it was"), parties.path("host")).unwrap();
    parties.start_host();
    assert_eq!(restore(&parties, "another", 1).map(drop).unwrap_err().code(), "HostRolledBack");
}

#[test]
fn a_wallet_restored_after_the_anchor_lapsed_is_told_so_and_has_a_new_one() {
    let mut parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync_anchor(&mut wallet);
    pass(&mut parties, 410, (&mut wallet, &fresh));
    drop((wallet, fresh));
    let (mut back, report) = restore(&parties, "new phone", 1).unwrap();
    assert_eq!(report.missing, [Missing::Anchor { because: AnchorDoubt::Absent }]);
    assert_eq!(parties.sync_anchor(&mut back).queued, 0);
    drop(back);
    let (_, report) = restore(&parties, "newest phone", 1).unwrap();
    assert_eq!((report.anchored, &report.missing), (true, &Vec::new()), "{report:?}");
}

#[test]
fn a_move_of_the_anchor_that_waited_until_it_lapsed_holds_nothing_up() {
    let mut parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync_anchor(&mut wallet);
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    // The gateway, to which anchors go, is away just when the new one is handed in.
    parties
        .wire
        .intrude(|request| request.url.ends_with("/v1/tx").then_some(Err(keepwell_net::NetError::Offline)));
    let report = parties.sync_anchor(&mut wallet);
    assert_eq!(
        (report.queued, report.offline.as_ref().map(|obstacle| obstacle.code())),
        (1, Some("Offline"))
    );
    parties.wire.leave();
    pass(&mut parties, 400, (&mut wallet, &fresh));
    parties.sync_anchor(&mut wallet);
    parties.clock.forward(30);
    assert_eq!(parties.sync_anchor(&mut wallet).queued, 0);
    let (_, report) = restore(&parties, "new phone", 1).unwrap();
    assert_eq!((report.anchored, &report.missing), (true, &Vec::new()), "{report:?}");
}
