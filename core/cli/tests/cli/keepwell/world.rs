//! A ledger, a host, a wallet and a clinic, each in a process and a home of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Party, Server};

/// Two servers and three parties, each with a home of its own.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) ledger: Server,
    pub(crate) host: Server,
    pub(crate) wallet: Party,
    pub(crate) clinic: Party,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = |name: &str| folder.path().join(name);
        let ledger = Server::start(Party::new(home("ledger")), &["ledger", "serve"]);
        let anchor = text(&home("ledger").join("anchor.json"));
        let host = Server::start(
            Party::new(home("host")),
            &["host", "serve", "--ledger", &ledger.url(), "--anchor", &anchor],
        );
        let (wallet, clinic) = (Party::new(home("wallet")), Party::new(home("clinic")));
        Self { folder, ledger, host, wallet, clinic }
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
        ["--ledger", &self.ledger.url(), "--host", &self.host.url(), "--anchor", &anchor]
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
