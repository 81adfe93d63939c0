//! A share link that leads to a list of files: the list, the passcode, where files lie, and what changes.

use std::collections::BTreeMap;

use keepwell_host::Host;
use keepwell_protocol::crypto::{Passcode, PasscodeVerifier, Rng, base64url};
use keepwell_protocol::domain::{LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::vault::{
    Commit, LinkChanged, LinkEntry, LinkFile, LinkFileType, LinkFiles, LinkManifest, LinkState, LogEvent,
    LogPage,
};

use crate::support::{Client, HandClock, NOW, assert_counted, code, commit, config, no_ledger};

const RIGHT: &str = "blue-otter";
const SHORT: &str = "eyJhbGciOiJkaXIifQ..short";
const LONG: &str = "eyJhbGciOiJkaXIifQ..a-file-that-is-longer";

struct Sharing {
    home: tempfile::TempDir,
    clock: HandClock,
    host: Host,
    owner: Client,
}

fn sharing() -> Sharing {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let mut config = config(home.path(), "127.0.0.1:0", no_ledger());
    // Whoever is asked to come again does so more often than a person.
    config.listen.limits.rate_link = 100_000;
    let host = Host::start(config, clock.clock()).unwrap();
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    Sharing { home, clock, host, owner }
}

fn entry() -> LinkEntry {
    LinkEntry {
        path: [1; 32],
        id: LinkId::from_bytes([1; 16]),
        expires: Timestamp(NOW.0 + 86_400),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    }
}

fn files(sealed: &[&str]) -> LinkFiles {
    let file = |sealed: &&str| LinkFile { file_type: LinkFileType::Fhir, sealed: (*sealed).to_owned() };
    LinkFiles(sealed.iter().map(file).collect())
}

fn manifest(is_long_term: bool, passcode: Option<&str>, sealed: &[&str]) -> LinkManifest {
    let verifier = |passcode| PasscodeVerifier::new(&Passcode::choose(passcode).unwrap(), &mut Rng::system());
    LinkManifest {
        is_long_term,
        passcode: passcode.map(|passcode| verifier(passcode).unwrap()),
        files: files(sealed),
    }
}

/// The value of a member of a flat JSON object or of the first one in a list.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = json.split_once(&format!("\"{name}\":"))?;
    let behind = behind.strip_prefix('"').unwrap_or(behind);
    behind.split(['"', ',', '}']).next()
}

impl Sharing {
    fn put(&self, manifest: &LinkManifest) -> Response {
        self.owner.call(Method::Put, &format!("/v1/links/{}/manifest", entry().id), manifest.to_cbor())
    }

    fn replace(&self, files: &LinkFiles) -> Response {
        self.owner.call(Method::Put, &format!("/v1/links/{}/files", entry().id), files.to_cbor())
    }

    fn name(&self, version: u64, link: LinkEntry) {
        self.owner.commit(&Commit { links: vec![link], ..commit(version) }).unwrap();
    }

    fn act(&self, action: &str) -> LinkState {
        let path = format!("/v1/links/{}/{action}", entry().id);
        let answer = self.owner.call(Method::Post, &path, Vec::new());
        LinkChanged::from_cbor(&answer.body).unwrap().state
    }

    /// A receiver that knows of no pause that another was asked for.
    fn ask_at(&self, path: [u8; 32], body: &str) -> Response {
        let path = format!("/l/{}", base64url::encode(&path));
        self.owner.renewed().plain(Method::Post, &path, body.as_bytes().to_vec())
    }

    fn ask(&self, body: &str) -> Response {
        self.ask_at(entry().path, body)
    }

