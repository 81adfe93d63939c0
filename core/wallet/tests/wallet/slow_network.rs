//! A network on which each request takes most of the minute for which a signature counts.

use keepwell_protocol::domain::Category;
use keepwell_wallet::{SyncReport, Wallet};

use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::restore_words::restore;
use crate::setup::{import, list};

/// There and back; a signature is 25 s old when it arrives.
const SECONDS: u64 = 50;

#[test]
fn a_call_of_many_minutes_does_all_that_it_does_on_a_fast_network() {
    let parties = Parties::start();
    let clinic = parties.provider(60, "Clinic");
    parties.wire.slow_down(&parties.clock, SECONDS);
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let begun = parties.clock.read();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    let report = synced(&parties, &mut wallet);
    assert_eq!((report.queued, report.offline), (0, None));
    assert!(parties.clock.read().since(begun).0 > 5 * SECONDS, "the call took minutes");
    assert_eq!(state(&wallet, grant.grant), "active");
    drop((wallet, fresh));

    let (mut wallet, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!((report.records, report.grants), (2, 1), "{report:?}");
    assert_eq!(list(&wallet).len(), 2);
    wallet.revoke(grant.grant).unwrap();
    assert_eq!(synced(&parties, &mut wallet).queued, 0);
    assert_eq!(state(&wallet, grant.grant), "revoked");
}

/// Syncs, a few times where need be: one request outlasts the wait of a sync, and the block may come after it.
fn synced(parties: &Parties, wallet: &mut Wallet) -> SyncReport {
    let mut report = parties.sync(wallet);
    for _ in 0..5 {
        if report.queued > 0 {
            report = parties.sync(wallet);
        }
    }
    report
}
