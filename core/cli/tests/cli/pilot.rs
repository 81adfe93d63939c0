//! `docs/run-a-pilot.md`, `docs/run-a-ledger-node.md` and the files beside them: what they start runs, and what they watch is there.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;

use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::formats::http::{Method, Request};

use crate::keepwell::{Party, Server, text};

fn doc(name: &str) -> String {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    std::fs::read_to_string(docs.join(name)).unwrap()
}

/// What the unit starts, with a part of its arguments changed.
fn started_by(unit: &str, change: &[(&str, &str)]) -> Vec<String> {
    let unit = doc(unit);
    let command =
        unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/keepwell ")).unwrap();
    let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    // Where it listens is chosen by whoever starts it here.
    let listen = words.iter().position(|word| word == "--listen").unwrap();
    words.drain(listen..listen + 2);
    for (flag, value) in change {
        let at = words.iter().position(|word| word == flag).unwrap();
        *words.get_mut(at + 1).unwrap() = (*value).to_owned();
    }
    words
}

/// Three addresses that are free at present.
fn free() -> [String; 3] {
    let taken = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    taken.map(|one| one.local_addr().unwrap().to_string())
}

fn shown_at(url: &str) -> String {
    let request = Request::new(Method::Get, url.to_owned());
    let shown = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
    String::from_utf8(shown.body).unwrap()
}

fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_lowercase() && c != '_')
        .filter(|word| word.starts_with("keepwell_"))
        .collect()
}

#[test]
fn the_units_start_and_every_figure_that_is_watched_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let home = |name: &str| folder.path().join(name);
    let start = |name: &str, words: &[String]| {
        Server::start(Party::new(home(name)), &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let addresses = free();
    let words = started_by("pilot/keepwell-ledger.service", &[("--metrics", &addresses[0])]);
    let ledger = start("ledger", &words);
    let anchor = text(&home("ledger").join("anchor.json"));
    let change = [("--metrics", addresses[1].as_str()), ("--ledger", &ledger.url()), ("--anchor", &anchor)];
    let host = start("host", &started_by("pilot/keepwell-host.service", &change));
    let clinic = Party::new(home("clinic"));
    let servers = ["--ledger", &ledger.url(), "--host", &host.url(), "--anchor", &anchor];
    clinic.json(&[&["clinic", "init", "--name", "Clinic"][..], &servers].concat());
    let desk = start("clinic", &["clinic", "serve", "--metrics", &addresses[2]].map(str::to_owned));

    // So that there is a request to count.
    shown_at(&format!("{}/readyz", ledger.url()));
    let shown: Vec<String> =
        addresses.iter().map(|address| shown_at(&format!("http://{address}/metrics"))).collect();
    let shown = shown.concat();
    let shown = names(&shown);
    let page = doc("run-a-pilot.md");
    let alerts = doc("pilot/alerts.yml");
    let watched = &names(&page) | &names(&alerts);
    assert!(watched.len() > 10, "{watched:?}");
    assert_eq!(watched.difference(&shown).collect::<Vec<_>>(), [&""; 0], "{shown:?}");
    // And what a party shows of its own is explained.
    let own = |name: &&&str| ["host", "ledger", "clinic"].iter().any(|party| name[9..].starts_with(party));
    assert_eq!(shown.difference(&names(&page)).filter(own).collect::<Vec<_>>(), [&""; 0]);
    for server in [desk, host, ledger] {
        assert_eq!(server.stop(), Some(0));
    }
}

#[test]
fn every_command_of_the_pages_has_the_flags_that_it_is_given() {
    for page in ["run-a-pilot.md", "run-a-ledger-node.md"] {
        check_flags(&doc(page));
    }
}

#[test]
fn the_units_and_the_container_of_a_node_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    for unit in ["node/keepwell-node.service", "node/keepwell-application.service"] {
        let words = started_by(unit, &[("--metrics", "127.0.0.1:0")]);
        let words: Vec<_> = words.iter().map(String::as_str).chain(["--listen", "127.0.0.1:0"]).collect();
        // It understands all of it, and finds no home.
        party.run(&words).refused_with("LedgerUnavailable");
    }
    let container = doc("node/Containerfile");
    let entry = container.lines().find_map(|line| line.strip_prefix("ENTRYPOINT ")).unwrap();
    let words: Vec<String> = serde_json::from_str(entry).unwrap();
    let words: Vec<_> = words.iter().skip(1).map(String::as_str).collect();
    party.run(&words).refused_with("LedgerUnavailable");
    // The same CometBFT everywhere.
    let setup =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../dev.d/setup.sh")).unwrap();
    let version = setup.split("version=\"${1:-").nth(1).unwrap().split('}').next().unwrap();
    for text in [&container, &doc("run-a-ledger-node.md")] {
        assert!(text.contains(&format!("cmd/cometbft@v{version}")), "{version}");
    }
}

fn check_flags(page: &str) {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let is_command = |words: &&str| {
        ["--home", "ledger", "host", "clinic", "wallet"].iter().any(|first| words.starts_with(first))
    };
    let commands: Vec<&str> = blocks
        .flat_map(str::lines)
        .chain(page.split('`').filter(|code| code.starts_with("keepwell ")))
        .filter_map(|line| Some(line.split_once("keepwell ")?.1).filter(is_command))
        .collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let mut words = command.split(' ').peekable();
        while words.peek() == Some(&"--home") {
            words.nth(1);
        }
        let rest: Vec<&str> = words.collect();
        // A noun and its verb; governance has verbs of its own.
        let verbs = if rest.get(1) == Some(&"gov") { 3 } else { 2 };
        let run = party.run(&[rest.get(..verbs).unwrap(), &["--help"]].concat());
        let help = run.text();
        for flag in rest.iter().filter(|word| word.starts_with("--")) {
            assert!(help.split_whitespace().any(|word| word == *flag), "{command}: {flag}");
        }
    }
}
