//! One authority: the whole life of a grant, and what a restart finds.

use std::os::unix::net::UnixListener;

use keepwell_protocol::crypto::{SigningKey, provider_id};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{GrantStatus, StateKey, TrustPolicy};
use serde_json::json;

use super::blocks::{compare_with_embedded, recompute, verify_headers};
use super::{World, now, until};
use crate::serve::{card, prove_until};

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn grants_and_revocations_are_proved_and_every_hash_is_that_of_the_embedded_engine() {
    // Its name lets the embedded engine make the same chain.
    let mut world = World::new(1, "embedded-network");
    let gateway = world.gateway(0);
    let origin = world.genesis.origin();
    let mut trusted = world.anchor().trusted_state();

    let clinic = SigningKey::from_seed(&[200; 32]);
    let admit = world.governance().admit(card(&clinic, "Clinic")).unwrap();
    gateway.submit(&admit.to_cbor(), &origin).unwrap();
    let provider = StateKey::Provider(provider_id(&clinic.public_key()));
    prove_until(&gateway, &provider, &mut trusted, now(), |it| it.value.is_some());

    assert!(world.grant(0, 1).is_none(), "nobody has granted anything");
    for patient in 1..=40 {
        world.submit(0, &world.first_grant(patient)).unwrap();
    }
    until("the grants", || (1..=40).all(|patient| world.grant(0, patient).is_some()));
    for patient in 1..=10 {
        world.submit(0, &world.revocation(patient)).unwrap();
    }
    until("the revocations", || {
        (1..=10).all(|patient| world.grant(0, patient).unwrap().status == GrantStatus::Revoked)
    });
    assert_eq!(world.grant(0, 11).unwrap().status, GrantStatus::Active);

    // What is on record is said to be; what a rule refuses has its code.
    world.submit(0, &world.revocation(1)).unwrap();
    let other = crate::serve::first_grant(
        &origin,
        &super::root(1),
        keepwell_protocol::domain::Timestamp(now().0 + 1),
    );
    assert_eq!(world.submit(0, &other), Err("AccountExists".to_owned()));
    // Two first grants of one patient may both wait, unless a block comes between; the second one fails in its block.
    let sent = |seconds: u64| {
        let later = keepwell_protocol::domain::Timestamp(now().0 + seconds);
        world.submit(0, &crate::serve::first_grant(&origin, &super::root(77), later))
    };
    let both = (sent(0), sent(1));
    assert_eq!(both.0, Ok(()));
    until("the first of two", || world.grant(0, 77).is_some());

    // A block without transactions, the heartbeat of a chain that rests, leaves the state alone.
    let (height, was) = (world.height(0), world.grant(0, 11));
    until("a block of a chain that rests", || world.height(0) > height);
    assert_eq!(world.grant(0, 11), was);
    // It rests between two of them: an app hash that changed in an empty block would call for the next one at once.
    until("a rest of five seconds", || {
        let height = world.height(0);
        std::thread::sleep(std::time::Duration::from_secs(5));
        world.height(0) == height
    });
    let (counted, blocks) = recompute(&world, 0);
    assert!(counted.transactions >= 52, "{counted:?}");
    // Where a block came between the two, the second was dropped when it was checked again.
    assert!(counted.refused <= usize::from(both.1.is_ok()), "{counted:?}");
    compare_with_embedded(&world, &blocks);
    verify_headers(&world, 0);

    // After a restart it has its state, or makes it anew of CometBFT's blocks; a socket that nobody listens on is no
    // obstacle.
    let (before, was) = (world.height(0), world.grant(0, 5));
    world.stop(0);
    std::fs::remove_file(world.home(0).join("ledger.redb")).unwrap();
    drop(UnixListener::bind(world.home(0).join("app.sock")).unwrap());
    assert!(world.home(0).join("app.sock").exists());
    world.start(0);
    world.submit_when_it_goes_on(0, 99);
    until("a grant after the restart", || world.grant(0, 99).is_some());
    assert!(world.height(0) > before);
    assert_eq!(world.grant(0, 5), was);
    let (_, blocks) = recompute(&world, 0);
    compare_with_embedded(&world, &blocks);
    assert!(gateway_says_strict_refuses(&world));
}

/// Only who takes a demonstration for what it is takes a chain of this name.
fn gateway_says_strict_refuses(world: &World) -> bool {
    world.gateway(0).latest(&world.anchor().trusted_state(), &TrustPolicy::STRICT, &now()).is_err()
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn a_node_ends_with_its_cometbft_and_goes_on_where_it_was() {
    let mut world = World::new(1, "keepwell-one");
    for patient in 1..=5 {
        world.submit(0, &world.first_grant(patient)).unwrap();
    }
    until("the first grants", || (1..=5).all(|patient| world.grant(0, patient).is_some()));
    for round in 1..=3_u8 {
        // In the middle of what waits.
        for patient in 0..10 {
            world.submit(0, &world.first_grant(round * 20 + patient)).unwrap();
        }
        world.kill(0);
        world.start(0);
        // What was accepted and lost with the mempool is sent again, as a wallet does.
        for patient in 0..10 {
            world.submit_when_it_goes_on(0, round * 20 + patient);
        }
        until("all grants", || (0..10).all(|patient| world.grant(0, round * 20 + patient).is_some()));
    }
    let (counted, _) = recompute(&world, 0);
    assert_eq!(counted.transactions, 35, "each is in a block once: {counted:?}");
    // Nothing is left of what the node ran.
    world.stop(0);
    assert!(!world.home(0).join("app.sock").exists() && !world.home(0).join("cometbft.pid").exists());
    assert!(world.ask(0, "status", &json!({})).is_err());
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn a_node_ends_when_the_consensus_of_its_cometbft_has_died_and_goes_on_once_that_is_mended() {
    let mut world = World::new(1, "keepwell-failed");
    let (sender, ended) = std::sync::mpsc::channel();
    world.node(0).when_blocks_end(move || sender.send(()).unwrap());
    // What CometBFT has signed can't be written down any more: it must not sign, and gives up.
    let state = world.home(0).join("data/priv_validator_state.json");
    let aside = world.home(0).join("data/aside.json");
    std::fs::rename(&state, &aside).unwrap();
    std::fs::create_dir(&state).unwrap();
    // It may have met that before, at a vote of its own.
    let _ = world.submit(0, &world.first_grant(1));
    ended.recv_timeout(std::time::Duration::from_secs(30)).expect("the node hears of it");
    let error = world.nodes[0].take().unwrap().stop().unwrap_err();
    assert_eq!(error.code(), "CometbftFailed");
    assert!(!world.home(0).join("cometbft.pid").exists(), "it has ended, too");

    std::fs::remove_dir(&state).unwrap();
    std::fs::rename(&aside, &state).unwrap();
    world.start(0);
    world.submit_when_it_goes_on(0, 1);
    until("the grant", || world.grant(0, 1).is_some());
}

impl World {
    /// Hands in a first grant, again and again until it is taken.
    pub(super) fn submit_when_it_goes_on(&self, node: usize, patient: u8) {
        let transaction = self.first_grant(patient);
        until("a node that takes a transaction", || match self.submit(node, &transaction) {
            Ok(()) => true,
            Err(code) if code == "AccountExists" => true,
            Err(code) => {
                assert!(code == "LedgerBusy" || code == "LedgerStopped", "{code}");
                false
            }
        });
    }
}
