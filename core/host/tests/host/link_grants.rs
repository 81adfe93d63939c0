//! A share link that stands with a grant on a real ledger: served while that is in force, and ended by its revocation.

use std::time::{Duration as Elapsed, Instant};

use keepwell_protocol::crypto::{SigningKey, base64url};
use keepwell_protocol::domain::{Duration, LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Response};
use keepwell_protocol::vault::{
    Commit, LinkEntry, LinkFile, LinkFileType, LinkFiles, LinkManifest, LogEvent, LogPage, SpaceView,
};

use crate::support::{Client, NOW, commit};
use crate::world::{Patient, World};

const JWE: &str = "eyJhbGciOiJkaXIifQ..sealed";
/// Longer than a busy machine takes to write a line.
const LONGEST_WAIT: Elapsed = Elapsed::from_secs(20);
const LINK: LinkId = LinkId::from_bytes([1; 16]);

struct Shared {
    world: World,
    owner: Client,
    patient: Patient,
}

impl Shared {
    /// A link that is named at the host with its grant, of which the ledger knows nothing yet.
    fn pending(is_manifest: bool) -> Self {
        let world = World::start();
        let owner = world.client(SigningKey::from_seed(&[1; 32]));
        owner.open_space();
        let patient = world.patient(3, &SigningKey::from_seed(&[2; 32]));
        let files = LinkFiles(vec![LinkFile { file_type: LinkFileType::Fhir, sealed: JWE.to_owned() }]);
        let put = match is_manifest {
            true => {
                let manifest = LinkManifest { is_long_term: false, passcode: None, files };
                owner.call(Method::Put, &format!("/v1/links/{LINK}/manifest"), manifest.to_cbor())
            }
            false => owner.call(Method::Put, &format!("/v1/links/{LINK}"), JWE.as_bytes().to_vec()),
        };
        assert_eq!(put.status, 200, "{}", String::from_utf8_lossy(&put.body));
        let entry = LinkEntry {
            path: [7; 32],
            id: LINK,
            expires: NOW.saturating_add(Duration::days(3)),
            opens: None,
            paused: false,
            revoked: false,
            grant: Some(patient.grant),
        };
        owner.commit(&Commit { links: vec![entry.clone()], ..commit(1) }).unwrap();
        let view = SpaceView::from_cbor(&owner.call(Method::Get, "/v1/space", Vec::new()).body).unwrap();
        assert_eq!(view.links, [entry], "its owner gets it back as it was");
        Self { world, owner, patient }
    }

    fn in_force(is_manifest: bool) -> Self {
        let it = Self::pending(is_manifest);
        it.world.grant(&it.patient, 3);
        it
    }

    fn open(&self) -> Response {
        let path = format!("/l/{}?recipient=Dr", base64url::encode(&[7; 32]));
        self.owner.plain(Method::Get, &path, Vec::new())
    }

    fn ask_list(&self, embedded: usize) -> Response {
        let body = format!(r#"{{"recipient":"Dr","embeddedLengthMax":{embedded}}}"#).into_bytes();
        self.owner.plain(Method::Post, &format!("/l/{}", base64url::encode(&[7; 32])), body)
    }

    /// What the log says of so many visits: one that was refused is written when its answer is on its way.
    fn outcomes(&self, visits: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let answer = self.owner.call(Method::Get, "/v1/log?after=0", Vec::new());
            let entries = LogPage::from_cbor(&answer.body).unwrap().entries.into_iter();
            let outcomes = entries.filter_map(|entry| match entry.event {
                LogEvent::LinkOpened { outcome, .. } => Some(outcome),
                _ => None,
            });
            let outcomes: Vec<String> = outcomes.collect();
            if outcomes.len() >= visits || begun.elapsed() > LONGEST_WAIT {
                return outcomes;
            }
            std::thread::sleep(Elapsed::from_millis(5));
        }
    }
}

#[test]
fn a_link_opens_once_its_grant_is_proved_and_no_more_once_that_is_revoked() {
    let it = Shared::pending(false);
    assert_eq!(it.open().status, 404, "the ledger does not know it");
    it.world.grant(&it.patient, 3);
    let opened = it.open();
    assert_eq!((opened.status, opened.body.as_slice()), (200, JWE.as_bytes()));
    // Nobody tells the host.
    it.world.revoke(&it.patient);
    assert_eq!(it.open().status, 404);
    let view = SpaceView::from_cbor(&it.owner.call(Method::Get, "/v1/space", Vec::new()).body).unwrap();
    assert!(view.links[0].revoked, "that is final");
    assert_eq!(it.open().status, 404);
    assert_eq!(it.outcomes(4), ["unproved", "opened", "revoked", "revoked"]);
}

#[test]
fn a_list_and_the_addresses_in_it_end_with_the_grant() {
    let it = Shared::in_force(true);
    let list = it.ask_list(0);
    let list = String::from_utf8(list.body).unwrap();
    let location = &list[list.find("/l/").unwrap()..];
    let location = location.split('"').next().unwrap();
    let fetch = || it.owner.plain(Method::Get, location, Vec::new());
    assert_eq!(fetch().body, JWE.as_bytes());
    assert_eq!(it.ask_list(10_000).status, 200);
    it.world.revoke(&it.patient);
    assert_eq!(fetch().status, 404);
    assert_eq!(it.ask_list(10_000).status, 404);
    assert_eq!(it.outcomes(3), ["opened", "opened", "revoked"]);
}

#[test]
fn a_silent_ledger_ends_nothing_and_opens_nothing_for_longer_than_its_word_is_fresh() {
    let it = Shared::in_force(false);
    assert_eq!(it.open().status, 200);
    let it = Shared { world: it.world.stop_ledger(), ..it };
    it.world.clock.forward(14 * 60);
    assert_eq!(it.open().status, 200, "it said so 14 minutes ago");
    it.world.clock.forward(2 * 60);
    assert_eq!(it.open().status, 404);
    assert_eq!(it.outcomes(3), ["opened", "opened", "unproved"]);
    let view = SpaceView::from_cbor(&it.owner.call(Method::Get, "/v1/space", Vec::new()).body).unwrap();
    assert!(!view.links[0].revoked);
}

#[test]
fn a_link_without_a_grant_needs_no_ledger() {
    let it = Shared::in_force(false);
    let other = LinkEntry {
        path: [8; 32],
        id: LinkId::from_bytes([2; 16]),
        expires: Timestamp(NOW.0 + 3_600),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    };
    it.owner.call(Method::Put, &format!("/v1/links/{}", other.id), JWE.as_bytes().to_vec());
    it.owner.commit(&Commit { links: vec![other], ..commit(2) }).unwrap();
    let it = Shared { world: it.world.stop_ledger(), ..it };
    it.world.clock.forward(20 * 60);
    let path = format!("/l/{}?recipient=Dr", base64url::encode(&[8; 32]));
    assert_eq!(it.owner.plain(Method::Get, &path, Vec::new()).status, 200);
    assert_eq!(it.open().status, 404);
}
