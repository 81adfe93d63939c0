//! A host that holds as much as it may: it takes what ends something, and nothing else.

use keepwell_host::{Host, Limits};
use keepwell_protocol::crypto::{Rng, SigningKey, base64url};
use keepwell_protocol::domain::{CompartmentId, GrantId, LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{Blobs, Commit, LinkEntry, References, SealedHead};
use rusqlite::Connection;

use crate::support::{Client, HandClock, NOW, code, commit, config, head, no_ledger, references, refusal};

/// A disk of which less is free than is to stay free, and more than half of that.
fn full(home: &std::path::Path) -> Limits {
    let disk = rustix::fs::statvfs(home).unwrap();
    Limits { free_bytes: disk.f_bavail * disk.f_frsize / 2 * 3, ..Limits::default() }
}

fn start(home: &std::path::Path, clock: &HandClock, limits: Limits) -> Host {
    let mut config = config(home, "127.0.0.1:0", no_ledger());
    config.listen.limits = limits;
    Host::start(config, clock.clock()).unwrap()
}

fn client(host: &Host, clock: &HandClock, seed: u8) -> Client {
    Client::new(host.address(), SigningKey::from_seed(&[seed; 32]), clock)
}

fn put(client: &Client, bytes: usize, seed: u64) -> Result<(), (u16, String)> {
    let mut blob = vec![0; bytes];
    Rng::seeded(seed).fill(&mut blob).unwrap();
    let answer = client.call(Method::Post, "/v1/blobs", Blobs(vec![blob.into()]).to_cbor());
    if answer.status == 200 {
        Ok(())
    } else {
        let (status, body) = refusal(&answer);
        Err((status, body.code))
    }
}

#[test]
fn a_full_host_takes_only_what_ends_something() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, Limits::default());
    let owner = client(&host, &clock, 1);
    owner.open_space();
    let blobs = owner.put_blobs(&[b"record", b"state"]);
    let first = Commit {
        heads: vec![head(0, 1), head(1, 1)],
        references_added: vec![references(1, &blobs[..1]), references(0, &blobs[1..])],
        ..commit(1)
    };
    owner.commit(&first).unwrap();
    host.stop().unwrap();

    let host = start(home.path(), &clock, full(home.path()));
    let owner = client(&host, &clock, 1);
    let full = (507, "HostFull".to_owned());
    assert_eq!(code(&client(&host, &clock, 2).call(Method::Put, "/v1/space", Vec::new())), full);
    assert_eq!(owner.call(Method::Put, "/v1/space", Vec::new()).status, 200, "it is there already");
    assert_eq!(put(&owner, 256 * 1024 + 1, 1), Err((507, "HostFull".to_owned())));
    let link = LinkId::from_bytes([7; 16]);
    assert_eq!(code(&owner.call(Method::Put, &format!("/v1/links/{link}"), b"sealed".to_vec())), full);
    let more = Commit { heads: vec![head(0, 2), head(1, 2)], ..commit(2) };
    assert_eq!(
        code(&owner.call(Method::Post, "/v1/space/commit", more.to_cbor())),
        (507, "HostFull".to_owned())
    );

    // A grant is ended, with the state that says so; and reading goes on.
    let state = owner.put_blobs(&[b"state without the grant"]);
    let ending = Commit {
        heads: vec![head(0, 2)],
        grants_dropped: vec![GrantId::from_bytes([5; 32])],
        references_added: vec![references(0, &state)],
        references_removed: vec![references(0, &blobs[1..])],
        ..commit(2)
    };
    owner.commit(&ending).unwrap();
    assert_eq!(owner.blobs(&blobs[..1]).unwrap(), [b"record".to_vec()]);
    let ended = LinkEntry {
        path: [8; 32],
        id: link,
        expires: NOW,
        opens: None,
        paused: false,
        revoked: true,
        grant: None,
    };
    owner.commit(&Commit { heads: vec![head(0, 3)], links: vec![ended.clone()], ..commit(3) }).unwrap();
    let living =
        Commit { heads: vec![head(0, 4)], links: vec![LinkEntry { revoked: false, ..ended }], ..commit(4) };
    assert_eq!(
        code(&owner.call(Method::Post, "/v1/space/commit", living.to_cbor())),
        (507, "HostFull".to_owned())
    );

    // That little is left to nobody as a way to fill it further.
    let taken = (0..20).filter(|seed| put(&owner, 200 * 1024, 100 + seed).is_ok()).count();
    assert_eq!(taken, 5);
    host.stop().unwrap();
    let host = start(home.path(), &clock, Limits::default());
    let owner = client(&host, &clock, 1);
    put(&owner, 1024 * 1024, 3).unwrap();
}

