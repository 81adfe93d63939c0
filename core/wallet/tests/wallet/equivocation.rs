//! A ledger that shows two chains: found out by asking two who show it, kept as evidence, and not granted by.

use keepwell_ledger::{Ledger, LedgerConfig};
use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::domain::{Category, Object as _};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::{
    Equivocation, LightBlock, ProofError, TrustAnchor, TrustPolicy, verify_equivocation,
};
use keepwell_wallet::{LedgerRenewal, SyncReport, Wallet};

use crate::parties::{PATIENT, Parties, categories, copy, state};
use crate::setup::import;

/// A ledger with the key of that of the parties, which goes on from the same block by itself.
fn twin(parties: &mut Parties) -> Ledger {
    parties.ledger.take().unwrap().stop().unwrap();
    let home = parties.path("twin");
    copy(&parties.path("ledger"), &home);
    parties.start_ledger();
    let listen: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    let config = LedgerConfig { home, listen: listen.into(), accept_time: false, relays: Vec::new() };
    let heartbeat = std::time::Duration::from_millis(200);
    Ledger::start_with_heartbeat(&config, parties.clock.function(), heartbeat).unwrap()
}

/// Lets the host show light blocks as `change` makes them of those of this gateway.
fn relay_from(parties: &Parties, gateway: &str, change: impl Fn(&mut Response) + Send + 'static) {
    let (host, gateway) = (parties.host_url.clone(), gateway.to_owned());
    let direct = HttpTransport::new().unwrap();
    parties.wire.intrude(move |request| {
        let height = request.url.strip_prefix(&format!("{host}/v1/ledger/light/"))?;
        let asked = Request::new(Method::Get, format!("{gateway}/v1/light/{height}"));
        Some(direct.send(asked, Limits::CONFIGURED).map(|mut answer| {
            change(&mut answer);
            answer
        }))
    });
}

/// A sync so late that providers are asked about anew; the host shows light blocks of this ledger.
fn sync_later(parties: &Parties, wallet: &mut Wallet, shown: &str) -> SyncReport {
    parties.clock.forward(21 * 3_600);
    parties.await_block_time();
    parties.await_block_time_at(shown);
    parties.sync(wallet)
}

fn offline(report: &SyncReport) -> Option<&str> {
    report.offline.as_ref().map(|obstacle| obstacle.code())
}

#[test]
fn two_headers_for_one_height_are_found_out_and_shown_to_anybody() {
    let mut parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let clinic = parties.provider(60, "Clinic");
    let scope = || categories(&[Category::Allergies]);
    let grant = parties.grant(&mut wallet, &fresh, &clinic, scope()).unwrap().grant;
    parties.sync(&mut wallet);
    let twin = twin(&mut parties);
    let twin_url = format!("http://{}", twin.address());
    // From here on the two have different blocks.
    let other = parties.provider(61, "Another clinic");

    // Whoever shows the same chain is believed,
    let own = parties.ledger_url.clone();
    relay_from(&parties, &own, |_| {});
    assert_eq!(offline(&sync_later(&parties, &mut wallet, &own)), None);
    // who made one up is no evidence,
    relay_from(&parties, &twin_url, |answer| {
        let middle = answer.body.len() / 2;
        answer.body[middle] ^= 1;
    });
    assert!(offline(&sync_later(&parties, &mut wallet, &twin_url)).is_some());
    assert_eq!(wallet.equivocation().unwrap(), None);
    // and one that the validator signed is.
    relay_from(&parties, &twin_url, |_| {});
    assert_eq!(offline(&sync_later(&parties, &mut wallet, &twin_url)), Some("Equivocation"));
    let seen = wallet.equivocation().unwrap().unwrap();
    let anchor = TrustAnchor::parse(&parties.anchor()).unwrap();
    let (trusted, now) = (anchor.trusted_state(), parties.clock.read());
    let verify = |bytes: &[u8]| verify_equivocation(bytes, &trusted, &TrustPolicy::DEMONSTRATION, now);
    let shown = verify(&seen).unwrap();
    assert_eq!(shown.validators.len(), 1);
    assert!(shown.height > 1);

    // It is told again until the ledger is trusted anew; meanwhile nothing is granted, and what was can be ended.
    parties.wire.leave();
    drop(wallet);
    let (mut wallet, fresh) = parties.reopen();
    assert_eq!(offline(&parties.sync(&mut wallet)), Some("Equivocation"));
    let refused = parties.grant(&mut wallet, &fresh, &other, scope()).unwrap_err();
    assert_eq!(refused.code(), "Equivocation");
    wallet.revoke(grant).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, grant), "revoked");
    let same = anchor.to_json();
    let renewal = LedgerRenewal { ledger_url: None, anchor: same.as_bytes(), fingerprint: None };
    wallet.renew_trust(&fresh, renewal, parties.network()).unwrap();
    assert!(wallet.equivocation().unwrap().is_some(), "the anchor that it has says nothing new");
    let newer = crate::trust::newer_anchor(&parties).to_json();
    let renewal = LedgerRenewal { ledger_url: None, anchor: newer.as_bytes(), fingerprint: None };
    wallet.renew_trust(&fresh, renewal, parties.network()).unwrap();
    assert_eq!(wallet.equivocation().unwrap(), None);
    parties.grant(&mut wallet, &fresh, &other, scope()).unwrap();

    // Nothing near it shows anything.
    let Equivocation { one, other, .. } = Equivocation::from_cbor(&seen).unwrap();
    let of = |one: &LightBlock, other: &LightBlock| Equivocation::new(one.clone(), other.clone()).to_cbor();
    assert_eq!(verify(&of(&other, &one)).unwrap().height, shown.height);
    assert_eq!(verify(&of(&one, &one)), Err(ProofError::BadProof), "one header");
    let transport = HttpTransport::new().unwrap();
    let url = parties.ledger_url.parse().unwrap();
    let later = keepwell_net::Gateway::direct(&transport, &url).light_block(None).unwrap();
    assert_eq!(verify(&of(&one, &later)), Err(ProofError::BadProof), "of two heights");
    let mut damaged = seen.clone();
    damaged.truncate(seen.len() - 1);
    assert_eq!(verify(&damaged), Err(ProofError::Malformed));
    let newer = Equivocation { format: 2, ..Equivocation::new(one, other) };
    assert_eq!(verify(&newer.to_cbor()), Err(ProofError::UnknownVersion));
    assert_eq!(verify(&vec![0; Equivocation::LONGEST + 1]), Err(ProofError::TooLong));
}

#[test]
fn a_relay_that_is_far_behind_a_gateway_is_told_and_no_evidence() {
    let parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let clinic = parties.provider(60, "Clinic");
    parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    let transport = HttpTransport::new().unwrap();
    let url = parties.ledger_url.parse().unwrap();
    let old = keepwell_net::Gateway::direct(&transport, &url).light_block(None).unwrap().to_cbor();
    let own = parties.ledger_url.clone();
    relay_from(&parties, &own, move |answer| answer.body.clone_from(&old));
    assert_eq!(offline(&sync_later(&parties, &mut wallet, &own)), Some("LedgerStale"));
    assert_eq!(wallet.equivocation().unwrap(), None);
}
