//! `keepwell source`: a clinic's server is connected in a browser, pulled, and let go, by the real binary.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use keepwell_protocol::domain::Timestamp;
use serde_json::{Value, json};

use crate::keepwell::{Party, Run};
use crate::smart_server::{SmartServer, get};

/// A wallet, and a server with records of Ada and of somebody else.
fn world() -> (tempfile::TempDir, Party, SmartServer) {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    party.json(&["wallet", "init"]);
    let server = SmartServer::start();
    server.put_patient("p1", "Lovelace", &now());
    server.put_patient("p2", "Babbage", &now());
    for number in 0..7 {
        server.put_result(&format!("o{number}"), "p1", number, &now());
    }
    server.put_result("x1", "p2", 9, &now());
    server.put_condition("c1", "p1", "Asthma", &now());
    (folder, party, server)
}

fn now() -> String {
    Timestamp(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).to_string()
}

/// Runs `source add`; `browser` does what a patient does with the address that is printed.
fn add(party: &Party, server: &SmartServer, more: &[&str], browser: impl FnOnce(&str)) -> Run {
    add_by(party, &server.base(), more, browser)
}

/// The same by what the clinic is called.
fn add_by(party: &Party, clinic: &str, more: &[&str], browser: impl FnOnce(&str)) -> Run {
    let arguments = [&["source", "add", clinic, "--json"], more].concat();
    let mut child = party.command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut told, mut url) = (String::new(), None);
    while url.is_none() && stderr.read_line(&mut told).unwrap() > 0 {
        url = told.lines().last().filter(|line| line.starts_with("http")).map(str::to_owned);
    }
    if let Some(url) = url {
        browser(&url);
    }
    stderr.read_to_string(&mut told).unwrap();
    let mut stdout = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    Run { code: child.wait().unwrap().code(), stdout, stderr: told }
}

/// Agrees, and gives the page that the wallet shows.
fn agree(server: &SmartServer, url: &str) -> String {
    let (status, _, page) = get(&server.agree(url));
    assert_eq!(status, 200);
    page
}

fn records(party: &Party) -> Vec<Value> {
    party.json(&["record", "list", "--limit", "100"])["records"].as_array().unwrap().clone()
}

#[test]
fn a_clinic_is_connected_pulled_followed_and_let_go() {
    let (_folder, party, server) = world();
    let result = server.put_result("o3", "p1", 3, &now());
    server.state().page = 3;
    server.state().scope =
        Some("launch/patient offline_access patient/Patient.rs patient/Observation.rs".into());
    let added = add(&party, &server, &[], |url| assert!(agree(&server, url).contains("Connected")));
    let source = added.json()["sources"][0].clone();
    assert_eq!(source["granted"], json!(["Patient", "Observation"]));
    assert!(source["refused"].as_array().unwrap().contains(&json!("Condition")));
    assert_eq!((&source["last"], &source["needs_authorization"]), (&Value::Null, &json!(false)));
    let id = source["source"].as_str().unwrap().to_owned();
    assert!(records(&party).is_empty(), "nothing is pulled by being connected");

    let synced = party.json(&["source", "sync", &id[..8]]);
    assert_eq!((&synced["added"], &synced["skipped"]), (&json!(8), &json!([])), "{synced}");
    assert_eq!(server.asked("GET /fhir/Observation?"), 3, "seven records on pages of three");
    assert_eq!(server.asked("GET /fhir/Condition"), 0, "it was not granted");
    let listed = records(&party);
    assert!(listed.iter().all(|record| record["source"] == json!(server.base())));
    let bytes: Vec<Vec<u8>> = listed
        .iter()
        .map(|record| party.run(&["record", "show", record["id"].as_str().unwrap()]).stdout)
        .collect();
    assert!(bytes.iter().any(|bytes| *bytes == result.as_bytes()), "as it was received");

    // What is here already is no delivery, and is asked for once.
    let before = server.asked("GET /fhir/Observation?");
    let again = party.json(&["source", "sync", "--all"]);
    assert_eq!(again["sources"][0]["import"], Value::Null, "{again}");
    assert!(server.state().log.iter().any(|line| line.contains("_lastUpdated=ge")));
    assert!(server.asked("GET /fhir/Observation?") > before);
    assert_eq!(party.json(&["record", "imports"])["imports"].as_array().unwrap().len(), 1);

    server.put_result("o1", "p1", 100, &now());
    server.put_result("o9", "p1", 9, &now());
    let followed = party.json(&["source", "sync", &id]);
    assert_eq!((&followed["added"], &followed["updated"]), (&json!(1), &json!(1)), "{followed}");
    party.json(&["record", "undo", followed["import"].as_str().unwrap(), "--yes"]);
    assert_eq!(records(&party).len(), 8);
    let listed = party.json(&["source", "list"]);
    assert!(listed["sources"][0]["last"].is_string());

    assert!(server.has_tokens());
    assert_eq!(party.json(&["source", "remove", &id])["revoked"], true);
    assert!(!server.has_tokens());
    assert_eq!(party.json(&["source", "list"])["sources"], json!([]));
    assert_eq!(records(&party).len(), 8, "the records stay");
    party.run(&["source", "sync", &id]).refused_with("NoSuchSource");
}

