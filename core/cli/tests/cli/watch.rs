//! `keepwell sync --watch`, as a person leaves it running.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout};

use serde_json::Value;

use crate::keepwell::{World, finish};

const CLINIC: &str = "Bern Allergy Clinic";

/// Reads lines until one has this in it.
#[track_caller]
fn wait_for(lines: &mut Lines<BufReader<ChildStdout>>, text: &str) {
    let mut seen = Vec::new();
    for line in lines.by_ref().map(Result::unwrap) {
        if line.contains(text) {
            return;
        }
        seen.push(line);
    }
    panic!("no {text:?} in: {seen:?}");
}

/// Presses Ctrl-C.
fn interrupt(child: &Child) {
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_watch_goes_on_until_what_was_queued_is_done_and_leaves_the_wallet_usable() {
    let mut world = World::new();
    world.connected_wallet();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    world.ledger.kill();
    world.host.kill();
    world.wallet.json(&["grant", "revoke", &grant]);

    let mut watch = world.wallet.command(&["sync", "--watch"]).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    wait_for(&mut lines, &format!("Queued; {CLINIC} can still read until this phone reaches a server"));
    wait_for(&mut lines, "Not every server was reached (Offline)");

    // Another that is ended meanwhile says that something is queued, and what.
    let mut second = world.wallet.command(&["sync", "--watch", "--json"]).spawn().unwrap();
    let mut told = BufReader::new(second.stderr.take().unwrap()).lines();
    assert!(told.by_ref().map(Result::unwrap).any(|line| line.contains("Not every server was reached")));
    interrupt(&second);
    let error = told.map(Result::unwrap).last().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&error).unwrap()["error"]["code"], "StillQueued");
    let ended = finish(second);
    assert_eq!(ended.code, Some(1));
    let document: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert!(document["queued"].as_u64().unwrap() > 0, "{document}");

    world.kill_everything();
    wait_for(&mut lines, &format!("No longer shared with {CLINIC} from "));
    wait_for(&mut lines, "Every server was reached.");
    // The home is free while it waits.
    let view = world.wallet.json(&["grant", "show", &grant])["grants"][0].clone();
    assert_eq!((&view["state"], &view["stopped_by"]), (&"revoked".into(), &"ledger".into()));
    interrupt(&watch);
    let last: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(last.iter().any(|line| line.starts_with("queued") && line.ends_with(" 0")), "{last:?}");
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}
