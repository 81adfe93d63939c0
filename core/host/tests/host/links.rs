//! A share link from upload to its end, and what those see who have no business with it.

use keepwell_host::Host;
use keepwell_protocol::crypto::base64url;
use keepwell_protocol::domain::{LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::vault::{Commit, LinkChanged, LinkEntry, LinkState, LogEvent, LogPage};

use crate::support::{Client, HandClock, NOW, code, commit, start};

const JWE: &[u8] = b"eyJhbGciOiJkaXIifQ..sealed";

struct Sharing {
    _home: tempfile::TempDir,
    clock: HandClock,
    host: Host,
    owner: Client,
}

fn sharing() -> Sharing {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    Sharing { _home: home, clock, host, owner }
}

fn entry(number: u8) -> LinkEntry {
    LinkEntry {
        path: [number; 32],
        id: LinkId::from_bytes([number; 16]),
        expires: Timestamp(NOW.0 + 600),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    }
}

/// What an acknowledgement says of link 1.
fn said(answer: &Response) -> LinkState {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/cbor")));
    let changed = LinkChanged::from_cbor(&answer.body).unwrap();
    assert_eq!(changed.id, entry(1).id);
    changed.state
}

impl Sharing {
    fn put(&self, number: u8, content: &[u8]) -> Response {
        let path = format!("/v1/links/{}", entry(number).id);
        self.owner.call(Method::Put, &path, content.to_vec())
    }

    fn name(&self, version: u64, link: LinkEntry) {
        self.owner.commit(&Commit { links: vec![link], ..commit(version) }).unwrap();
    }

    fn act(&self, number: u8, action: &str) -> Response {
        self.owner.call(Method::Post, &format!("/v1/links/{}/{action}", entry(number).id), Vec::new())
    }

    fn visit(&self, path: &str) -> Response {
        self.owner.plain(Method::Get, path, Vec::new())
    }

    fn open(&self, number: u8) -> Response {
        self.visit(&format!("/l/{}?recipient=Dr%20M%C3%BCller", base64url::encode(&[number; 32])))
    }

    fn log(&self) -> Vec<(String, String)> {
        let answer = self.owner.call(Method::Get, "/v1/log?after=0", Vec::new());
        let page = LogPage::from_cbor(&answer.body).unwrap();
        page.entries
            .into_iter()
            .filter_map(|entry| match entry.event {
                LogEvent::LinkOpened { recipient, outcome, .. } => Some((recipient, outcome)),
                _ => None,
            })
            .collect()
    }
}

/// All that a visitor can tell two answers apart by, but the date and the number of the request.
fn seen(answer: &Response) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date" && name != "x-request-id");
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

#[test]
fn a_link_is_served_from_its_commit_to_its_end() {
    let it = sharing();
    let nothing = seen(&it.open(1));
    assert_eq!(nothing.0, 404);
    assert_eq!(said(&it.put(1, JWE)), LinkState::Waiting);
    assert_eq!(seen(&it.open(1)), nothing, "not named yet");
    it.name(1, entry(1));

    let answer = it.open(1);
    assert_eq!((answer.status, answer.body.as_slice()), (200, JWE));
    assert_eq!(answer.header("content-type"), Some("application/jose"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));

    assert_eq!(said(&it.act(1, "pause")), LinkState::Paused);
    assert_eq!(seen(&it.open(1)), nothing, "paused");
    assert!(it.owner.space().links[0].paused);
    assert_eq!(said(&it.act(1, "resume")), LinkState::Active);
    assert_eq!(it.open(1).status, 200);
    assert_eq!(said(&it.act(1, "revoke")), LinkState::Revoked);
    assert_eq!(seen(&it.open(1)), nothing, "revoked");
    assert_eq!(said(&it.act(1, "revoke")), LinkState::Revoked);
    assert_eq!(code(&it.act(1, "resume")), (409, "LinkConflict".into()));
    assert_eq!(code(&it.act(2, "revoke")), (404, "NotFound".into()));
    assert_eq!(code(&it.act(1, "delete")), (404, "NotFound".into()));

    let me = "Dr Müller".to_owned();
    // What a refused visitor left in the log is written after the answer.
    let expected =
        [("opened"), ("paused"), ("opened"), ("revoked")].map(|outcome| (me.clone(), outcome.to_owned()));
    let mut log = it.log();
    for _ in 0..100 {
        if log.len() == expected.len() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        log = it.log();
    }
    log.sort();
    let mut sorted = expected.to_vec();
    sorted.sort();
    assert_eq!(log, sorted);
}

#[test]
fn every_link_that_is_not_open_looks_like_one_that_never_was() {
    let it = sharing();
    let never = seen(&it.open(200));
    for number in 1..=5 {
        it.put(number, JWE);
    }
    it.name(1, entry(1));
    it.name(2, LinkEntry { expires: NOW, ..entry(2) });
    it.name(3, LinkEntry { paused: true, ..entry(3) });
    it.name(4, LinkEntry { revoked: true, ..entry(4) });
    it.name(5, LinkEntry { opens: Some(0), ..entry(5) });
    assert_eq!(it.open(1).status, 200);
    for number in [2, 3, 4, 5] {
        assert_eq!(seen(&it.open(number)), never, "{number}");
    }
    let recipient = "?recipient=x";
    for path in [
        "/l/",
        "/l/short",
        "/l/%00",
        "/l",
        &format!("/l/{}", "A".repeat(44)),
        &format!("/l/{}=", "A".repeat(42)),
    ] {
        let answer = it.visit(&format!("{path}{recipient}"));
        assert_eq!(seen(&answer), never, "{path}");
    }
    it.clock.forward(599);
    assert_eq!(it.open(1).status, 200);
    it.clock.forward(1);
    assert_eq!(seen(&it.open(1)), never, "expired");
}

#[test]
fn who_opens_a_link_says_who_they_are() {
    let it = sharing();
    it.put(1, JWE);
    it.name(1, LinkEntry { opens: Some(1), ..entry(1) });
    let path = format!("/l/{}", base64url::encode(&[1; 32]));
    let unknown = format!("/l/{}", base64url::encode(&[2; 32]));
    for query in ["", "?", "?recipient=", "?recipient=%20%09", "?Recipient=x", "?other=x"] {
        let refused = it.visit(&format!("{path}{query}"));
        assert_eq!(code(&refused), (400, "RecipientMissing".into()), "{query}");
        assert_eq!(seen(&refused), seen(&it.visit(&format!("{unknown}{query}"))), "{query}");
    }
    let long = "x".repeat(300);
    assert_eq!(it.visit(&format!("{path}?a=b&recipient={long}")).status, 200);
    assert_eq!(it.log(), [("x".repeat(256), "opened".into())]);
}

#[test]
fn a_use_limit_holds_against_visitors_at_once() {
    let it = sharing();
    for number in [1, 2] {
        it.put(number, JWE);
    }
    it.name(1, LinkEntry { opens: Some(40), ..entry(1) });
    it.name(2, LinkEntry { opens: Some(1), ..entry(2) });
    let opened: Vec<[bool; 2]> = std::thread::scope(|scope| {
        let visitors: Vec<_> =
            (0..64).map(|_| scope.spawn(|| [1, 2].map(|number| it.open(number).status == 200))).collect();
        visitors.into_iter().map(|visitor| visitor.join().unwrap()).collect()
    });
    let count = |link: usize| opened.iter().filter(|opened| opened[link]).count();
    assert_eq!((count(0), count(1)), (40, 1));
    // What refused visitors left in the log is written after their answers: wherever it stands, no number is
    // missing or twice.
    let answer = it.owner.call(Method::Get, "/v1/log?after=0", Vec::new());
    let entries = LogPage::from_cbor(&answer.body).unwrap().entries;
    let is_opened = |event: &LogEvent, number| matches!(event, LogEvent::LinkOpened { link, outcome, .. } if *link == entry(number).id && outcome == "opened");
    let logged = |number| entries.iter().filter(|it| is_opened(&it.event, number)).count();
    assert_eq!((logged(1), logged(2)), (40, 1));
    let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=entries.len() as u64).collect::<Vec<_>>());
}

