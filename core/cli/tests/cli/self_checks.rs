//! `wallet selfcheck`: everything in order says so, and each thing that is not is named with its reason.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::keepwell::{Party, Run, World, text};
use crate::promises::{copy, files};

const CLINIC: &str = "Bern Allergy Clinic";

/// The checks that failed, each with its reason.
fn faults(run: &Run) -> Vec<(String, String)> {
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    for check in checks {
        assert_eq!(check["ok"].as_bool().unwrap(), check.get("why").is_none(), "{check}");
    }
    let failed = checks.iter().filter(|check| check["ok"] == false);
    failed.map(|check| (text_of(&check["name"]), text_of(&check["why"]))).collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn names(checks: &Value) -> Vec<&str> {
    checks["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect()
}

fn check(party: &Party) -> Run {
    party.run(&["--json", "wallet", "selfcheck"])
}

#[test]
fn what_is_in_order_is_so_and_what_a_server_has_lost_is_sent_again() {
    let mut world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let (first, second) = (world.grant_allergies(CLINIC), world.grant_allergies(CLINIC));
    world.wallet.json(&["grant", "revoke", &first]);
    world.wallet.json(&["sync"]);
    let all = ["cryptography", "storage", "log", "records", "host", "grants"];
    assert_eq!(names(&check(&world.wallet).json()), all);
    assert_eq!(faults(&check(&world.wallet)), []);
    assert_eq!(world.wallet.run(&["wallet", "selfcheck"]).text().matches(" ok\n").count(), all.len());

    // A host at which every sealed byte may be another serves what is not what its name says.
    world.host.kill();
    for pack in files(&world.path("host/blobs")) {
        let mut bytes = std::fs::read(&pack).unwrap();
        bytes.iter_mut().step_by(64).for_each(|byte| *byte ^= 1);
        std::fs::write(&pack, bytes).unwrap();
    }
    world.host.kill_and_restart();
    let damaged = check(&world.wallet);
    damaged.failed_with(1, "SelfCheckFailed");
    let [(name, why)] = &faults(&damaged)[..] else { panic!("{:?}", faults(&damaged)) };
    assert!(name == "host" && why.contains("the next sync sends them again"), "{name}: {why}");
    let said = world.wallet.run(&["wallet", "selfcheck"]);
    assert!(said.stderr.contains("host: the host has lost or damaged"), "{}", said.stderr);
    world.wallet.json(&["sync"]);
    world.wallet.json(&["sync"]);
    assert_eq!(faults(&check(&world.wallet)), []);
    assert_eq!(world.ids_read(&second).len(), 1);

    // Nobody is there to be asked.
    world.host.kill();
    world.ledger.kill();
    let failed: Vec<String> = faults(&check(&world.wallet)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(failed, ["host", "grants"]);
}

#[test]
fn a_ledger_that_knows_better_contradicts_a_wallet_that_was_put_back() {
    let world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    // Everything of yesterday, the sealed end of the log and the key of the device with it: nothing here can tell.
    let (home, yesterday) = (world.wallet.home.clone(), world.path("yesterday"));
    copy(&home, &yesterday);
    assert_eq!(world.wallet.json(&["grant", "revoke", &grant])["state"], "revoked");
    std::fs::remove_dir_all(&home).unwrap();
    copy(&yesterday, &home);
    let [(name, why)] = &faults(&check(&world.wallet))[..] else { panic!("one fault") };
    assert!(name == "grants" && why.contains("something else of 1 of the grants"), "{name}: {why}");
}

#[test]
fn a_changed_page_that_opening_does_not_read_is_found() {
    let world = World::new();
    let party = Party::new(world.path("alone"));
    party.json(&["wallet", "init"]);
    let resource = format!(
        r#"{{"resourceType":"Basic","id":"b1","code":{{"text":"b1"}},"extension":[{{"url":"http://a.example","valueString":"{}"}}]}}"#,
        "long ".repeat(100_000)
    );
    let file = world.path("long.json");
    std::fs::write(&file, resource).unwrap();
    party.json(&["record", "import", &text(&file)]);
    let here = ["cryptography", "storage", "log", "records"];
    assert_eq!(names(&check(&party).json()), here, "it has no server");
    assert_eq!(faults(&check(&party)), []);

    let database = database(&party.home);
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&database, &bytes).unwrap();
    let found = check(&party);
    found.failed_with(1, "SelfCheckFailed");
    let failed: Vec<String> = faults(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(failed, ["storage", "records"]);
    assert_eq!(std::fs::read(&database).unwrap(), bytes, "nothing is repaired");
}

/// The database of a wallet.
fn database(home: &Path) -> PathBuf {
    files(home).into_iter().find(|file| file.ends_with("store.db")).unwrap()
}
