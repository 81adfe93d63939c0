//! A ledger whose disk is full: it says so, loses nothing that it took, and goes on when there is room again.

#![cfg(target_os = "linux")]

use std::path::Path;

use keepwell_net::{Gateway, HttpTransport};

use crate::keepwell::{Party, Run, SmallDisk, text, until};

struct SmallLedger {
    disk: SmallDisk,
}

impl SmallLedger {
    fn start(folder: &Path) -> Option<Self> {
        Some(Self { disk: SmallDisk::serve(&folder.join("ledger"), &["ledger", "serve"])? })
    }

    /// What `ledger status` says of the engine, with a header that was verified.
    fn engine(&self, operator: &Party) -> String {
        let anchor = text(&self.disk.signals.join("anchor.json"));
        let status = operator.json(&["ledger", "status", &self.disk.url, "--anchor", &anchor]);
        status["engine"].as_str().unwrap().to_owned()
    }

    /// Hands in the card of a new clinic.
    fn admit(&self, folder: &Path, name: &str) -> Run {
        let clinic = Party::new(folder.join(name));
        let anchor = text(&self.disk.signals.join("anchor.json"));
        clinic.json(&[
            "clinic",
            "init",
            "--name",
            name,
            "--ledger",
            &self.disk.url,
            "--host",
            &self.disk.url,
            "--anchor",
            &anchor,
        ]);
        let key = text(&self.disk.signals.join("governance.key"));
        let card = text(&clinic.home.join("card.json"));
        clinic.run(&[
            "ledger",
            "admit",
            &card,
            "--governance-key",
            &key,
            "--ledger",
            &self.disk.url,
            "--json",
        ])
    }

    fn providers(&self) -> Vec<String> {
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &self.disk.url.parse().unwrap());
        gateway.providers(None).unwrap().providers.iter().map(|entry| entry.provider.to_string()).collect()
    }
}

#[test]
fn on_a_full_disk_a_ledger_makes_no_blocks_says_so_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut ledger) = SmallLedger::start(folder.path()) else { return };
    let operator = Party::new(folder.path().join("operator"));
    ledger.disk.fill();
    // There may be room in the file itself for some.
    let mut admitted = Vec::new();
    let sent = loop {
        let said = ledger.admit(folder.path(), &format!("Clinic {}", admitted.len())).json();
        let provider = said["provider"].as_str().unwrap().to_owned();
        if said["state"] == "sent" {
            break provider;
        }
        admitted.push(provider);
        assert!(admitted.len() < 20, "the disk is not full");
    };
    assert_eq!(ledger.engine(&operator), "stopped: disk full", "and what was proved is still served");
    ledger.admit(folder.path(), "Clinic too late").refused_with("LedgerStopped");
    admitted.sort_unstable();
    assert_eq!(ledger.providers(), admitted);

    ledger.disk.signal("free");
    until(|| ledger.engine(&operator) == "making blocks");
    admitted.push(sent);
    admitted.sort_unstable();
    assert_eq!(ledger.providers(), admitted, "what was taken before is there, and what was refused is not");
    assert_eq!(ledger.admit(folder.path(), "Clinic again").json()["state"], "admitted");
    ledger.disk.signal("end");
    assert_eq!(ledger.disk.end(), Some(0));
}

#[test]
fn a_ledger_whose_data_are_damaged_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut ledger) = SmallLedger::start(folder.path()) else { return };
    ledger.disk.fill();
    let operator = Party::new(folder.path().join("operator"));
    for number in 0..20 {
        let said = ledger.admit(folder.path(), &format!("Clinic {number}")).json();
        if said["state"] == "sent" {
            break;
        }
    }
    assert_eq!(ledger.engine(&operator), "stopped: disk full");
    ledger.disk.signal("damage");
    ledger.disk.signal("free");
    assert_eq!(ledger.disk.end(), Some(1));
}
