//! What a space holds is counted whole: heads, grants and links as well as blobs.

use std::path::Path;

use keepwell_host::{Host, Limits};
use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{Duration, GrantId, LinkId, Slot, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{Commit, GrantEntry, LinkEntry, SealedHead};

use crate::support::{
    Client, HandClock, NOW, assert_counted, code, commit, compartment, config, head, no_ledger, references,
};

fn start(home: &Path, clock: &HandClock, limits: Limits) -> (Host, Client) {
    let mut config = config(home, "127.0.0.1:0", no_ledger());
    config.listen.limits = limits;
    let host = Host::start(config, clock.clock()).unwrap();
    let owner = Client::new(host.address(), SigningKey::from_seed(&[1; 32]), clock);
    owner.open_space();
    (host, owner)
}

fn long_head(number: u8, version: u64, bytes: usize) -> SealedHead {
    SealedHead { sealed: vec![7; bytes], ..head(number, version) }
}

fn grant(number: u8, bytes: usize) -> GrantEntry {
    GrantEntry {
        grant: GrantId::from_bytes([number; 32]),
        slot: Slot::from_bytes([number; 32]),
        compartments: vec![compartment(1)],
        not_after: Timestamp(NOW.0 + 86_400),
        max_staleness: Duration::minutes(15),
        packet: vec![7; bytes],
    }
}

/// The code of a refusal, if it is one.
fn try_commit(owner: &Client, commit: &Commit) -> Result<(), String> {
    owner.commit(commit).map_err(|(_, body)| body.code)
}

#[test]
fn heads_and_grants_of_a_space_have_a_bound_and_what_ends_something_a_little_more() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { space_state_bytes: 160_000, ..Limits::default() };
    let (host, owner) = start(home.path(), &clock, limits);
    let full = Err("SpaceFull".to_owned());
    let heads = |numbers: std::ops::Range<u8>| numbers.map(|number| long_head(number, 1, 20_000)).collect();
    let too_many = Commit { heads: heads(0..8), ..commit(1) };
    assert_eq!(try_commit(&owner, &too_many), full, "eight heads of 20,000 bytes and their frames");
    assert_eq!(owner.space().version, 0);
    let most = Commit { heads: heads(0..5), grants_added: vec![grant(1, 50_000)], ..commit(1) };
    assert_eq!(try_commit(&owner, &most), Ok(()));

    let one_more = Commit { heads: vec![long_head(5, 2, 20_000)], ..commit(2) };
    assert_eq!(try_commit(&owner, &one_more), full);
    let larger = Commit { heads: Vec::new(), grants_added: vec![grant(1, 60_000)], ..commit(2) };
    assert_eq!(try_commit(&owner, &larger), full);
    let ending = Commit { grants_dropped: vec![grant(1, 0).grant], ..one_more.clone() };
    assert_eq!(try_commit(&owner, &ending), full, "more than a sixteenth over");
    let ending = Commit { heads: vec![long_head(0, 2, 35_000)], ..ending };
    assert_eq!(try_commit(&owner, &ending), Ok(()), "within a sixteenth");
    let changed = Commit { heads: vec![long_head(0, 3, 35_000)], ..commit(3) };
    assert_eq!(try_commit(&owner, &changed), Ok(()), "no larger than before");

    // What is dropped makes room.
    let dropping = Commit { compartments_dropped: vec![compartment(1), compartment(2)], ..commit(4) };
    assert_eq!(try_commit(&owner, &dropping), Ok(()));
    assert_eq!(try_commit(&owner, &Commit { version: 5, ..one_more }), Ok(()));
    // A grant is kept to tell its reader that it ended, and goes thirty days after its end.
    clock.forward(32 * 86_400);
    host.sweep().unwrap();
    let next = Commit { heads: Vec::new(), grants_added: vec![grant(2, 60_000)], ..commit(6) };
    assert_eq!(try_commit(&owner, &next), Ok(()));
    host.stop().unwrap();
    assert_counted(home.path());
}

#[test]
fn links_and_rows_count_against_the_quota_of_a_space() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { space_bytes: 160_000, ..Limits::default() };
    let (host, owner) = start(home.path(), &clock, limits);
    let id = |number| LinkId::from_bytes([number; 16]);
    let put = |number, bytes| {
        let answer = owner.call(Method::Put, &format!("/v1/links/{}", id(number)), vec![number; bytes]);
        if answer.status == 200 { Ok(()) } else { Err(code(&answer)) }
    };
    let full = Err((507, "SpaceFull".to_owned()));
    assert_eq!(put(1, 160_001), full);
    assert_eq!(put(1, 100_000), Ok(()));
    assert_eq!(put(2, 60_001), full);
    assert_eq!(put(2, 60_000), Ok(()));
    assert_eq!(put(2, 60_000), Ok(()), "the same again takes its own place");
    assert_eq!(put(2, 60_001), full);
    assert_eq!(put(2, 10_000), Ok(()), "a shorter one in its place");
    let living = LinkEntry {
        path: [2; 32],
        id: id(2),
        expires: Timestamp(NOW.0 + 60),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    };
    owner.commit(&Commit { links: vec![living], ..commit(1) }).unwrap();
    assert_eq!(owner.call(Method::Post, &format!("/v1/links/{}/revoke", id(1)), Vec::new()).status, 200);
    assert_eq!(put(3, 149_000), Ok(()), "what ended makes room");
    assert_eq!(put(4, 2_000), full);

    // One that no commit named, and one that is over, go.
    clock.forward(2 * 86_400);
    host.sweep().unwrap();
    assert_eq!(put(4, 159_000), Ok(()));
    assert_eq!(owner.call(Method::Post, &format!("/v1/links/{}/revoke", id(4)), Vec::new()).status, 200);

    // A blob of one byte takes a row, and so does each place that refers to it.
    let tiny: Vec<[u8; 2]> = (0..1_000u16).map(u16::to_be_bytes).collect();
    let tiny: Vec<&[u8]> = tiny.iter().map(<[u8; 2]>::as_slice).collect();
    let blobs = owner.put_blobs(&tiny);
    let referring = |version, compartments: std::ops::Range<u8>| Commit {
        references_added: compartments.map(|number| references(number, &blobs[..200])).collect(),
        ..commit(version)
    };
    assert_eq!(try_commit(&owner, &referring(2, 1..5)), Err("SpaceFull".to_owned()));
    assert_eq!(try_commit(&owner, &referring(2, 1..3)), Ok(()));
    let dropping = Commit { compartments_dropped: vec![compartment(1)], ..commit(3) };
    assert_eq!(try_commit(&owner, &dropping), Ok(()));
    clock.forward(31 * 86_400);
    host.sweep().unwrap();
    assert_eq!(put(5, 120_000), Ok(()));
    assert_eq!(owner.space().version, 3);
    host.stop().unwrap();
    assert_counted(home.path());
}
