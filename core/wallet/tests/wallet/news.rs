//! What a sync tells its owner.

use std::time::Duration as Wait;

use keepwell_net::NetError;
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::Category;
use keepwell_wallet::{News, SyncOptions, SyncReport, Wallet};

use crate::parties::{PATIENT, Parties, categories};
use crate::setup::import;

fn sync(parties: &Parties, wallet: &mut Wallet) -> (SyncReport, Vec<News>) {
    let options = SyncOptions { wait: Wait::from_secs(15), anchor: false, heal: false };
    let mut told = Vec::new();
    let report = wallet.sync_with_news(options, parties.network(), &mut |news| told.push(news)).unwrap();
    (report, told)
}

#[test]
fn a_grant_that_is_proved_is_told_though_the_clinic_is_not_reached_and_not_twice() {
    let parties = Parties::start();
    let clinic = parties.provider(121, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties
        .wire
        .intrude(|request| request.url.contains("/v1/inbox/").then_some(Err(NetError::ConnectionBroken)));
    let (report, told) = sync(&parties, &mut wallet);
    assert_eq!(
        report.offline.as_ref().map(|obstacle| obstacle.code()),
        Some("ConnectionBroken"),
        "{report:?}"
    );
    assert_eq!(
        told,
        [News::ProofArrived { grant: grant.grant, state: GrantState::Active }, News::GrantsChanged]
    );

    parties.wire.leave();
    let (report, told) = sync(&parties, &mut wallet);
    assert_eq!((report.offline, report.queued), (None, 0));
    assert_eq!(told, [News::GrantsChanged], "it was delivered");
    let (_, told) = sync(&parties, &mut wallet);
    assert_eq!(told, []);
}
