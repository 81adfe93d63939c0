//! Pulls from a clinic's server that are broken off, what records refer to, and what the server does not give any more.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keepwell_protocol::crypto::Pin;
use keepwell_protocol::domain::{RecordId, Timestamp};
use keepwell_protocol::formats::fhir::Validity;
use keepwell_wallet::Wallet;
use serde_json::json;

use crate::setup::{list, pin};
use crate::smart_server::{Given, SmartServer};
use crate::sources::{AT, Clinic, network, skipped};

/// The record whose bytes contain this text.
fn record(wallet: &Wallet, text: &str) -> RecordId {
    let bytes = |id: &RecordId| String::from_utf8(wallet.record_bytes(id).unwrap()).unwrap();
    list(wallet).iter().map(|record| record.id).find(|id| bytes(id).contains(text)).unwrap()
}

#[test]
fn a_search_that_a_server_breaks_off_goes_on_at_its_page() {
    let mut clinic = Clinic::new();
    clinic.server.state().page = 1;
    let source = clinic.connect();
    let fourth = "/fhir/Observation?_count=100&patient=p1&page=3";
    clinic.server.state().can(fourth, 1, Given::json(500, &json!({})));
    let left = skipped([("Observation", "server-failed")]);
    assert_eq!(clinic.pull(source), (5, left), "the patient, a condition and three results");
    let before = clinic.server.asked("GET /fhir/Observation");
    assert_eq!(clinic.pull(source), (3, BTreeMap::new()));
    assert_eq!(clinic.server.asked("GET /fhir/Observation") - before, 3, "the last three pages alone");
}

#[test]
fn a_search_whose_pages_a_server_has_forgotten_begins_anew() {
    let mut clinic = Clinic::new();
    clinic.server.state().page = 2;
    let source = clinic.connect();
    let second = "/fhir/Observation?_count=100&patient=p1&page=1";
    clinic.server.state().can(second, 1, Given::json(500, &json!({})));
    assert_eq!(clinic.pull(source), (4, skipped([("Observation", "server-failed")])));
    clinic.server.state().can(second, 1, Given::json(410, &json!({})));
    let before = clinic.server.asked("GET /fhir/Observation");
    assert_eq!(clinic.pull(source), (4, BTreeMap::new()));
    assert_eq!(clinic.server.asked("GET /fhir/Observation") - before, 4);
}

#[test]
fn what_a_pull_has_brought_before_it_crashed_is_not_asked_for_again() {
    let mut clinic = Clinic::new();
    let source = clinic.connect();
    let crashed = catch_unwind(AssertUnwindSafe(|| {
        let crash = &mut |name: &str| assert_ne!(name, "Observation", "the app is ended here");
        clinic.wallet.sync_source(source, crash, network(&clinic.transport))
    }));
    assert!(crashed.is_err());
    let Clinic { place, wallet, .. } = &mut clinic;
    let another = crate::setup::Place::new();
    drop(std::mem::replace(wallet, another.create().0));
    *wallet = place.unlock().unwrap().0;
    assert!(list(wallet).is_empty());
    assert_eq!(clinic.pull(source), (8, BTreeMap::new()));
    let asked = |search: &str| clinic.server.state().log.iter().filter(|line| *line == search).count();
    assert_eq!(asked("GET /fhir/Condition?patient=p1&_count=100"), 1);
    assert_eq!(asked("GET /fhir/Observation?patient=p1&_count=100"), 1);
    assert_eq!(clinic.wallet.imports().unwrap().len(), 1);
}

#[test]
fn pages_that_change_while_they_are_read_are_named_and_read_again() {
    let mut clinic = Clinic::new();
    clinic.server.state().page = 3;
    let source = clinic.connect();
    // The second page begins with the last one of the first, as where something was added meanwhile.
    let again = SmartServer::start().put_result("o2", "p1", 2, AT);
    let page = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{again}}}]}}"#);
    let second = "/fhir/Observation?_count=100&patient=p1&page=1";
    clinic.server.state().can(second, 1, Given::fhir(200, page));
    let (_, left) = clinic.pull(source);
    assert_eq!(left, skipped([("Observation", "changed-pages")]));
    let (_, left) = clinic.pull(source);
    assert_eq!(left, BTreeMap::new());
    assert_eq!(list(&clinic.wallet).len(), 8);
}

