//! A host whose clock is wrong ends nothing for good.

use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{BlobId, Timestamp};
use keepwell_protocol::vault::Commit;

use crate::support::{Client, HandClock, NOW, commit, references};
use crate::world::World;

const DAY: u64 = 86_400;

/// A space in which one blob has been without reference since now.
fn with_a_loose_blob(world: &World) -> (Client, BlobId) {
    let owner = world.client(SigningKey::from_seed(&[1; 32]));
    owner.open_space();
    let blob = owner.put_blobs(&[b"sealed"])[0];
    let first = Commit { references_added: vec![references(1, &[blob])], ..commit(1) };
    owner.commit(&first).unwrap();
    let second = Commit { references_removed: vec![references(1, &[blob])], ..commit(2) };
    owner.commit(&second).unwrap();
    (owner, blob)
}

#[test]
fn a_host_with_a_wrong_clock_removes_nothing_until_it_is_right() {
    let (clock, host_clock) = (HandClock::new(NOW), HandClock::new(NOW));
    let world = World::start_with(clock.clone(), host_clock.clone());
    let (owner, blob) = with_a_loose_blob(&world);
    for wrong in [NOW.0 + 40 * DAY, NOW.0 - 40 * DAY, NOW.0 + 16 * 60, NOW.0 + 3650 * DAY] {
        host_clock.set(Timestamp(wrong));
        assert!(!world.host().sweep_by_ledger().unwrap(), "{wrong}");
    }
    host_clock.set(clock.now());
    assert!(world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob]).unwrap(), [b"sealed".to_vec()]);

    // Time that has really passed ends it.
    world.forward_to(Timestamp(NOW.0 + 31 * DAY));
    host_clock.set(clock.now());
    assert!(world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob]).unwrap_err().0, 404);
}

#[test]
fn without_the_ledger_nothing_is_removed() {
    let world = World::start();
    let (owner, blob) = with_a_loose_blob(&world);
    let world = world.stop_ledger();
    world.clock.forward(31 * DAY);
    assert!(!world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob]).unwrap(), [b"sealed".to_vec()]);
}
