//! Four authorities: one may fail, two stop everything, and nobody ever says something else.

use std::time::Duration;

use keepwell_protocol::ledger::GrantStatus;
use serde_json::{Value, json};

use super::blocks::{recompute, verify_headers};
use super::{World, until};

/// The app hash in a header of a node.
fn app_hash(world: &World, node: usize, height: u64) -> Value {
    let told = world.ask(node, "commit", &json!({ "height": height.to_string() })).unwrap();
    told["signed_header"]["header"]["app_hash"].clone()
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn go_on_without_one_stop_without_two_and_go_on_again() {
    let mut world = World::new(4, "keepwell-four");
    until("every gateway", || (0..4).all(|node| world.gateway(node).status().is_ok()));
    for patient in 1..=20 {
        world.submit(usize::from(patient % 4), &world.first_grant(patient)).unwrap();
    }
    for node in 0..4 {
        until("the grants, everywhere", || (1..=20).all(|patient| world.grant(node, patient).is_some()));
    }

    // One is killed: the others go on.
    world.kill(3);
    world.submit(0, &world.revocation(1)).unwrap();
    until("a revocation by three", || world.grant(1, 1).unwrap().status == GrantStatus::Revoked);

    // Two: nothing is decided, and what was proved stays provable.
    world.kill(2);
    std::thread::sleep(Duration::from_secs(2));
    let halted = world.height(0);
    world.submit(0, &world.revocation(2)).unwrap();
    std::thread::sleep(Duration::from_secs(6));
    assert!(world.height(0) <= halted + 1, "two of four decide nothing");
    assert_eq!(world.grant(0, 2).unwrap().status, GrantStatus::Active);
    assert_eq!(world.grant(0, 1).unwrap().status, GrantStatus::Revoked);

    // One comes back, then the other: the revocation that waited is decided, and all say the same.
    world.start(2);
    until("the revocation that waited", || world.grant(0, 2).unwrap().status == GrantStatus::Revoked);
    world.start(3);
    let height = world.height(0);
    until("the last one has caught up", || {
        world.gateway(3).status().is_ok_and(|status| status.height >= height)
    });
    for node in 1..4 {
        until("the same everywhere", || world.height(node) >= height);
        assert_eq!(app_hash(&world, node, height), app_hash(&world, 0, height), "{node}");
        assert_eq!(world.grant(node, 2).unwrap().status, GrantStatus::Revoked);
    }

    // One is stopped and loses all that it had but its keys and what it has signed, while the others go on: it joins
    // again from their blocks.
    world.stop(3);
    for patient in 31..=35 {
        world.submit(0, &world.first_grant(patient)).unwrap();
    }
    until("the grants without it", || (31..=35).all(|patient| world.grant(0, patient).is_some()));
    let data = world.home(3).join("data");
    let signed = std::fs::read(data.join("priv_validator_state.json")).unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("priv_validator_state.json"), signed).unwrap();
    std::fs::remove_file(world.home(3).join("ledger.redb")).unwrap();
    world.start(3);
    let height = world.height(0);
    until("the one that joins", || world.gateway(3).status().is_ok_and(|status| status.height >= height));
    assert_eq!(app_hash(&world, 3, height), app_hash(&world, 0, height));
    assert_eq!(app_hash(&world, 3, 2), app_hash(&world, 0, 2), "from the first block on");
    assert!((31..=35).all(|patient| world.grant(3, patient).is_some()));
    until("its vote", || world.gateway(3).status().is_ok_and(|status| status.stopped.is_none()));

    let (counted, _) = recompute(&world, 0);
    assert_eq!((counted.transactions, counted.refused), (27, 0), "{counted:?}");
    assert!(counted.missing > 0, "votes were missing: {counted:?}");
    (0..4).for_each(|node| verify_headers(&world, node));
}
