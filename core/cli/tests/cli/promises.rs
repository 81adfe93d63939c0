//! What the wallet says is so, and what it says is done is done: with a portal in between, with a host that
//! lost what it had acknowledged, and with requests that are lost on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::keepwell::{Party, Proxy, Run, Way, World};

const CLINIC: &str = "Bern Allergy Clinic";

/// One grant as `grant show` tells it.
fn shown(world: &World, grant: &str) -> Value {
    world.wallet.json(&["grant", "show", grant])["grants"][0].clone()
}

pub(crate) fn stopped_by(view: &Value) -> (&str, Option<&str>, bool) {
    (view["state"].as_str().unwrap(), view["stopped_by"].as_str(), view.get("queued_since").is_some())
}

fn refusal(run: &Run) -> Value {
    serde_json::from_slice::<Value>(&run.stdout).unwrap()["refused"].clone()
}

#[test]
fn the_end_of_a_grant_is_told_as_what_it_is() {
    let proxy = Proxy::start();
    let mut world = World::behind(&proxy);
    world.connected_wallet();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let (first, second) = (world.grant_allergies(CLINIC), world.grant_allergies(CLINIC));

    // Nobody is reached: it is queued, the clinic reads, and nobody says that it does not.
    world.ledger.kill();
    proxy.set(Way::Portal);
    let said = world.wallet.run(&["grant", "revoke", &first]).text();
    let queued =
        format!("Queued; {CLINIC} can still read until this phone reaches a server (last reached 20");
    assert!(said.contains(&queued) && !said.contains("o longer shared"), "{said}");
    let again = world.wallet.json(&["grant", "revoke", &first]);
    assert_eq!(stopped_by(&again), ("revoking", None, true), "{again}");
    assert_eq!(stopped_by(&shown(&world, &first)), ("revoking", None, true));
    assert!(world.wallet.run(&["grant", "list"]).text().contains("nobody yet: can still read"));
    assert!(world.wallet.run(&["sync"]).text().contains(&queued));
    assert_eq!(world.wallet.json(&["wallet", "status"])["at_risk"]["decisions"], 1);
    assert_eq!(world.ids_read(&first), BTreeSet::from(["a1".to_owned()]));

    // The host has it.
    proxy.set(Way::Open);
    let synced = world.wallet.run(&["sync"]).text();
    assert!(!synced.contains("can still read"), "{synced}");
    assert_eq!(stopped_by(&shown(&world, &first)), ("revoking", Some("host"), false));
    assert_eq!(world.wallet.json(&["wallet", "status"])["at_risk"]["decisions"], 0);
    assert_ne!(refusal(&world.clinic.run(&["--json", "clinic", "read", &first])), Value::Null);
    let said = world.wallet.run(&["grant", "revoke", &first]).text();
    assert!(said.contains(&format!("No longer shared with {CLINIC}; may still be held there.")), "{said}");

    // The ledger has it, though the host is behind the portal.
    world.ledger.kill_and_restart();
    world.wallet.json(&["sync"]);
    assert_eq!(stopped_by(&shown(&world, &first)), ("revoked", Some("ledger"), false));
    proxy.set(Way::Portal);
    let said = world.wallet.run(&["grant", "revoke", &second]).text();
    assert!(said.contains(&format!("No longer shared with {CLINIC} from 20")), "{said}");
    assert_eq!(stopped_by(&shown(&world, &second)), ("revoked", Some("ledger"), false));
    assert!(said.contains("queued: 1 (host)"), "{said}");
    assert_eq!(world.wallet.json(&["wallet", "status"])["queued_for"], serde_json::json!(["host"]));
    // The host was not told, and goes by what it asked the ledger a moment ago: for ten seconds at most.
    let begun = Instant::now();
    let read = || refusal(&world.clinic.run(&["--json", "clinic", "read", &second]));
    while read() == Value::Null {
        assert!(begun.elapsed().as_secs() < 10, "the clinic still reads");
        sleep(Duration::from_millis(200));
    }
    assert_eq!(read(), "GrantRevoked");
    proxy.set(Way::Open);
    assert_eq!(world.wallet.json(&["sync"])["queued_for"], serde_json::json!([]));
}

