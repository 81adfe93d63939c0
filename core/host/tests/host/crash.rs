//! What was acknowledged survives `kill -9`, and nothing is ever half done.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keepwell_host::Host;
use keepwell_protocol::crypto::{Passcode, PasscodeVerifier, Rng, SigningKey, base64url, sha256};
use keepwell_protocol::domain::{BlobId, LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::vault::{
    Blobs, Commit, LinkEntry, LinkFile, LinkFileType, LinkFiles, LinkManifest, LogEntry, LogEvent, LogPage,
};

use crate::support;
use crate::support::{Client, HandClock, NOW, commit, head, references};

const HOME: &str = "KEEPWELL_TEST_HOST_HOME";

/// Not a test: the process that is killed.
#[test]
#[ignore = "started by the tests of this file"]
fn child() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let clock = HandClock::new(NOW);
    let mut config = support::config(home.as_ref(), "127.0.0.1:0", support::no_ledger());
    config.listen.limits.rate_link = 1_000_000;
    let host = Host::start(config, clock.clock()).unwrap();
    println!("\nlistening on {}", host.address());
    std::thread::sleep(Duration::from_secs(600));
}

struct Running {
    process: Child,
    address: std::net::SocketAddr,
}

impl Running {
    fn start(home: &std::path::Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--ignored", "--nocapture"])
            .env(HOME, home)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(|address| address.parse().unwrap()))
            .unwrap();
        Self { process, address }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a commit of `version` refers to.
fn blobs_of(version: u64) -> [Vec<u8>; 2] {
    [format!("record {version}").into_bytes(), vec![u8::try_from(version % 251).unwrap(); 2_000]]
}

#[test]
fn acknowledged_commits_survive_and_others_are_whole_or_absent() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let key = SigningKey::from_seed(&[5; 32]);
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut seen = 0;
    for round in 0..12_u64 {
        let running = Running::start(home.path());
        let owner = Client::new(running.address, key.duplicate(), &clock);
        owner.open_space();
        check(&owner, acknowledged.load(Ordering::SeqCst), &mut seen);

        let writer = std::thread::spawn({
            let acknowledged = Arc::clone(&acknowledged);
            let mut version = seen;
            move || {
                loop {
                    version += 1;
                    if write(&owner, version).is_none() {
                        return;
                    }
                    acknowledged.store(version, Ordering::SeqCst);
                }
            }
        });
        std::thread::sleep(Duration::from_millis(20 + 17 * round));
        running.kill();
        writer.join().unwrap();
    }
    let running = Running::start(home.path());
    let owner = Client::new(running.address, key.duplicate(), &clock);
    check(&owner, acknowledged.load(Ordering::SeqCst), &mut seen);
    assert!(seen >= 5, "only {seen} commits in all: this showed nothing");
}

/// Uploads and commits one version: heads for three compartments that must change together.
fn write(owner: &Client, version: u64) -> Option<()> {
    let blobs = Blobs(blobs_of(version).map(Into::into).to_vec()).to_cbor();
    let stored = owner.try_send(owner.signed(Method::Post, "/v1/blobs", blobs)).ok()?;
    let ids = blobs_of(version).map(|blob| BlobId::from_bytes(sha256(&blob)));
    let whole = Commit {
        heads: (0..3).map(|number| head(number, version)).collect(),
        references_added: (0..3).map(|number| references(number, &ids)).collect(),
        ..commit(version)
    };
    let answer = owner.try_send(owner.signed(Method::Post, "/v1/space/commit", whole.to_cbor())).ok()?;
    assert_eq!((stored.status, answer.status), (200, 200));
    Some(())
}

fn check(owner: &Client, acknowledged: u64, seen: &mut u64) {
    let space = owner.space();
    // The last commit may have been made without its answer getting out.
    let sure = acknowledged.max(*seen);
    assert!((sure..=sure + 1).contains(&space.version), "{} after {sure}", space.version);
    *seen = space.version;
    if *seen > 0 {
        let heads: Vec<_> = (0..3).map(|number| head(number, *seen)).collect();
        assert_eq!(space.heads, heads);
    }
    for version in 1..=*seen {
        let wanted = blobs_of(version);
        let ids = wanted.clone().map(|blob| BlobId::from_bytes(sha256(&blob)));
        assert_eq!(owner.blobs(&ids).unwrap(), wanted, "version {version}");
    }
}

