//! Whether what a host serves is the newest: by what the ledger said within the last hour, or not at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use keepwell_protocol::domain::Category;
use keepwell_wallet::{AnchorDoubt, Missing, RestoreReport};

use crate::parties::{PATIENT, Parties, categories, copy, record, state};
use crate::restore_words::restore;
use crate::setup::import;

const DAY: u64 = 86_400;

fn doubt(report: &RestoreReport) -> Option<AnchorDoubt> {
    report.missing.iter().find_map(|missing| match missing {
        Missing::Anchor { because } => Some(*because),
        _ => None,
    })
}

/// A gateway and a host that give the answers of the day on which this is called, for ever.
fn replay_from_now_on(parties: &Parties) {
    let kept = Arc::new(Mutex::new(BTreeMap::<(String, Vec<u8>), Vec<u8>>::new()));
    parties.wire.change(move |request, answer| {
        if request.url.contains("/proof") {
            let mut kept = kept.lock().unwrap();
            let asked = (request.url.clone(), request.body.clone());
            let first = kept.entry(asked).or_insert_with(|| answer.body.clone());
            answer.body.clone_from(first);
        }
    });
}

#[test]
fn an_old_space_with_an_old_proof_is_no_anchored_one_and_that_is_said() {
    let mut parties = Parties::start();
    let clinic = parties.provider(71, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let grant =
        parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap().grant;
    parties.sync(&mut wallet);
    parties.sync_anchor(&mut wallet);
    parties.stop_host();
    copy(&parties.path("host"), &parties.path("old"));
    parties.start_host();
    replay_from_now_on(&parties);
    let (_, report) = restore(&parties, "that day", 1).unwrap();
    assert_eq!((report.anchored, report.gateways, doubt(&report)), (true, 1, None));
    assert!(report.anchored_as_of.is_some());

    // The grant is revoked, and everybody but the wallet goes back to that day.
    parties.wire.change_nothing();
    wallet.revoke(grant).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, grant), "revoked");
    drop(wallet);
    parties.wire.change_nothing();
    parties.stop_host();
    std::fs::remove_dir_all(parties.path("host")).unwrap();
    std::fs::rename(parties.path("old"), parties.path("host")).unwrap();
    parties.start_host();
    // Only the ledger knows, and it is made to say what it said then.
    let honest = restore(&parties, "honest", 1).unwrap().0;
    assert_eq!(state(&honest, grant), "revoked");
}

#[test]
fn a_proof_of_an_hour_ago_counts_and_an_older_one_does_not() {
    for (seconds, anchored) in [(50 * 60, true), (61 * 60, false), (60 * DAY, false)] {
        let parties = Parties::start();
        let clinic = parties.provider(72, "Clinic");
        let (mut wallet, fresh) = parties.wallet();
        import(&mut wallet, PATIENT).unwrap();
        let scope = categories(&[Category::Allergies]);
        let grant = parties.grant(&mut wallet, &fresh, &clinic, scope).unwrap().grant;
        parties.sync(&mut wallet);
        parties.sync_anchor(&mut wallet);
        replay_from_now_on(&parties);
        restore(&parties, "first", 1).unwrap();
        parties.clock.forward(seconds);
        let (wallet, report) = restore(&parties, "second", 1).unwrap();
        assert_eq!(report.anchored, anchored, "{seconds}: {report:?}");
        assert_eq!(report.anchored_as_of.is_some(), anchored);
        assert_eq!(report.gateways, u32::from(anchored));
        let unproved = report.missing.contains(&Missing::UnprovedGrants { count: 1 });
        assert_eq!(
            (doubt(&report), unproved),
            if anchored { (None, false) } else { (Some(AnchorDoubt::Stale), true) }
        );
        // As this state has it.
        assert_eq!(state(&wallet, grant), "active");
    }
}

#[test]
fn a_ledger_that_is_silent_or_lies_holds_no_restore_up() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync_anchor(&mut wallet);
    for (name, because) in [("503", AnchorDoubt::Unreached), ("lie", AnchorDoubt::Unproved)] {
        parties.wire.change(move |request, answer| {
            if request.url.contains("/proof/") {
                if name == "503" {
                    answer.status = 503;
                } else if let Some(byte) = answer.body.last_mut() {
                    *byte ^= 1;
                }
            }
        });
        let (_, report) = restore(&parties, name, 1).unwrap();
        assert_eq!((report.records, report.anchored, doubt(&report)), (1, false, Some(because)), "{name}");
    }
    parties.wire.change_nothing();
    assert!(restore(&parties, "heard", 1).unwrap().1.anchored);
}

#[test]
fn a_wallet_that_was_left_alone_beyond_the_trusting_period_comes_back_unanchored() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync_anchor(&mut wallet);
    drop(wallet);
    parties.clock.forward(181 * DAY);
    let (_, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!((report.records, report.anchored), (2, false));
    assert_eq!(doubt(&report), Some(AnchorDoubt::TrustExpired));
}

#[test]
fn a_header_five_minutes_ahead_of_this_clock_counts_and_one_further_ahead_is_suspect() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.sync_anchor(&mut wallet);
    parties.clock.forward(3_000);
    parties.await_block_time();
    replay_from_now_on(&parties);
    assert!(restore(&parties, "now", 1).unwrap().1.anchored);
    // Every clock but that of the header goes back, the phone's with them.
    for (name, back, because) in [("near", 200, None), ("far", 300, Some(AnchorDoubt::ClockSuspect))] {
        parties.clock.back(back);
        let (_, report) = restore(&parties, name, 1).unwrap();
        assert_eq!((report.anchored, doubt(&report)), (because.is_none(), because), "{name}");
    }
}

#[test]
fn a_wallet_that_was_lost_before_its_first_sync_moves_its_anchor_all_the_same() {
    let parties = Parties::start();
    drop(parties.wallet());
    let (mut wallet, report) = restore(&parties, "first", 1).unwrap();
    assert_eq!((report.version, report.records), (1, 0));
    import(&mut wallet, PATIENT).unwrap();
    parties.clock.forward(60);
    assert_eq!(parties.sync_anchor(&mut wallet).queued, 0);
    let (_, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!((report.anchored, report.records, report.missing), (true, 1, Vec::new()));
}