#[test]
fn a_clinic_that_gives_by_category_alone_may_have_more_and_that_is_told() {
    let (_folder, party, server) = world();
    add(&party, &server, &[], |url| drop(agree(&server, url)));
    let text = party.run(&["source", "sync", "--all"]).text();
    assert!(!text.contains("pulled"), "of one that does not insist there is nothing to tell: {text}");
    server.state().is_strict = true;
    let synced = party.json(&["source", "sync", "--all"])["sources"][0].clone();
    let skipped = json!([{ "type": "Observation", "category": null, "reason": "other-categories" }]);
    assert_eq!(synced["skipped"], skipped, "{synced}");
    let text = party.run(&["source", "sync", "--all"]).text();
    assert!(text.contains("pulled by category: Observation") && !text.contains("not pulled"), "{text}");
}

#[test]
fn no_token_and_no_code_is_told_anywhere() {
    let (_folder, party, server) = world();
    let mut told = add(&party, &server, &[], |url| drop(agree(&server, url)));
    for arguments in [&["source", "list"][..], &["source", "sync", "--all"], &["source", "show"]] {
        let run = party.run(arguments);
        told.stdout.extend(run.stdout);
        told.stderr += &run.stderr;
    }
    assert!(server.state().log.iter().any(|line| line.starts_with("POST /token")));
    assert!(!String::from_utf8_lossy(&told.stdout).contains("secret-") && !told.stderr.contains("secret-"));
}

#[test]
fn only_the_browser_that_was_sent_is_believed_and_only_once() {
    let (_folder, party, server) = world();
    let mut redirect = String::new();
    let added = add(&party, &server, &[], |url| {
        redirect = server.agree(url);
        let forged = format!("{}?code=stolen&state=guessed", redirect.split('?').next().unwrap());
        assert!(get(&forged).2.contains("nothing that was asked"));
        let elsewhere = redirect.replace("/keepwell?", "/other?");
        assert_eq!(get(&elsewhere).0, 404);
        assert!(get(&redirect).2.contains("Connected"));
    });
    added.json();
    assert_eq!(server.asked("POST /token"), 1);
}

#[test]
fn a_refusal_in_the_browser_and_another_server_in_the_middle_are_told_and_leave_nothing() {
    let (_folder, party, server) = world();
    server.state().error = Some("access_denied");
    add(&party, &server, &[], |url| drop(agree(&server, url))).refused_with("SourceAccessDenied");
    server.state().error = None;
    server.state().issuer = Some("https://other.example".into());
    add(&party, &server, &[], |url| drop(agree(&server, url))).refused_with("SourceIssuerMismatch");
    server.state().issuer = None;
    server.state().configuration = json!({ "code_challenge_methods_supported": ["plain"] });
    add(&party, &server, &[], |_| panic!("no browser is opened")).refused_with("SourcePkceMissing");
    assert_eq!(server.asked("POST /token"), 0, "no code went anywhere");
    assert_eq!(party.json(&["source", "list"])["sources"], json!([]));
    party.run(&["source", "add", "http://clinic.example/fhir"]).refused_with("AddressRefused");
    party.run(&["source", "add", "file:///etc/passwd"]).refused_with("AddressMalformed");
}