#[test]
fn quotas_hold_for_a_space_and_for_all() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits =
        Limits { space_bytes: 1_000_000, total_bytes: 1_500_000, free_bytes: 1 << 20, ..Limits::default() };
    let host = start(home.path(), &clock, limits);
    let (one, other) = (client(&host, &clock, 1), client(&host, &clock, 2));
    one.open_space();
    other.open_space();
    // Each blob takes a row of 128 bytes, too.
    put(&one, 1_000_000 - 128, 1).unwrap();
    assert_eq!(put(&one, 300_000, 2), Err((507, "SpaceFull".to_owned())));
    put(&other, 900_000 - 128, 3).unwrap();
    look_again();
    assert_eq!(put(&other, 300_000, 4), Err((507, "SpaceFull".to_owned())), "said before that the host is");
    assert_eq!(put(&other, 100_000 - 128, 4), Ok(()), "what it may upload to end something");
    assert_eq!(put(&one, 62_501 - 128, 5), Err((507, "SpaceFull".to_owned())), "more than a sixteenth over");
    assert_eq!(put(&one, 62_500 - 128, 6), Ok(()));
    assert_eq!(put(&one, 1, 7), Err((507, "SpaceFull".to_owned())));
    let third = client(&host, &clock, 3);
    assert_eq!(code(&third.call(Method::Put, "/v1/space", Vec::new())), (507, "HostFull".to_owned()));
}

#[test]
fn what_is_lent_to_all_spaces_together_leaves_the_disk_its_reserve() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { total_bytes: 1, free_bytes: 1 << 20, ..Limits::default() };
    let host = start(home.path(), &clock, limits);
    let [one, other, third] = [1, 2, 3].map(|seed| client(&host, &clock, seed));
    for owner in [&one, &other, &third] {
        owner.open_space();
        owner.commit(&commit(1)).unwrap();
    }
    put(&one, 1, 1).unwrap();
    look_again();
    let full = Err((507, "HostFull".to_owned()));
    assert_eq!(put(&one, 200 * 1024, 2), Ok(()));
    assert_eq!(put(&other, 57 * 1024, 3), full, "a quarter of the reserve is lent in an hour, to all");
    assert_eq!(put(&other, 56 * 1024 - 2 * 128, 4), Ok(()), "with two rows");
    assert_eq!(put(&third, 1, 5), full);
    host.stop().unwrap();

    // Of a disk with less than half of its reserve nothing is lent, and what adds nothing is still taken.
    let host = start(home.path(), &clock, Limits { free_bytes: u64::MAX, ..Limits::default() });
    let owner = client(&host, &clock, 3);
    assert_eq!(put(&owner, 1, 6), full);
    let ending = |version, heads: Vec<SealedHead>| {
        let grants_dropped = vec![GrantId::from_bytes([5; 32])];
        owner.commit(&Commit { heads, grants_dropped, ..commit(version) }).map_err(|(_, body)| body.code)
    };
    assert_eq!(ending(2, vec![head(0, 2)]), Ok(()));
    let longer = SealedHead { sealed: vec![7; 100], ..head(0, 3) };
    assert_eq!(ending(3, vec![longer]), Err("HostFull".to_owned()));
    assert_eq!(ending(3, vec![head(9, 3)]), Err("HostFull".to_owned()), "a compartment that was not there");
    assert_eq!(ending(3, vec![head(0, 3)]), Ok(()));
}

/// How many rows, and bytes that are not sealed records, the database of a host has.
fn rows_and_bytes(home: &std::path::Path) -> (i64, i64) {
    let database = Connection::open(home.join("host.sqlite")).unwrap();
    let count = "SELECT (SELECT count(*) FROM compartments) + (SELECT count(*) FROM grants)
                      + (SELECT count(*) FROM links) + (SELECT count(*) FROM blob_references),
                        (SELECT coalesce(sum(length(path)), 0) FROM links)";
    database.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn a_commit_that_ends_something_makes_no_row_on_a_full_host() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, Limits::default());
    let owner = client(&host, &clock, 1);
    owner.open_space();
    owner.commit(&commit(1)).unwrap();
    let link = LinkId::from_bytes([7; 16]);
    let kept = owner.call(Method::Put, &format!("/v1/links/{link}"), b"sealed".to_vec());
    assert_eq!(kept.status, 200);
    host.stop().unwrap();

    let host = start(home.path(), &clock, Limits { free_bytes: u64::MAX, ..Limits::default() });
    let owner = client(&host, &clock, 1);
    let before = rows_and_bytes(home.path());
    let unknown = |from: u32| {
        (from..from + 5_000).map(|number| {
            let mut id = [9; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            CompartmentId::from_bytes(id)
        })
    };
    let empty =
        |from| unknown(from).map(|compartment| References { compartment, blobs: Vec::new() }).collect();
    let ending = |version| Commit { grants_dropped: vec![GrantId::from_bytes([5; 32])], ..commit(version) };
    let ended = LinkEntry {
        path: [8; 32],
        id: link,
        expires: NOW,
        opens: None,
        paused: false,
        revoked: true,
        grant: None,
    };
    let removing = Commit {
        references_removed: empty(0),
        compartments_dropped: unknown(5_000).collect(),
        links: vec![ended],
        ..ending(2)
    };
    owner.commit(&removing).unwrap();
    let adding = Commit { references_added: empty(0), ..ending(3) };
    assert_eq!(owner.commit(&adding).unwrap_err().1.code, "HostFull");
    assert_eq!(rows_and_bytes(home.path()), before);
    assert_eq!(owner.space().version, 2);
}

