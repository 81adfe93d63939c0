//! Tokens that end, are used by somebody else, belong to somebody else, and are given back.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::formats::http::{Method, Request};
use serde_json::{Value, json};

use super::{World, records, variable};

/// Longer than an access token of the client `keepwell-brief` lives.
const BRIEF: Duration = Duration::from_secs(3);

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn an_access_token_that_ends_in_a_pull_is_renewed_and_nothing_is_missing() {
    let world = World::new();
    let id = world.connect("fhir", "keepwell-brief", "vivien");
    world.line.state().delay = Duration::from_millis(200);
    let synced = world.wallet.json(&["source", "sync", &id]);
    let granted = world.wallet.json(&["source", "show", &id])["sources"][0]["granted"].clone();
    let is_granted = |resource: &&Value| granted.as_array().unwrap().contains(&resource["resourceType"]);
    let expected: BTreeSet<String> = records::vivien().iter().filter(is_granted).map(records::path).collect();
    assert_eq!((&synced["added"], &synced["skipped"]), (&json!(expected.len()), &json!([])), "{synced}");
    assert_eq!(world.exported().into_keys().collect::<BTreeSet<_>>(), expected);
    let ended = world.line.asked().iter().filter(|one| one.status == 401).count();
    assert!(ended >= 1 && world.line.state().tokens.len() == ended + 1, "{ended}");
    println!("renewed {ended} times in a pull");
}

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn a_refresh_token_that_somebody_else_used_ends_the_authorization_and_the_records_stay() {
    let world = World::new();
    let id = world.connect("fhir", "keepwell-brief", "grace");
    let stolen = world.line.token("refresh_token");
    sleep(BRIEF);
    let synced = world.wallet.json(&["source", "sync", &id]);
    assert_eq!(synced["skipped"], json!([]), "{synced}");
    let records = world.exported();
    assert_ne!(world.line.token("refresh_token"), stolen, "each is for one use");
    assert_eq!(refresh(&stolen)["error"], "invalid_grant");

    sleep(BRIEF);
    world.wallet.run(&["source", "sync", &id, "--json"]).refused_with("SourceAuthorizationEnded");
    assert_eq!(world.wallet.json(&["source", "list"])["sources"][0]["needs_authorization"], true);
    world.wallet.run(&["source", "sync", &id, "--json"]).refused_with("SourceAuthorizationEnded");
    assert_eq!(world.exported(), records);

    assert_eq!(world.connect("fhir", "keepwell-brief", "grace"), id, "the same source goes on");
    let again = world.wallet.json(&["source", "sync", &id]);
    assert_eq!((&again["import"], &again["skipped"]), (&Value::Null, &json!([])), "{again}");
    assert_eq!(world.exported(), records);
}

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn a_person_who_is_somebody_else_is_refused_before_anything_is_pulled() {
    let world = World::new();
    let own = world.folder.path().join("own.json");
    let person = json!({ "resourceType": "Patient", "id": "7", "birthDate": "1815-12-10",
                         "name": [{ "family": "Lovelace", "given": ["Ada"] }] });
    std::fs::write(&own, person.to_string()).unwrap();
    world.wallet.json(&["record", "import", own.to_str().unwrap()]);
    let (added, pages) = world.add("fhir", "keepwell-again", "grace");
    added.refused_with("OtherPatient");
    assert!(pages["page"].as_str().unwrap().contains("was not connected"), "{pages}");
    let asked = world.line.asked();
    let asked: Vec<&str> = asked.iter().map(|one| one.asked.as_str()).collect();
    assert_eq!(
        asked,
        ["GET /fhir/.well-known/smart-configuration", &format!("GET /fhir/Patient/{}", records::GRACE)]
    );
    assert_eq!(world.wallet.json(&["source", "list"])["sources"], json!([]));
    assert_eq!(status_by(&world.line.token("access_token")), 401, "its tokens were given back");
}

#[test]
#[ignore = "needs real servers: ./dev test connect"]
fn who_removes_a_source_gives_its_tokens_back() {
    let world = World::new();
    let id = world.connect("fhir", "keepwell-again", "grace");
    world.wallet.json(&["source", "sync", &id]);
    let records = world.exported();
    let (access, next) = (world.line.token("access_token"), world.line.token("refresh_token"));
    assert_eq!(status_by(&access), 200);
    assert_eq!(world.wallet.json(&["source", "remove", &id])["revoked"], true);
    assert_eq!(status_by(&access), 401);
    assert_eq!(refresh(&next)["error"], "invalid_grant");
    assert_eq!(world.exported(), records);
}

/// What the FHIR server answers whoever has this token.
fn status_by(token: &str) -> u16 {
    records::ask(Method::Get, &format!("/Patient/{}", records::GRACE), token, "").status
}

/// What the authorization server answers whoever uses this refresh token of the client that it belongs to.
fn refresh(token: &str) -> Value {
    let url = format!("{}/protocol/openid-connect/token", variable("KEEPWELL_CONNECT_REALM"));
    let client = claim(token, "azp");
    let body = format!("grant_type=refresh_token&client_id={client}&refresh_token={token}");
    let mut request = Request::new(Method::Post, url).with_body(body.into_bytes());
    request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    let response = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
    serde_json::from_slice(&response.body).unwrap()
}

/// A claim of a JSON Web Token.
fn claim(token: &str, name: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let payload = keepwell_protocol::crypto::base64url::decode(payload).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()[name].as_str().unwrap().to_owned()
}
