//! A FHIR server behind an authorization server, in this process: ordinary, strict, or hostile as a test wants it. It
//! checks what a client must do (PKCE, `state` untouched, one use of codes and refresh tokens), and notes what it is asked.

mod http;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use keepwell_protocol::crypto::{base64url, sha256};
use serde_json::{Value, json};

use http::{Asked, form, respond};
pub(crate) use http::{Given, get};

/// A running server; it ends with the process.
pub(crate) struct SmartServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

/// What the server has and how it behaves.
pub(crate) struct State {
    base: String,
    /// Whose tokens it hands out.
    pub(crate) patient: String,
    /// What it grants, where that is not what was asked for.
    pub(crate) scope: Option<String>,
    /// Refuses an Observation without a category, as Epic and Oracle do.
    pub(crate) is_strict: bool,
    /// Types that it answers with 403.
    pub(crate) refused: BTreeSet<&'static str>,
    /// After how many FHIR requests an access token ends.
    pub(crate) uses: Option<usize>,
    /// Whether refresh tokens are handed out, and taken.
    pub(crate) is_refreshing: bool,
    /// Records of a page.
    pub(crate) page: usize,
    /// Answers by the beginning of a request's target, in the place of its own; each as often as it says.
    pub(crate) canned: Vec<(String, usize, Given)>,
    /// `error` in the place of a code.
    pub(crate) error: Option<&'static str>,
    /// What redirects name as their issuer.
    pub(crate) issuer: Option<String>,
    /// Fields of the configuration, in the place of its own.
    pub(crate) configuration: Value,
    /// Each request: method, target, and whether it had a token that holds.
    pub(crate) log: Vec<String>,
    resources: Vec<Resource>,
    /// Code → challenge and redirect.
    codes: BTreeMap<String, (String, String)>,
    /// Access token → uses that are left.
    access: BTreeMap<String, Option<usize>>,
    refresh: BTreeSet<String>,
    number: u32,
}

struct Resource {
    resource_type: String,
    id: String,
    patient: String,
    category: String,
    /// RFC 3339 in UTC.
    updated: String,
    text: String,
}