#[test]
fn a_head_grows_on_a_full_host_by_what_its_numbers_need_and_no_more_in_all() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, Limits::default());
    let owner = client(&host, &clock, 1);
    owner.open_space();
    let longer = |version, by: usize| Commit {
        heads: vec![SealedHead { sealed: vec![7; 30 + by], ..head(0, version) }],
        grants_dropped: vec![GrantId::from_bytes([5; 32])],
        ..commit(version)
    };
    owner.commit(&longer(1, 0)).unwrap();
    host.stop().unwrap();
    let host = start(home.path(), &clock, Limits { free_bytes: u64::MAX, ..Limits::default() });
    let owner = client(&host, &clock, 1);
    owner.commit(&longer(2, 20)).unwrap();
    owner.commit(&longer(3, 32)).unwrap();
    assert_eq!(owner.commit(&longer(4, 33)).unwrap_err().1.code, "HostFull");
    owner.commit(&longer(4, 32)).unwrap();
}

#[test]
fn a_full_host_says_first_that_a_commit_comes_from_another_version() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, Limits::default());
    let owner = client(&host, &clock, 1);
    owner.open_space();
    owner.commit(&commit(1)).unwrap();
    owner.commit(&commit(2)).unwrap();
    host.stop().unwrap();
    let host = start(home.path(), &clock, Limits { free_bytes: u64::MAX, ..Limits::default() });
    let owner = client(&host, &clock, 1);
    owner.commit(&commit(2)).unwrap();
    let longer = SealedHead { sealed: vec![7; 100], ..head(0, 3) };
    let ending = |version| Commit {
        heads: vec![longer.clone()],
        grants_dropped: vec![GrantId::from_bytes([5; 32])],
        ..commit(version)
    };
    let (status, refused) = owner.commit(&ending(2)).unwrap_err();
    assert_eq!((status, refused.code.as_str(), refused.version), (409, "VersionConflict", Some(2)));
    assert_eq!(owner.commit(&ending(3)).unwrap_err().1.code, "HostFull");
    host.stop().unwrap();

    // And lends nothing for it.
    let disk = full(home.path());
    let host = start(home.path(), &clock, Limits { lent_hour_bytes: 100, ..disk });
    let owner = client(&host, &clock, 1);
    for _ in 0..5 {
        assert_eq!(owner.commit(&ending(2)).unwrap_err().1.code, "VersionConflict");
    }
    owner.commit(&ending(3)).unwrap();
}

#[test]
fn on_a_full_host_visits_in_vain_are_written_nowhere_and_none_is_granted_where_nothing_is_left() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, Limits::default());
    let owner = client(&host, &clock, 1);
    owner.open_space();
    let link = |number: u8, paused| LinkEntry {
        path: [number; 32],
        id: LinkId::from_bytes([number; 16]),
        expires: Timestamp(NOW.0 + 600),
        opens: None,
        paused,
        revoked: false,
        grant: None,
    };
    for number in [1, 2] {
        let put = format!("/v1/links/{}", link(number, false).id);
        assert_eq!(owner.call(Method::Put, &put, b"sealed".to_vec()).status, 200);
    }
    owner.commit(&Commit { links: vec![link(1, false), link(2, true)], ..commit(1) }).unwrap();
    let visit = |host: &Host, number: u8| {
        let path = base64url::encode(&[number; 32]);
        let stranger = Client::generate(host, &clock);
        stranger.plain(Method::Get, &format!("/l/{path}?recipient=City"), Vec::new()).status
    };
    let logged = || {
        let db = Connection::open(home.path().join("host.sqlite")).unwrap();
        db.query_row("SELECT count(*) FROM access_log", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!([visit(&host, 1), visit(&host, 2)], [200, 404]);
    host.stop().unwrap();
    assert_eq!(logged(), 2);

    let host = start(home.path(), &clock, full(home.path()));
    assert_eq!([visit(&host, 1), visit(&host, 2)], [200, 404]);
    host.stop().unwrap();
    assert_eq!(logged(), 3, "the one that was granted");
    let host = start(home.path(), &clock, Limits { free_bytes: u64::MAX, ..Limits::default() });
    assert_eq!([visit(&host, 1), visit(&host, 2), visit(&host, 9)], [507; 3]);
    host.stop().unwrap();
    assert_eq!(logged(), 3);
}

/// How full a host is, is looked at once a second.
fn look_again() {
    std::thread::sleep(std::time::Duration::from_millis(1_100));
}
