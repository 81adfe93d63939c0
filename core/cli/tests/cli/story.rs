//! The whole path by hand: every party in its own process and home, each server killed and restarted at every
//! step.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::time::Duration;

// Without its page cipher SQLite does not link.
use keepwell_page_cipher as _;
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::vault::LogEntry;
use serde_json::{Value, json};

use crate::keepwell::{Party, Server, World, sample_patient, text};

#[test]
fn a_grant_is_read_followed_and_revoked_while_every_server_is_killed_at_every_step() {
    let mut world = World::new();
    let status = world.wallet.json(&[
        "ledger",
        "status",
        &world.ledger.url(),
        "--anchor",
        &text(&world.path("ledger/anchor.json")),
    ]);
    assert_eq!(status["validators"], 1);
    world.kill_everything();

    world.connected_wallet();
    world.kill_everything();

    let file = sample_patient();
    assert_eq!(world.wallet.json(&["record", "import", &text(&file)])["added"], 1005);
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    world.kill_everything();

    let listed = world.wallet.json(&["provider", "list"]);
    assert_eq!(listed["providers"][0]["provider"], provider.as_str());
    let shown = world.wallet.json(&["provider", "show", "Bern Allergy Clinic"]);
    assert_eq!(shown["providers"][0]["state"], "active");
    let new = world.wallet.json(&[
        "grant",
        "new",
        "Bern Allergy Clinic",
        "--category",
        "medications",
        "--category",
        "allergies",
        "--for",
        "30d",
    ]);
    assert_eq!(new["state"], "active", "{new}");
    let grant = new["grant"].as_str().unwrap().to_owned();
    world.kill_everything();

    let proof = world.wallet.json(&["grant", "verify", &grant]);
    assert_eq!(proof["state"], "active");
    assert!(proof["bytes"].as_u64().unwrap() <= 3 * 1024, "{proof}");

    let synced = world.clinic.json(&["clinic", "sync"]);
    let seen = &synced["grants"][0];
    assert_eq!(seen["grant"], grant.as_str(), "{synced}");
    let mine = world.wallet.json(&["grant", "show", &grant]);
    let code = mine["grants"][0]["match"].as_str().unwrap();
    assert_eq!(seen["patient"]["match"], code, "both screens show the same code");
    assert!(seen["patient"]["name"].as_str().unwrap().contains("Nolan344"));
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    assert_eq!(world.clinic.run(&["--json", "clinic", "confirm", &grant, &wrong]).code, Some(1));
    world.clinic.json(&["clinic", "confirm", &grant, code]);
    world.kill_everything();

    // Exactly what was granted and what that refers to, byte for byte.
    let ndjson = world.path("read.ndjson");
    world.clinic.json(&["clinic", "read", &grant, "--ndjson", &text(&ndjson)]);
    let read: BTreeSet<String> =
        std::fs::read_to_string(&ndjson).unwrap().lines().map(str::to_owned).collect();
    let out = world.path("out.ndjson");
    world.wallet.json(&["record", "export", &text(&out)]);
    let granted: BTreeSet<String> = std::fs::read_to_string(&out)
        .unwrap()
        .lines()
        .filter(|line| {
            let resource: Value = serde_json::from_str(line).unwrap();
            let kind = resource["resourceType"].as_str().unwrap();
            kind == "AllergyIntolerance" || kind.starts_with("Medication")
        })
        .map(str::to_owned)
        .collect();
    assert!(read == granted, "the clinic read {} of {} records", read.len(), granted.len());
    world.clinic.run(&["--json", "clinic", "read", &grant, "--purpose", "HRESCH"]).json();
    world.kill_everything();

    // A new record is seen without a new grant.
    let newer = world.path("new.json");
    std::fs::write(
        &newer,
        r#"{"resourceType":"AllergyIntolerance","id":"new-1","patient":{"reference":"urn:uuid:38643f4d-9729-e16e-8b44-c532e8ae09d4"},"code":{"text":"Latex"}}"#,
    )
    .unwrap();
    let added = world.wallet.run(&["--json", "record", "import", &text(&newer)]);
    assert_eq!(added.json()["added"], 1);
    world.wallet.json(&["sync"]);
    world.kill_everything();
    assert!(world.ids_read(&grant).contains("new-1"));

    // Revoked: the clinic is refused, the proof says so, and what comes after it never reaches the clinic.
    let revoked = world.wallet.json(&["grant", "revoke", &grant]);
    assert!(["revoked", "revoking"].contains(&revoked["state"].as_str().unwrap()));
    world.kill_everything();
    world.wallet.json(&["sync"]);
    let refused = world.clinic.run(&["--json", "clinic", "read", &grant]);
    refused.failed_with(1, "GrantRevoked");
    let document: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(document["refused"], "GrantRevoked");
    assert_eq!(world.wallet.json(&["grant", "verify", &grant])["state"], "revoked");
    assert_eq!(world.wallet.json(&["grant", "list"])["grants"][0]["state"], "revoked");
    world.wallet.json(&["grant", "revoke", &grant]);
}

