//! The ledger is trusted anew: another gateway, a newer anchor, after half a year.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keepwell_net::{Gateway, HttpTransport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration, Purpose};
use keepwell_protocol::ledger::{AnchorFingerprint, TrustAnchor, TrustPolicy};
use keepwell_protocol::vault::Invite;
use keepwell_wallet::{
    AnchorRefused, FreshAuthentication, GrantRequest, LedgerRenewal, LedgerTrust, ProviderName, Servers,
    Wallet, WalletError,
};

use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::setup::import;

/// An anchor at the newest header of a ledger that is verified from its first one.
pub(crate) fn newer_anchor(parties: &Parties) -> TrustAnchor {
    let first = TrustAnchor::parse(&parties.anchor()).unwrap();
    let (transport, url) = (HttpTransport::new().unwrap(), parties.ledger_url.parse().unwrap());
    let gateway = Gateway::direct(&transport, &url);
    let (policy, trusted) = (TrustPolicy::DEMONSTRATION, first.trusted_state());
    let newest = gateway.latest(&trusted, &policy, &parties.clock).unwrap();
    let (block, _) = gateway.block_at(newest.height, &trusted, &policy, &parties.clock).unwrap();
    TrustAnchor::at_block(first.genesis, &block).unwrap()
}

fn renew(
    parties: &Parties,
    (wallet, fresh): (&mut Wallet, &FreshAuthentication),
    ledger_url: Option<&str>,
    anchor: &TrustAnchor,
    typed: Option<&str>,
) -> Result<LedgerTrust, WalletError> {
    let fingerprint = typed.map(|typed| AnchorFingerprint::parse(typed).unwrap());
    let anchor = anchor.to_json();
    let renewal = LedgerRenewal { ledger_url, anchor: anchor.as_bytes(), fingerprint };
    wallet.renew_trust(fresh, renewal, parties.network())
}

#[test]
fn another_gateway_is_taken_where_it_shows_the_same_ledger() {
    let (mut parties, other) = (Parties::start(), Parties::start());
    let (mut wallet, fresh) = parties.wallet();
    let anchor = TrustAnchor::parse(&parties.anchor()).unwrap();
    let elsewhere = parties.ledger_url.replace("127.0.0.1", "localhost");

    let refused = renew(&parties, (&mut wallet, &fresh), Some(&other.ledger_url), &anchor, None);
    assert_eq!(refused.unwrap_err().code(), "WrongChain");
    let refused = renew(&parties, (&mut wallet, &fresh), Some("http://127.0.0.1:9"), &anchor, None);
    assert_eq!(refused.unwrap_err().code(), "Offline");

    let taken = renew(&parties, (&mut wallet, &fresh), Some(&elsewhere), &anchor, None).unwrap();
    assert_eq!(taken.old, taken.new);
    // `connect` takes it as well, and so it does the way back.
    let json = parties.anchor();
    let servers = Servers { ledger_url: &parties.ledger_url, host_url: &parties.host_url, anchor: &json };
    wallet.connect(&fresh, servers, None, parties.network()).unwrap();
    let servers = Servers { ledger_url: &elsewhere, ..servers };
    wallet.connect(&fresh, servers, None, parties.network()).unwrap();
    // What is only asked of a gateway is asked there: the old address is gone.
    parties.ledger_url = elsewhere;
    let clinic = parties.provider(60, "Clinic");
    parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
}