#[test]
fn an_access_that_is_extended_ends_once_the_new_one_stands() {
    let proxy = Proxy::start();
    let mut world = World::behind(&proxy);
    world.connected_wallet();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let first = world.grant_allergies(CLINIC);
    let extend = |grant: &str| world.wallet.json(&["grant", "extend", &grant[..12], "--for", "90d"]);
    let told = extend(&first);
    let second = told["grant"].as_str().unwrap().to_owned();
    assert_eq!((&told["state"], &told["delivered"]), (&Value::from("active"), &Value::from(true)), "{told}");
    assert_eq!(told["former"]["grant"], first.as_str());
    assert_eq!(stopped_by(&told["former"]), ("revoked", Some("ledger"), false), "{told}");
    assert_eq!(shown(&world, &second)["categories"], serde_json::json!(["allergies"]));
    world.clinic.json(&["clinic", "sync"]);
    assert_eq!(world.ids_read(&second), BTreeSet::from(["a1".to_owned()]));
    world.wallet.run(&["--json", "grant", "extend", &first, "--for", "90d"]).refused_with("GrantState");

    // Nobody is reached: what stands goes on.
    world.ledger.kill();
    proxy.set(Way::Portal);
    let said = world.wallet.run(&["grant", "extend", &second, "--for", "30d"]).text();
    assert!(said.contains("the former one stands") && said.contains("queued: "), "{said}");
    assert_eq!(stopped_by(&shown(&world, &second)), ("active", None, false));
    let listed = world.wallet.json(&["grant", "list"])["grants"].as_array().unwrap().clone();
    assert_eq!(
        listed.iter().map(|grant| &grant["state"]).collect::<Vec<_>>(),
        ["pending", "active", "revoked"]
    );
}

#[test]
fn a_share_that_a_portal_kept_from_ending_is_told_as_open_and_ends_later() {
    let proxy = Proxy::start();
    let world = World::behind(&proxy);
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    let new = world.wallet.json(&["share", "new", "--category", "allergies", "--for", "1h"]);
    let (share, link) = (new["share"].as_str().unwrap(), new["link"].as_str().unwrap());
    let stranger = Party::new(world.path("stranger"));
    let open = || stranger.run(&["share", "open", link, "--json"]);
    open().json();

    proxy.set(Way::Portal);
    let picture = world.path("again.png");
    let again = world.wallet.json(&["share", "show", &share[..12], "--qr", picture.to_str().unwrap()]);
    assert_eq!((&again["link"], &again["share"]), (&new["link"], &new["share"]), "no server is asked");
    assert_eq!((&again["expires"], &again["state"]), (&new["expires"], &Value::from("active")));
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    world.wallet.run(&["--json", "share", "new", "--category", "allergies"]).refused_with("AnswerMalformed");
    for action in ["pause", "revoke"] {
        let said = world.wallet.run(&["share", action, share]).text();
        let queued = "Queued; its link still opens until this phone reaches the host (last reached 20";
        assert!(said.contains(queued) && !said.contains("opens nothing"), "{said}");
        assert_eq!(world.wallet.json(&["share", action, share])["told"], false);
        open().json();
        let shown = world.wallet.run(&["--json", "share", "show", share]);
        match action {
            "pause" => assert_eq!(shown.json()["state"], "paused"),
            _ => shown.refused_with("ShareEnded"),
        }
    }
    assert!(world.wallet.json(&["wallet", "status"])["at_risk"]["decisions"].as_u64().unwrap() > 0);

    proxy.set(Way::Open);
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    open().refused_with("LinkNotActive");
    let said = world.wallet.run(&["share", "revoke", share]).text();
    assert!(said.contains("Its link opens nothing"), "{said}");
    let list = world.wallet.json(&["share", "list"]);
    for listed in list["shares"].as_array().unwrap() {
        assert_eq!((&listed["state"], &listed["told"]), (&"revoked".into(), &true.into()), "{list}");
    }
}

