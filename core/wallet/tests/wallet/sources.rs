//! A clinic's server through the facade: what it refuses, breaks and tries, and what comes in all the same.

use std::collections::BTreeMap;

use keepwell_net::HttpTransport;
use keepwell_protocol::domain::SourceId;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{Network, SourceRequest, SourceSync, SourceView, Wallet, WalletError};
use serde_json::json;

use crate::setup::{Place, import, list};
use crate::smart_server::{Given, SmartServer};

const REDIRECT: &str = "keepwell://authorized";
pub(crate) const AT: &str = "2026-01-01T00:00:00Z";

/// A wallet and a server with records of Ada and of somebody else.
pub(crate) struct Clinic {
    pub(crate) place: Place,
    pub(crate) wallet: Wallet,
    pub(crate) server: SmartServer,
    pub(crate) transport: HttpTransport,
}

impl Clinic {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        let (wallet, _) = place.create();
        let server = SmartServer::start();
        server.put_patient("p1", "Lovelace", AT);
        for number in 0..6 {
            server.put_result(&format!("o{number}"), "p1", number, AT);
        }
        server.put_condition("c1", "p1", "Asthma", AT);
        Self { place, wallet, server, transport: HttpTransport::new().unwrap() }
    }

    fn begin(&mut self) -> String {
        let (base, network) = (self.server.base(), network(&self.transport));
        let request = SourceRequest { address: &base, client_id: "keepwell", redirect_uri: REDIRECT };
        self.wallet.begin_source(request, network).unwrap()
    }

    fn finish(&mut self, redirect: &str) -> Result<SourceView, WalletError> {
        self.wallet.finish_source(redirect, None, network(&self.transport))
    }

    pub(crate) fn connect(&mut self) -> SourceId {
        let url = self.begin();
        let redirect = self.server.agree(&url);
        self.finish(&redirect).unwrap().source
    }

    pub(crate) fn sync(&mut self, source: SourceId) -> Result<SourceSync, WalletError> {
        self.wallet.sync_source(source, &mut |_| {}, network(&self.transport))
    }

    /// A pull with what it left out.
    pub(crate) fn pull(&mut self, source: SourceId) -> (u64, BTreeMap<String, &'static str>) {
        let synced = self.sync(source).unwrap();
        let name = |category: Option<&str>| category.map(|it| format!(" {it}")).unwrap_or_default();
        let skipped = synced.skipped.iter();
        let skipped =
            skipped.map(|one| (format!("{}{}", one.resource_type, name(one.category)), one.reason.as_str()));
        (synced.report.added, skipped.collect())
    }

    fn needs_authorization(&self) -> bool {
        self.wallet.sources().unwrap()[0].needs_authorization
    }
}

pub(crate) fn network(transport: &HttpTransport) -> Network<'_> {
    Network { transport, envelopes: transport, policy: TrustPolicy::DEMONSTRATION }
}