#[test]
fn connecting_again_takes_no_other_anchor_and_sends_nothing() {
    let (parties, other) = (Parties::start(), Parties::start());
    let (mut wallet, fresh) = parties.wallet();
    parties.clock.forward(600);
    parties.await_block_time();
    let newer = newer_anchor(&parties).to_json().into_bytes();
    let (own, foreign) = (parties.anchor(), other.anchor());
    let invite = Invite::generate(&mut Rng::seeded(1)).unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    parties.wire.change(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let mut connect = |ledger_url: &str, anchor: &[u8], invite: Option<&Invite>| {
        let servers = Servers { ledger_url, host_url: &parties.host_url, anchor };
        wallet.connect(&fresh, servers, invite, parties.network())
    };

    for (ledger_url, anchor) in [(&other.ledger_url, &foreign), (&parties.ledger_url, &newer)] {
        for invite in [None, Some(&invite)] {
            assert_eq!(connect(ledger_url, anchor, invite).unwrap_err().code(), "AlreadyConnected");
        }
    }
    assert_eq!(sent.load(Ordering::SeqCst), 0);
    connect(&parties.ledger_url, &own, None).unwrap();
    assert_ne!(sent.load(Ordering::SeqCst), 0);
}

#[test]
fn a_newer_anchor_is_taken_where_what_is_trusted_vouches_for_it() {
    let (parties, other) = (Parties::start(), Parties::start());
    let (mut wallet, fresh) = parties.wallet();
    let first = TrustAnchor::parse(&parties.anchor()).unwrap();
    parties.clock.forward(600);
    parties.await_block_time();
    let newer = newer_anchor(&parties);
    assert!(newer.height > first.height);

    let refused = |wallet: &mut Wallet, anchor: &TrustAnchor| {
        let typed = anchor.fingerprint().to_string();
        renew(&parties, (wallet, &fresh), None, anchor, Some(&typed)).unwrap_err().code()
    };
    let foreign = TrustAnchor::parse(&other.anchor()).unwrap();
    assert_eq!(refused(&mut wallet, &foreign), "OtherLedger", "a fingerprint does not help");
    for forged in [
        TrustAnchor { header_hash: [7; 32], ..newer.clone() },
        TrustAnchor { validators: foreign.validators.clone(), ..newer.clone() },
        TrustAnchor { time: newer.time + 1, ..newer.clone() },
    ] {
        assert_eq!(refused(&mut wallet, &forged), "AnchorContradicted", "nor does it here");
    }

    let taken = renew(&parties, (&mut wallet, &fresh), None, &newer, None).unwrap();
    assert_eq!((taken.old, taken.new), (first.fingerprint(), newer.fingerprint()));
    assert!(taken.ledger.height >= newer.height);
    assert_eq!(refused(&mut wallet, &first), "AnchorNotNewer");
    assert_eq!(parties.sync(&mut wallet).offline, None);
}

#[test]
fn a_wallet_left_alone_for_half_a_year_goes_on_with_a_newer_anchor() {
    let mut parties = Parties::start();
    let clinic = parties.provider(60, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let request = GrantRequest {
        provider: ProviderName::Id(clinic.id()),
        scope: categories(&[Category::Allergies]),
        purpose: Purpose::Treat,
        duration: Duration::days(300),
        about: None,
        request: None,
    };
    let grant = wallet.grant(&fresh, request, parties.network()).unwrap().grant;
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    let envelope = parties.envelopes(&clinic).pop().unwrap();
    let first = TrustAnchor::parse(&parties.anchor()).unwrap();

    // The clinic comes every other month, so ledger and host go on.
    for days in [60, 60, 61] {
        parties.clock.forward(days * 86_400);
        parties.await_block_time();
        assert_eq!(parties.read(&envelope).status, 200);
    }
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    assert_eq!(
        parties.sync(&mut wallet).offline.as_ref().map(|obstacle| obstacle.code()),
        Some("TrustExpired")
    );
    assert_eq!(parties.openable_now(&clinic).len(), 1, "nothing is published on an old word");

    // A ledger that starts again publishes an anchor within its period.
    parties.ledger.take().unwrap().stop().unwrap();
    parties.start_ledger();
    let newer = TrustAnchor::parse(&parties.anchor()).unwrap();
    assert!(newer.height > first.height && newer.origin() == first.origin());
    let shown = newer.fingerprint();

    let renewed = |wallet: &mut Wallet, anchor: &TrustAnchor, typed: Option<&str>| {
        renew(&parties, (wallet, &fresh), None, anchor, typed)
    };
    let refused = renewed(&mut wallet, &newer, None).unwrap_err();
    let WalletError::AnchorRefused(AnchorRefused::Unproved { old, new }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((old, new), (first.fingerprint(), shown));
    let other = renewed(&mut wallet, &newer, Some(&first.fingerprint().to_string()));
    assert_eq!(other.unwrap_err().code(), "FingerprintMismatch");
    // A file that an attacker made, with its own fingerprint typed from the same attacker, still needs the ledger.
    let forged = TrustAnchor { header_hash: [7; 32], ..newer.clone() };
    let taken = renewed(&mut wallet, &forged, Some(&forged.fingerprint().to_string()));
    assert!(matches!(taken, Err(WalletError::Proof(_))), "{taken:?}");
    assert_eq!(
        parties.sync(&mut wallet).offline.as_ref().map(|obstacle| obstacle.code()),
        Some("TrustExpired"),
        "nothing changed"
    );

    renewed(&mut wallet, &newer, Some(&shown.to_string().to_uppercase())).unwrap();
    // The first sync publishes and moves the anchor that was due, the second sees that on the ledger.
    parties.sync(&mut wallet);
    parties.clock.forward(30);
    let report = parties.sync(&mut wallet);
    assert_eq!((report.queued, &report.offline), (0, &None), "{report:?}");
    assert_eq!(state(&wallet, grant), "active");
    assert_eq!(parties.openable_now(&clinic).len(), 2);
    wallet.revoke(grant).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, grant), "revoked");
    assert_eq!(parties.read(&envelope).status, 403);
}
