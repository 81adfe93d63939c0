//! What a patient is granted comes whole, as the server has it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::{Duration, Instant};

use keepwell_protocol::formats::http::Method;
use serde_json::{Value, json};

use super::{World, records, run_script, variable};

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn a_patient_agrees_in_a_browser_and_gets_what_the_server_has_byte_for_byte() {
    let world = World::new();
    let (added, pages) = world.add("fhir", "keepwell", "vivien", "yes");
    let source = added.json()["sources"][0].clone();
    let asked: Vec<&str> = pages["consent"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(asked.contains(&"Read your records: Observation"), "{asked:?}");
    let granted: BTreeSet<&str> =
        source["granted"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!((granted.len(), &source["refused"]), (16, &json!(["Coverage"])), "{source}");
    assert_eq!(world.line.asked().iter().filter(|one| one.status != 200).count(), 0);

    world.line.clear();
    let id = source["source"].as_str().unwrap();
    let server_before = seconds(&server_process());
    let (synced, ours) = timed(&world, &["source", "sync", id, "--json"]);
    let theirs = seconds(&server_process()) - server_before;
    let asked: Vec<String> = world.line.asked().into_iter().map(|one| one.asked).collect();
    // What records refer to is asked for once each; this clinic grants none of it.
    let is_referred = |target: &&String| {
        ["/Practitioner", "/Organization/", "/Location/", "/Medication/"]
            .iter()
            .any(|path| target.contains(path))
    };
    let referred: Vec<&String> = asked.iter().filter(is_referred).collect();
    assert_eq!(referred.iter().collect::<BTreeSet<_>>().len(), referred.len(), "{referred:?}");
    let requests = asked.len() - referred.len();

    let mut expected: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let all = records::vivien();
    for resource in &all {
        let resource_type = resource["resourceType"].as_str().unwrap();
        if granted.contains(resource_type) {
            expected.entry(resource_type).or_default().push(records::path(resource));
        }
    }
    let number: usize = expected.values().map(Vec::len).sum();
    assert_eq!((&synced["added"], &synced["skipped"]), (&json!(number), &json!([])), "{synced}");
    // The patient is read, and the server says once what it can do.
    let searched = granted.iter().filter(|name| **name != "Patient");
    let least: usize =
        2 + searched.map(|name| expected.get(name).map_or(1, |all| all.len().div_ceil(PAGE))).sum::<usize>();
    println!(
        "{number} records by {requests} requests (least: {least}), {} for what they refer to; processor time {ours:.2} s here, {theirs:.2} s of the server",
        referred.len()
    );
    assert!(requests * 10 <= least * 13, "{requests} requests, where {least} do");

    let exported = world.exported();
    let names: BTreeSet<&String> = expected.values().flatten().collect();
    assert_eq!(exported.keys().collect::<BTreeSet<_>>(), names, "nothing is missing, and nothing else came");
    for (name, versions) in &exported {
        assert_eq!(versions.as_slice(), [records::read(name)], "{name}");
    }
    let listed = world.wallet.json(&["record", "list", "--limit", "10"]);
    for record in listed["records"].as_array().unwrap() {
        let shown = world.wallet.run(&["record", "show", record["id"].as_str().unwrap()]).stdout;
        let name = records::path(&serde_json::from_slice(&shown).unwrap());
        assert_eq!(shown, exported[&name][0], "what is shown is what came");
    }

    // And it is what the library of SMART's own authors gets with the same token.
    let (base, token, patient) =
        (world.line.base("fhir"), world.line.token("access_token"), world.line.token("patient"));
    let types = granted.iter().copied().collect::<Vec<_>>().join(",");
    let file = world.export();
    let theirs = run_script("fhirclient.mjs", &[&base, &token, &patient, &types, file.to_str().unwrap()]);
    assert_eq!(theirs, number);
}

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn a_server_that_refuses_a_type_and_wants_categories_gives_everything_else() {
    let world = World::new();
    let id = world.connect("strict", "keepwell-again", "grace");
    let synced = world.wallet.json(&["source", "sync", &id]);
    let skipped = json!([
        { "type": "MedicationAdministration", "category": null, "reason": "refused" },
        { "type": "Observation", "category": null, "reason": "other-categories" },
    ]);
    assert_eq!(synced["skipped"], skipped, "{synced}");
    let mut expected: BTreeSet<String> = records::grace().iter().map(records::path).collect();
    assert!(expected.remove("MedicationAdministration/grace-dose"));
    assert_eq!(world.exported().into_keys().collect::<BTreeSet<_>>(), expected);
    assert!(world.line.asked().iter().any(|one| one.asked.contains("category=vital-signs")));
}

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn a_second_pull_brings_what_changed_by_one_request_for_a_type() {
    let world = World::new();
    let id = world.connect("fhir", "keepwell-again", "grace");
    world.wallet.json(&["source", "sync", &id]);
    let before = world.exported();

    let category = json!([{ "text": "laboratory" }]);
    records::put(&[
        records::observation("grace-0", &category, 100),
        records::observation("grace-new", &category, 7),
    ]);
    let deleted = records::ask(Method::Delete, "/Observation/grace-3", "clinic", "");
    assert_eq!(deleted.status, 200);
    world.line.clear();
    let followed = world.wallet.json(&["source", "sync", &id]);
    assert_eq!((&followed["added"], &followed["updated"]), (&json!(1), &json!(1)), "{followed}");
    let asked = world.line.asked();
    let granted =
        world.wallet.json(&["source", "show", &id])["sources"][0]["granted"].as_array().unwrap().len();
    assert!(asked.len() <= granted + 1, "one for each type, and /metadata: {}", asked.len());
    let searches = asked.iter().filter(|one| one.asked.contains("?patient="));
    assert!(searches.clone().all(|one| one.asked.contains("_lastUpdated=ge")));

    let after = world.exported();
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after["Observation/grace-new"], [records::read("Observation/grace-new")]);
    assert_eq!(after["Observation/grace-0"].last().unwrap(), &records::read("Observation/grace-0"));
    assert_eq!(
        after["Observation/grace-3"], before["Observation/grace-3"],
        "what was deleted there stays here"
    );
    // As the other tests expect it.
    let undone = records::grace();
    records::put(&undone);
    records::ask(Method::Delete, "/Observation/grace-new", "clinic", "");
}

/// The most that the server puts on a page, whatever it is asked for.
const PAGE: usize = 50;

/// Runs a command; what it said, and for how many seconds it kept a processor busy.
fn timed(world: &World, arguments: &[&str]) -> (Value, f64) {
    let mut child = world.wallet.command(arguments).spawn().unwrap();
    let mut stdout = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    // Once it has ended, and until it is waited for, its count is whole.
    let process = child.id().to_string();
    let until = Instant::now() + Duration::from_secs(10);
    while !stat(&process).contains(") Z") && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    let busy = seconds(&process);
    assert!(child.wait().unwrap().success());
    (serde_json::from_slice(&stdout).unwrap(), busy)
}

fn server_process() -> String {
    std::fs::read_to_string(variable("KEEPWELL_CONNECT_FHIR_PID")).unwrap().trim().to_owned()
}

fn stat(process: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap()
}

/// For how many seconds a process kept a processor busy: user and system time (proc(5), fields 14 and 15), in the ticks of Linux.
fn seconds(process: &str) -> f64 {
    let stat = stat(process);
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks: f64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}
