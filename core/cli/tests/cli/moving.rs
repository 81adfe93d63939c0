//! Another gateway and a newer trust anchor, by the real binary and servers.

use serde_json::Value;

use crate::keepwell::{World, text};

const PATIENT: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[
    {"resource":{"resourceType":"Patient","id":"p1","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1950-01-01"}},
    {"resource":{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"Latex"}}}]}"#;

/// A connected wallet with one allergy, which a clinic may read; answers the grant.
fn granted(world: &World) -> String {
    world.connected_wallet();
    let file = world.path("records.json");
    std::fs::write(&file, PATIENT).unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
    world.admitted_clinic("Bern Allergy Clinic");
    let new = ["grant", "new", "Bern Allergy Clinic", "--category", "allergies", "--for", "30d"];
    let grant = world.wallet.json(&new)["grant"].as_str().unwrap().to_owned();
    world.clinic.json(&["clinic", "sync"]);
    assert_eq!(world.ids_read(&grant).len(), 1);
    grant
}

fn add(world: &World, id: &str) {
    let record = format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}","patient":{{"reference":"Patient/p1"}},"code":{{"text":"{id}"}}}}"#
    );
    let file = world.path("more.json");
    std::fs::write(&file, record).unwrap();
    world.wallet.json(&["record", "import", &text(&file), "--patient", "p1"]);
}

#[test]
fn a_wallet_takes_another_gateway_and_a_newer_anchor_of_its_ledger_and_no_other() {
    let (world, other) = (World::new(), World::new());
    let grant = granted(&world);
    let (url, anchor) = (world.ledger.url(), text(&world.path("ledger/anchor.json")));
    let connect =
        |arguments: &[&str]| world.wallet.run(&[&["--json", "wallet", "connect"], arguments].concat());
    let foreign = text(&other.path("ledger/anchor.json"));
    let refused = connect(&["--anchor", &foreign]);
    refused.refused_with("OtherLedger");
    assert!(refused.stderr.contains(&format!("would be void: the grant to Bern Allergy Clinic ({grant})")));
    connect(&["--anchor", &anchor, "--ledger", &other.ledger.url()]).refused_with("WrongChain");
    connect(&["--anchor", &anchor, "--ledger", &url, "--host", &other.host.url()])
        .refused_with("AlreadyConnected");

    let newer = text(&world.path("newer.json"));
    let made = world.wallet.json(&["ledger", "anchor", &url, "--anchor", &anchor, "--out", &newer]);
    let shown = made["fingerprint"].as_str().unwrap();
    assert_eq!(shown.len(), 24, "20 digits in five groups: {shown}");
    let status = world.wallet.json(&["ledger", "status", &url, "--anchor", &newer]);
    assert_eq!(status["fingerprint"], shown);
    let forged = text(&world.path("forged.json"));
    let mut document: Value = serde_json::from_slice(&std::fs::read(&newer).unwrap()).unwrap();
    document["header_hash"] = Value::from("07".repeat(32));
    std::fs::write(&forged, document.to_string()).unwrap();
    connect(&["--anchor", &forged, "--fingerprint", shown]).refused_with("AnchorContradicted");
    connect(&["--anchor", &newer, "--fingerprint", "12"]).failed_with(2, "Usage");

    let localhost = url.replace("127.0.0.1", "localhost");
    let taken = connect(&["--anchor", &newer, "--ledger", &localhost]).json();
    assert_eq!(taken["fingerprints"]["new"], shown);
    assert_ne!(taken["fingerprints"]["old"], taken["fingerprints"]["new"]);
    assert!(taken["height"].as_u64() >= made["height"].as_u64(), "{taken}");
    connect(&["--anchor", &anchor]).refused_with("AnchorNotNewer");
    add(&world, "a2");
    assert_eq!(world.wallet.json(&["sync"])["offline"], Value::Null);
    assert_eq!(world.ids_read(&grant).len(), 2);
}

#[test]
fn a_wallet_that_is_not_connected_needs_all_its_servers() {
    let world = World::new();
    world.wallet.json(&["wallet", "init"]);
    let anchor = text(&world.path("ledger/anchor.json"));
    world.wallet.run(&["--json", "wallet", "connect", "--anchor", &anchor]).refused_with("ServersMissing");
}
