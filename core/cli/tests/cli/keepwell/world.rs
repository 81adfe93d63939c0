//! A ledger, a host, a wallet and a clinic, each in a process and a home of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Party, Proxy, Server};

/// Two servers and three parties, each with a home of its own.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) ledger: Server,
    pub(crate) host: Server,
    /// Where everybody reaches the host.
    pub(crate) host_url: String,
    pub(crate) wallet: Party,
    pub(crate) clinic: Party,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_host_behind(None)
    }

    /// The same with a host that everybody reaches by way of this proxy.
    pub(crate) fn behind(proxy: &Proxy) -> Self {
        let world = Self::with_host_behind(Some(proxy.url()));
        proxy.lead_to(&world.host.url());
        world
    }

    fn with_host_behind(public_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = |name: &str| folder.path().join(name);
        let ledger = Server::start(Party::new(home("ledger")), &["ledger", "serve"]);
        let anchor = text(&home("ledger").join("anchor.json"));
        let url = ledger.url();
        let mut serve = vec!["host", "serve", "--ledger", &url, "--anchor", &anchor];
        serve.extend(public_url.iter().flat_map(|url| ["--public-url", url]));
        let host = Server::start(Party::new(home("host")), &serve);
        let host_url = public_url.unwrap_or_else(|| host.url());
        let (wallet, clinic) = (Party::new(home("wallet")), Party::new(home("clinic")));
        Self { folder, ledger, host, host_url, wallet, clinic }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a power cut does to both servers.
    pub(crate) fn kill_everything(&mut self) {
        self.ledger.kill_and_restart();
        self.host.kill_and_restart();
    }

    pub(crate) fn servers(&self) -> Vec<String> {
        let anchor = text(&self.path("ledger/anchor.json"));
        ["--ledger", &self.ledger.url(), "--host", &self.host_url, "--anchor", &anchor]
            .map(str::to_owned)
            .to_vec()
    }

    /// A clinic that governance has admitted.
    pub(crate) fn admitted_clinic(&self, name: &str) -> String {
        let servers = self.servers();
        let mut arguments = vec!["clinic", "init", "--name", name];
        arguments.extend(servers.iter().map(String::as_str));
        let provider = self.clinic.json(&arguments)["provider"].as_str().unwrap().to_owned();
        let card = text(&self.path("clinic/card.json"));
        let key = text(&self.path("ledger/governance.key"));
        let operator = Party::new(self.path("operator"));
        let admitted = operator.json(&[
            "ledger",
            "admit",
            &card,
            "--governance-key",
            &key,
            "--ledger",
            &self.ledger.url(),
        ]);
        assert_eq!(admitted["state"], "admitted");
        provider
    }

    pub(crate) fn connected_wallet(&self) -> Value {
        let made = self.wallet.json(&["wallet", "init"]);
        let servers = self.servers();
        let mut arguments = vec!["wallet", "connect"];
        arguments.extend(servers.iter().map(String::as_str));
        let connected = self.wallet.json(&arguments);
        assert!(connected["chain_id"].as_str().unwrap().starts_with("embedded-"));
        made
    }

    /// Imports the patient whose wallet this is.
    pub(crate) fn import_patient(&self) {
        let name = r#"[{"family":"Keller","given":["Anna"]}]"#;
        self.import_resource(
            "p1",
            &format!(r#"{{"resourceType":"Patient","id":"p1","name":{name},"birthDate":"1970-01-31"}}"#),
        );
    }

    /// Imports one allergy of that patient.
    pub(crate) fn import_allergy(&self, id: &str) {
        self.import_resource(id, &format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"{id}","patient":{{"reference":"Patient/p1"}},"code":{{"text":"{id}"}}}}"#
        ));
    }

    fn import_resource(&self, id: &str, resource: &str) {
        let file = self.path(&format!("{id}.json"));
        std::fs::write(&file, resource).unwrap();
        // What comes later from a named source may refer to the Patient of before.
        let import = ["record", "import", &text(&file), "--source", "hospital"];
        assert_eq!(self.wallet.json(&import)["added"], 1);
    }

    /// Grants the allergies to the clinic of this name; answers the grant.
    pub(crate) fn grant_allergies(&self, provider: &str) -> String {
        let new = self.wallet.json(&["grant", "new", provider, "--category", "allergies", "--for", "30d"]);
        assert_eq!(new["state"], "active", "{new}");
        self.clinic.json(&["clinic", "sync"]);
        new["grant"].as_str().unwrap().to_owned()
    }

    /// What a new phone gets back from the words.
    pub(crate) fn restored(&self, made: &Value, home: &str) -> (Party, Value) {
        let phone = Party { clock: self.wallet.clock.clone(), ..Party::new(self.path(home)) };
        let servers = self.servers();
        let mut restore = vec!["wallet", "restore", "--json"];
        restore.extend(servers.iter().map(String::as_str));
        let report = phone.run_with_input(&restore, made["words"].as_str().unwrap().as_bytes()).json();
        (phone, report)
    }

    /// The ids of the resources that the clinic reads by a grant.
    pub(crate) fn ids_read(&self, grant: &str) -> BTreeSet<String> {
        let read = self.clinic.json(&["clinic", "read", grant]);
        assert_eq!(read["refused"], Value::Null);
        read["records"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The patient of the demo.
pub(crate) fn sample_patient() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/patients")
        .join("Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz")
}