#[test]
fn a_read_that_the_host_made_up_is_told_by_sync_and_a_true_one_is_not() {
    let mut world = World::new();
    world.connected_wallet();
    let allergy = world.path("allergy.json");
    std::fs::write(&allergy, r#"{"resourceType":"AllergyIntolerance","code":{"text":"Latex"}}"#).unwrap();
    world.wallet.json(&["record", "import", &text(&allergy)]);
    world.admitted_clinic("Bern Allergy Clinic");
    let new = world.wallet.json(&[
        "grant",
        "new",
        "Bern Allergy Clinic",
        "--category",
        "allergies",
        "--anonymous",
        "--for",
        "30d",
    ]);
    let grant = new["grant"].as_str().unwrap().to_owned();
    world.clinic.json(&["clinic", "sync"]);
    world.clinic.json(&["clinic", "read", &grant]);
    let told = world.wallet.json(&["sync"]);
    assert_eq!(told["doubtful_reads"], Value::Array(Vec::new()));
    assert_eq!(told["reads"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&told["reads"][0]["records"], &told["reads"][0]["proof"]),
        (&Value::from(1), &Value::from("receipt"))
    );
    assert_eq!(told["reads"][0]["name"], "Bern Allergy Clinic");

    // The host copies what the clinic did, without what the clinic signed.
    world.host.kill();
    let host = rusqlite::Connection::open(world.path("host/host.sqlite")).unwrap();
    let (sequence, entry): (u64, Vec<u8>) = host
        .query_row("SELECT sequence, entry FROM access_log ORDER BY sequence DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let entry = LogEntry { sequence: sequence + 1, request: None, ..LogEntry::from_cbor(&entry).unwrap() };
    host.execute(
        "INSERT INTO access_log SELECT space, ?1, time, ?2 FROM access_log WHERE sequence = ?3",
        (sequence + 1, entry.to_cbor(), sequence),
    )
    .unwrap();
    host.execute("UPDATE spaces SET log_sequence = ?1", [sequence + 1]).unwrap();
    drop(host);
    world.host.kill_and_restart();
    let told = world.wallet.json(&["sync"]);
    let read = &told["doubtful_reads"][0];
    assert_eq!(read["grant"], grant.as_str(), "{told}");
    assert_eq!((&read["request"], &read["receipt"]), (&Value::from("missing"), &Value::from("valid")));
    assert_eq!(read["name"], "Bern Allergy Clinic");
    assert_eq!(
        (&told["reads"][0]["records"], &told["reads"][0]["proof"]),
        (&Value::from(1), &Value::from("unproved"))
    );
    let again = world.wallet.json(&["sync"]);
    assert_eq!(
        (&again["doubtful_reads"], &again["reads"]),
        (&Value::Array(Vec::new()), &Value::Array(Vec::new()))
    );
}

#[test]
fn what_the_network_does_not_take_is_queued_and_goes_out_later() {
    let mut world = World::new();
    world.connected_wallet();
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    world.wallet.json(&["provider", "show", &provider]);
    let file = world.path("a.json");
    std::fs::write(
        &file,
        r#"{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"Latex"}}"#,
    )
    .unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
    let new = world.wallet.json(&["grant", "new", &provider, "--category", "allergies", "--for", "1d"]);
    let grant = new["grant"].as_str().unwrap().to_owned();

    world.ledger.kill();
    world.host.kill();
    let revoked = world.wallet.json(&["grant", "revoke", &grant]);
    assert_eq!(revoked["state"], "revoking", "decided here, though nobody was told yet");
    assert!(revoked["queued"].as_u64().unwrap() > 0);
    assert!(world.wallet.json(&["wallet", "status"])["queued"].as_u64().unwrap() > 0);
    world.kill_everything();
    world.wallet.json(&["sync"]);
    assert_eq!(world.wallet.json(&["grant", "show", &grant])["grants"][0]["state"], "revoked");
    assert_eq!(world.wallet.json(&["wallet", "status"])["queued"], 0);
}

#[test]
fn a_share_is_opened_logged_and_ended_and_the_words_bring_everything_back() {
    let mut world = World::new();
    let made = world.connected_wallet();
    let file = sample_patient();
    world.wallet.json(&["record", "import", &text(&file)]);
    let picture = text(&world.path("share.png"));
    let new =
        world.wallet.json(&["share", "new", "--category", "allergies", "--for", "1h", "--qr", &picture]);
    let share = new["share"].as_str().unwrap().to_owned();
    world.kill_everything();

    let stranger = Party::new(world.path("stranger"));
    let opened = stranger.json(&["share", "open", &picture, "--recipient", "City Hospital"]);
    assert_eq!(opened["files"][0]["content_type"], "application/fhir+json");
    let log = world.wallet.json(&["share", "log", &share]);
    assert_eq!(log["opens"][0]["recipient"], "City Hospital");
    world.wallet.json(&["share", "pause", &share]);
    stranger.run(&["--json", "share", "open", &picture]).refused_with("LinkNotActive");
    world.wallet.json(&["share", "resume", &share]);
    world.wallet.json(&["sync", "--anchor"]);
    world.kill_everything();

    let second = Party::new(world.path("second"));
    let servers = world.servers();
    let mut restore = vec!["wallet", "restore", "--json"];
    restore.extend(servers.iter().map(String::as_str));
    let wrong = second.run_with_input(&restore, b"abandon abandon abandon");
    wrong.refused_with("WordCount");
    let back = second.run_with_input(&restore, made["words"].as_str().unwrap().as_bytes()).json();
    assert_eq!(back["fingerprint"], made["fingerprint"]);
    assert_eq!((&back["records"], &back["shares"]), (&1005.into(), &1.into()));
    assert_eq!(
        (&back["anchored"], &back["gateways"], &back["missing"]),
        (&true.into(), &1.into(), &json!([]))
    );
    assert!(back["anchored_as_of"].is_string());
    assert_eq!(second.json(&["share", "revoke", &share])["state"], "revoked");
    stranger.run(&["--json", "share", "open", &picture]).refused_with("LinkNotActive");

    // The host's disk changes one byte: one record is named, and the others are back.
    let pack = largest_pack(&world.path("host"));
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
    let third = Party::new(world.path("third"));
    let back = third.run_with_input(&restore, made["words"].as_str().unwrap().as_bytes()).json();
    assert_eq!(back["records"], 1004);
    let missing = back["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 1, "{missing:?}");
    let sentence = missing[0].as_str().unwrap();
    assert!(sentence.starts_with("1 record version of "), "{sentence}");
    assert!(sentence.ends_with(" is not at the host, or damaged there"), "{sentence}");
}

/// The file in which a host keeps the most sealed bytes.
fn largest_pack(home: &Path) -> PathBuf {
    let (mut folders, mut packs) = (vec![home.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.components().any(|part| part.as_os_str() == "packs") {
                packs.push((path.metadata().unwrap().len(), path));
            }
        }
    }
    packs.into_iter().max().unwrap().1
}

#[test]
fn refusals_of_the_consent_commands_change_nothing() {
    let world = World::new();
    world.wallet.json(&["wallet", "init"]);
    world.wallet.run(&["--json", "sync"]).refused_with("NotConnected");
    let nobody = "0".repeat(64);
    world.wallet.run(&["--json", "grant", "show", &nobody]).refused_with("NoSuchGrant");
    world.wallet.run(&["--json", "grant", "revoke", &nobody]).refused_with("NoSuchGrant");
    world.wallet.run(&["grant", "new", &nobody, "--category", "allergies"]).failed_with(2, "Usage");
    world.wallet.run(&["--json", "grant", "new", &nobody, "--for", "1d"]).refused_with("InvalidScope");
    world.clinic.run(&["--json", "clinic", "grants"]).refused_with("NotInitialised");
    let anchor = world.path("broken.json");
    std::fs::write(&anchor, "{}").unwrap();
    let run = world.wallet.run(&[
        "--json",
        "wallet",
        "connect",
        "--ledger",
        &world.ledger.url(),
        "--host",
        &world.host.url(),
        "--anchor",
        &text(&anchor),
    ]);
    run.refused_with("AnchorMalformed");
    assert_eq!(world.wallet.json(&["wallet", "status"])["ledger"], Value::Null);
}

/// The 24 words as `wallet init` tells them, in either form, read from a command that goes on.
fn words_told(stdout: ChildStdout, json: bool) -> usize {
    let mut lines = BufReader::new(stdout).lines().map(Result::unwrap);
    if json {
        let document: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
        document["words"].as_str().unwrap().split(' ').count()
    } else {
        lines.by_ref().take(4).map(|line| line.split_whitespace().count() / 2).sum()
    }
}

#[test]
fn the_words_of_a_new_wallet_are_out_before_a_server_is_asked() {
    let world = World::new();
    let anchor = text(&world.path("ledger/anchor.json"));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for json in [false, true] {
        let wallet = Party::new(world.path(if json { "one" } else { "other" }));
        let mut init = vec!["wallet", "init", "--ledger", &url, "--host", &url, "--anchor", &anchor];
        init.extend(json.then_some("--json"));
        let mut child = wallet.command(&init).spawn().unwrap();
        assert_eq!(words_told(child.stdout.take().unwrap(), json), 24);
        let _unanswered = silent.accept().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none(), "it waits for the server");
        child.kill().unwrap();
        child.wait().unwrap();
        wallet.json(&["wallet", "status"]);
    }

    // A server that is not there at all is no reason to fail: the wallet is made.
    drop(silent);
    let wallet = Party::new(world.path("third"));
    let init = ["wallet", "init", "--ledger", &url, "--host", &url, "--anchor", &anchor, "--json"];
    let run = wallet.run(&init);
    assert_eq!(run.json()["words"].as_str().unwrap().split(' ').count(), 24);
    assert!(run.stderr.contains("not connected"), "{}", run.stderr);
    let mut connect = vec!["wallet", "connect"];
    let servers = world.servers();
    connect.extend(servers.iter().map(String::as_str));
    wallet.json(&connect);
}

#[test]
fn servers_stop_on_sigterm_and_one_home_has_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("ledger");
    let ledger = Server::start(Party::new(&home), &["ledger", "serve"]);
    let second = Party::new(&home).run(&["--json", "ledger", "serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    assert!(second.stderr.contains("Busy]"), "{}", second.stderr);
    assert_eq!(ledger.stop(), Some(0));
}
