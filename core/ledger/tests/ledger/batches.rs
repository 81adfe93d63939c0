//! Documents' hashes in a batch: recorded by an aggregator, proved by the ledger's log, checked offline.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use keepwell_ledger::{AggregatorKey, GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::crypto::{Rng, SigningKey, sha256};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    BatchReceipt, ExistenceProof, Kind, MerkleTree, SetAggregator, TrustPolicy, batch_entry, path_bytes,
    verify_existence,
};

use crate::serve::{TestClock, first_grant, gateway};

fn start(home: &Path, clock: &TestClock) -> Ledger {
    let config = LedgerConfig {
        home: home.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(100)).unwrap()
}

/// The receipt of a batch, once there is one.
fn receipt(gateway: &Gateway<HttpTransport>, key: &AggregatorKey, number: u32) -> BatchReceipt {
    for _ in 0..200 {
        match gateway.batch(&key.id(), number) {
            Ok(receipt) => return receipt,
            Err(GatewayError::NotYet) => {}
            Err(GatewayError::Server(error)) if error.status == 404 => {}
            Err(error) => panic!("{error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("batch {number} was never recorded")
}

#[test]
fn a_document_is_proved_to_have_existed_by_nothing_but_its_proof_and_the_anchor() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let (origin, anchor) = (ledger.anchor().origin(), ledger.anchor().clone());
    let client = gateway(&ledger);
    let key = AggregatorKey::generate(&mut Rng::seeded(9)).unwrap();
    assert_eq!(AggregatorKey::parse(&key.to_text()).unwrap().id(), key.id());
    assert!(AggregatorKey::parse("00").is_err());
    assert_eq!(format!("{key:?}"), "AggregatorKey(..)");
    let json = std::fs::read_to_string(home.path().join("governance.key")).unwrap();
    let admit = SetAggregator { kind: Kind, aggregator: key.id(), key: Some(key.public_key()) };
    let admit = GovernanceKey::parse(&json).unwrap().act(1, admit.into()).unwrap();

    // Before it is admitted it records nothing.
    let batch = |number: u32, documents: &[&[u8]]| {
        let entries: Vec<_> = documents.iter().map(|it| batch_entry(&[3; 32], &sha256(it))).collect();
        let tree = MerkleTree::new(&entries).unwrap();
        let count = u64::try_from(entries.len()).unwrap();
        (key.record(&origin, number, count, tree.root()).unwrap(), tree)
    };
    let documents: [&[u8]; 5] = [b"a", b"b", b"c", b"d", b"e"];
    let (first, tree) = batch(1, &documents);
    let refused = client.submit(&first.to_cbor(), &origin);
    assert!(matches!(refused, Err(GatewayError::Server(error)) if error.code() == "UnknownAggregator"));
    client.submit(&admit.to_cbor(), &origin).unwrap();
    for _ in 0..200 {
        match client.submit(&first.to_cbor(), &origin) {
            Ok(_) => break,
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    // Among others in its blocks, and after others in the log.
    let mut receipts = vec![receipt(&client, &key, 1)];
    for number in 2..=6_u32 {
        for patient in 0..number {
            let root = SigningKey::from_seed(&[u8::try_from(number * 10 + patient).unwrap(); 32]);
            client.submit(&first_grant(&origin, &root, clock.now()).to_cbor(), &origin).unwrap();
        }
        clock.advance(30);
        client.submit(&batch(number, &documents).0.to_cbor(), &origin).unwrap();
        receipts.push(receipt(&client, &key, number));
    }
    let unknown = client.batch(&key.id(), 7);
    assert!(matches!(unknown, Err(GatewayError::Server(error)) if error.status == 404));
    ledger.stop().unwrap();

    // The ledger is gone. What it said holds by itself.
    let (policy, trusted) = (TrustPolicy::DEMONSTRATION, anchor.trusted_state());
    for (number, receipt) in (1..).zip(&receipts) {
        assert_eq!(receipt.batch().unwrap().number, number);
        for (at, document) in documents.iter().enumerate() {
            let proof = ExistenceProof {
                format: ExistenceProof::FORMAT,
                receipt: receipt.clone(),
                salt: [3; 32],
                index: u64::try_from(at).unwrap(),
                path: path_bytes(&tree.path(at).unwrap()),
                group: None,
            };
            let proof = proof.to_cbor();
            let shown = verify_existence(&proof, &sha256(document), &trusted, &policy, clock.now()).unwrap();
            assert_eq!(shown.aggregator, key.id());
            assert!(shown.time <= clock.now());
            assert!(verify_existence(&proof, &sha256(b"f"), &trusted, &policy, clock.now()).is_err());
        }
    }
    // It remembers them over a restart.
    let ledger = start(home.path(), &clock);
    assert_eq!(gateway(&ledger).batch(&key.id(), 3).unwrap(), receipts[2]);
}