#[test]
fn what_was_shown_stays_as_it_was() {
    let it = sharing();
    assert_eq!(said(&it.put(1, b"first")), LinkState::Waiting);
    assert_eq!(said(&it.put(1, JWE)), LinkState::Waiting);
    it.name(1, entry(1));
    assert_eq!(said(&it.put(1, JWE)), LinkState::Active);
    assert_eq!(code(&it.put(1, b"other")), (409, "LinkConflict".into()));
    assert_eq!(code(&it.put(3, b"")), (400, "LinkEmpty".into()));
    assert_eq!(it.open(1).body, JWE);
    // A commit names only what is there, and never a path that is another's.
    let missing = Commit { links: vec![entry(2)], ..commit(2) };
    assert_eq!(it.owner.commit(&missing).unwrap_err().1.code, "LinkMissing");
    it.put(2, JWE);
    let taken = Commit { links: vec![LinkEntry { path: [1; 32], ..entry(2) }], ..commit(2) };
    assert_eq!(it.owner.commit(&taken).unwrap_err().1.code, "LinkMissing");
    it.name(2, entry(2));
    let moved = Commit { links: vec![LinkEntry { path: [9; 32], ..entry(2) }], ..commit(3) };
    assert_eq!(it.owner.commit(&moved).unwrap_err().1.code, "LinkMissing");
    // What ended by one way does not come back by another.
    it.act(2, "revoke");
    it.name(3, entry(2));
    assert_eq!(it.open(2).status, 404);
    assert!(it.owner.space().links[1].revoked);
}

