//! `keepwell ledger batch` and `existed`, `record stamp` and `proof`: documents and records are proved to have existed, with
//! the ledger gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use crate::keepwell::{Party, Proxy, Server, World, text};

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

#[test]
fn a_record_is_stamped_and_proved_to_somebody_without_a_wallet() {
    let mut world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("nuts");
    let folder = world.folder.path().to_owned();
    let path = |name: &str| text(&folder.join(name));
    let (proof, document, anchor) = (path("nuts.proof"), path("nuts.json"), path("ledger/anchor.json"));
    let key = path("ledger/aggregator.key");
    let (url, governance) = (world.ledger.url(), path("ledger/governance.key"));
    let records = world.wallet.json(&["record", "list", "--category", "allergies"]);
    let id = records["records"][0]["id"].as_str().unwrap().to_owned();
    let write = |world: &World| world.wallet.run(&["--json", "record", "proof", &id, "--out", &proof]);

    write(&world).refused_with("NotStamped");
    let unknown = ["--json", "record", "stamp", &"0".repeat(64)];
    world.wallet.run(&unknown).refused_with("NoSuchRecord");
    world.wallet.run(&["record", "stamp"]).failed_with(2, "Usage");
    world.wallet.run(&["record", "stamp", &id, "--all"]).failed_with(2, "Usage");
    let stamped = world.wallet.json(&["record", "stamp", &id]);
    assert_eq!(
        (&stamped["asked"], &stamped["waiting"], &stamped["proved"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(stamped["offline"], "NoAggregator", "this ledger collects nothing yet");
    write(&world).refused_with("TimeStampWaiting");
    assert!(!world.path("nuts.proof").exists());

    let operator = Party::new(world.path("operator"));
    let public = operator.json(&["ledger", "aggregator-key", &key])["key"].as_str().unwrap().to_owned();
    let admit = ["ledger", "gov", "aggregator", &public, "--governance-key", &governance];
    operator.json(&[&admit[..], &["--ledger", &url, "--anchor", &anchor]].concat());
    world.ledger.kill_and_restart();
    let stamped = world.wallet.json(&["record", "stamp", "--all"]);
    assert_eq!(
        (&stamped["asked"], &stamped["offline"]),
        (&1.into(), &serde_json::Value::Null),
        "the patient"
    );
    // The first batch takes whoever is there; the next one comes a minute later.
    assert!(stamped["proved"].as_u64().unwrap() >= 1, "{stamped}");
    let proved = write(&world).json();
    let shown = world.wallet.run(&["record", "show", &id]);
    fs::write(&document, &shown.stdout).unwrap();
    world.ledger.kill();

    let somebody = Party::new(world.path("somebody"));
    let ask = |document: &str, proof: &str, anchor: &str| {
        somebody.run(&["--json", "ledger", "existed", document, proof, "--anchor", anchor])
    };
    let existed = ask(&document, &proof, &anchor).json();
    assert_eq!((&existed["time"], &existed["bytes"]), (&proved["time"], &proved["bytes"]));
    assert_eq!(existed["validators"], 1);
    ask(&path("p1.json"), &proof, &anchor).refused_with("BadProof");
    let bytes = fs::read(&proof).unwrap();
    fs::write(&proof, &bytes[..bytes.len() - 1]).unwrap();
    ask(&document, &proof, &anchor).refused_with("ProofMalformed");
    // Somebody without a wallet has documents stamped by the same gateway.
    world.ledger.kill_and_restart();
    let files = [document.as_str(), &path("p1.json"), &anchor];
    let out = path("proofs");
    let at = ["--ledger", &world.ledger.url(), "--anchor", &anchor, "--out", &out];
    let stamped = somebody.json(&[&["ledger", "stamp"], &files[..], &at].concat());
    assert_eq!((&stamped["documents"], &stamped["aggregator"]), (&3.into(), &existed["aggregator"]));
    ask(&document, &path("proofs/nuts.json.proof"), &anchor).json();
    ask(&document, &path("proofs/p1.json.proof"), &anchor).refused_with("BadProof");
    // What waits for the next batch is lost by a gateway that is killed, and is handed in again.
    let late = path("late");
    let proxy = Proxy::start();
    proxy.lead_to(&world.ledger.url());
    let url = proxy.url();
    let stamp_late = ["ledger", "stamp", &document, "--ledger", &url, "--anchor", &anchor, "--out", &late];
    thread::scope(|scope| {
        let stamping = scope.spawn(|| somebody.json(&stamp_late));
        // It was handed in, and is asked about.
        while proxy.seen().iter().filter(|request| request.starts_with(b"GET /v1/entries")).count() < 2 {
            assert!(!stamping.is_finished(), "a batch was made not long ago");
            thread::sleep(Duration::from_millis(20));
        }
        world.ledger.kill_and_restart();
        stamping.join().unwrap();
    });
    ask(&document, &path("late/nuts.json.proof"), &anchor).json();
    // By another ledger it is none.
    fs::write(&proof, &bytes).unwrap();
    let other = Server::start(Party::new(world.path("other")), &["ledger", "serve"]);
    ask(&document, &proof, &path("other/anchor.json")).refused_with("WrongChain");
    let none = path("none");
    let at = ["--ledger", &other.url(), "--anchor", &path("other/anchor.json"), "--out", &none];
    somebody.run(&[&["--json", "ledger", "stamp", &document], &at[..]].concat()).refused_with("NoAggregator");
    assert_eq!(fs::read_dir(&none).unwrap().count(), 0, "no proof of nothing");
    assert_eq!(other.stop(), Some(0));
}
