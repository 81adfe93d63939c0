//! Many proofs and many transactions in one request, beside a real ledger.

use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::crypto::{SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Commitment, Day, GrantId, Object, Slot, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::{
    Grant, GrantNewAccount, Kind, ProofBatch, ProofRequest, Revoke, SignedTransaction, Signer, StateKey,
    TrustPolicy, verify_batch,
};
use keepwell_protocol::vault::{Submitted, SubmittedBatch, TransactionBatch};

use crate::support::{Client, code};
use crate::world::World;

const POLICY: TrustPolicy = TrustPolicy::DEMONSTRATION;

fn relayed(world: &World) -> Gateway<HttpTransport> {
    Gateway::through_host(world.transport(), &world.host_url())
}

fn account_key() -> SigningKey {
    SigningKey::from_seed(&[9; 32])
}

/// The first grant of an account, which it creates.
fn first(world: &World, root: &SigningKey) -> SignedTransaction {
    let now = world.clock.now();
    let body = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: account_key().public_key(),
        number: 0,
        slot: Slot::from_bytes([4; 32]),
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(now.day().0 + 30),
        valid_until: Timestamp(now.0 + 86_400),
    };
    SignedTransaction::sign(body, &world.anchor().origin(), Signer::Root(root)).unwrap()
}

/// A further grant, by the account's key.
fn further(world: &World, root: &SigningKey, number: u32) -> SignedTransaction {
    let (now, origin) = (world.clock.now(), world.anchor().origin());
    let body = Grant {
        kind: Kind,
        account: account_id(&origin, &root.public_key()),
        number,
        slot: Slot::from_bytes([4; 32]),
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(now.day().0 + 30),
        valid_until: Timestamp(now.0 + 86_400),
    };
    SignedTransaction::sign(body, &origin, Signer::Account(&account_key())).unwrap()
}

fn key(world: &World, root: &SigningKey, number: u32) -> StateKey {
    StateKey::Grant(grant_id(&account_id(&world.anchor().origin(), &root.public_key()), number))
}

fn root(of: u8) -> SigningKey {
    SigningKey::from_seed(&[of; 32])
}

fn encoded(transactions: &[SignedTransaction]) -> Vec<Vec<u8>> {
    transactions.iter().map(Object::to_cbor).collect()
}

fn taken(world: &World, transactions: &[SignedTransaction]) -> Vec<Submitted> {
    let origin = world.anchor().origin();
    transactions.iter().map(|transaction| Submitted::Taken(transaction.id(&origin))).collect()
}