#[test]
fn what_records_refer_to_is_asked_for_once_and_a_file_opens() {
    let mut clinic = Clinic::new();
    let (practitioner, organization) =
        (json!({ "name": [{ "family": "Okafor" }] }), json!({ "name": "St. Mary" }));
    clinic.server.put("Practitioner", "d1", "", practitioner, AT);
    clinic.server.put("Organization", "h1", "", organization, AT);
    let role = json!({ "organization": { "reference": "Organization/h1" } });
    clinic.server.put("PractitionerRole", "r1", "", role, AT);
    clinic.server.put("Binary", "b1", "", json!({ "contentType": "text/plain", "data": "SGVsbG8=" }), AT);
    let address = format!("{}/Binary/b1", clinic.server.base());
    let author = json!([{ "reference": "PractitionerRole/r1" }, { "reference": "Practitioner/gone" }]);
    let document = json!({ "status": "current", "type": { "text": "Letter" }, "author": author,
        "content": [{ "attachment": { "contentType": "text/plain", "url": address } }, { "attachment": { "url": "Binary/b2" } }] });
    clinic.server.put("DocumentReference", "n1", "p1", document, AT);
    let asserter = json!({ "code": { "text": "Hay fever" }, "asserter": { "reference": "Practitioner/d1" } });
    clinic.server.put("Condition", "c2", "p1", asserter, AT);
    let source = clinic.connect();
    let (added, left) = clinic.pull(source);
    assert_eq!((added, left), (14, skipped([("Binary", "refused")])));
    let letter = record(&clinic.wallet, "\"n1\"");
    assert_eq!(clinic.wallet.attachment(&letter, 0).unwrap().bytes, b"Hello");
    // Whatever came of it, nobody asks twice.
    let log = |clinic: &Clinic| {
        clinic
            .server
            .state()
            .log
            .iter()
            .filter(|it| it.contains("/Practitioner") || it.contains("/Binary"))
            .count()
    };
    let before = log(&clinic);
    assert_eq!(before, 5);
    assert_eq!(clinic.pull(source), (0, BTreeMap::new()));
    assert_eq!(log(&clinic), before);
}

#[test]
fn what_the_server_has_deleted_or_does_not_show_any_more_is_marked_and_stays() {
    let mut clinic = Clinic::new();
    clinic.server.put_condition("c2", "p1", "Hay fever", AT);
    let source = clinic.connect();
    assert_eq!(clinic.pull(source).0, 9);
    clinic.server.delete("Condition", "c1");
    // A week later only what changed is asked for: nothing is known to be gone.
    clinic.place.clock.forward(7 * 86_400);
    assert_eq!(clinic.pull(source), (0, BTreeMap::new()));
    let asthma = record(&clinic.wallet, "Asthma");
    let is_removed = |wallet: &Wallet, id| {
        let view = wallet.record_view(id).unwrap();
        (view.view.row.validities.contains(Validity::RemovedAtSource), view.missing_since)
    };
    assert_eq!(is_removed(&clinic.wallet, &asthma), (false, None));
    clinic.place.clock.forward(24 * 86_400);
    let empty = Given::fhir(200, r#"{"resourceType":"Bundle"}"#.into());
    clinic.server.state().can("/fhir/Observation?patient=p1&_count=100", 1, empty);
    clinic.server.state().can("/fhir/Observation/o1", 9, Given::json(403, &json!({})));
    let synced = clinic.sync(source).unwrap();
    assert_eq!(
        (synced.report.added, synced.report.removed, synced.skipped.len()),
        (0, 1, 0),
        "{:?}",
        synced.report
    );
    assert_eq!(is_removed(&clinic.wallet, &asthma), (true, None));
    let hidden = record(&clinic.wallet, "\"o1\"");
    let now = Timestamp(1_800_000_000 + 31 * 86_400);
    assert_eq!(is_removed(&clinic.wallet, &hidden), (false, Some(now)));
    assert_eq!(list(&clinic.wallet).len(), 9, "nothing is deleted");
    // A month later it is there again.
    clinic.server.state().canned.clear();
    clinic.place.clock.forward(31 * 86_400);
    clinic.pull(source);
    assert_eq!(is_removed(&clinic.wallet, &hidden), (false, None));
    assert_eq!(is_removed(&clinic.wallet, &asthma), (true, None));
}

#[test]
fn another_pin_opens_the_same_sources() {
    let mut clinic = Clinic::new();
    let source = clinic.connect();
    let fresh = clinic.wallet.unlock(&pin()).unwrap();
    let other = Pin::choose("482915").unwrap();
    clinic.wallet.change_pin(&fresh, &other).unwrap();
    clinic.wallet.lock();
    clinic.wallet.unlock(&other).unwrap();
    assert_eq!(clinic.pull(source), (8, BTreeMap::new()));
}
