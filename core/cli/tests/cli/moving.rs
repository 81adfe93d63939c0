//! Another host, another gateway and a newer trust anchor, by the real binary, servers and clinic.

use serde_json::Value;

use crate::keepwell::{Party, Server, Terminal, World, text};

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
fn a_clinic_follows_a_wallet_to_its_new_host_also_once_the_old_one_is_gone() {
    let mut world = World::new();
    let grant = granted(&world);
    let anchor = text(&world.path("ledger/anchor.json"));
    let arguments = ["host", "serve", "--ledger", &world.ledger.url(), "--anchor", &anchor];
    let new = Server::start(Party::new(world.path("new-host")), &arguments);
    world.wallet.json(&["share", "new", "--label", "Dr Wu"]);

    world.wallet.run(&["--json", "wallet", "move-host", "nowhere"]).refused_with("AddressMalformed");
    let moved = world.wallet.json(&["wallet", "move-host", &new.url()]);
    assert_eq!(moved["links_ended"], serde_json::json!(["Dr Wu"]));
    assert_eq!(moved["clinics"], serde_json::json!([{ "name": "Bern Allergy Clinic", "state": "told" }]));
    assert_eq!((&moved["old_host_told"], &moved["queued"]), (&Value::Bool(true), &Value::from(0)), "{moved}");
    assert!(moved["version"].as_u64().unwrap() > 1);
    assert_eq!(world.ids_read(&grant).len(), 1, "until it syncs the clinic reads at the old host");

    world.clinic.json(&["clinic", "sync"]);
    add(&world, "a2");
    world.wallet.json(&["sync"]);
    assert_eq!(world.ids_read(&grant).len(), 2, "it reads what only the new host has");
    world.host.kill();
    let servers = ["--ledger", &world.ledger.url(), "--host", &new.url(), "--anchor", &anchor];
    world.wallet.run(&[&["--json", "wallet", "connect"], &servers[..]].concat()).json();
    add(&world, "a3");
    world.wallet.json(&["sync"]);

    let revoked = world.wallet.json(&["grant", "revoke", &grant]);
    assert!(["revoked", "revoking"].contains(&revoked["state"].as_str().unwrap()), "{revoked}");
    world.wallet.json(&["sync"]);
    world.clinic.run(&["--json", "clinic", "read", &grant]).failed_with(1, "GrantRevoked");
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
    // From a block that somebody names, such as that of a snapshot; before what is trusted nothing vouches for one.
    let (named, first) = (text(&world.path("named.json")), made["height"].as_u64().unwrap() - 1);
    let from = |height: u64, anchor: &str| {
        let height = height.to_string();
        let at = ["--anchor", anchor, "--height", &height, "--out", &named];
        world.wallet.run(&[&["--json", "ledger", "anchor", &url][..], &at].concat())
    };
    assert_eq!(from(first, &anchor).json()["height"], first);
    from(first, &newer).refused_with("AnchorNotNewer");
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
    // So does the clinic.
    world.clinic.run(&["--json", "clinic", "connect", "--anchor", &foreign]).refused_with("OtherLedger");
    world
        .clinic
        .run(&["--json", "clinic", "connect", "--anchor", &forged])
        .refused_with("AnchorContradicted");
    let taken = world.clinic.json(&["clinic", "connect", "--anchor", &newer, "--ledger", &localhost]);
    assert_eq!(taken["fingerprints"]["new"], shown);
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
    world.wallet.run(&["--json", "wallet", "move-host", &world.host.url()]).refused_with("NotConnected");
}

#[test]
#[cfg(target_os = "linux")]
fn a_person_is_asked_before_shares_end() {
    let world = World::new();
    world.connected_wallet();
    let file = world.path("records.json");
    std::fs::write(&file, PATIENT).unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
    world.wallet.json(&["share", "new", "--label", "Dr Wu"]);
    let anchor = text(&world.path("ledger/anchor.json"));
    let arguments = ["host", "serve", "--ledger", &world.ledger.url(), "--anchor", &anchor];
    let new = Server::start(Party::new(world.path("new-host")), &arguments);
    for (answer, code, state) in [("n", 1, "active"), ("y", 0, "revoked")] {
        let asked = ["wallet", "move-host", &new.url()];
        let Some(mut terminal) = Terminal::start(&world.wallet, &asked) else { return };
        terminal.wait_for("PIN: ");
        terminal.type_line(world.wallet.pin);
        assert!(terminal.wait_for("Move? [y/N] ").contains("ends: Dr Wu"));
        terminal.type_line(answer);
        let (ended, shown) = terminal.finish();
        assert_eq!(ended, Some(code), "{shown}");
        assert_eq!(shown.contains("[NotConfirmed]"), answer == "n", "{shown}");
        assert_eq!(world.wallet.json(&["share", "list"])["shares"][0]["state"], state);
    }
}