pub(crate) fn skipped<const N: usize>(pairs: [(&str, &'static str); N]) -> BTreeMap<String, &'static str> {
    pairs.into_iter().map(|(name, reason)| (name.to_owned(), reason)).collect()
}

#[test]
fn a_strict_server_gives_by_category_and_a_type_that_it_refuses_is_named() {
    let mut clinic = Clinic::new();
    clinic.server.state().is_strict = true;
    clinic.server.state().refused.extend(["Goal", "Condition"]);
    let source = clinic.connect();
    let (added, left) = clinic.pull(source);
    let refused = [("Goal", "refused"), ("Condition", "refused"), ("Observation", "other-categories")];
    assert_eq!((added, left), (7, skipped(refused)));
    assert!(clinic.server.asked("category=laboratory") > 0);
}

#[test]
fn what_a_server_that_insists_on_categories_may_have_under_others_is_said_at_each_pull_and_no_fault() {
    let mut clinic = Clinic::new();
    let bare = json!({ "status": "final", "code": { "text": "Height" } });
    clinic.server.put("Observation", "bare", "p1", bare.clone(), AT);
    let source = clinic.connect();
    clinic.server.state().is_strict = true;
    let others = skipped([("Observation", "other-categories")]);
    assert_eq!(clinic.pull(source), (8, others.clone()), "the one without a category does not come");
    assert!(clinic.wallet.sources().unwrap()[0].last.is_some(), "the pull has ended well");
    let begun = clinic.server.state().log.len();
    assert_eq!(clinic.pull(source), (0, others));
    let asked = clinic.server.state().log.split_off(begun);
    assert!(
        asked.iter().any(|one| one.contains("category=") && one.contains("_lastUpdated=ge")),
        "{asked:?}"
    );
    assert!(!clinic.needs_authorization());
    // Once a month everything is asked for, so what lay there before comes when the server insists no more.
    for (days, whole) in [(11, false), (11, false), (11, true)] {
        clinic.place.clock.forward(days * 86_400);
        let begun = clinic.server.state().log.len();
        clinic.pull(source);
        let asked = clinic.server.state().log.split_off(begun);
        let is_whole = asked.iter().any(|one| one.contains("category=") && !one.contains("_lastUpdated=ge"));
        assert_eq!(is_whole, whole, "{asked:?}");
    }
    clinic.server.state().is_strict = false;
    clinic.place.clock.forward(32 * 86_400);
    assert_eq!(clinic.pull(source), (1, BTreeMap::new()));
    // One that takes a search without a category gives everything.
    let mut clinic = Clinic::new();
    clinic.server.put("Observation", "bare", "p1", bare, AT);
    let source = clinic.connect();
    assert_eq!(clinic.pull(source), (9, BTreeMap::new()));
}

#[test]
fn where_some_categories_are_refused_the_others_are_still_said_and_where_all_are_nothing_is_claimed() {
    let mut clinic = Clinic::new();
    let source = clinic.connect();
    clinic.server.state().is_strict = true;
    let therapy = "/fhir/Observation?patient=p1&_count=100&category=therapy";
    clinic.server.state().can(therapy, 1, Given::json(403, &json!({})));
    let left = skipped([("Observation therapy", "refused"), ("Observation", "other-categories")]);
    assert_eq!(clinic.pull(source), (8, left));

    let mut clinic = Clinic::new();
    let source = clinic.connect();
    let issue = json!([{ "severity": "fatal", "code": "required" }]);
    let wanting = Given::json(400, &json!({ "resourceType": "OperationOutcome", "issue": issue }));
    clinic.server.state().can("/fhir/Observation", 99, wanting);
    let (_, left) = clinic.pull(source);
    assert!(left.len() > 10 && left.values().all(|reason| *reason == "parameter-required"), "{left:?}");
}

#[test]
fn tokens_that_end_in_the_middle_are_renewed_and_each_is_used_once() {
    let mut clinic = Clinic::new();
    clinic.server.state().page = 1;
    clinic.server.state().uses = Some(3);
    let source = clinic.connect();
    for added in [8, 0, 0] {
        assert_eq!(clinic.pull(source), (added, BTreeMap::new()));
    }
    assert!(clinic.server.asked("POST /token") > 5);
    assert!(clinic.server.has_tokens(), "none was used twice");
}

#[test]
fn a_new_token_is_stored_before_anything_is_asked_with_it() {
    let mut clinic = Clinic::new();
    clinic.server.state().uses = Some(1);
    // The one use is the look at whose records these are.
    let source = clinic.connect();
    clinic.server.state().uses = None;
    // The server goes away with the first request behind the renewal.
    clinic.server.state().can("/fhir/Patient/p1", 1, Given::json(401, &json!({})));
    clinic.server.state().can("/fhir/Patient/p1", 1, Given::json(0, &json!({})));
    clinic.sync(source).unwrap_err();
    assert_eq!(clinic.server.asked("POST /token"), 2);
    // Had the first one been used again, both would have ended.
    assert_eq!(clinic.pull(source), (8, BTreeMap::new()));
    assert_eq!(clinic.server.asked("POST /token"), 2);
}

#[test]
fn an_authorization_that_ends_is_a_task_and_what_came_before_stays() {
    let mut clinic = Clinic::new();
    clinic.server.state().is_refreshing = false;
    // The connection and the patient, then conditions; then it is over.
    clinic.server.state().uses = Some(3);
    let source = clinic.connect();
    let (added, left) = clinic.pull(source);
    assert_eq!(added, 2);
    let expected = ["DocumentReference", "Goal", "Immunization", "Observation"]
        .map(|name| (name, "authorization-ended"));
    assert_eq!(left, skipped(expected));
    assert!(clinic.needs_authorization());
    assert_eq!(clinic.sync(source).unwrap_err().code(), "SourceAuthorizationEnded");
    // Connected again it is the same source, and goes on.
    clinic.server.state().uses = None;
    assert_eq!(clinic.connect(), source);
    assert_eq!(clinic.pull(source), (6, BTreeMap::new()));
    assert!(!clinic.needs_authorization());
}

#[test]
fn a_refresh_token_that_somebody_else_used_ends_it() {
    let mut clinic = Clinic::new();
    clinic.server.state().uses = Some(1);
    let source = clinic.connect();
    clinic.server.state().is_refreshing = false;
    assert_eq!(clinic.sync(source).unwrap_err().code(), "SourceAuthorizationEnded");
    assert!(clinic.needs_authorization());
    assert!(list(&clinic.wallet).is_empty());
}

#[test]
fn a_fault_of_the_token_endpoint_ends_nothing() {
    let mut clinic = Clinic::new();
    clinic.server.state().uses = Some(1);
    let source = clinic.connect();
    clinic.server.state().uses = None;
    clinic.server.state().can("/token", 1, Given::json(500, &json!({})));
    clinic.sync(source).unwrap_err();
    assert!(!clinic.needs_authorization());
    assert_eq!(clinic.pull(source), (8, BTreeMap::new()));
}

#[test]
fn a_redirect_counts_once_and_only_with_its_own_state_and_issuer() {
    let mut clinic = Clinic::new();
    let issuer = "https://login.example";
    clinic.server.state().configuration =
        json!({ "issuer": issuer, "authorization_response_iss_parameter_supported": true });
    let (first, second) = (clinic.begin(), clinic.begin());
    let silent = clinic.server.agree(&first);
    assert_eq!(clinic.finish(&silent).unwrap_err().code(), "SourceIssuerMismatch");
    clinic.server.state().issuer = Some(issuer.into());
    let redirect = clinic.server.agree(&second);
    for near in [
        redirect.replace("state=", "state=a"),
        redirect.replace("state=", "stat="),
        redirect.replace("authorized", "other"),
        format!("{redirect}&code=other"),
        String::new(),
    ] {
        assert_eq!(clinic.finish(&near).unwrap_err().code(), "SourceRedirectUnknown", "{near}");
    }
    assert_eq!(clinic.server.asked("POST /token"), 0);
    clinic.finish(&redirect).unwrap();
    for used in [&redirect, &silent] {
        assert_eq!(clinic.finish(used).unwrap_err().code(), "SourceRedirectUnknown");
    }
    assert_eq!(clinic.server.asked("POST /token"), 1);
}

#[test]
fn a_code_is_burnt_by_its_one_try() {
    let mut clinic = Clinic::new();
    let url = clinic.begin();
    let redirect = clinic.server.agree(&url);
    clinic.server.state().can("/token", 1, Given::json(500, &json!({})));
    assert_eq!(clinic.finish(&redirect).unwrap_err().code(), "SourceStatus");
    assert_eq!(clinic.finish(&redirect).unwrap_err().code(), "SourceRedirectUnknown");
    assert!(clinic.wallet.sources().unwrap().is_empty());
}

#[test]
fn pages_that_lead_elsewhere_in_a_circle_or_are_none_are_named_and_the_rest_comes_in() {
    let next = |url: &str| {
        let link = json!([{ "relation": "next", "url": url }]);
        Given::fhir(200, json!({ "resourceType": "Bundle", "link": link, "entry": [] }).to_string())
    };
    let bundle =
        |entries: &str| Given::fhir(200, format!(r#"{{"resourceType":"Bundle","entry":[{entries}]}}"#));
    for (given, times, reason) in [
        (next("https://other.example/fhir/Condition?page=2"), 1, "other-server"),
        (next("http://127.0.0.1:1/fhir/Condition?page=2"), 1, "other-server"),
        (next("file:///etc/passwd"), 1, "other-server"),
        (next("?page=2"), 9, "repeated-page"),
        (Given::of_type(200, "text/html", "<html>".into()), 1, "malformed"),
        (Given::fhir(200, "{".into()), 1, "malformed"),
        (Given::fhir(200, json!({ "resourceType": "Condition" }).to_string()), 1, "malformed"),
        (bundle(r#"],"entry":["#), 1, "malformed"),
        (bundle(r#"{"resource":{"resourceType":"Patient","id":"p9"}}"#), 1, "other-type"),
        (Given::fhir(200, " ".repeat(16_000_001)), 1, "too-large"),
        (Given::json(500, &json!({})), 1, "server-failed"),
        (Given::json(0, &json!({})), 1, "server-failed"),
        (Given::json(302, &json!({})).with("location", "https://10.0.0.1/"), 1, "refused"),
        (Given::json(429, &json!({})).with("retry-after", "0"), 9, "busy"),
        (Given::json(503, &json!({})).with("retry-after", "86400"), 1, "busy"),
    ] {
        let mut clinic = Clinic::new();
        let source = clinic.connect();
        clinic.server.state().can("/fhir/Condition", times, given);
        assert_eq!(clinic.pull(source), (7, skipped([("Condition", reason)])));
        // Once it is well the rest comes, and nothing twice.
        clinic.server.state().canned.clear();
        if reason != "busy" {
            assert_eq!(clinic.pull(source), (1, BTreeMap::new()), "{reason}");
        }
    }
}

#[test]
fn a_server_that_asks_to_come_back_is_asked_again() {
    let mut clinic = Clinic::new();
    let source = clinic.connect();
    let busy = Given::json(429, &json!({})).with("retry-after", "0");
    clinic.server.state().can("/fhir/Condition", 2, busy);
    let past = Given::json(503, &json!({})).with("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT");
    clinic.server.state().can("/fhir/Goal", 1, past);
    let unauthorized = Given::json(401, &json!({}));
    clinic.server.state().can("/fhir/Observation", 2, unauthorized);
    assert_eq!(
        clinic.pull(source),
        (2, skipped([("Observation", "refused")])),
        "new tokens did not help there"
    );
    assert!(!clinic.needs_authorization());
    assert_eq!(clinic.pull(source), (6, BTreeMap::new()));
}

#[test]
fn somebody_elses_records_on_a_page_are_kept_out_and_what_can_not_be_read_is_set_aside() {
    let mut clinic = Clinic::new();
    let source = clinic.connect();
    let condition = |id: &str, patient: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/{patient}"}}}}}}"#
        )
    };
    let unreadable = r#"{"resource":{"no":"type"}}"#;
    let entries = [condition("c2", "p1"), condition("x1", "p2"), unreadable.to_owned()].join(",");
    let page = Given::fhir(200, format!(r#"{{"resourceType":"Bundle","entry":[{entries}]}}"#));
    clinic.server.state().can("/fhir/Condition", 1, page);
    let synced = clinic.sync(source).unwrap();
    let report = &synced.report;
    assert_eq!((report.added, report.other_patient, report.quarantined.len()), (8, 1, 1), "{report:?}");
}

#[test]
fn a_server_that_turns_into_somebody_elses_gives_nothing() {
    let mut clinic = Clinic::new();
    let source = clinic.connect();
    clinic.pull(source);
    // The same id, another person.
    clinic.server.put(
        "Patient",
        "p1",
        "p1",
        json!({ "name": [{ "family": "Babbage", "given": ["Charles"] }], "birthDate": "1791-12-26" }),
        AT,
    );
    clinic.server.put_result("o9", "p1", 9, "2027-12-01T00:00:00Z");
    let before = list(&clinic.wallet).len();
    let synced = clinic.sync(source);
    assert_eq!(synced.unwrap_err().code(), "OtherPatient");
    assert_eq!(list(&clinic.wallet).len(), before);
}

#[test]
fn a_renewed_token_of_another_patient_is_not_kept() {
    let mut clinic = Clinic::new();
    clinic.server.state().uses = Some(1);
    let source = clinic.connect();
    clinic.server.state().patient = "p2".into();
    assert_eq!(clinic.sync(source).unwrap_err().code(), "SourceAuthorizationEnded");
    assert!(clinic.needs_authorization());
}

#[test]
fn what_the_owner_has_already_from_elsewhere_is_not_in_the_way() {
    let mut clinic = Clinic::new();
    let own = json!({ "resourceType": "Patient", "id": "p1", "birthDate": "1981-04-12",
                      "name": [{ "family": "Lovelace", "given": ["Ada"] }] });
    import(&mut clinic.wallet, own.to_string().as_bytes()).unwrap();
    let source = clinic.connect();
    assert_eq!(clinic.pull(source).0, 8);
}

#[test]
fn a_token_answer_that_is_not_what_the_standard_says_connects_nothing() {
    for (body, code) in [
        (json!({ "token_type": "Bearer", "patient": "p1" }), "SourceAnswerMalformed"),
        (json!({ "access_token": "a", "token_type": "Bearer" }), "SourcePatientMissing"),
        (json!({ "access_token": "a", "token_type": "Bearer", "patient": "../p2" }), "SourceAnswerMalformed"),
        (
            json!({ "access_token": "a", "token_type": "Bearer", "patient": "p1", "scope": "system/*.rs" }),
            "SourceNothingGranted",
        ),
        // It is not one that the server takes.
        (json!({ "access_token": "a", "token_type": "Bearer", "patient": "p1" }), "SourceAuthorizationEnded"),
        (json!("x".repeat(1_000_000)), "ResponseTooLarge"),
    ] {
        let mut clinic = Clinic::new();
        let url = clinic.begin();
        let redirect = clinic.server.agree(&url);
        clinic.server.state().can("/token", 1, Given::json(200, &body));
        assert_eq!(clinic.finish(&redirect).unwrap_err().code(), code);
        assert!(clinic.wallet.sources().unwrap().is_empty());
    }
}

#[test]
fn a_server_of_smart_1_says_it_in_its_statement() {
    let mut clinic = Clinic::new();
    let server = clinic.server.base().replace("/fhir", "");
    let uri = |name: &str| json!({ "url": name, "valueUri": format!("{server}/{name}") });
    let statement = json!({ "resourceType": "CapabilityStatement", "rest": [{ "security": { "extension": [{
        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": [uri("authorize"), uri("token")] }] } }] });
    clinic.server.state().can("/fhir/.well-known", 1, Given::json(404, &json!({})));
    clinic.server.state().can("/fhir/metadata", 1, Given::json(200, &statement));
    let url = clinic.begin();
    assert!(url.contains("patient%2F*.read"), "{url}");
    let redirect = clinic.server.agree(&url);
    let source = clinic.finish(&redirect).unwrap().source;
    assert_eq!(clinic.pull(source), (8, BTreeMap::new()));
    // Nothing is there to give the access back to.
    assert!(!clinic.wallet.remove_source(source, network(&clinic.transport)).unwrap());
    assert!(clinic.wallet.sources().unwrap().is_empty());
}