impl SmartServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State {
            base: format!("http://127.0.0.1:{port}/fhir"),
            patient: "p1".into(),
            scope: None,
            is_strict: false,
            refused: BTreeSet::new(),
            uses: None,
            is_refreshing: true,
            page: 100,
            canned: Vec::new(),
            error: None,
            issuer: None,
            configuration: json!({}),
            log: Vec::new(),
            resources: Vec::new(),
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeSet::new(),
            number: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || respond(stream, |asked| shared.lock().unwrap().answer(&asked)));
            }
        });
        Self { port, state }
    }

    /// The base address of its FHIR server.
    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}/fhir", self.port)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Puts a record of `patient`, or one that is about nobody, there and gives its text.
    pub(crate) fn put(&self, resource_type: &str, id: &str, patient: &str, more: Value, at: &str) -> String {
        let mut resource = json!({ "resourceType": resource_type, "id": id, "meta": { "lastUpdated": at } });
        if resource_type != "Patient" && !patient.is_empty() {
            resource["subject"] = json!({ "reference": format!("Patient/{patient}") });
        }
        let fields = resource.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let category = resource["category"][0]["coding"][0]["code"].as_str().unwrap_or_default().to_owned();
        let (text, id, patient) = (resource.to_string(), id.to_owned(), patient.to_owned());
        let mut state = self.state();
        state.resources.retain(|one| one.resource_type != resource_type || one.id != id);
        let resource_type = resource_type.to_owned();
        let updated = at.to_owned();
        state.resources.push(Resource { resource_type, id, patient, category, updated, text: text.clone() });
        text
    }

    /// Deletes a record.
    pub(crate) fn delete(&self, resource_type: &str, id: &str) {
        self.state().resources.retain(|one| one.resource_type != resource_type || one.id != id);
    }

    /// A patient of this id, called so.
    pub(crate) fn put_patient(&self, id: &str, family: &str, at: &str) -> String {
        let person = json!({ "name": [{ "family": family, "given": ["Ada"] }], "birthDate": "1981-04-12" });
        self.put("Patient", id, id, person, at)
    }

    /// A laboratory result.
    pub(crate) fn put_result(&self, id: &str, patient: &str, value: u32, at: &str) -> String {
        let system = "http://terminology.hl7.org/CodeSystem/observation-category";
        let result = json!({
            "status": "final",
            "category": [{ "coding": [{ "system": system, "code": "laboratory" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": "718-7" }] },
            "effectiveDateTime": "2026-01-01",
            "valueQuantity": { "value": value, "unit": "g/dL" },
        });
        self.put("Observation", id, patient, result, at)
    }

    pub(crate) fn put_condition(&self, id: &str, patient: &str, text: &str, at: &str) -> String {
        self.put("Condition", id, patient, json!({ "code": { "text": text } }), at)
    }

    /// What a patient who agrees comes back with.
    pub(crate) fn agree(&self, url: &str) -> String {
        let (status, location, _) = get(url);
        assert_eq!(status, 302);
        location.unwrap()
    }

    /// How many requests there were whose target begins so.
    pub(crate) fn asked(&self, beginning: &str) -> usize {
        self.state().log.iter().filter(|line| line.contains(beginning)).count()
    }

    /// Whether any token of it still holds.
    pub(crate) fn has_tokens(&self) -> bool {
        let state = self.state();
        !state.access.is_empty() || !state.refresh.is_empty()
    }
}

impl State {
    /// Answers so often in this way what begins so.
    pub(crate) fn can(&mut self, target: &str, times: usize, given: Given) {
        self.canned.push((target.to_owned(), times, given));
    }

    fn answer(&mut self, asked: &Asked) -> Given {
        self.log.push(format!("{} {}", asked.method, asked.target));
        let canned =
            self.canned.iter_mut().find(|(start, left, _)| *left > 0 && asked.target.starts_with(start));
        if let Some((_, left, given)) = canned {
            *left -= 1;
            return given.clone();
        }
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        match (asked.method.as_str(), path) {
            ("GET", "/fhir/.well-known/smart-configuration") => self.configuration(),
            ("GET", "/fhir/metadata") => self.statement(),
            ("GET", "/authorize") => self.authorize(&form(query)),
            ("POST", "/token") => self.token(&form(&asked.body)),
            ("POST", "/revoke") => {
                let token = form(&asked.body)["token"].clone();
                // RFC 7009 §2.1: what came of a refresh token ends with it.
                if self.refresh.remove(&token) {
                    self.access.clear();
                }
                self.access.remove(&token);
                Given::json(200, &json!({}))
            }
            ("GET", path) => match path.strip_prefix("/fhir/") {
                Some(path) if self.takes(&asked.token) => self.read(path, query),
                Some(_) => Given::json(401, &json!({ "resourceType": "OperationOutcome" })),
                None => Given::json(404, &json!({})),
            },
            _ => Given::json(405, &json!({})),
        }
    }

    fn configuration(&self) -> Given {
        let server = self.base.trim_end_matches("/fhir");
        let mut configuration = json!({
            "authorization_endpoint": format!("{server}/authorize"),
            "token_endpoint": format!("{server}/token"),
            "revocation_endpoint": format!("{server}/revoke"),
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-standalone", "client-public", "permission-v2", "permission-offline"],
        });
        configuration.as_object_mut().unwrap().extend(self.configuration.as_object().unwrap().clone());
        Given::json(200, &configuration)
    }

    fn statement(&self) -> Given {
        let types = ["Patient", "Observation", "Condition", "DocumentReference", "Goal", "Immunization"];
        let resource = types.map(|name| json!({ "type": name, "searchParam": [{ "name": "_lastUpdated" }] }));
        let statement = json!({ "resourceType": "CapabilityStatement", "rest": [{ "resource": resource }] });
        Given::json(200, &statement)
    }

    fn authorize(&mut self, query: &BTreeMap<String, String>) -> Given {
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["aud"], self.base);
        assert!(query["scope"].contains("launch/patient") && query["state"].len() == 43);
        let result = match self.error {
            Some(error) => format!("error={error}"),
            None => {
                let code = self.next("code");
                let asked = (query["code_challenge"].clone(), query["redirect_uri"].clone());
                self.codes.insert(code.clone(), asked);
                format!("code={code}")
            }
        };
        let issuer = self.issuer.as_ref().map(|issuer| format!("&iss={issuer}")).unwrap_or_default();
        let location = format!("{}?{result}&state={}{issuer}", query["redirect_uri"], query["state"]);
        Given { status: 302, headers: vec![("location".into(), location)], body: String::new() }
    }

    fn token(&mut self, form: &BTreeMap<String, String>) -> Given {
        let invalid = Given::json(400, &json!({ "error": "invalid_grant" }));
        assert_eq!(form["client_id"], "keepwell");
        match form["grant_type"].as_str() {
            "authorization_code" => {
                // Burnt, whatever comes of it.
                let Some((challenge, redirect)) = self.codes.remove(&form["code"]) else { return invalid };
                let shown = base64url::encode(&sha256(form["code_verifier"].as_bytes()));
                if shown != challenge || redirect != form["redirect_uri"] {
                    return invalid;
                }
            }
            _ if !self.refresh.remove(&form["refresh_token"]) || !self.is_refreshing => {
                // One that is used twice ends all (RFC 9700 §4.14.2).
                self.refresh.clear();
                self.access.clear();
                return invalid;
            }
            _ => {}
        }
        let access = self.next("access");
        self.access.insert(access.clone(), self.uses);
        let mut answer = json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "patient": self.patient,
        });
        if self.is_refreshing {
            let refresh = self.next("refresh");
            answer["refresh_token"] = json!(refresh);
            self.refresh.insert(refresh);
        }
        if let Some(scope) = &self.scope {
            answer["scope"] = json!(scope);
        }
        Given::json(200, &answer)
    }

    fn takes(&mut self, token: &str) -> bool {
        match self.access.get_mut(token) {
            None | Some(Some(0)) => false,
            Some(None) => true,
            Some(Some(left)) => {
                *left -= 1;
                true
            }
        }
    }

    fn read(&self, path: &str, query: &str) -> Given {
        if let Some((name, id)) = path.split_once('/') {
            let found = self.resources.iter().find(|one| one.resource_type == name && one.id == id);
            return match found {
                _ if self.refused.contains(name) => {
                    Given::json(403, &json!({ "resourceType": "OperationOutcome" }))
                }
                Some(found) if found.patient == self.patient || found.patient.is_empty() => {
                    Given::fhir(200, found.text.clone())
                }
                None if name != "Patient" => Given::json(404, &json!({ "resourceType": "OperationOutcome" })),
                _ => Given::json(403, &json!({ "resourceType": "OperationOutcome" })),
            };
        }
        let query = form(query);
        if self.refused.contains(path) || query["patient"] != self.patient {
            return Given::json(403, &json!({ "resourceType": "OperationOutcome" }));
        }
        let category = query.get("category");
        if self.is_strict && path == "Observation" && category.is_none() {
            let issue =
                json!([{ "severity": "fatal", "code": "required", "diagnostics": "category or code" }]);
            return Given::json(400, &json!({ "resourceType": "OperationOutcome", "issue": issue }));
        }
        let since = query.get("_lastUpdated").map(|text| text.strip_prefix("ge").unwrap());
        let found: Vec<&Resource> = self
            .resources
            .iter()
            .filter(|one| one.resource_type == path && one.patient == self.patient)
            .filter(|one| category.is_none_or(|category| one.category == *category))
            .filter(|one| since.is_none_or(|since| one.updated.as_str() >= since))
            .collect();
        let page: usize = query.get("page").map_or(0, |page| page.parse().unwrap());
        let entries: Vec<String> = found
            .iter()
            .skip(page * self.page)
            .take(self.page)
            .map(|one| format!(r#"{{"fullUrl":"{}/{path}/{}","resource":{}}}"#, self.base, one.id, one.text))
            .collect();
        let next = match (page + 1) * self.page < found.len() {
            true => {
                let query: Vec<String> = query
                    .iter()
                    .filter(|(name, _)| *name != "page")
                    .map(|(a, b)| format!("{a}={b}"))
                    .collect();
                let url = format!("{}/{path}?{}&page={}", self.base, query.join("&"), page + 1);
                format!(r#"{{"relation":"next","url":"{url}"}}"#)
            }
            false => String::new(),
        };
        let entries = entries.join(",");
        let bundle =
            format!(r#"{{"resourceType":"Bundle","type":"searchset","link":[{next}],"entry":[{entries}]}}"#);
        Given::fhir(200, bundle)
    }

    fn next(&mut self, name: &str) -> String {
        self.number += 1;
        format!("secret-{name}-{}", self.number)
    }
}
