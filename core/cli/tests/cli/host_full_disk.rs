//! A host whose disk is full to the last byte: it loses nothing that it took, says so, and goes on when there
//! is room again.

use std::ops::Range;

use serde_json::{Value, json};

use crate::keepwell::{Party, Server, SmallDisk, text};

#[test]
fn on_a_full_disk_a_host_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let home = |name: &str| folder.path().join(name);
    let ledger = Server::start(Party::new(home("ledger")), &["ledger", "serve"]);
    let anchor = text(&home("ledger").join("anchor.json"));
    // Without a reserve it finds out by the system's refusal only.
    let serve = ["host", "serve", "--ledger", &ledger.url(), "--anchor", &anchor, "--limit", "free_bytes=1"];
    let Some(mut disk) = SmallDisk::serve(&home("host"), &serve) else { return };
    let (wallet, clinic) = (Party::new(home("wallet")), Party::new(home("clinic")));
    let servers = ["--ledger", &ledger.url(), "--host", &disk.url, "--anchor", &anchor];
    wallet.json(&[&["wallet", "init"][..], &servers].concat());
    clinic.json(&[&["clinic", "init", "--name", "Clinic"][..], &servers].concat());
    let (card, key) = (text(&home("clinic").join("card.json")), text(&home("ledger").join("governance.key")));
    wallet.json(&["ledger", "admit", &card, "--governance-key", &key, "--ledger", &ledger.url()]);
    let import = |numbers: Range<u32>| {
        let file = home("records.ndjson");
        let count = numbers.len();
        std::fs::write(&file, numbers.map(record).collect::<Vec<_>>().join("\n")).unwrap();
        let added = &wallet.json(&["record", "import", &text(&file), "--source", "hospital"])["added"];
        assert_eq!(added, count);
    };
    import(0..2);
    let new = wallet.json(&["grant", "new", "Clinic", "--category", "allergies", "--for", "30d"]);
    let grant = new["grant"].as_str().unwrap();
    clinic.json(&["clinic", "sync"]);
    // How many records the clinic reads, or why none.
    let read = || {
        let run = clinic.run(&["--json", "clinic", "read", grant]);
        match serde_json::from_slice::<Value>(&run.stdout) {
            Ok(read) if read["refused"].is_null() => Ok(read["records"].as_array().unwrap().len()),
            Ok(read) => Err(read["refused"].to_string()),
            Err(_) => Err(run.stderr),
        }
    };
    assert_eq!(read(), Ok(1));

    disk.fill();
    import(2..20);
    let synced = wallet.json(&["sync"]);
    assert_eq!(
        (&synced["offline"], &synced["queued_for"]),
        (&"HostFull".into(), &json!(["host"])),
        "{synced}"
    );
    // A reading that can't be logged is none.
    let refused = read().unwrap_err();
    assert!(refused.contains("HostFull"), "{refused}");
    // The ledger has a disk of its own: what ends access does not wait for the host.
    let revoked = wallet.json(&["grant", "revoke", grant]);
    assert_eq!(
        (&revoked["state"], &revoked["stopped_by"]),
        (&"revoked".into(), &"ledger".into()),
        "{revoked}"
    );
    read().unwrap_err();
    assert_eq!(wallet.json(&["sync"])["offline"], "HostFull", "of the commit that drops the grant");
    disk.free();
    let synced = wallet.json(&["sync"]);
    assert_eq!((&synced["queued"], &synced["offline"]), (&0.into(), &Value::Null), "{synced}");
    assert!(read().unwrap_err().contains("GrantRevoked"));
    assert_eq!(wallet.json(&["wallet", "status"])["records"], 20);
    let again = wallet.json(&["grant", "new", "Clinic", "--category", "allergies", "--for", "30d"]);
    clinic.json(&["clinic", "sync"]);
    let all = clinic.json(&["clinic", "read", again["grant"].as_str().unwrap()]);
    assert_eq!(all["records"].as_array().unwrap().len(), 19);
    disk.signal("end");
    assert_eq!(disk.end(), Some(0));
}

/// The patient, and then allergies of theirs that do not compress.
fn record(number: u32) -> String {
    if number == 0 {
        return r#"{"resourceType":"Patient","id":"p","name":[{"family":"Keller","given":["Anna"]}],"birthDate":"1970-01-31"}"#.to_owned();
    }
    let noise: String = (0..2_000_u32)
        .map(|at| format!("{:08x}", (at + 1).wrapping_mul(number.wrapping_mul(2_654_435_761))))
        .collect();
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"a{number}","patient":{{"reference":"Patient/p"}},"code":{{"text":"a{number}"}},"note":[{{"text":"{noise}"}}]}}"#
    )
}