#[test]
fn visits_at_once_that_were_answered_are_counted_and_in_the_log() {
    const VISITORS: u64 = 8;
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let key = SigningKey::from_seed(&[6; 32]);
    let link = LinkEntry {
        path: [3; 32],
        id: LinkId::from_bytes([4; 16]),
        expires: Timestamp(NOW.0 + 600),
        opens: Some(200),
        paused: false,
        revoked: false,
        grant: None,
    };
    let visit = format!("/l/{}?recipient=x", base64url::encode(&link.path));
    let (answered, mut logged, mut rounds) = (AtomicU64::new(0), 0, 0);
    loop {
        let running = Running::start(home.path());
        let address = running.address;
        let owner = Client::new(address, key.duplicate(), &clock);
        if rounds == 0 {
            owner.open_space();
            owner.call(Method::Put, &format!("/v1/links/{}", link.id), vec![7; 5_000]);
            owner.commit(&Commit { links: vec![link.clone()], ..commit(1) }).unwrap();
        }
        let (before, answers) = (logged, answered.load(Ordering::SeqCst));
        logged = opened(&owner);
        assert!(logged >= answers, "{answers} were answered, {logged} are in the log");
        // Each visitor may have been counted once a round without its answer getting out.
        assert!(logged <= answers + VISITORS * rounds, "{answers} were answered, {logged} are in the log");
        assert!((before..=200).contains(&logged));
        if logged == 200 {
            break;
        }
        std::thread::scope(|scope| {
            for _ in 0..VISITORS {
                scope.spawn(|| {
                    let visitor = Client::new(address, key.duplicate(), &clock);
                    let ask =
                        || visitor.try_send(Request::new(Method::Get, format!("{}{visit}", visitor.url)));
                    while ask().is_ok_and(|answer| answer.status == 200) {
                        answered.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(1));
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(5 + 20 * rounds));
            running.kill();
        });
        rounds += 1;
    }
    assert!(rounds > 1, "all in one round: this showed nothing");
}

#[test]
fn a_guess_that_was_answered_stays_spent_however_often_the_host_is_killed() {
    const GUESSERS: usize = 2;
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let key = SigningKey::from_seed(&[7; 32]);
    let link = LinkEntry {
        path: [5; 32],
        id: LinkId::from_bytes([6; 16]),
        expires: Timestamp(NOW.0 + 600),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    };
    let passcode = Passcode::choose("blue-otter").unwrap();
    let manifest = LinkManifest {
        is_long_term: false,
        passcode: Some(PasscodeVerifier::new(&passcode, &mut Rng::system()).unwrap()),
        files: LinkFiles(vec![LinkFile { file_type: LinkFileType::Fhir, sealed: "sealed".into() }]),
    };
    let path = format!("/l/{}", base64url::encode(&link.path));
    let ask = |address, passcode: &str| {
        let receiver = Client::new(address, key.duplicate(), &clock);
        let body = format!(r#"{{"recipient":"x","passcode":"{passcode}"}}"#);
        let request = Request::new(Method::Post, format!("{}{path}", receiver.url));
        receiver.try_send(request.with_body(body.into_bytes()))
    };
    let (answered, mut rounds) = (AtomicU64::new(0), 0_u64);
    loop {
        let running = Running::start(home.path());
        let address = running.address;
        let owner = Client::new(address, key.duplicate(), &clock);
        if rounds == 0 {
            owner.open_space();
            let put = format!("/v1/links/{}/manifest", link.id);
            assert_eq!(owner.call(Method::Put, &put, manifest.to_cbor()).status, 200);
            owner.commit(&Commit { links: vec![link.clone()], ..commit(1) }).unwrap();
        }
        // No passcode tells what is left, and costs nothing.
        let asked = ask(address, "").unwrap();
        let said = String::from_utf8_lossy(&asked.body).into_owned();
        let left: u64 = match asked.status {
            404 => 0,
            _ => said.trim_start_matches(r#"{"remainingAttempts":"#).trim_end_matches('}').parse().unwrap(),
        };
        let answers = answered.load(Ordering::SeqCst);
        assert!(answers <= 10 - left, "{answers} were answered, {left} are left");
        assert!(10 - left <= answers + GUESSERS as u64 * rounds, "{answers} were answered, {left} are left");
        if left == 0 {
            assert_eq!(ask(address, "blue-otter").unwrap().status, 404);
            break;
        }
        std::thread::scope(|scope| {
            for _ in 0..GUESSERS {
                scope.spawn(|| {
                    while ask(address, "blue-otten").is_ok_and(|answer| match answer.status {
                        401 => answered.fetch_add(1, Ordering::SeqCst) < 100,
                        status => status == 503,
                    }) {}
                });
            }
            // Some time it is long enough for a guess, and not yet for all.
            std::thread::sleep(Duration::from_millis(40 + 20 * rounds));
            running.kill();
        });
        rounds += 1;
        assert!(rounds < 100, "no guess is ever answered");
    }
    assert!(rounds > 1, "all in one round: this showed nothing");
}

/// How many visits are in the log; it has no gap.
fn opened(owner: &Client) -> u64 {
    let answer = owner.call(Method::Get, "/v1/log?after=0", Vec::new());
    let entries = LogPage::from_cbor(&answer.body).unwrap().entries;
    assert!(entries.iter().map(|entry| entry.sequence).eq(1..=entries.len() as u64));
    let is_opened = |entry: &&LogEntry| matches!(&entry.event, LogEvent::LinkOpened { outcome, .. } if outcome == "opened");
    entries.iter().filter(is_opened).count() as u64
}

#[test]
fn a_request_under_way_ends_before_the_host_does() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = support::start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let large = vec![3; 20_000_000];
    let body = Blobs(vec![large.clone().into()]).to_cbor();
    let request = owner.signed(Method::Post, "/v1/blobs", body);
    let answer = std::thread::scope(|scope| {
        let upload = scope.spawn(|| owner.try_send(request));
        std::thread::sleep(Duration::from_millis(30));
        host.stop().unwrap();
        upload.join().unwrap()
    });
    // Whether it was in time or not: what was acknowledged is there.
    let again = support::start(home.path(), &clock);
    let owner = Client::new(again.address(), owner.key.duplicate(), &clock);
    if answer.is_ok_and(|answer| answer.status == 200) {
        assert_eq!(owner.blobs(&[BlobId::from_bytes(sha256(&large))]).unwrap(), [large]);
    }
}
