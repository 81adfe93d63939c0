//! The clinic's records: written and read past the wallet, by the clinic itself.

use std::io::Read as _;
use std::time::Duration;

use flate2::read::GzDecoder;
use keepwell_net::{HttpTransport, Limits, Timeouts, Transport as _};
use keepwell_protocol::formats::http::{Method, Request, Response};
use serde_json::{Value, json};

use super::variable;
use crate::keepwell::sample_patient;

/// A patient of a few records.
pub(super) const GRACE: &str = "grace";

/// Asks the FHIR server directly.
pub(super) fn ask(method: Method, path: &str, token: &str, body: &str) -> Response {
    let patience = Timeouts { idle: Duration::from_mins(2), grace: Duration::from_mins(2), floor: 1 };
    let transport = HttpTransport::with_timeouts(patience).unwrap();
    let url = format!("{}/fhir{path}", variable("KEEPWELL_CONNECT_FHIR"));
    let mut request = Request::new(method, url).with_body(body.into());
    request.headers.push(("authorization".into(), format!("Bearer {token}")));
    if !body.is_empty() {
        request.headers.push(("content-type".into(), "application/fhir+json".into()));
    }
    transport.send(request, Limits { max_body: 64_000_000, ..Limits::CONFIGURED }).unwrap()
}

/// What the server itself gives of one record.
pub(super) fn read(path: &str) -> Vec<u8> {
    let response = ask(Method::Get, &format!("/{path}"), "clinic", "");
    assert_eq!(response.status, 200, "{path}");
    response.body
}

/// Writes records, each under its type and id.
pub(super) fn put(resources: &[Value]) {
    for some in resources.chunks(150) {
        let entries: Vec<Value> = some
            .iter()
            .map(|resource| {
                json!({ "resource": resource, "request": { "method": "PUT", "url": path(resource) } })
            })
            .collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
        let response = ask(Method::Post, "", "clinic", &bundle.to_string());
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    }
}

/// `TYPE/ID`.
pub(super) fn path(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap())
}

/// The sample patient's records, each under the id that it has in the file.
pub(super) fn vivien() -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(sample_patient()).unwrap()).read_to_string(&mut text).unwrap();
    let bundle: Value = serde_json::from_str(&text).unwrap();
    let entries = bundle["entry"].as_array().unwrap();
    for entry in entries {
        let (from, to) = (entry["fullUrl"].as_str().unwrap(), path(&entry["resource"]));
        text = text.replace(&format!("\"{from}\""), &format!("\"{to}\""));
    }
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    let mut resources: Vec<Value> =
        bundle["entry"].as_array_mut().unwrap().iter_mut().map(|entry| entry["resource"].take()).collect();
    resources.iter_mut().for_each(name_by_id);
    resources
}

/// A reference by an identifier becomes one by an id: what it leads to is not in the file.
fn name_by_id(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let found = value.as_str().filter(|_| name == "reference");
                match found.and_then(|text| text.split_once("?identifier=")) {
                    Some((kind, identifier)) => {
                        *value = format!("{kind}/{}", identifier.rsplit('|').next().unwrap()).into();
                    }
                    None => name_by_id(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(name_by_id),
        _ => {}
    }
}

pub(super) fn grace() -> Vec<Value> {
    let name = json!([{ "family": "Hopper", "given": ["Grace"] }]);
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let mut resources = vec![
        json!({ "resourceType": "Patient", "id": GRACE, "name": name, "birthDate": "1950-12-09" }),
        json!({ "resourceType": "Condition", "id": "grace-asthma", "code": { "text": "Asthma" }, "subject": owner() }),
        json!({ "resourceType": "AllergyIntolerance", "id": "grace-nuts", "code": { "text": "Nuts" }, "patient": owner() }),
        json!({ "resourceType": "MedicationAdministration", "id": "grace-dose", "status": "completed",
                "medicationCodeableConcept": { "text": "Salbutamol" }, "subject": owner(), "effectiveDateTime": "2026-01-02" }),
    ];
    for (number, code) in ["laboratory", "laboratory", "vital-signs", "social-history"].iter().enumerate() {
        let coding = json!([{ "coding": [{ "system": category, "code": code }] }]);
        resources.push(observation(&format!("grace-{number}"), &coding, number));
    }
    resources
}

/// A result of Grace.
pub(super) fn observation(id: &str, category: &Value, value: usize) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final", "category": category,
            "code": { "text": "Peak flow" }, "subject": owner(), "valueQuantity": { "value": value, "unit": "l/s" } })
}

fn owner() -> Value {
    json!({ "reference": format!("Patient/{GRACE}") })
}