    fn try_passcode(&self, passcode: &str) -> Response {
        self.ask(&format!(r#"{{"recipient":"Dr. Müller","passcode":"{passcode}"}}"#))
    }

    fn get(&self, url: &str) -> Response {
        self.owner.send(Request::new(Method::Get, url))
    }

    /// How often each outcome is in the owner's log, once there are so many in all.
    fn log(&self, count: usize) -> BTreeMap<String, usize> {
        let mut outcomes = BTreeMap::new();
        for _ in 0..250 {
            outcomes = outcomes_of(&self.owner);
            if outcomes.values().sum::<usize>() >= count {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        outcomes
    }
}

fn outcomes_of(owner: &Client) -> BTreeMap<String, usize> {
    let mut outcomes = BTreeMap::new();
    let answer = owner.call(Method::Get, "/v1/log?after=0", Vec::new());
    for entry in LogPage::from_cbor(&answer.body).unwrap().entries {
        if let LogEvent::LinkOpened { outcome, .. } = entry.event {
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    outcomes
}

fn text(answer: &Response) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

/// All that a visitor can tell two answers apart by, but the date and the number of the request.
fn seen(answer: &Response) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date" && name != "x-request-id");
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

const ASK: &str = r#"{"recipient":"Dr. Müller"}"#;

#[test]
fn a_list_of_files_is_served_from_its_commit_to_its_end() {
    let it = sharing();
    let nothing = seen(&it.ask(ASK));
    assert_eq!((nothing.0, code(&it.ask(ASK))), (404, (404, "NotFound".into())));
    assert_eq!(it.put(&manifest(false, None, &[SHORT, LONG])).status, 200);
    assert_eq!(seen(&it.ask(ASK)), nothing, "not named yet");
    it.name(1, entry());

    let answer = it.ask(ASK);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("retry-after"), None, "it does not change");
    let file = |sealed: &str| {
        format!(
            r#"{{"contentType":"application/fhir+json","embedded":"{sealed}","lastUpdated":"2027-01-15T08:00:00Z","status":"finalized","fhirVersion":"4.0.1"}}"#
        )
    };
    assert_eq!(text(&answer), format!(r#"{{"files":[{},{}]}}"#, file(SHORT), file(LONG)));

    assert_eq!(it.act("pause"), LinkState::Paused);
    assert_eq!(seen(&it.ask(ASK)), nothing, "paused");
    assert_eq!(it.act("resume"), LinkState::Active);
    assert_eq!(it.ask(ASK).status, 200);
    it.clock.forward(86_399);
    assert_eq!(it.ask(ASK).status, 200);
    it.clock.forward(1);
    assert_eq!(seen(&it.ask(ASK)), nothing, "expired");
    it.clock.set(NOW);
    assert_eq!(it.act("revoke"), LinkState::Revoked);
    assert_eq!(seen(&it.ask(ASK)), nothing, "revoked");
    let outcomes = it.log(6);
    let expected = [("expired", 1), ("opened", 3), ("paused", 1), ("revoked", 1)];
    assert_eq!(outcomes, expected.map(|(outcome, count)| (outcome.to_owned(), count)).into());
}

#[test]
fn each_form_of_link_is_visited_in_its_own_way_and_in_no_other() {
    let it = sharing();
    it.put(&manifest(false, None, &[SHORT]));
    it.name(1, entry());
    let direct = LinkEntry { path: [2; 32], id: LinkId::from_bytes([2; 16]), ..entry() };
    it.owner.call(Method::Put, &format!("/v1/links/{}", direct.id), SHORT.as_bytes().to_vec());
    it.name(2, direct.clone());
    let address = |path: [u8; 32]| format!("{}/l/{}?recipient=x", it.owner.url, base64url::encode(&path));
    let [nothing, no_list] = [it.get(&address([9; 32])), it.ask_at([9; 32], ASK)];
    assert_eq!((nothing.status, no_list.status), (404, 404));
    assert_eq!(seen(&it.get(&address(entry().path))), seen(&nothing), "a list is not fetched");
    assert_eq!(seen(&it.ask_at(direct.path, ASK)), seen(&no_list), "one file has no list");
    assert_eq!(it.get(&address(direct.path)).status, 200);
    assert_eq!(it.ask(ASK).status, 200);
    // Nor does what one is put as become the other.
    let as_file = it.owner.call(Method::Put, &format!("/v1/links/{}", entry().id), SHORT.as_bytes().to_vec());
    assert_eq!(code(&as_file), (409, "LinkConflict".into()));
    let as_list = format!("/v1/links/{}/manifest", direct.id);
    let as_list = it.owner.call(Method::Put, &as_list, manifest(false, None, &[SHORT]).to_cbor());
    assert_eq!(code(&as_list), (409, "LinkConflict".into()));
}

#[test]
fn who_asks_for_a_list_says_who_they_are_in_json() {
    let it = sharing();
    it.put(&manifest(false, Some(RIGHT), &[SHORT]));
    it.name(1, entry());
    for body in [
        "",
        "{",
        "[]",
        r#"{"recipient":7}"#,
        r#"{"recipient":"x","passcode":123456}"#,
        r#"{"recipient":"x","embeddedLengthMax":-1}"#,
    ] {
        assert_eq!(code(&it.ask(body)), (400, "ManifestRequest".into()), "{body}");
    }
    for body in ["{}", r#"{"recipient":" \t"}"#] {
        assert_eq!(code(&it.ask(body)), (400, "RecipientMissing".into()), "{body}");
        assert_eq!(seen(&it.ask(body)), seen(&it.ask_at([9; 32], body)), "{body}");
    }
    let long = format!(r#"{{"recipient":"{}","passcode":"{RIGHT}","new":[1]}}"#, "x".repeat(300));
    assert_eq!(it.ask(&long).status, 200);
    assert_eq!(it.log(1), [("opened".to_owned(), 1)].into());
}

#[test]
fn what_is_longer_than_a_receiver_wants_lies_elsewhere_for_an_hour() {
    let it = sharing();
    it.put(&manifest(false, None, &[SHORT, LONG]));
    it.name(1, LinkEntry { opens: Some(2), ..entry() });
    let most = SHORT.len();
    let answer = it.ask(&format!(r#"{{"recipient":"x","embeddedLengthMax":{most}}}"#));
    assert_eq!(text(&answer).matches("embedded").count(), 1);
    assert_eq!(member(text(&answer), "embedded"), Some(SHORT));
    let location = member(text(&answer), "location").unwrap().to_owned();
    assert!(location.starts_with(&it.owner.url), "{location}");
    let less = it.ask(&format!(r#"{{"recipient":"x","embeddedLengthMax":{}}}"#, most - 1));
    assert_eq!(text(&less).matches("location").count(), 2);
    assert_eq!(it.ask(ASK).status, 404, "used up");

    let file = it.get(&location);
    assert_eq!((file.status, text(&file)), (200, LONG), "which ends nothing for those who used it");
    assert_eq!(file.header("content-type"), Some("application/jose"));
    assert_eq!(file.header("access-control-allow-origin"), Some("*"));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let nothing = seen(&it.get(&format!("{}/l/x/y", it.owner.url)));
    let mut other = location.clone();
    other.replace_range(
        location.len() - 64..location.len() - 63,
        if location.as_bytes()[location.len() - 64] == b'A' { "B" } else { "A" },
    );
    for wrong in [other, format!("{location}A"), location.replace("/l/AQ", "/l/Ag")] {
        assert_eq!(seen(&it.get(&wrong)), nothing, "{wrong}");
    }
    it.act("pause");
    assert_eq!(seen(&it.get(&location)), nothing);
    it.act("resume");
    it.clock.forward(3_599);
    assert_eq!(it.get(&location).status, 200);
    it.clock.forward(1);
    assert_eq!(seen(&it.get(&location)), nothing);
    it.clock.set(NOW);
    assert_eq!(it.get(&location).status, 200);
    it.act("revoke");
    assert_eq!(seen(&it.get(&location)), nothing);
}

#[test]
fn a_wrong_passcode_is_spent_for_ever_and_none_is_not() {
    let it = sharing();
    it.put(&manifest(false, Some(RIGHT), &[SHORT]));
    it.name(1, entry());
    let wanted = |answer: &Response, left: u32| {
        assert_eq!((answer.status, answer.header("content-type")), (401, Some("application/json")));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(text(answer), format!(r#"{{"remainingAttempts":{left}}}"#));
    };
    wanted(&it.ask(ASK), 10);
    wanted(&it.try_passcode(""), 10);
    for left in (5..10).rev() {
        wanted(&it.try_passcode("blue-otten"), left);
    }
    assert_eq!(it.try_passcode(RIGHT).status, 200);
    // Neither a right one nor the same content put again gives one back.
    assert_eq!(it.put(&manifest(false, Some("another-one"), &[SHORT])).status, 200);
    assert_eq!(it.try_passcode(" blue-otter ").status, 200);
    for left in (1..5).rev() {
        wanted(&it.try_passcode("another-one"), left);
    }
    assert_eq!(it.try_passcode(RIGHT).status, 200, "the last chance");
    wanted(&it.try_passcode("blue-otten"), 0);
    let never = seen(&it.ask_at([9; 32], ASK));
    assert_eq!(seen(&it.try_passcode(RIGHT)), never);
    assert_eq!(seen(&it.ask(ASK)), never);
    it.act("pause");
    it.act("resume");
    assert_eq!(seen(&it.try_passcode(RIGHT)), never);
    let expected = [("locked", 3), ("opened", 3), ("passcode-wrong", 10)];
    assert_eq!(it.log(16), expected.map(|(outcome, count)| (outcome.to_owned(), count)).into());
}

#[test]
fn forty_guesses_at_once_are_ten_in_all() {
    let it = sharing();
    it.put(&manifest(false, Some(RIGHT), &[SHORT]));
    it.name(1, entry());
    // What a host without memory for a check asks to do again costs nothing.
    let guess = |number: usize| {
        loop {
            let answer = it.try_passcode(&format!("guess-{number}"));
            if answer.status != 503 {
                return (answer.status, String::from_utf8_lossy(&answer.body).into_owned());
            }
            assert!(answer.header("retry-after").is_some());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..40).map(|number| scope.spawn(move || guess(number))).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let mut left: Vec<String> =
        answers.iter().filter(|answer| answer.0 == 401).map(|answer| answer.1.clone()).collect();
    left.sort();
    let expected: Vec<String> = (0..10).map(|left| format!(r#"{{"remainingAttempts":{left}}}"#)).collect();
    assert_eq!(left, expected);
    assert_eq!(answers.iter().filter(|answer| answer.0 == 404).count(), 30);
    assert_eq!(it.try_passcode(RIGHT).status, 404);
    assert_eq!(it.log(41)["passcode-wrong"], 10);
}

#[test]
fn what_follows_the_record_changes_and_keeps_all_else() {
    let it = sharing();
    it.put(&manifest(true, Some(RIGHT), &[SHORT]));
    it.name(1, entry());
    let first = it.try_passcode(RIGHT);
    assert_eq!(
        (member(text(&first), "status"), first.header("retry-after")),
        (Some("can-change"), Some("60"))
    );
    it.try_passcode("blue-otten");
    it.clock.forward(90);
    assert_eq!(LinkChanged::from_cbor(&it.replace(&files(&[LONG])).body).unwrap().state, LinkState::Active);
    it.clock.forward(30);
    // The answer to it may have been lost.
    assert_eq!(it.replace(&files(&[LONG])).status, 200);
    let second = it.try_passcode(RIGHT);
    assert_eq!(member(text(&second), "embedded"), Some(LONG));
    assert_eq!(member(text(&first), "lastUpdated"), Some("2027-01-15T08:00:00Z"));
    assert_eq!(member(text(&second), "lastUpdated"), Some("2027-01-15T08:01:30Z"));
    assert_eq!(text(&it.try_passcode("blue-otten")), r#"{"remainingAttempts":8}"#);
    for empty in [files(&[]), files(&[""])] {
        assert_eq!(code(&it.replace(&empty)), (400, "LinkEmpty".into()));
    }
    it.act("revoke");
    assert_eq!(code(&it.replace(&files(&[SHORT]))), (409, "LinkConflict".into()));
    it.host.stop().unwrap();
    assert_counted(it.home.path());
}

#[test]
fn what_does_not_follow_the_record_stays_as_it_was_shown() {
    let it = sharing();
    assert_eq!(code(&it.replace(&files(&[LONG]))), (404, "NotFound".into()));
    it.put(&manifest(true, None, &[SHORT]));
    it.put(&manifest(false, None, &[SHORT]));
    assert_eq!(code(&it.replace(&files(&[LONG]))), (409, "LinkConflict".into()));
    it.name(1, entry());
    assert_eq!(code(&it.put(&manifest(false, None, &[LONG]))), (409, "LinkConflict".into()));
    assert_eq!(code(&it.put(&manifest(true, None, &[]))), (400, "LinkEmpty".into()));
    let malformed = it.owner.call(Method::Put, &format!("/v1/links/{}/manifest", entry().id), vec![0xa0]);
    assert_eq!(code(&malformed), (400, "ObjectMalformed".into()));
    assert_eq!(member(text(&it.ask(ASK)), "embedded"), Some(SHORT));
    let stranger = Client::generate(&it.host, &it.clock);
    stranger.open_space();
    let path = format!("/v1/links/{}/files", entry().id);
    assert_eq!(stranger.call(Method::Put, &path, files(&[LONG]).to_cbor()).status, 404);
}
