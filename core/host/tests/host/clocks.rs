//! A host whose clock is wrong ends nothing for good.

use keepwell_protocol::crypto::{SigningKey, provider_id};
use keepwell_protocol::domain::{BlobId, LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{Blobs, Commit, LinkEntry};

use crate::support::{Client, HandClock, NOW, commit, references};
use crate::world::World;

const DAY: u64 = 86_400;

/// A space in which one blob has been without reference since now.
fn with_a_loose_blob(world: &World, clock: &HandClock) -> (Client, BlobId) {
    let owner = Client::new(world.host().address(), SigningKey::from_seed(&[1; 32]), clock);
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
    let (owner, blob) = with_a_loose_blob(&world, &clock);
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
fn what_is_written_under_a_clock_that_is_behind_stays_its_time() {
    let (clock, host_clock) = (HandClock::new(NOW), HandClock::new(NOW));
    let world = World::start_with(clock.clone(), host_clock.clone());
    let provider = Client::new(world.host().address(), SigningKey::from_seed(&[2; 32]), &host_clock);
    let id = provider_id(&provider.key.public_key());
    world.admit(&provider.key);
    host_clock.set(clock.now());
    let inbox = format!("/v1/inbox/{id}");
    assert_eq!(provider.plain(Method::Post, &inbox, b"envelope".to_vec()).status, 202);
    assert!(world.host().sweep_by_ledger().unwrap(), "the host knows the ledger's time");

    host_clock.set(Timestamp(NOW.0 - 500 * DAY));
    let (owner, blob) = with_a_loose_blob(&world, &host_clock);
    let fresh = owner.put_blobs(&[b"fresh"])[0];
    let link = LinkId::from_bytes([3; 16]);
    let put = owner.call(Method::Put, &format!("/v1/links/{link}"), b"link".to_vec());
    assert_eq!(put.status, 200);
    assert_eq!(provider.call(Method::Get, &inbox, Vec::new()).status, 200, "fetched");
    assert_eq!(provider.plain(Method::Post, &inbox, b"another".to_vec()).status, 202);

    host_clock.set(clock.now());
    assert!(world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob, fresh]).unwrap(), [b"sealed".to_vec(), b"fresh".to_vec()]);
    let waiting = provider.call(Method::Get, &inbox, Vec::new());
    assert_eq!(Blobs::from_cbor(&waiting.body).unwrap().0.len(), 2);
    let named = LinkEntry {
        path: [3; 32],
        id: link,
        expires: Timestamp(NOW.0 + DAY),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    };
    owner.commit(&Commit { links: vec![named], ..commit(3) }).unwrap();
}

#[test]
fn what_is_written_under_a_clock_that_is_ahead_goes_when_its_time_is_over() {
    let (clock, host_clock) = (HandClock::new(NOW), HandClock::new(NOW));
    let world = World::start_with(clock.clone(), host_clock.clone());
    host_clock.set(Timestamp(NOW.0 + 3650 * DAY));
    let (owner, blob) = with_a_loose_blob(&world, &host_clock);
    host_clock.set(clock.now());
    assert!(world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob]).unwrap(), [b"sealed".to_vec()]);
    world.forward_to(Timestamp(NOW.0 + 31 * DAY));
    host_clock.set(clock.now());
    assert!(world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob]).unwrap_err().0, 404);
}

#[test]
fn without_the_ledger_nothing_is_removed() {
    let world = World::start();
    let (owner, blob) = with_a_loose_blob(&world, &world.clock);
    let world = world.stop_ledger();
    world.clock.forward(31 * DAY);
    assert!(!world.host().sweep_by_ledger().unwrap());
    assert_eq!(owner.blobs(&[blob]).unwrap(), [b"sealed".to_vec()]);
}