#[test]
fn a_host_put_back_damaged_or_emptied_is_told_and_made_whole_by_sync() {
    let mut world = World::new();
    let made = world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    world.host.kill();
    copy(&world.path("host"), &world.path("yesterday"));
    world.host.kill_and_restart();
    world.import_allergy("a2");
    let new = ["share", "new", "--category", "allergies", "--label", "Dr Wu", "--for", "1h"];
    world.wallet.json(&new);
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    let all = BTreeSet::from(["a1".to_owned(), "a2".to_owned()]);
    assert_eq!(world.ids_read(&grant), all);

    // Last night's copy, in which a byte of everything that is sealed has changed.
    world.host.kill();
    std::fs::remove_dir_all(world.path("host")).unwrap();
    copy(&world.path("yesterday"), &world.path("host"));
    let packs = files(&world.path("host/blobs"));
    assert!(!packs.is_empty());
    for pack in packs {
        let mut bytes = std::fs::read(&pack).unwrap();
        bytes.iter_mut().step_by(64).for_each(|byte| *byte ^= 1);
        std::fs::write(&pack, bytes).unwrap();
    }
    world.host.kill_and_restart();
    let synced = world.wallet.json(&["sync"]);
    let healing = &synced["healing"];
    let version = |name: &str| healing[name].as_u64().unwrap();
    assert!(0 < version("host_version") && version("host_version") < version("wallet_version"), "{synced}");
    assert!(version("lost") > 0 && version("bytes") > 0, "{synced}");
    assert_eq!((&healing["shares_ended"][0], &healing["waiting"]), (&"Dr Wu".into(), &false.into()));
    world.wallet.json(&["sync"]);
    assert_eq!(world.ids_read(&grant), all);
    let back = world.restored(&made, "second").1;
    assert_eq!(back["records"], 3, "{back}");

    // A host that lost everything.
    world.host.kill();
    std::fs::remove_dir_all(world.path("host")).unwrap();
    world.host.kill_and_restart();
    assert_eq!(world.clinic.run(&["--json", "clinic", "read", &grant]).code, Some(1));
    let said = world.wallet.run(&["sync"]).text();
    assert!(said.contains("The host had lost everything that this wallet put there."), "{said}");
    let synced = world.wallet.json(&["sync"]);
    assert_eq!((&synced["queued"], &synced["healing"]), (&0.into(), &Value::Null), "{synced}");
    assert_eq!(world.ids_read(&grant), all);
    assert_eq!(world.restored(&made, "third").1["missing"], Value::Array(Vec::new()));
}

#[test]
fn what_was_lost_between_upload_and_commit_is_sent_again() {
    let proxy = Proxy::start();
    let mut world = World::behind(&proxy);
    let made = world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    let before = files(&world.path("host/blobs"));

    // Blobs and the content of a link arrive, the commit that names them does not, and the host drops them.
    world.import_allergy("a2");
    proxy.set(Way::LosesRequests("/v1/space/commit"));
    let synced = world.wallet.json(&["sync"]);
    assert!(synced["queued"].as_u64().unwrap() > 0 && synced["offline"].is_string(), "{synced}");
    assert_eq!(world.wallet.json(&["wallet", "status"])["at_risk"]["records"], 1);
    assert_eq!(world.wallet.run(&["share", "new", "--category", "allergies"]).code, Some(1));
    world.host.kill();
    let uploaded: Vec<PathBuf> =
        files(&world.path("host/blobs")).into_iter().filter(|file| !before.contains(file)).collect();
    assert!(!uploaded.is_empty());
    uploaded.iter().for_each(|file| std::fs::remove_file(file).unwrap());
    let host = rusqlite::Connection::open(world.path("host/host.sqlite")).unwrap();
    assert!(host.execute("DELETE FROM blobs WHERE loose_since IS NOT NULL", []).unwrap() > 0);
    assert_eq!(host.execute("DELETE FROM links", []).unwrap(), 1, "the link that was never named");
    drop(host);
    world.host.kill_and_restart();
    proxy.set(Way::Open);
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    assert_eq!(world.wallet.json(&["wallet", "status"])["at_risk"]["records"], 0);
    assert_eq!(world.restored(&made, "second").1["records"], 3);

    // A commit that arrived and whose answer did not is no conflict and no reason to heal anything.
    world.import_allergy("a3");
    proxy.set(Way::LosesAnswers("/v1/space/commit"));
    assert!(world.wallet.json(&["sync"])["queued"].as_u64().unwrap() > 0);
    proxy.set(Way::Open);
    let synced = world.wallet.json(&["sync"]);
    assert_eq!((&synced["queued"], &synced["healing"]), (&0.into(), &Value::Null), "{synced}");
    assert_eq!(world.restored(&made, "third").1["records"], 4);
}