#[test]
fn a_link_that_no_commit_names_goes_after_a_day() {
    let it = sharing();
    it.put(1, JWE);
    it.clock.forward(86_401);
    it.host.sweep().unwrap();
    let late = Commit { links: vec![entry(1)], ..commit(1) };
    assert_eq!(it.owner.commit(&late).unwrap_err().1.code, "LinkMissing");
}

#[test]
fn browsers_of_any_origin_may_ask() {
    let it = sharing();
    let path = format!("/l/{}?recipient=x", base64url::encode(&[1; 32]));
    let raw =
        raw_request(&it.host, &format!("OPTIONS {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    assert!(raw.starts_with("HTTP/1.1 204 "), "{raw}");
    assert!(raw.contains("access-control-allow-origin: *\r\n"), "{raw}");
    assert!(raw.contains("access-control-allow-headers: content-type\r\n"), "{raw}");
    assert!(raw.contains("access-control-allow-methods: GET, POST, OPTIONS\r\n"), "{raw}");
    let elsewhere =
        raw_request(&it.host, "OPTIONS /v1/space HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(elsewhere.starts_with("HTTP/1.1 404 "), "{elsewhere}");
    assert!(!elsewhere.contains("access-control"), "{elsewhere}");
}

#[test]
fn an_address_that_asks_too_often_waits() {
    let it = sharing();
    let path = format!("/l/{}?recipient=x", base64url::encode(&[1; 32]));
    let statuses: Vec<u16> = (0..310).map(|_| it.visit(&path).status).collect();
    assert_eq!(statuses[..300], [404; 300]);
    assert_eq!(statuses[300..], [429; 10]);
    let refused = it.visit(&path);
    assert_eq!(code(&refused), (429, "RateLimited".into()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    it.clock.forward(1);
    assert_eq!(it.visit(&path.replace("recipient=x", "recipient=y")).status, 404);
    // Owners and readers are known by their keys and are not counted.
    let url = format!("{}/v1/space", it.owner.url);
    assert_eq!(it.owner.send(Request::new(Method::Get, url)).status, 401);
}

fn raw_request(host: &Host, request: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(host.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_link_ends_by_its_id_whatever_path_is_said_with_that_and_whoever_has_the_path() {
    let it = sharing();
    assert_eq!(said(&it.put(1, JWE)), LinkState::Waiting);
    it.name(1, entry(1));
    assert_eq!(it.open(1).status, 200);
    it.name(2, LinkEntry { path: [9; 32], revoked: true, ..entry(1) });
    assert_eq!(it.open(1).status, 404);

    // The host has forgotten the link of another wallet, and somebody put one of theirs at its path.
    let other = Client::generate(&it.host, &it.clock);
    other.open_space();
    let path = format!("/v1/links/{}", entry(2).id);
    assert_eq!(it.owner.call(Method::Put, &path, JWE.to_vec()).status, 200);
    it.name(3, entry(2));
    let ended = LinkEntry { id: LinkId::from_bytes([7; 16]), revoked: true, ..entry(2) };
    other.commit(&Commit { links: vec![ended.clone()], ..commit(1) }).unwrap();
    assert_eq!(it.open(2).status, 200, "that is not theirs to end");
    let living = Commit { links: vec![LinkEntry { revoked: false, ..ended }], ..commit(2) };
    assert_eq!(other.commit(&living).unwrap_err().1.code, "LinkMissing");
}