/// What is proved of each key: whether anything is there.
fn proved(world: &World, keys: &[StateKey]) -> Vec<bool> {
    let (gateway, trusted) = (relayed(world), world.anchor().trusted_state());
    for _ in 0..100 {
        match gateway.prove_batch(keys, &trusted, &POLICY, &world.clock.now()) {
            Ok(verified) => return verified.iter().map(|proof| proof.value.is_some()).collect(),
            Err(GatewayError::NotYet) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("never proved");
}

#[test]
fn the_grants_of_one_account_go_in_one_after_the_other_and_others_beside_them() {
    let world = World::start();
    let (one, two) = (root(1), root(2));
    let transactions = [
        first(&world, &one),
        further(&world, &one, 1),
        first(&world, &two),
        further(&world, &one, 2),
        further(&world, &one, 3),
    ];
    let gateway = relayed(&world);
    let origin = world.anchor().origin();
    let said = gateway.submit_batch(&encoded(&transactions), &origin).unwrap();
    assert_eq!(said, taken(&world, &transactions));
    world.clock.forward(3);
    let mut keys: Vec<StateKey> = (0..4).map(|number| key(&world, &one, number)).collect();
    keys.push(key(&world, &two, 0));
    // The last of each account was handed in and is in with the next block.
    for _ in 0..200 {
        if proved(&world, &keys).iter().all(|there| *there) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        world.clock.forward(3);
    }
    assert_eq!(proved(&world, &keys), [true; 5]);
    // Handed in again they are on record, and none waits.
    assert_eq!(gateway.submit_batch(&encoded(&transactions), &origin).unwrap(), said);
}

#[test]
fn a_transaction_that_is_refused_stops_no_other_and_a_revocation_waits_for_none() {
    let world = World::start();
    let (one, two) = (root(1), root(2));
    let origin = world.anchor().origin();
    let too_far = further(&world, &one, 40);
    let revoke = Revoke { kind: Kind, account: None, root: Some(two.public_key()), number: 3 };
    let revoke = SignedTransaction::sign(revoke, &origin, Signer::Root(&two)).unwrap();
    let all = [first(&world, &one), too_far, further(&world, &one, 1), revoke];
    let said = relayed(&world).submit_batch(&encoded(&all), &origin).unwrap();
    let expected = taken(&world, &all);
    assert_eq!((&said[0], &said[2], &said[3]), (&expected[0], &expected[2], &expected[3]));
    match &said[1] {
        Submitted::Refused(refusal) => assert_eq!(refusal.code, "GrantNumberAhead"),
        taken => panic!("{taken:?}"),
    }

    // What is no transaction at all is told so in its place.
    let client = world.client(root(7));
    let mixed = TransactionBatch(vec![b"no transaction".to_vec().into(), all[0].to_cbor().into()]).to_cbor();
    let answer = client.plain(Method::Post, "/v1/ledger/txs", mixed);
    assert_eq!(answer.header("content-type"), Some("application/cbor"));
    match SubmittedBatch::from_cbor(&answer.body).unwrap().0.as_slice() {
        [Submitted::Refused(refusal), Submitted::Taken(id)] => {
            assert_eq!((refusal.code.as_str(), *id), ("ObjectMalformed", all[0].id(&origin)));
        }
        said => panic!("{said:?}"),
    }
    let many = TransactionBatch(vec![vec![0].into(); TransactionBatch::LIMIT + 1]).to_cbor();
    let refused = client.plain(Method::Post, "/v1/ledger/txs", many);
    assert_eq!(code(&refused), (413, "RequestTooLarge".into()));
    let world = world.stop_ledger();
    let refused = client.plain(
        Method::Post,
        "/v1/ledger/txs",
        TransactionBatch(vec![all[0].to_cbor().into()]).to_cbor(),
    );
    assert_eq!(code(&refused), (502, "LedgerUnreachable".into()));
    drop(world);
}

#[test]
fn two_hundred_keys_are_proved_under_one_header_in_the_order_asked() {
    let world = World::start();
    let (one, origin) = (root(1), world.anchor().origin());
    relayed(&world).submit_batch(&encoded(&[first(&world, &one)]), &origin).unwrap();
    let there = key(&world, &one, 0);
    for _ in 0..200 {
        world.clock.forward(3);
        if proved(&world, &[there]) == [true] {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut keys: Vec<StateKey> = (0..199).map(|id| StateKey::Grant(GrantId::from_bytes([id; 32]))).collect();
    keys.insert(150, there);
    let expected: Vec<bool> = keys.iter().map(|key| *key == there).collect();
    assert_eq!(proved(&world, &keys), expected);
    // One more takes a second request.
    keys.push(StateKey::Account(account_id(&origin, &one.public_key())));
    assert_eq!(proved(&world, &keys), [expected, vec![true]].concat());
}

/// Asks the host itself; 202 is asked again.
fn ask(client: &Client, keys: &[StateKey]) -> keepwell_protocol::formats::http::Response {
    loop {
        let body = ProofRequest(keys.to_vec()).to_cbor();
        let answer = client.plain(Method::Post, "/v1/ledger/proofs", body);
        if answer.status != 202 {
            return answer;
        }
        assert_eq!(answer.header("content-type"), Some("application/cbor"));
    }
}

#[test]
fn a_host_answers_about_grants_and_accounts_each_once_and_about_nothing_else() {
    let world = World::start();
    let client = world.client(root(7));
    let grant = StateKey::Grant(GrantId::from_bytes([1; 32]));
    let other = StateKey::Grant(GrantId::from_bytes([2; 32]));
    let answer = ask(&client, &[grant, other]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/cbor")));
    let batch = ProofBatch::from_cbor(&answer.body).unwrap();
    assert_eq!(batch.proofs.iter().map(|proof| proof.key).collect::<Vec<_>>(), [grant, other]);
    let trusted = world.anchor().trusted_state();
    let verified = verify_batch(&answer.body, &[grant, other], &trusted, &POLICY, world.clock.now()).unwrap();
    assert!(verified.iter().all(|proof| proof.value.is_none()));

    let provider = StateKey::Provider(keepwell_protocol::domain::ProviderId::from_bytes([1; 32]));
    for private in [provider, StateKey::Governance] {
        assert_eq!(code(&ask(&client, &[grant, private])), (400, "ProofKeyPrivate".into()));
    }
    assert_eq!(code(&ask(&client, &[])), (400, "ProofKeys".into()));
    assert_eq!(code(&ask(&client, &[grant, other, grant])), (400, "ProofKeys".into()));
    let many: Vec<_> = (0..201_u32)
        .map(|id| StateKey::Grant(GrantId::from_bytes(keepwell_protocol::crypto::sha256(&id.to_be_bytes()))))
        .collect();
    assert_eq!(code(&ask(&client, &many)), (413, "RequestTooLarge".into()));
    // Each key counts as one question: six batches of 200 are what an address may ask in a minute.
    let allowed = (0..8).take_while(|_| ask(&client, &many[..200]).status == 200).count();
    assert!((4..=5).contains(&allowed), "{allowed}");
    let world = world.stop_ledger();
    world.clock.forward(60);
    assert_eq!(code(&ask(&client, &[grant])), (502, "LedgerUnreachable".into()));
}
