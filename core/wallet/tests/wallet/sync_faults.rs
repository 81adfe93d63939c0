//! Networks that fail, wallets that are killed, time that passes.

use keepwell_protocol::domain::Category;

use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::setup::import;

const DAY: u64 = 86_400;

#[test]
fn a_grant_and_its_revocation_survive_a_cut_at_every_request() {
    let parties = Parties::start();
    let (mut wallet, mut fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    // Which request is the last to pass, and whether the next still reaches its server.
    let cuts = (0..11).map(|cut| (cut, true)).chain([0, 3, 6, 9].map(|cut| (cut, false)));
    for (round, (cut, lose_answer)) in cuts.enumerate() {
        let at = format!("cut after {cut}, answer lost: {lose_answer}");
        let clinic = parties.provider(100 + u8::try_from(round).unwrap(), &at);
        import(&mut wallet, &record("AllergyIntolerance", &format!("a{round}"))).unwrap();
        let grant = loop {
            match parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])) {
                Ok(grant) => break grant,
                Err(error) => assert_eq!(error.code(), "UnknownProvider", "not admitted yet"),
            }
        };
        parties.wire.cut_after(cut, lose_answer);
        parties.try_sync(&mut wallet).unwrap();
        drop((wallet, fresh));
        parties.wire.mend();
        parties.clock.forward(30);
        (wallet, _) = parties.reopen();
        let report = parties.sync(&mut wallet);
        assert_eq!((report.queued, state(&wallet, grant.grant)), (0, "active"), "{at}: {report:?}");
        let envelopes = parties.envelopes(&clinic);
        let answer = parties.read(&envelopes[0]);
        assert_eq!(answer.status, 200, "{at}: {} {report:?}", String::from_utf8_lossy(&answer.body));
        assert_eq!(parties.openable(&clinic).len(), round + 1, "{at}");

        wallet.revoke(grant.grant).unwrap();
        parties.wire.cut_after(cut % 5, lose_answer);
        parties.try_sync(&mut wallet).unwrap();
        drop(wallet);
        parties.wire.mend();
        parties.clock.forward(30);
        (wallet, fresh) = parties.reopen();
        let report = parties.sync(&mut wallet);
        assert_eq!((report.queued, state(&wallet, grant.grant)), (0, "revoked"), "{at}: {report:?}");
        assert_eq!(parties.read(&envelopes[0]).status, 403);
    }
}

#[test]
fn a_revocation_without_network_is_queued_and_nothing_added_meanwhile_is_readable() {
    let parties = Parties::start();
    let clinic = parties.provider(51, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    parties.wire.cut_after(0, false);
    wallet.revoke(grant.grant).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let report = parties.sync(&mut wallet);
    assert_eq!(
        (report.offline.as_ref().map(|obstacle| obstacle.code()), report.queued),
        (Some("ConnectionBroken"), 2)
    );
    assert_eq!(state(&wallet, grant.grant), "revoking");
    parties.wire.mend();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, grant.grant), "revoked");
    assert_eq!(parties.openable(&clinic), [].into());
}

#[test]
fn a_grant_that_was_never_included_expires_and_its_number_can_be_revoked() {
    let parties = Parties::start();
    let clinic = parties.provider(52, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.wire.cut_after(0, false);
    parties.sync(&mut wallet);
    parties.clock.forward(7 * DAY);
    parties.await_block_time();
    parties.wire.mend();
    for _ in 0..3 {
        parties.sync(&mut wallet);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(state(&wallet, grant.grant), "expired");
    assert_eq!(parties.sync(&mut wallet).queued, 0);
}

#[test]
fn time_ends_a_grant_and_the_next_head_has_a_new_key() {
    let parties = Parties::start();
    let (early, late) = (parties.provider(53, "Early"), parties.provider(54, "Late"));
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let first = record("AllergyIntolerance", "a1");
    import(&mut wallet, &first).unwrap();
    let ended = parties.grant(&mut wallet, &fresh, &early, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    parties.clock.forward(20 * DAY);
    std::thread::sleep(std::time::Duration::from_secs(1));
    parties.grant(&mut wallet, &fresh, &late, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    parties.clock.forward(11 * DAY);
    std::thread::sleep(std::time::Duration::from_secs(1));
    let second = record("AllergyIntolerance", "a2");
    import(&mut wallet, &second).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, ended.grant), "expired");
    assert_eq!(parties.openable(&early), [first.clone()].into());
    assert_eq!(parties.openable(&late), [first, second].into());
    // That it ended by time does not keep its owner from making sure.
    assert_eq!(wallet.revoke(ended.grant).unwrap().as_str(), "revoking");
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, ended.grant), "revoked");
}
