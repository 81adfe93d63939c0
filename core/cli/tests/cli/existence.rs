//! `keepwell ledger batch` and `existed`: documents are proved to have existed, with the ledger gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::keepwell::{Party, Server, text};

#[test]
fn documents_are_recorded_together_and_each_is_proved_alone_and_offline() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| text(&folder.path().join(name));
    let home = folder.path().join("ledger");
    let server = Server::start(Party::new(&home), &["ledger", "serve"]);
    let (url, anchor) = (server.url(), path("ledger/anchor.json"));
    let party = Party::new(folder.path().join("aggregator"));
    let at = ["--ledger", &url, "--anchor", &anchor];

    let key = path("aggregator.key");
    let made = party.json(&["ledger", "aggregator-key", &key]);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    for (name, content) in [("scan.pdf", "scanned"), ("letter.txt", "a letter"), ("empty", "")] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let files = ["scan.pdf", "letter.txt", "empty"].map(&path);
    let out = path("proofs");
    let record = |key: &str| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        party.run(
            &[&["--json", "ledger", "batch"], &files[..], &["--key", key, "--out", &out], &at[..]].concat(),
        )
    };
    record(&key).refused_with("UnknownAggregator");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "a proof of nothing is none");
    record(&anchor).refused_with("BadAggregatorKey");
    let governance = path("ledger/governance.key");
    let public = made["key"].as_str().unwrap();
    let admit = ["ledger", "gov", "aggregator", public, "--governance-key", &governance];
    assert_eq!(party.json(&[&admit[..], &at].concat())["state"], "done");
    let recorded = record(&key).json();
    assert_eq!((&recorded["number"], &recorded["documents"]), (&1.into(), &3.into()));
    assert_eq!(record(&key).json()["number"], 2, "again is another batch");
    assert_eq!(server.stop(), Some(0));

    // Nobody is there to be asked any more.
    let ask = |flags: &[&str], document: &str, proof: &str| {
        let (document, proof) = (path(document), path(&format!("proofs/{proof}.proof")));
        party.run(&[flags, &["ledger", "existed", &document, &proof, "--anchor", &anchor]].concat())
    };
    let existed = |document: &str, proof: &str| ask(&["--json"], document, proof);
    for name in ["scan.pdf", "letter.txt", "empty"] {
        let shown = existed(name, name).json();
        assert_eq!(shown["aggregator"], made["aggregator"]);
        let (bytes, light) = (shown["bytes"].as_u64().unwrap(), shown["light_block_bytes"].as_u64().unwrap());
        assert!(light < bytes && bytes < 1_500, "{shown}");
    }
    existed("scan.pdf", "letter.txt").refused_with("BadProof");
    fs::write(folder.path().join("scan.pdf"), "changed").unwrap();
    existed("scan.pdf", "scan.pdf").refused_with("BadProof");
    existed("letter.txt", "nothing").refused_with("FileUnreadable");
    let said = ask(&[], "letter.txt", "letter.txt").text();
    assert!(said.contains("one signer: demonstration"), "{said}");
}
