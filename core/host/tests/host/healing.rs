//! What makes a host whole again from the phone: commits that skip versions, what is lost or damaged, the
//! short look at a space, and where a space has gone.

use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::{Signature, SigningKey, sha256};
use keepwell_protocol::domain::{BlobId, Object, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{BlobIds, Commit, Moved, Place, SpaceView};

use crate::support::{Client, HandClock, NOW, code, commit, compartment, head, references, start};

/// A host, and an owner with an opened space.
struct Housed {
    home: tempfile::TempDir,
    clock: HandClock,
    host: keepwell_host::Host,
    owner: Client,
}

fn housed() -> Housed {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    Housed { home, clock, host, owner }
}

impl Housed {
    fn missing(&self, ids: &[BlobId]) -> Vec<BlobId> {
        let answer = self.owner.call(Method::Post, "/v1/blobs/missing", BlobIds(ids.to_vec()).to_cbor());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/cbor")));
        BlobIds::from_cbor(&answer.body).unwrap().0
    }

    /// The object in which `content` lies.
    fn pack_with(&self, content: &[u8]) -> PathBuf {
        let holds = |file: &PathBuf| {
            std::fs::read(file).unwrap().windows(content.len()).any(|window| window == content)
        };
        files_below(&self.home.path().join("blobs")).into_iter().find(holds).unwrap()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

fn id(content: &[u8]) -> BlobId {
    BlobId::from_bytes(sha256(content))
}

#[test]
fn no_object_goes_while_a_copy_is_made() {
    let it = housed();
    let ids = it.owner.put_blobs(&[b"allergy", b"medication"]);
    it.owner.commit(&Commit { references_added: vec![references(1, &ids)], ..commit(1) }).unwrap();
    let pack = it.pack_with(b"allergy");
    // Held as by a copy that began now, whose database names this object.
    let copy = std::fs::File::create(it.home.path().join("backup.lock")).unwrap();
    copy.lock().unwrap();
    it.owner.commit(&Commit { references_removed: vec![references(1, &ids[..1])], ..commit(2) }).unwrap();
    for seconds in [31 * 86_400, 3_601, 86_400] {
        it.clock.forward(seconds);
        it.host.sweep().unwrap();
    }
    assert_eq!(it.owner.blobs(&ids[..1]).unwrap_err().0, 404);
    assert!(pack.exists());
    drop(copy);
    it.host.sweep().unwrap();
    assert!(!pack.exists());
    assert_eq!(it.owner.blobs(&ids[1..]).unwrap(), [b"medication".to_vec()]);
}

#[test]
fn a_commit_with_a_base_skips_versions_from_there_and_from_nowhere_else() {
    let it = housed();
    it.owner.commit(&commit(1)).unwrap();
    it.owner.commit(&commit(2)).unwrap();
    for (version, base) in [(9, 1), (9, 3), (9, 8), (3, 1)] {
        let refused = it.owner.commit(&Commit { base: Some(base), ..commit(version) }).unwrap_err();
        assert_eq!((refused.1.code.as_str(), refused.1.version), ("VersionConflict", Some(2)), "{version}");
    }
    for (version, base) in [(2, 2), (1, 2), (0, 0)] {
        let refused = it.owner.commit(&Commit { base: Some(base), ..commit(version) }).unwrap_err();
        assert_eq!((refused.0, refused.1.code.as_str()), (400, "CommitBase"), "{version}");
    }
    let far = Commit { base: Some(2), ..commit(2 + (1 << 20)) };
    it.owner.commit(&far).unwrap();
    assert_eq!(it.owner.space().version, 2 + (1 << 20));
    // The very same again is done already; another of that version is not.
    it.owner.commit(&far).unwrap();
    let other = Commit { heads: vec![head(1, 9)], ..far };
    assert_eq!(it.owner.commit(&other).unwrap_err().1.code, "VersionConflict");
    // From there on as ever, with the base said or not.
    it.owner.commit(&commit(3 + (1 << 20))).unwrap();
    it.owner.commit(&Commit { base: Some(3 + (1 << 20)), ..commit(4 + (1 << 20)) }).unwrap();
    // No version that could not be counted on from.
    let last = Commit { base: Some(4 + (1 << 20)), ..commit(u64::MAX) };
    assert_eq!(it.owner.commit(&last).unwrap_err().1.code, "VersionConflict");
    assert_eq!(it.owner.space().version, 4 + (1 << 20));
}

#[test]
fn an_emptied_host_begins_anew_at_the_version_of_the_wallet() {
    let it = housed();
    it.owner.commit(&Commit { base: Some(0), ..commit(41) }).unwrap();
    it.owner.commit(&commit(42)).unwrap();
    assert_eq!((it.owner.space().version, it.owner.space().heads), (42, vec![head(0, 42)]));
}

#[test]
fn a_blob_with_a_changed_byte_is_missing_until_it_is_sent_again() {
    let it = housed();
    let ids = it.owner.put_blobs(&[b"allergy", b"medication", b"condition"]);
    let first = Commit { references_added: vec![references(1, &ids)], ..commit(1) };
    it.owner.commit(&first).unwrap();
    let never = id(b"never sent");
    assert_eq!(it.missing(&[ids[2], never, ids[0]]), [never]);

    let pack = it.pack_with(b"medication");
    let sound = std::fs::read(&pack).unwrap();
    let mut damaged = sound.clone();
    damaged[b"allergy".len() + 2] ^= 1;
    std::fs::write(&pack, &damaged).unwrap();
    assert_eq!(it.owner.blobs(&ids).unwrap_err(), it.owner.blobs(&[never]).unwrap_err());
    assert_eq!(it.owner.blobs(&ids[1..2]).unwrap_err().0, 404);
    assert_eq!(it.owner.blobs(&[ids[0], ids[2]]).unwrap(), [b"allergy".to_vec(), b"condition".to_vec()]);
    assert_eq!(it.missing(&[ids[2], ids[1], never, ids[0]]), [ids[1], never]);

    // No commit may promise it now, and what refers to it already goes on.
    let more = Commit { references_added: vec![references(2, &ids[1..2])], ..commit(2) };
    assert_eq!(it.owner.commit(&more).unwrap_err().1.code, "BlobMissing");
    it.owner.put_blobs(&[b"medication"]);
    assert_eq!(it.missing(&ids), []);
    assert_eq!(it.owner.blobs(&ids).unwrap()[1], b"medication");
    it.owner.commit(&more).unwrap();
    // The old bytes go, and nothing else with them.
    it.clock.forward(3_601);
    it.host.sweep().unwrap();
    it.clock.forward(3_601);
    it.host.sweep().unwrap();
    assert_eq!(it.owner.blobs(&ids).unwrap()[2], b"condition");
}

#[test]
fn a_lost_or_shortened_pack_is_missing_and_the_operator_may_put_it_back() {
    let it = housed();
    let ids = it.owner.put_blobs(&[b"allergy", b"medication", b"condition"]);
    let others = it.owner.put_blobs(&[b"of another pack"]);
    let first = Commit { references_added: vec![references(1, &ids), references(1, &others)], ..commit(1) };
    assert_eq!(it.owner.commit(&first).unwrap_err().1.code, "CommitRepeated");
    let all: Vec<BlobId> = ids.iter().chain(&others).copied().collect();
    it.owner.commit(&Commit { references_added: vec![references(1, &all)], ..commit(1) }).unwrap();

    let pack = it.pack_with(b"medication");
    let sound = std::fs::read(&pack).unwrap();
    std::fs::write(&pack, &sound[..b"allergymedi".len()]).unwrap();
    assert_eq!(it.missing(&all), ids[1..], "what lies before the cut is whole");
    std::fs::remove_file(&pack).unwrap();
    assert_eq!(it.missing(&all), ids);
    assert_eq!(it.owner.blobs(&all).unwrap_err().0, 404);
    assert_eq!(it.owner.blobs(&others).unwrap(), [b"of another pack".to_vec()]);

    // A lost pack does not keep the sweep from its work.
    let second = Commit { references_removed: vec![references(1, &ids[..1])], ..commit(2) };
    it.owner.commit(&second).unwrap();
    it.clock.forward(30 * 86_400 + 1);
    it.host.sweep().unwrap();

    std::fs::write(&pack, &sound).unwrap();
    assert_eq!(it.missing(&all), ids[..1], "it was swept");
    assert_eq!(it.owner.blobs(&ids[1..]).unwrap(), [b"medication".to_vec(), b"condition".to_vec()]);
    it.owner.commit(&Commit { references_added: vec![references(2, &ids[1..])], ..commit(3) }).unwrap();
}

#[test]
fn what_is_missing_is_asked_of_a_thousand_by_their_owner() {
    let it = housed();
    let ids: Vec<BlobId> = (0..1_001_u32).map(|number| id(&number.to_be_bytes())).collect();
    assert_eq!(it.missing(&ids[..1_000]), ids[..1_000]);
    assert_eq!(it.missing(&[]), []);
    let ask = |client: &Client, ids: &[BlobId]| {
        client.call(Method::Post, "/v1/blobs/missing", BlobIds(ids.to_vec()).to_cbor())
    };
    assert_eq!(code(&ask(&it.owner, &ids)), (413, "RequestTooLarge".into()));
    let stranger = Client::generate(&it.host, &it.clock);
    assert_eq!(code(&ask(&stranger, &ids[..1])), (404, "NotFound".into()));
    stranger.open_space();
    let mine = it.owner.put_blobs(&[b"mine"]);
    assert_eq!(BlobIds::from_cbor(&ask(&stranger, &mine).body).unwrap().0, mine, "of its own space only");
}

#[test]
fn the_short_look_at_a_space_has_the_version_and_one_head() {
    let it = housed();
    let look = |query: &str| it.owner.call(Method::Get, &format!("/v1/space?head={query}"), Vec::new());
    let view = |number: u8| SpaceView::from_cbor(&look(&compartment(number).to_string()).body).unwrap();
    assert_eq!((view(0).version, view(0).heads), (0, vec![]));
    it.owner.commit(&Commit { heads: vec![head(0, 1), head(1, 1)], ..commit(1) }).unwrap();
    assert_eq!((view(1).version, view(1).heads), (1, vec![head(1, 1)]));
    assert_eq!((view(9).version, view(9).heads), (1, vec![]));
    for bad in ["", "00", &"AB".repeat(16), &"0".repeat(33)] {
        assert_eq!(code(&look(bad)), (400, "QueryMalformed".into()), "{bad}");
    }
}

#[test]
fn a_space_says_where_its_owner_has_taken_it() {
    let it = housed();
    let tell = |moved: &Moved| it.owner.call(Method::Post, "/v1/space/moved", moved.to_cbor());
    let note = |url: &str, key: &SigningKey| Moved::sign(url.into(), 7, Timestamp(NOW.0), key);
    assert_eq!(it.owner.space().moved_to, None);
    let moved = note("https://new.example", &it.owner.key);
    let kept = tell(&moved);
    assert_eq!((kept.status, Moved::from_cbor(&kept.body)), (200, Ok(moved.clone())));
    assert_eq!(it.owner.space().moved_to, Some(moved.clone()));
    let query = format!("/v1/space?head={}", compartment(0));
    let short = SpaceView::from_cbor(&it.owner.call(Method::Get, &query, Vec::new()).body).unwrap();
    assert_eq!(short.moved_to, Some(moved.clone()));

    let other = SigningKey::from_seed(&[9; 32]);
    let elsewhere = Place { url: "https://evil.example".into(), ..moved.place.clone() };
    for (bad, expected) in [
        (note("https://new.example", &other), "MovedOtherSpace"),
        (Moved { place: elsewhere, ..moved.clone() }, "BadSignature"),
        (Moved { signature: Signature::from_bytes([0; 64]), ..moved.clone() }, "BadSignature"),
        (note("", &it.owner.key), "MovedAddress"),
    ] {
        assert_eq!(code(&tell(&bad)), (400, expected.into()));
    }
    assert_eq!(it.owner.space().moved_to, Some(moved));
    // It may move again.
    let further = note("https://newer.example", &it.owner.key);
    assert_eq!(tell(&further).status, 200);
    assert_eq!(it.owner.space().moved_to, Some(further));
}
