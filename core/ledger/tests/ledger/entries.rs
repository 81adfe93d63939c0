//! Entries that are handed in to a gateway for its aggregator: recorded in batches, each with a receipt of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use keepwell_ledger::{AggregatorKey, GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::crypto::{Rng, sha256};
use keepwell_protocol::domain::{EntryHash, Object as _};
use keepwell_protocol::ledger::{
    EntryGroup, EntryReceipt, Existence, Kind, ProofError, SetAggregator, TrustPolicy, TrustedState,
    batch_entry, verify_existence,
};

use crate::serve::{TestClock, gateway};

const POLICY: TrustPolicy = TrustPolicy::DEMONSTRATION;

fn start(home: &Path, clock: &TestClock) -> Ledger {
    let config = LedgerConfig {
        home: home.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(100)).unwrap()
}

/// What the ledger has recorded of an entry, once it has.
fn await_receipt(
    gateway: &Gateway<HttpTransport>,
    entry: &EntryHash,
    trusted: &TrustedState,
    clock: &TestClock,
) -> (EntryReceipt, Existence) {
    for _ in 0..300 {
        match gateway.prove_entry(entry, trusted, &POLICY, &clock.now()) {
            Err(GatewayError::NotYet) => std::thread::sleep(Duration::from_millis(20)),
            found => return found.unwrap(),
        }
    }
    panic!("{entry} was never recorded")
}

fn code<T>(refused: Result<T, GatewayError>) -> String {
    refused.err().map(|error| error.code().to_owned()).unwrap_or_default()
}

#[test]
fn what_anybody_hands_in_is_recorded_and_proved_once_governance_admits_the_aggregator() {
    let (home, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
    let ledger = start(home.path(), &clock);
    let trusted = ledger.anchor().trusted_state();
    let entry = |of: u8| EntryHash::from_bytes(batch_entry(&[of; 32], &sha256(&[of])));
    let ask = |client: &Gateway<HttpTransport>, of: u8| {
        code(client.prove_entry(&entry(of), &trusted, &POLICY, &clock.now()))
    };
    let client = gateway(&ledger);
    assert_eq!(code(client.hand_in_entry(&entry(1))), "NoAggregator");
    assert_eq!(ask(&client, 1), "NoAggregator");
    ledger.stop().unwrap();

    let key = AggregatorKey::generate(&mut Rng::seeded(9)).unwrap();
    std::fs::write(home.path().join("aggregator.key"), key.to_text().as_bytes()).unwrap();
    let ledger = start(home.path(), &clock);
    let client = gateway(&ledger);
    assert_eq!(ask(&client, 1), "UnknownEntry");
    client.hand_in_entry(&entry(1)).unwrap();
    assert_eq!(ask(&client, 1), "ProofNotYet");
    // A process that ends before the batch is made forgets what waited, and says so.
    ledger.stop().unwrap();
    let ledger = start(home.path(), &clock);
    let client = gateway(&ledger);
    assert_eq!(ask(&client, 1), "UnknownEntry");

    let hashes: Vec<_> = (2..5).map(|of| batch_entry(&[of; 32], &sha256(&[of]))).collect();
    let group = EntryGroup::new(&hashes).unwrap();
    for handed in [entry(1), entry(1), group.entry()] {
        client.hand_in_entry(&handed).unwrap();
    }
    let json = std::fs::read_to_string(home.path().join("governance.key")).unwrap();
    let admit = SetAggregator { kind: Kind, aggregator: key.id(), key: Some(key.public_key()) };
    let admit = GovernanceKey::parse(&json).unwrap().act(1, admit.into()).unwrap();
    client.submit(&admit.to_cbor(), &ledger.anchor().origin()).unwrap();
    let (receipt, existence) = await_receipt(&client, &entry(1), &trusted, &clock);
    assert_eq!((existence.aggregator, receipt.receipt.batch().unwrap().count), (key.id(), 2));
    let (of_group, _) = await_receipt(&client, &group.entry(), &trusted, &clock);
    assert_eq!(ask(&client, 2), "UnknownEntry", "the ledger does not learn what is in a group");

    // Over a restart the receipts are there.
    ledger.stop().unwrap();
    let ledger = start(home.path(), &clock);
    let again = await_receipt(&gateway(&ledger), &entry(1), &trusted, &clock).0;
    assert_eq!((again.index, again.path), (receipt.index, receipt.path.clone()));
    ledger.stop().unwrap();

    let proves = |proof: &[u8], of: u8| {
        verify_existence(proof, &sha256(&[of]), &trusted, &POLICY, clock.now()).map(|shown| shown.time)
    };
    let proof = receipt.into_proof([1; 32], None).to_cbor();
    assert_eq!((proves(&proof, 1), proves(&proof, 2)), (Ok(existence.time), Err(ProofError::BadProof)));
    for (at, of) in (2..5).enumerate() {
        let proof = of_group.clone().into_proof([of; 32], group.place(at)).to_cbor();
        assert!(proves(&proof, of).is_ok());
        assert_eq!(proves(&proof, 1), Err(ProofError::BadProof));
    }
}
