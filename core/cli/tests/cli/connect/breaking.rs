//! A server that is gone in the middle of a pull.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{World, records, variable};

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn a_server_that_is_killed_in_a_pull_is_told_and_the_next_pull_brings_the_rest() {
    let world = World::new();
    let id = world.connect("fhir", "keepwell-again", "vivien");
    let process = std::fs::read_to_string(variable("KEEPWELL_CONNECT_FHIR_PID")).unwrap();
    let kill = {
        let process = process.clone();
        move || assert!(Command::new("kill").args(["-9", process.trim()]).status().unwrap().success())
    };
    // On the second page of a type that has two.
    world.line.state().breaks = Some(("GET /fhir?_getpages=".to_owned(), Box::new(kill)));
    let broken = world.wallet.json(&["source", "sync", &id]);
    let skipped: BTreeSet<&str> =
        broken["skipped"].as_array().unwrap().iter().filter_map(|one| one["type"].as_str()).collect();
    assert!(skipped.contains("Observation") && !skipped.contains("AllergyIntolerance"), "{broken}");
    let first = broken["added"].as_u64().unwrap();
    assert!(first > 0, "what came before stays");
    assert_eq!(broken["needs_authorization"], false);

    let until = Instant::now() + Duration::from_mins(3);
    while std::fs::read_to_string(variable("KEEPWELL_CONNECT_FHIR_PID")).unwrap() == process || !answers() {
        assert!(Instant::now() < until, "the server does not come back");
        std::thread::sleep(Duration::from_millis(200));
    }
    world.line.mend();
    let rest = world.wallet.json(&["source", "sync", &id]);
    assert_eq!(rest["skipped"], json!([]), "{rest}");
    let granted = world.wallet.json(&["source", "show", &id])["sources"][0]["granted"].clone();
    let is_granted = |resource: &&Value| granted.as_array().unwrap().contains(&resource["resourceType"]);
    let expected: BTreeSet<String> = records::vivien().iter().filter(is_granted).map(records::path).collect();
    assert_eq!(first + rest["added"].as_u64().unwrap(), expected.len() as u64, "nothing came twice");
    let exported = world.exported();
    assert!(exported.values().all(|versions| versions.len() == 1));
    assert_eq!(exported.into_keys().collect::<BTreeSet<_>>(), expected);
}

/// Whether the FHIR server takes connections.
fn answers() -> bool {
    let address = variable("KEEPWELL_CONNECT_FHIR");
    std::net::TcpStream::connect(address.trim_start_matches("http://")).is_ok()
}