#[test]
fn an_older_space_that_is_replayed_to_a_new_phone_is_refused() {
    let proxy = Proxy::start();
    let world = World::behind(&proxy);
    let made = world.connected_wallet();
    world.import_patient();
    world.wallet.json(&["sync", "--anchor"]);
    // What a new phone was answered today.
    proxy.set(Way::Keeps("/v1/space"));
    let (_, report) = world.restored(&made, "second");
    assert_eq!((&report["records"], &report["anchored"]), (&1.into(), &true.into()), "{report}");
    proxy.set(Way::Open);
    for id in ["a1", "a2", "a3"] {
        world.import_allergy(id);
        world.wallet.json(&["sync", "--anchor"]);
    }

    proxy.set(Way::Replays("/v1/space"));
    let third = Party::new(world.path("third"));
    let servers = world.servers();
    let mut restore = vec!["wallet", "restore", "--json"];
    restore.extend(servers.iter().map(String::as_str));
    let words = made["words"].as_str().unwrap().as_bytes();
    third.run_with_input(&restore, words).refused_with("HostRolledBack");
    proxy.set(Way::Open);
    let back = third.run_with_input(&restore, words).json();
    assert_eq!((&back["records"], &back["anchored"]), (&4.into(), &true.into()), "{back}");
}

#[test]
fn status_says_what_would_be_lost_with_this_phone() {
    let mut world = World::new();
    world.wallet.json(&["wallet", "init"]);
    world.import_allergy("a1");
    let at_risk = |world: &World| world.wallet.json(&["wallet", "status"])["at_risk"].clone();
    let alone = at_risk(&world);
    assert_eq!((&alone["records"], &alone["connected"]), (&1.into(), &false.into()), "{alone}");
    assert_eq!((&alone["words_verified"], &alone["host_reached"]), (&false.into(), &Value::Null));
    let said = world.wallet.run(&["wallet", "status"]).text();
    assert!(said.contains("all records would be lost") && said.contains("they are not verified"), "{said}");
    let status = world.wallet.json(&["wallet", "status"]);
    assert_eq!(status["last_backup"], Value::Null);
    assert!(status.as_object().unwrap().contains_key("last_backup"));

    let servers = world.servers();
    let mut connect = vec!["wallet", "connect"];
    connect.extend(servers.iter().map(String::as_str));
    world.wallet.json(&connect);
    world.wallet.json(&["sync"]);
    let safe = at_risk(&world);
    assert_eq!((&safe["records"], &safe["decisions"]), (&0.into(), &0.into()), "{safe}");
    assert!(safe["host_reached"].is_string());
    let said = world.wallet.run(&["wallet", "status"]).text();
    assert!(said.contains("the recovery words would bring everything back"), "{said}");

    world.host.kill();
    world.import_allergy("a2");
    world.wallet.json(&["sync"]);
    assert_eq!(at_risk(&world)["records"], 1);
    let said = world.wallet.run(&["wallet", "status"]).text();
    assert!(said.contains("1 record versions would be lost") && !said.contains("everything back"), "{said}");
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let there = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &there);
        } else {
            std::fs::copy(&entry, &there).unwrap();
        }
    }
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found
}
