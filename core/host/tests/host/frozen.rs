//! The homes that released versions wrote, `fixtures/hosts`: each opens, serves what was put there, and
//! goes on. `KEEPWELL_FREEZE=1` writes that of this version if it is not there yet.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use keepwell_protocol::crypto::{SigningKey, base64url, sha256};
use keepwell_protocol::domain::{BlobId, Duration, GrantId, LinkId, Slot, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{Commit, GrantEntry, LinkEntry};

use crate::support::{Client, HandClock, NOW, assert_counted, commit, compartment, head, references, start};

const VERSIONS: [&str; 2] = ["0.1.0", "0.2.0"];

fn frozen(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hosts").join(version)
}

fn grant() -> GrantEntry {
    GrantEntry {
        grant: GrantId::from_bytes([6; 32]),
        slot: Slot::from_bytes([7; 32]),
        compartments: vec![compartment(1)],
        not_after: Timestamp(NOW.0 + 86_400),
        max_staleness: Duration::minutes(15),
        packet: b"sealed packet".to_vec(),
    }
}

fn link() -> LinkEntry {
    LinkEntry {
        path: [8; 32],
        id: LinkId::from_bytes([9; 16]),
        expires: Timestamp(NOW.0 + 86_400),
        opens: Some(3),
        paused: true,
        revoked: false,
        grant: None,
    }
}

/// Makes what `fixtures/hosts/README.md` says.
fn freeze(folder: &Path) {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::new(host.address(), SigningKey::from_seed(&[1; 32]), &clock);
    owner.open_space();
    let ids = owner.put_blobs(&[b"allergy", b"medication"]);
    let put = owner.call(Method::Put, &format!("/v1/links/{}", link().id), b"sealed".to_vec());
    assert!((200..300).contains(&put.status));
    let first = Commit {
        heads: vec![head(0, 1), head(1, 1)],
        grants_added: vec![grant()],
        links: vec![link()],
        references_added: vec![references(1, &ids)],
        ..commit(1)
    };
    owner.commit(&first).unwrap();
    owner.commit(&Commit { grants_dropped: vec![grant().grant], ..commit(2) }).unwrap();
    host.stop().unwrap();
    copy(home.path(), folder);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, name) = (entry.path(), entry.file_name());
        let to = to.join(&name);
        // A lock and nonces are of one running host.
        if from.is_dir() {
            copy(&from, &to);
        } else if name != "lock" && !name.to_string_lossy().starts_with("nonces") {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// A copy of a released home: opening changes it.
fn thawed(version: &str) -> tempfile::TempDir {
    static FROZEN: Once = Once::new();
    FROZEN.call_once(|| {
        let this = frozen(env!("CARGO_PKG_VERSION"));
        if std::env::var_os("KEEPWELL_FREEZE").is_some() && !this.exists() {
            freeze(&this);
        }
    });
    let home = tempfile::tempdir().unwrap();
    copy(&frozen(version), home.path());
    home
}

#[test]
fn a_home_of_every_version_opens_and_goes_on() {
    for version in VERSIONS {
        let home = thawed(version);
        let opened = ["", "host.sqlite", "blobs/packs"].map(|name| home.path().join(name));
        let permissions = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for path in &opened {
            std::fs::set_permissions(path, Permissions::from_mode(permissions(path) | 0o055)).unwrap();
        }
        let clock = HandClock::new(Timestamp(NOW.0 + 60));
        start(home.path(), &clock).stop().unwrap();
        assert_counted(home.path());
        let host = start(home.path(), &clock);
        assert_eq!(opened.each_ref().map(permissions), [0o700, 0o600, 0o700], "{version}");
        let owner = Client::new(host.address(), SigningKey::from_seed(&[1; 32]), &clock);
        let space = owner.space();
        assert_eq!((space.version, space.heads), (2, vec![head(0, 2), head(1, 1)]), "{version}");
        assert_eq!((space.grants.len(), space.grants[0].dropped), (1, true));
        assert_eq!(space.grants[0].entry, grant());
        assert_eq!(space.links, [link()]);
        let ids = [b"allergy".as_slice(), b"medication"].map(|blob| BlobId::from_bytes(sha256(blob)));
        assert_eq!(owner.blobs(&ids).unwrap(), [b"allergy".to_vec(), b"medication".to_vec()]);

        // The answer to its last commit may have been lost while the host was renewed.
        owner.commit(&Commit { grants_dropped: vec![grant().grant], ..commit(2) }).unwrap();
        owner.commit(&Commit { heads: vec![head(0, 3), head(1, 3)], ..commit(3) }).unwrap();
        let resumed = owner.call(Method::Post, &format!("/v1/links/{}/resume", link().id), Vec::new());
        assert!((200..300).contains(&resumed.status));
        host.stop().unwrap();
        let host = start(home.path(), &clock);
        let owner = Client::new(host.address(), SigningKey::from_seed(&[1; 32]), &clock);
        let space = owner.space();
        assert_eq!((space.version, space.heads), (3, vec![head(0, 3), head(1, 3)]));
        assert!(!space.links[0].paused);
        let visit = format!("/l/{}?recipient=x", base64url::encode(&link().path));
        let visits = [(); 4].map(|()| owner.plain(Method::Get, &visit, Vec::new()));
        assert_eq!(visits.each_ref().map(|visit| visit.status), [200, 200, 200, 404], "{version}");
        assert_eq!(visits[0].body, b"sealed", "{version}");
        host.stop().unwrap();
        assert_counted(home.path());
    }
}
