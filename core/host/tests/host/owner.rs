//! What an owner does with a space, and what nobody else can do with it.

use keepwell_host::{Host, HostError};
use keepwell_protocol::crypto::{Rng, SigningKey, sha256};
use keepwell_protocol::domain::{BlobId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::vault::{BlobIds, Blobs, Commit};

use crate::support;
use crate::support::{Client, HandClock, NOW, code, commit, compartment, head, references, start};

#[test]
fn a_space_is_opened_once_and_is_its_owners_alone() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    let stranger = Client::generate(&host, &clock);

    assert_eq!(code(&owner.call(Method::Get, "/v1/space", Vec::new())), (404, "NotFound".into()));
    owner.open_space();
    owner.commit(&commit(1)).unwrap();
    owner.open_space();
    assert_eq!(owner.space().version, 1);
    assert_eq!(owner.space().heads, [head(0, 1)]);
    assert_eq!(code(&stranger.call(Method::Get, "/v1/space", Vec::new())), (404, "NotFound".into()));
    assert_eq!(owner.plain(Method::Get, "/v1/space", Vec::new()).status, 401);
}

#[test]
fn a_commit_applies_only_to_the_version_before_it() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    owner.commit(&commit(1)).unwrap();
    owner.commit(&commit(2)).unwrap();
    // The very same again: the answer got lost, not the commit.
    owner.commit(&commit(2)).unwrap();
    let other = Commit { heads: vec![head(0, 2), head(1, 2)], ..commit(2) };
    for refused in [other, commit(1), commit(4), commit(0), commit(u64::MAX)] {
        let (status, body) = owner.commit(&refused).unwrap_err();
        assert_eq!((status, body.code.as_str(), body.version), (409, "VersionConflict", Some(2)));
    }
    assert_eq!(owner.space().heads, [head(0, 2)]);
}

#[test]
fn of_two_commits_at_once_one_wins() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let won: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|number| {
                let owner = &owner;
                let racing = Commit { heads: vec![head(number, 1)], ..commit(1) };
                scope.spawn(move || usize::from(owner.commit(&racing).is_ok()))
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
    assert_eq!((owner.space().version, owner.space().heads.len()), (1, 1));
}

#[test]
fn a_commit_that_lacks_a_blob_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let stored = owner.put_blobs(&[b"one", b"two"]);
    let missing = BlobId::from_bytes(sha256(b"three"));
    let lacking = Commit {
        heads: vec![head(0, 1), head(1, 1)],
        references_added: vec![references(1, &[stored[0], stored[1], missing])],
        ..commit(1)
    };
    assert_eq!(owner.commit(&lacking).unwrap_err().1.code, "BlobMissing");
    assert_eq!((owner.space().version, owner.space().heads.len()), (0, 0));
    owner.put_blobs(&[b"three"]);
    owner.commit(&lacking).unwrap();
    assert_eq!(owner.space().heads.len(), 2);

    let without = Commit { compartments_dropped: vec![compartment(1)], ..commit(2) };
    owner.commit(&without).unwrap();
    assert_eq!(owner.space().heads, [head(0, 2)]);
}

#[test]
fn blobs_come_back_in_the_order_asked_and_only_to_their_owner() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let (owner, other) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    owner.open_space();
    other.open_space();
    let big = vec![7; 300_000];
    let ids = owner.put_blobs(&[b"one", &big, b"", b"two"]);
    assert_eq!(ids[1], BlobId::from_bytes(sha256(&big)));
    assert_eq!(owner.put_blobs(&[b"two", b"three"])[0], ids[3]);
    let asked = [ids[3], ids[0], ids[1], ids[2], ids[0]];
    assert_eq!(
        owner.blobs(&asked).unwrap(),
        [b"two".to_vec(), b"one".to_vec(), big, Vec::new(), b"one".to_vec()]
    );
    assert_eq!(other.blobs(&ids[..1]).unwrap_err().0, 404);
    assert_eq!(owner.blobs(&[ids[0], BlobId::from_bytes([9; 32])]).unwrap_err().0, 404);
    assert_eq!(owner.blobs(&[]).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn batches_have_limits_and_one_large_record_has_not() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let half = vec![1; 2_100_000];
    let two = Blobs(vec![half.clone().into(), half.into()]).to_cbor();
    assert_eq!(code(&owner.call(Method::Post, "/v1/blobs", two)), (413, "RequestTooLarge".into()));
    let large = vec![2; 9_000_000];
    let ids = owner.put_blobs(&[&large]);
    assert_eq!(owner.blobs(&ids).unwrap(), [large]);
    assert_eq!(owner.blobs(&[ids[0], ids[0]]).unwrap_err().0, 413);
    let many = BlobIds(vec![ids[0]; BlobIds::LIMIT + 1]).to_cbor();
    assert_eq!(owner.call(Method::Post, "/v1/blobs/get", many).status, 413);
    let commit = vec![0; 8 * 1024 * 1024 + 1];
    assert_eq!(owner.call(Method::Post, "/v1/space/commit", commit).status, 413);
}

#[test]
fn what_is_not_an_object_is_refused_with_its_reason() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let twice = Commit { heads: vec![head(0, 1), head(0, 1)], ..commit(1) }.to_cbor();
    let mut longer = commit(1).to_cbor();
    longer.push(0);
    for (path, body, expected) in [
        ("/v1/space/commit", twice, "CommitRepeated"),
        ("/v1/space/commit", longer, "ObjectNotDeterministic"),
        ("/v1/space/commit", Vec::new(), "ObjectMalformed"),
        ("/v1/blobs", b"\xa0".to_vec(), "ObjectMalformed"),
        ("/v1/blobs/get", b"\x81\x41\x00".to_vec(), "ObjectMalformed"),
    ] {
        assert_eq!(code(&owner.call(Method::Post, path, body)), (400, expected.into()), "{path}");
    }
    assert_eq!(code(&owner.call(Method::Get, "/v1/log?after=x", Vec::new())), (400, "QueryMalformed".into()));
    for path in ["/", "/v1", "/v1/space/", "/v2/space", "/v1/grants/00", "/v1/links/zz/pause"] {
        assert_eq!(code(&owner.call(Method::Post, path, Vec::new())), (404, "NotFound".into()), "{path}");
    }
}

