//! `audit` and `grant exposure`: what happened and what a clinic may hold, over real servers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::keepwell::{Clock, Party, World, text};

const CLINIC: &str = "Bern Allergy Clinic";

fn events(world: &World) -> Vec<Value> {
    let log = world.wallet.json(&["audit", "list"]);
    assert_eq!(log["own_only"], false);
    log["events"].as_array().unwrap().clone()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

/// What `grant exposure` says, by record.
fn exposure(world: &World) -> BTreeMap<String, Value> {
    let exposure = world.wallet.json(&["grant", "exposure", CLINIC]);
    let records = exposure["records"].as_array().unwrap();
    records.iter().map(|record| (record["id"].as_str().unwrap().to_owned(), record.clone())).collect()
}

/// The record ids of what lists show, by title.
fn ids(world: &World) -> BTreeMap<String, String> {
    let listed = world.wallet.json(&["record", "list"]);
    let of = |record: &Value| {
        (record["display"].as_str().unwrap_or_default().to_owned(), record["id"].as_str().unwrap().to_owned())
    };
    listed["records"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn what_happened_is_listed_and_comes_out_as_audit_events() {
    let world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    assert_eq!(world.ids_read(&grant).len(), 1);
    let share = world.wallet.run(&["share", "new", "--category", "allergies", "--label", "Check-in"]).text();
    let link = share.lines().find(|line| line.contains("shlink:/")).unwrap().trim().to_owned();
    world.wallet.run(&["share", "open", &link, "--recipient", "Dr. Who"]).text();
    world.wallet.json(&["grant", "revoke", &grant]);

    let listed = events(&world);
    let happened: BTreeSet<&str> = kinds(&listed).into_iter().collect();
    let expected = ["granted", "grant-read", "records-read", "revoked", "share-made", "share-opened"];
    assert_eq!(happened, BTreeSet::from(expected));
    // Within a second nobody knows what came first.
    assert!(listed.iter().rev().map(|event| event["time"].as_str()).is_sorted(), "{listed:?}");
    let read = listed.iter().find(|event| event["event"] == "records-read").unwrap();
    assert_eq!(
        (&read["request"], &read["receipt"], &read["name"]),
        (&"signed".into(), &"valid".into(), &CLINIC.into())
    );

    let file = text(&world.path("audit.ndjson"));
    let exported = world.wallet.json(&["audit", "export", &file]);
    let lines: Vec<Value> =
        fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((exported["events"].as_u64().unwrap(), lines.len()), (listed.len() as u64, listed.len()));
    let times: Vec<&str> = lines.iter().map(|line| line["recorded"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    // Each disclosure under a grant names the record that was shown, and what for.
    let shown: Vec<&Value> = lines
        .iter()
        .filter(|line| line["meta"]["profile"].is_array() && line["entity"][1]["type"]["code"] == "Consent")
        .flat_map(|line| line["entity"].as_array().unwrap().iter().skip(2))
        .collect();
    let allergy = &ids(&world)["a1"];
    assert_eq!(shown.len(), 1, "{lines:?}");
    assert_eq!(&shown[0]["what"]["identifier"]["value"], allergy);
    let said = lines.iter().filter(|line| line["agent"][1]["who"]["display"] == "Dr. Who").count();
    assert_eq!(said, 1);
    assert!(lines.iter().all(|line| line["entity"][0]["what"]["display"] == "Anna Keller"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // A file that can't be written leaves nothing behind; without the PIN nothing is told.
    world
        .wallet
        .run(&["audit", "export", &text(&world.path("no/such/audit.ndjson"))])
        .refused_with("FileUnwritable");
    fs::remove_file(&file).unwrap();
    fs::write(world.path("wrong.pin"), "000001").unwrap();
    let wrong = text(&world.path("wrong.pin"));
    world.wallet.run(&["audit", "export", &file, "--pin-file", &wrong]).refused_with("WrongPin");
    assert!(!world.path("audit.ndjson").exists());
}

#[test]
fn without_the_host_only_what_the_owner_did_is_told_and_that_is_said() {
    let mut world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    world.ids_read(&grant);
    world.host.kill();
    let log = world.wallet.json(&["audit", "list"]);
    assert_eq!((&log["own_only"], kinds(log["events"].as_array().unwrap())), (&true.into(), vec!["granted"]));
    let said = world.wallet.run(&["audit", "list"]).text();
    assert!(said.contains("The host was not reached"), "{said}");
    let exposure = world.wallet.json(&["grant", "exposure", CLINIC]);
    assert_eq!((&exposure["own_only"], exposure["records"].as_array().unwrap().len()), (&true.into(), 1));
    assert!(exposure["records"][0].get("read_at").is_none());
}

#[test]
fn exposure_tells_what_could_be_read_and_what_was() {
    let world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.import_allergy("a2");
    let provider = world.admitted_clinic(CLINIC);
    assert_eq!(exposure(&world), BTreeMap::new());
    let said = world.wallet.run(&["grant", "exposure", &provider]).text();
    assert!(said.contains("They could read nothing."), "{said}");

    let known = ids(&world);
    let grant = world.grant_allergies(CLINIC);
    world.ids_read(&grant);
    // What came after it had read could be read, and was not.
    world.import_allergy("a3");
    world.wallet.json(&["sync"]);
    let third = ids(&world)["a3"].clone();
    let exposed = exposure(&world);
    let patient = known.iter().find(|(title, _)| !title.starts_with('a')).unwrap().1;
    assert!(!exposed.contains_key(patient), "the patient was not granted");
    let allergies = [&known["a1"], &known["a2"], &third];
    assert_eq!(exposed.keys().collect::<BTreeSet<_>>(), allergies.into_iter().collect());
    for (id, is_read) in [(&known["a1"], true), (&known["a2"], true), (&third, false)] {
        let one = &exposed[id];
        assert_eq!((one.get("read_at").is_some(), &one["version"]), (is_read, &1.into()), "{one}");
        assert_eq!(one["proved"], if is_read { Value::Bool(true) } else { Value::Null });
        assert!(one["could_read_from"].as_str() < one["could_read_until"].as_str(), "{one}");
    }

    // What is ended can be read no more, and what comes after that never could.
    let granted = world.wallet.json(&["grant", "show", &grant]);
    let until = granted["grants"][0]["not_after"].as_str().unwrap().to_owned();
    assert_eq!(exposed[&third]["could_read_until"], until.as_str());
    world.wallet.json(&["grant", "revoke", &grant]);
    world.wallet.json(&["sync"]);
    // What may have come in the second of the end counts as readable: imports of one second are dated one after the other.
    std::thread::sleep(std::time::Duration::from_secs(6));
    world.import_allergy("a4");
    let ended = exposure(&world);
    assert_eq!(ended.keys().collect::<Vec<_>>(), exposed.keys().collect::<Vec<_>>());
    assert!(ended[&third]["could_read_until"].as_str().unwrap() < until.as_str(), "{ended:?}");
    world.wallet.run(&["grant", "exposure", "Nobody"]).refused_with("UnknownProvider");
}

#[test]
fn what_the_host_says_is_held_against_the_clinics_own_log() {
    let world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    let provider = world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    let log = |world: &World| world.wallet.json(&["audit", "list"])["logs"].clone();
    let before = log(&world);
    assert_eq!((&before[0]["state"], &before[0]["entries"]), (&"absent".into(), &0.into()));
    assert_eq!((&before[0]["provider"], &before[0]["name"]), (&provider.as_str().into(), &CLINIC.into()));

    world.ids_read(&grant);
    // What is read is public once its hour is over.
    let clock = Clock::new(&world.path("."), "clinic.clock");
    clock.turn(3_600);
    let later = Party { clock: Some(clock), ..Party::new(&world.clinic.home) };
    let synced = later.json(&["clinic", "sync"]);
    let progress = &synced["access_log"];
    // Its beginning, the list, the record.
    assert_eq!((&progress["entries"], &progress["published"]), (&3.into(), &3.into()), "{synced}");
    assert_eq!(progress["checkpoint"], 3);
    let listed = world.wallet.json(&["audit", "list"]);
    let logs = listed["logs"].as_array().unwrap();
    assert_eq!(logs.len(), 1);
    assert_eq!((&logs[0]["state"], &logs[0]["own_entries"]), (&"verified".into(), &2.into()), "{logs:?}");
    assert_eq!((&logs[0]["entries"], &logs[0]["flaws"]), (&3.into(), &Value::Array(Vec::new())));
    let events = listed["events"].as_array().unwrap();
    let reads: Vec<&Value> = events.iter().filter(|event| event["event"] == "records-read").collect();
    assert_eq!(reads.len(), 2);
    assert!(reads.iter().all(|read| read["provider_log"] == "logged"), "{reads:?}");
    let said = world.wallet.run(&["audit", "list"]).text();
    assert!(said.contains("own access log is as the ledger says: 3 entries, 2 about you."), "{said}");

    let file = text(&world.path("audit.ndjson"));
    let exported = world.wallet.json(&["audit", "export", &file]);
    assert_eq!(exported["logs"], listed["logs"]);
    let written = fs::read_to_string(&file).unwrap();
    let evidence = r#"{"type":"provider-log","valueString":"logged"}"#;
    assert_eq!(written.matches(evidence).count(), 2, "{written}");
    let exposure = world.wallet.json(&["grant", "exposure", CLINIC]);
    assert_eq!((&exposure["log"], &exposure["reads_not_shown"]), (&logs[0], &Value::Array(Vec::new())));

    // The clinic has five days to tell of more.
    world.ids_read(&grant);
    let listed = world.wallet.json(&["audit", "list"]);
    let reads = listed["events"].as_array().unwrap().iter();
    let memberships: Vec<&Value> = reads.filter_map(|event| event.get("provider_log")).collect();
    assert_eq!(memberships, ["awaited", "awaited", "logged", "logged"]);
    let progress = world.clinic.json(&["clinic", "sync"])["access_log"].clone();
    assert_eq!(progress["entries"], 5);
}
