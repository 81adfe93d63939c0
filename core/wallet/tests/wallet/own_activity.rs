//! What the owner did stands in the order in which it was done, within one second too.

use std::ops::ControlFlow;

use keepwell_net::NetError;
use keepwell_protocol::domain::{Category, Duration};
use keepwell_wallet::{ActivityEvent, ActivityLog, ShareRequest, WalletError};

use crate::parties::{PATIENT, Parties, categories, record};

#[test]
fn of_one_second_it_is_in_the_order_in_which_it_was_done() {
    let parties = Parties::start();
    let clinic = parties.provider(7, "Bern Allergy Clinic");
    let other = parties.provider(8, "Ulm Heart Clinic");
    let (mut wallet, fresh) = parties.wallet();
    let records = [PATIENT.to_vec(), record("AllergyIntolerance", "a")].join(&b'\n');
    let mut file = [keepwell_wallet::ImportFile::from_bytes("", &records)];
    wallet.import(&mut file, &Default::default(), &mut |_| ControlFlow::Continue(())).unwrap();

    let mut done = Vec::new();
    // A second may end within a round, but not within each.
    for round in 0..3 {
        let share = ShareRequest {
            scopes: Vec::new(),
            label: Some(format!("Check-in {round}")),
            life: Duration::minutes(10),
            opens: None,
            ..ShareRequest::default()
        };
        let shared = wallet.share(parties.network(), share.clone()).unwrap().share;
        let view = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
        let again = wallet.share(parties.network(), share).unwrap().share;
        wallet.revoke(view.grant).unwrap();
        let last = parties.grant(&mut wallet, &fresh, &other, categories(&[Category::Results])).unwrap();
        done.extend([
            ActivityEvent::ShareMade { share: shared.id, label: shared.label },
            ActivityEvent::Granted { grant: view.grant, name: view.name.clone() },
            ActivityEvent::ShareMade { share: again.id, label: again.label },
            ActivityEvent::Revoked { grant: view.grant, name: view.name },
            ActivityEvent::Granted { grant: last.grant, name: last.name },
        ]);
    }
    let told = || done.iter().rev().cloned().collect::<Vec<_>>();
    let events = |all: Vec<keepwell_wallet::Activity>| -> Vec<_> {
        all.into_iter().map(|activity| activity.event).collect()
    };
    assert_eq!(events(wallet.own_activity().unwrap()), told());
    assert_eq!(
        events(wallet.reader(&fresh).unwrap().read(|snapshot| snapshot.own_activity()).unwrap()),
        told()
    );
    // When the ledger shows an end is no new deed of the owner's, and its time is not that of the deed.
    let before = wallet.own_activity().unwrap();
    parties.clock.forward(60);
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    let online = wallet.activity(parties.network()).unwrap();
    assert_eq!(online, ActivityLog { entries: before.clone(), is_own_only: false });
    parties.wire.intrude(|_| Some(Err(NetError::Timeout)));
    let offline = wallet.activity(parties.network()).unwrap();
    assert_eq!(offline, ActivityLog { entries: before, is_own_only: true });
    parties.wire.intrude(|_| Some(Err(NetError::CertificateRefused)));
    assert!(matches!(wallet.activity(parties.network()), Err(WalletError::Remote(_))));
    parties.wire.leave();

    wallet.lock();
    assert!(matches!(wallet.own_activity(), Err(WalletError::Locked)));
}