#[test]
fn a_signed_request_counts_once_now_and_for_these_bytes() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();

    let request = owner.signed(Method::Get, "/v1/space", Vec::new());
    assert_eq!(owner.send(request.clone()).status, 200);
    assert_eq!(code(&owner.send(request.clone())), (401, "RequestReplayed".into()));
    // Nor after a new start.
    let address = host.address();
    host.stop().unwrap();
    let again = support::config(home.path(), &address.to_string(), support::no_ledger());
    let host = Host::start(again, clock.clock()).unwrap();
    assert_eq!(code(&owner.send(request)), (401, "RequestReplayed".into()));

    for seconds in [61_u64, 3_600] {
        let mut old = owner.signed(Method::Get, "/v1/space", Vec::new());
        let past = Timestamp(clock.now().0 - seconds);
        sign_request(&mut old, &owner.key, past, &mut Rng::system()).unwrap();
        assert_eq!(code(&owner.send(old)), (401, "RequestSignatureNotNow".into()));
        let mut early = owner.signed(Method::Get, "/v1/space", Vec::new());
        let future = Timestamp(clock.now().0 + seconds);
        sign_request(&mut early, &owner.key, future, &mut Rng::system()).unwrap();
        assert_eq!(code(&owner.send(early)), (401, "RequestSignatureNotNow".into()));
    }
    let mut other_body = owner.signed(Method::Post, "/v1/space/commit", commit(1).to_cbor());
    other_body.body = commit(2).to_cbor();
    assert_eq!(code(&owner.send(other_body)), (401, "RequestDigestWrong".into()));
    let mut other_path = owner.signed(Method::Get, "/v1/space", Vec::new());
    other_path.url = format!("{}/v1/log", owner.url);
    assert_eq!(code(&owner.send(other_path)), (401, "RequestSignatureBad".into()));
    let mut other_query = owner.signed(Method::Get, "/v1/log?after=1", Vec::new());
    other_query.url = format!("{}/v1/log?after=2", owner.url);
    assert_eq!(code(&owner.send(other_query)), (401, "RequestSignatureBad".into()));
    // Signed for another host.
    let mut elsewhere =
        Request::new(Method::Get, format!("http://localhost:{}/v1/space", host.address().port()));
    sign_request(&mut elsewhere, &owner.key, clock.now(), &mut Rng::system()).unwrap();
    assert_eq!(code(&owner.send(elsewhere)), (401, "RequestSignatureBad".into()));
}

#[test]
fn one_process_uses_a_home_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let config = support::config(home.path(), "127.0.0.1:0", support::no_ledger());
    assert!(matches!(Host::start(config.clone(), clock.clock()), Err(HostError::Busy)));
    host.stop().unwrap();
    Host::start(config, clock.clock()).unwrap();
}

#[test]
fn blobs_without_reference_go_after_thirty_days_and_others_stay() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let ids = owner.put_blobs(&[b"kept", b"dropped later", b"never referred to", b"also kept"]);
    let first = Commit {
        references_added: vec![references(1, &[ids[0], ids[1], ids[3]]), references(2, &ids[..1])],
        ..commit(1)
    };
    owner.commit(&first).unwrap();
    let second = Commit { references_removed: vec![references(1, &ids[..2])], ..commit(2) };
    owner.commit(&second).unwrap();

    clock.forward(30 * 86_400);
    host.sweep().unwrap();
    assert_eq!(owner.blobs(&ids).unwrap().len(), 4);
    clock.forward(1);
    host.sweep().unwrap();
    assert_eq!(owner.blobs(&[ids[0], ids[3]]).unwrap(), [b"kept".to_vec(), b"also kept".to_vec()]);
    assert_eq!(owner.blobs(&ids[1..2]).unwrap_err().0, 404);
    assert_eq!(owner.blobs(&ids[2..3]).unwrap_err().0, 404);
    // The bytes themselves are gone once nobody can be reading them any more.
    clock.forward(3_601);
    host.sweep().unwrap();
    let packs: Vec<Vec<u8>> =
        files_below(&home.path().join("blobs")).iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert_eq!(packs, [b"keptalso kept".to_vec()]);
    // Uploading again is all it takes.
    let again =
        Commit { references_added: vec![references(1, &owner.put_blobs(&[b"dropped later"]))], ..commit(3) };
    owner.commit(&again).unwrap();
    assert_eq!(owner.blobs(&ids[..2]).unwrap().len(), 2);
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn a_key_that_owns_nothing_opens_nothing() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let stranger = Client::new(host.address(), SigningKey::from_seed(&[1; 32]), &clock);
    for (method, path) in [
        (Method::Get, "/v1/space"),
        (Method::Post, "/v1/space/commit"),
        (Method::Post, "/v1/blobs"),
        (Method::Post, "/v1/blobs/get"),
        (Method::Put, "/v1/links/00000000000000000000000000000000"),
        (Method::Post, "/v1/links/00000000000000000000000000000000/revoke"),
        (Method::Get, "/v1/log"),
    ] {
        assert_eq!(
            code(&stranger.call(method, path, commit(1).to_cbor())),
            (404, "NotFound".into()),
            "{path}"
        );
        assert_eq!(stranger.plain(method, path, commit(1).to_cbor()).status, 401, "{path}");
    }
}