#[test]
fn a_token_of_somebody_else_is_given_back_before_anything_is_pulled() {
    let (folder, party, server) = world();
    let own = folder.path().join("own.json");
    let person = json!({ "resourceType": "Patient", "id": "7", "birthDate": "1950-01-01",
                         "name": [{ "family": "Hopper", "given": ["Grace"] }] });
    std::fs::write(&own, person.to_string()).unwrap();
    party.json(&["record", "import", own.to_str().unwrap()]);
    let refused = add(&party, &server, &[], |url| drop(agree(&server, url)));
    refused.refused_with("OtherPatient");
    assert!(refused.stderr.contains("Lovelace"), "{}", refused.stderr);
    assert!(!server.has_tokens(), "nobody keeps a key to it");
    assert_eq!(server.asked("GET /fhir/Observation"), 0);
    assert_eq!(party.json(&["source", "list"])["sources"], json!([]));
    // Who says that they are called otherwise there is believed, and stays it.
    add(&party, &server, &["--patient", "p1"], |url| drop(agree(&server, url))).json();
    let synced = party.json(&["source", "sync", "--all"]);
    assert_eq!(synced["sources"][0]["added"], 9, "{synced}");
    party.json(&["source", "sync", "--all"]);
}

#[test]
fn a_clinic_is_found_by_its_name_in_a_list_that_was_taken_in() {
    let (folder, party, server) = world();
    let organization = |id: &str, name: &str, city: &str, endpoint: &str| {
        json!({ "resource": { "resourceType": "Organization", "id": id, "name": name, "address": [{ "city": city, "state": "IL" }],
                "endpoint": [{ "reference": format!("Endpoint/{endpoint}") }] } })
    };
    let endpoint = |id: &str, address: &str| json!({ "resource": { "resourceType": "Endpoint", "id": id, "status": "active", "address": address } });
    let list = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        organization("a", "St. Mary Medical Center", "Springfield", "1"),
        organization("b", "St. Mary Medical Center", "Shelbyville", "2"),
        organization("c", "Okafor Família Practice", "Shelbyville", "1"),
        endpoint("1", &server.base()), endpoint("2", "https://other.example/fhir")] });
    let file = folder.path().join("vendor.json");
    std::fs::write(&file, list.to_string()).unwrap();
    party.run(&["source", "add", "Okafor"]).refused_with("NoSuchBrand");
    assert_eq!(party.json(&["source", "brands", file.to_str().unwrap()])["clinics"], 3);
    let found = party.json(&["source", "find", "mary shelby"]);
    assert_eq!(found["clinics"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["clinics"][0]["address"], "https://other.example/fhir");
    assert_eq!(
        party.json(&["source", "find", "lbyville"])["clinics"],
        json!([]),
        "words are found by how they begin"
    );
    assert_eq!(party.json(&["source", "find", "%"])["clinics"].as_array().unwrap().len(), 3);
    let several = party.run(&["source", "add", "st mary medical center"]);
    several.refused_with("AmbiguousBrand");
    assert!(several.stderr.contains("https://other.example/fhir"), "{}", several.stderr);
    // A list that is none leaves the one of before.
    std::fs::write(&file, r#"{"resourceType":"Bundle","entry":[]}"#).unwrap();
    party.run(&["source", "brands", file.to_str().unwrap()]).refused_with("NoBrands");
    let added = add_by(&party, "okafor familia", &[], |url| drop(agree(&server, url)));
    assert_eq!(added.json()["sources"][0]["address"], json!(server.base()));
}

#[test]
fn a_pull_that_is_killed_again_and_again_goes_on_where_it_was() {
    let (_folder, party, server) = world();
    for number in 10..40 {
        server.put_result(&format!("o{number}"), "p1", number, &now());
    }
    server.state().page = 1;
    let added = add(&party, &server, &[], |url| drop(agree(&server, url)));
    let id = added.json()["sources"][0]["source"].as_str().unwrap().to_owned();
    let asked = || server.asked("GET /fhir/Observation?");
    let rounds = 3;
    for round in 1..=rounds {
        let mut child = party.command(&["source", "sync", &id]).stderr(Stdio::null()).spawn().unwrap();
        while asked() < 10 * round && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    party.json(&["source", "sync", &id]);
    assert_eq!(records(&party).len(), 39, "the patient, a condition and 37 results");
    assert!(asked() <= 37 + rounds, "{} requests for 37 pages", asked());
    assert_eq!(party.json(&["record", "imports"])["imports"].as_array().unwrap().len(), 1);
}
