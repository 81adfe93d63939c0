//! What a proof of the ledger must be to be believed, and every way in which one may not.

use std::sync::LazyLock;

use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{
    Commitment, Day, Duration, GrantId, Object, ProviderId, Slot, Timestamp, TxId,
};
use keepwell_protocol::ledger::{
    AuditRecord, FakeBlock, FakeLedger, GrantRecord, GrantStatus, LedgerVerdict, LightBlock, ProofBatch,
    ProofBundle, ProofError, ProofRequest, StateKey, TrustAnchor, TrustPolicy, TrustedState, Verified,
    ledger_verdict, verify, verify_batch, verify_light_block,
};
use minicbor::bytes::ByteVec;
use tendermint::Time;
use tendermint::block::CommitSig;

const START: Timestamp = Timestamp(1_800_000_000);
const NOW: Timestamp = Timestamp(START.0 + 1_000);
const POLICY: TrustPolicy = TrustPolicy::STRICT;

fn grant_key(id: u8) -> StateKey {
    StateKey::Grant(GrantId::from_bytes([id; 32]))
}

fn record(id: u8) -> GrantRecord {
    GrantRecord {
        status: GrantStatus::Active,
        version: 1,
        commitment: Some(Commitment::from_bytes([id; 32])),
        slot: Some(Slot::from_bytes([id; 32])),
        not_after: Day(NOW.day().0 + 30),
        height: 1,
        transaction: TxId::from_bytes([id; 32]),
    }
}

/// A ledger with a thousand grants, 1 to 9 among them at their own keys.
fn ledger(powers: &[u64]) -> FakeLedger {
    let mut ledger = FakeLedger::new("keepwell-1", powers, START);
    for number in 0..1_000_u32 {
        let mut id = [255; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        ledger.put(&StateKey::Grant(GrantId::from_bytes(id)), Some(record(1).to_cbor()));
    }
    for id in 1..10 {
        ledger.put(&grant_key(id), Some(record(id).to_cbor()));
    }
    ledger
}

/// Seven validators, a state, the block after it: made once, since every test only reads it.
static SEVEN: LazyLock<(FakeBlock, TrustedState)> = LazyLock::new(|| {
    let mut ledger = ledger(&[10; 7]);
    let trusted = ledger.anchor().trusted_state();
    for _ in 0..5 {
        ledger.block(100);
    }
    (ledger.block(400), trusted)
});

fn check(bundle: &ProofBundle) -> Result<Verified, ProofError> {
    verify(&bundle.to_cbor(), &grant_key(3), &SEVEN.1, &POLICY, NOW)
}

fn good() -> ProofBundle {
    let block = &SEVEN.0;
    block.bundle(&grant_key(3), block.light_block(|_| true).pruned().unwrap())
}

#[test]
fn proves_what_is_there_and_what_is_not() {
    let verified = check(&good()).unwrap();
    assert_eq!(verified.grant().unwrap(), Some(record(3)));
    assert_eq!((verified.height, verified.validators), (7, 7));
    assert_eq!(verified.time, Timestamp(START.0 + 900));
    assert_eq!(verified.bytes, good().to_cbor().len());
    assert_eq!(verified.next_state.height, 7);
    assert_eq!(verified.next_state.time, verified.time);
    for id in [10, 11, 0, 254] {
        let bundle = SEVEN.0.bundle(&grant_key(id), SEVEN.0.light_block(|_| true));
        let verified = verify(&bundle.to_cbor(), &grant_key(id), &SEVEN.1, &POLICY, NOW).unwrap();
        assert_eq!(verified.grant().unwrap(), None);
    }
}

/// Keys 3 and 10, of which only the first is there, in the order of the answer.
fn batch() -> ProofBatch {
    let block = &SEVEN.0;
    block.batch(&[grant_key(3), grant_key(10)], block.light_block(|_| true).pruned().unwrap())
}

fn check_batch(batch: &ProofBatch, keys: &[StateKey]) -> Result<Vec<Verified>, ProofError> {
    verify_batch(&batch.to_cbor(), keys, &SEVEN.1, &POLICY, NOW)
}

#[test]
fn a_batch_proves_each_key_that_was_asked_for_once() {
    for keys in [[grant_key(3), grant_key(10)], [grant_key(10), grant_key(3)]] {
        let verified = check_batch(&batch(), &keys).unwrap();
        for (key, verified) in keys.iter().zip(&verified) {
            let expected = (*key == grant_key(3)).then(|| record(3));
            assert_eq!(verified.grant().unwrap(), expected);
            assert_eq!((verified.height, verified.time), (7, Timestamp(START.0 + 900)));
            assert_eq!(verified.next_state.height, 7);
        }
    }
    let keys = [grant_key(3), grant_key(10)];
    assert_eq!(check_batch(&batch(), &keys[..1]), Err(ProofError::ProofKeyMismatch));
    let more = [grant_key(3), grant_key(10), grant_key(4)];
    assert_eq!(check_batch(&batch(), &more), Err(ProofError::Incomplete));
    let mut twice = batch();
    twice.proofs.push(twice.proofs[0].clone());
    assert_eq!(check_batch(&twice, &keys), Err(ProofError::Repeated));

    // What is proved of one key is proved of no other, and what is there is not absent.
    let mut exchanged = batch();
    (exchanged.proofs[0].key, exchanged.proofs[1].key) = (keys[1], keys[0]);
    assert_eq!(check_batch(&exchanged, &keys), Err(ProofError::BadProof));
    let mut absent = batch();
    absent.proofs[0].value = None;
    assert_eq!(check_batch(&absent, &keys), Err(ProofError::BadProof));
    let mut roots = batch();
    roots.roots.log_size += 1;
    assert_eq!(check_batch(&roots, &keys), Err(ProofError::BadProof));
    let strangers = ledger(&[10; 3]).block(900);
    let foreign = strangers.batch(&keys, strangers.light_block(|_| true));
    assert!(check_batch(&foreign, &keys).is_err());
}

#[test]
fn every_bit_of_a_batch_counts() {
    let (bytes, keys) = (batch().to_cbor(), [grant_key(3), grant_key(10)]);
    let check = |bytes: &[u8]| verify_batch(bytes, &keys, &SEVEN.1, &POLICY, NOW);
    assert!(check(&bytes).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(check(&changed).is_err(), "byte {at}");
        assert!(check(&bytes[..at]).is_err(), "the first {at} bytes");
    }
    assert_eq!(check(&vec![0; ProofBatch::LONGEST + 1]), Err(ProofError::TooLong));
    assert_eq!(check(&vec![0; ProofBatch::LONGEST]), Err(ProofError::Malformed));
}

#[test]
fn the_largest_batch_fits_its_limit() {
    let keys: Vec<StateKey> = (0..u8::try_from(ProofRequest::LIMIT).unwrap()).map(grant_key).collect();
    let block = &SEVEN.0;
    let bytes = block.batch(&keys, block.light_block(|_| true)).to_cbor().len();
    assert!(bytes * 4 <= ProofBatch::LONGEST, "{bytes} bytes for a state of a thousand grants");
}

#[test]
fn a_proof_by_seven_validators_has_at_most_3_kb() {
    let bytes = good().to_cbor().len();
    assert!(bytes <= 3_000, "{bytes} bytes");
}

#[test]
fn every_bit_of_a_proof_counts() {
    let bytes = good().to_cbor();
    let check = |bytes: &[u8]| verify(bytes, &grant_key(3), &SEVEN.1, &POLICY, NOW);
    assert!(check(&bytes).is_ok());
    // One bit in each byte, another in the next; all eight would say the same more slowly.
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(check(&changed).is_err(), "byte {at}");
        assert!(check(&bytes[..at]).is_err(), "the first {at} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(check(&longer), Err(ProofError::Malformed));
}

#[test]
fn every_bit_counts_where_more_validators_signed_than_needed() {
    let mut bundle = good();
    bundle.light_block = SEVEN.0.light_block(|_| true);
    let bytes = bundle.to_cbor();
    assert!(check(&bundle).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x80 >> (at % 8);
        let refused = verify(&changed, &grant_key(3), &SEVEN.1, &POLICY, NOW);
        assert!(refused.is_err(), "byte {at}");
    }
}

#[test]
fn refuses_another_key_value_or_tree() {
    let block = &SEVEN.0;
    let other = block.bundle(&grant_key(4), block.light_block(|_| true));
    assert_eq!(check(&other), Err(ProofError::ProofKeyMismatch));
    for (name, change) in [
        (
            "the proof of another key",
            (|bundle, other| bundle.proof = other.proof.clone()) as fn(&mut ProofBundle, &ProofBundle),
        ),
        ("another value", |bundle, other| bundle.value = other.value.clone()),
        ("absence of what is there", |bundle, _| bundle.value = None),
        ("another's value and proof", |bundle, other| {
            bundle.proof = other.proof.clone();
            bundle.value = other.value.clone();
        }),
        ("another log", |bundle, _| bundle.roots.log_size += 1),
        ("another tree", |bundle, _| bundle.roots.state[0] ^= 1),
        ("the log's root as the tree's", |bundle, _| {
            std::mem::swap(&mut bundle.roots.state, &mut bundle.roots.log);
        }),
        ("no proof", |bundle, _| bundle.proof = Vec::new()),
        ("the proof of an empty tree", |bundle, _| {
            bundle.value = None;
            bundle.proof = vec![0; 5];
        }),
        ("more behind the proof", |bundle, _| bundle.proof.push(0)),
        ("a proof deeper than any tree", |bundle, _| {
            bundle.value = None;
            bundle.proof = [&[0_u8][..], &300_u32.to_le_bytes(), &[0; 300]].concat();
        }),
    ] {
        let mut bundle = good();
        change(&mut bundle, &other);
        assert_eq!(check(&bundle), Err(ProofError::BadProof), "{name}");
    }
    // What is absent is not made present.
    let mut absent = block.bundle(&grant_key(10), block.light_block(|_| true));
    absent.value = Some(ByteVec::from(record(10).to_cbor()));
    let refused = verify(&absent.to_cbor(), &grant_key(10), &SEVEN.1, &POLICY, NOW);
    assert_eq!(refused, Err(ProofError::BadProof));
}

#[test]
fn refuses_swapped_siblings_and_a_node_shown_as_a_leaf() {
    let bundle = good();
    // Borsh: leaf (1 + 64 bytes), count (4), then siblings of 1 or 65 bytes.
    let (start, first) = (69, 69 + 65);
    assert_eq!(
        (bundle.proof[0], bundle.proof[start], bundle.proof[first]),
        (1, 1 + u8::from(bundle.proof[start] == 2), bundle.proof[first])
    );
    let mut swapped = bundle.clone();
    swapped.proof[start + 1..start + 65].rotate_left(32);
    assert_eq!(check(&swapped), Err(ProofError::BadProof));
    let mut retyped = bundle.clone();
    retyped.proof[start] = 3 - retyped.proof[start];
    assert_eq!(check(&retyped), Err(ProofError::BadProof));
}

#[test]
fn refuses_what_is_too_long_or_of_another_version() {
    let mut bundle = good();
    bundle.proof = vec![0; ProofBundle::LONGEST];
    assert_eq!(check(&bundle), Err(ProofError::TooLong));
    let mut bundle = good();
    bundle.format += 1;
    assert_eq!(check(&bundle), Err(ProofError::UnknownVersion));
    let mut block = SEVEN.0.clone();
    for (version, is_known) in [(0, false), (1, true), (2, true), (3, false)] {
        block.header.version.app = version;
        let bundle = block.bundle(&grant_key(3), block.light_block(|_| true));
        let refused = check(&bundle).err();
        assert_eq!(refused, (!is_known).then_some(ProofError::UnknownVersion), "{version}");
    }
}

#[test]
fn refuses_another_chain_even_by_the_same_validators() {
    let mut other = FakeLedger::new("keepwell-2", &[10; 7], START);
    other.put(&grant_key(3), Some(record(3).to_cbor()));
    let block = other.block(100);
    let mut bundle = block.bundle(&grant_key(3), block.light_block(|_| true));
    assert_eq!(check(&bundle), Err(ProofError::WrongChain));
    // With the name of ours on the bundle, the header still says whose it is.
    bundle.chain_id = "keepwell-1".to_owned();
    assert_eq!(check(&bundle), Err(ProofError::WrongChain));
}

#[test]
fn a_ledger_with_one_signer_must_be_accepted_by_name() {
    let mut ledger = FakeLedger::new("embedded-test", &[1], START);
    let block = ledger.block(10);
    let bundle = block.bundle(&grant_key(3), block.light_block(|_| true)).to_cbor();
    let trusted = ledger.anchor().trusted_state();
    assert!(trusted.is_embedded());
    let strict = TrustPolicy::default();
    let with = |policy| verify(&bundle, &grant_key(3), &trusted, policy, NOW);
    assert_eq!(with(&TrustPolicy::STRICT), Err(ProofError::EmbeddedChain));
    assert_eq!(with(&strict), Err(ProofError::EmbeddedChain));
    assert!(with(&TrustPolicy::DEMONSTRATION).is_ok());
}

#[test]
fn more_than_two_thirds_of_the_power_must_sign() {
    for (powers, signers, expected) in [
        (&[10_u64, 10, 10][..], &[1_u8, 2, 3][..], Ok(())),
        (&[10, 10, 10], &[1, 2], Err(ProofError::InsufficientPower)), // exactly two thirds
        (&[10, 10, 10, 1], &[1, 2, 4], Ok(())),
        (&[10, 10, 11], &[1, 2], Err(ProofError::InsufficientPower)),
        (&[10, 11, 10], &[1, 2], Ok(())), // 21 of 31
        (&[1, 1, 1, 1], &[1, 2, 3], Ok(())),
        (&[1, 1, 1, 1], &[1, 2], Err(ProofError::InsufficientPower)),
        (&[1_000, 1, 1, 1], &[2, 3, 4], Err(ProofError::InsufficientTrust)),
        (&[1_000, 1, 1, 1], &[1], Ok(())),
        (&[1, 1, 1], &[], Err(ProofError::InsufficientPower)),
    ] {
        let mut ledger = FakeLedger::new("keepwell-1", powers, START);
        let trusted = ledger.anchor().trusted_state();
        ledger.block(10);
        let block = ledger.block(10);
        let light = block.light_block(|seed| signers.contains(&seed));
        let found = verify_light_block(&light, &trusted, &POLICY, NOW).map(|_| ());
        assert_eq!(found, expected, "{powers:?} signed by {signers:?}");
    }
}

#[test]
fn a_vote_counts_once_and_only_in_its_own_place() {
    let block = &SEVEN.0;
    let set = block.set();
    let seeds: Vec<u8> = (1..=7).collect();
    let by = |info: &tendermint::validator::Info| {
        let address = |seed: u8| {
            let key = SigningKey::from_seed(&[seed; 32]).public_key();
            tendermint::account::Id::from(tendermint::PublicKey::from_raw_ed25519(key.as_bytes()).unwrap())
        };
        seeds.iter().copied().find(|seed| address(*seed) == info.address).unwrap()
    };
    let votes: Vec<CommitSig> = set.validators().iter().map(|info| block.vote(by(info), info)).collect();
    let refused = |votes: Vec<CommitSig>| {
        let light = block.light_block_of(votes);
        verify_light_block(&light, &SEVEN.1, &POLICY, NOW).map(|_| ()).unwrap_err()
    };
    assert!(verify_light_block(&block.light_block_of(votes.clone()), &SEVEN.1, &POLICY, NOW).is_ok());
    // The same vote in every place.
    assert_eq!(refused(vec![votes[0].clone(); 7]), ProofError::BadVote);
    // Two votes in each other's places.
    let mut swapped = votes.clone();
    swapped.swap(0, 1);
    assert_eq!(refused(swapped), ProofError::BadVote);
    // One vote fewer or more than there are validators.
    assert_eq!(refused(votes[..6].to_vec()), ProofError::BadVote);
    assert_eq!(refused([votes.clone(), vec![votes[0].clone()]].concat()), ProofError::BadVote);
    // A vote signed by another key, needed or not.
    for place in [0, 6] {
        let mut forged = votes.clone();
        forged[place] = block.vote(99, &set.validators()[place]);
        assert_eq!(refused(forged), ProofError::BadVote, "place {place}");
    }
    // A vote on another header.
    let mut other = block.clone();
    other.header.height = 8_u8.into();
    let mut stolen = votes;
    stolen[0] = other.vote(by(&set.validators()[0]), &set.validators()[0]);
    assert_eq!(refused(stolen), ProofError::BadVote);
}

#[test]
fn refuses_strangers_and_validators_that_the_header_does_not_name() {
    // Strangers who sign a header of their own, far ahead and next to the trusted one.
    let mut strangers = FakeLedger::new("keepwell-1", &[10; 7], START);
    strangers.change_validators(&[(101, 10), (102, 10), (103, 10)]);
    let adjacent = strangers.block(1);
    let far = strangers.block(1);
    let mut forged = adjacent;
    forged.validators = vec![(101, 10), (102, 10), (103, 10)];
    forged.header.validators_hash = forged.set().hash();
    for (block, expected) in [(&forged, ProofError::BadValidators), (&far, ProofError::InsufficientTrust)] {
        let refused = verify_light_block(&block.light_block(|_| true), &SEVEN.1, &POLICY, NOW);
        assert_eq!(refused.unwrap_err(), expected);
    }
    // Validators other than those in the header, present or next.
    let mut other = SEVEN.0.clone();
    other.validators.pop();
    let refused = verify_light_block(&other.light_block(|_| true), &SEVEN.1, &POLICY, NOW);
    assert_eq!(refused.unwrap_err(), ProofError::BadValidators);
    let mut other = SEVEN.0.clone();
    other.next_validators.pop();
    let refused = verify_light_block(&other.light_block(|_| true), &SEVEN.1, &POLICY, NOW);
    assert_eq!(refused.unwrap_err(), ProofError::BadValidators);
}

#[test]
fn trust_follows_validators_that_change_bit_by_bit() {
    let mut ledger = FakeLedger::new("keepwell-1", &[10; 4], START);
    let trusted = ledger.anchor().trusted_state();
    let old: Vec<(u8, u64)> = (1..=4).map(|seed| (seed, 10)).collect();
    let new: Vec<(u8, u64)> = (11..=14).map(|seed| (seed, 10)).collect();
    let mut steps = Vec::new();
    for changed in 1..=4 {
        ledger.change_validators(&[&new[..changed], &old[changed..]].concat());
        ledger.block(10);
        steps.push(ledger.block(10));
    }
    let last = steps[3].light_block(|_| true);
    let refused = verify_light_block(&last, &trusted, &POLICY, NOW).unwrap_err();
    assert_eq!(refused, ProofError::InsufficientTrust);
    let middle = verify_light_block(&steps[1].light_block(|_| true), &trusted, &POLICY, NOW).unwrap();
    assert_ne!(middle.next_state.validators, trusted.validators);
    let end = verify_light_block(&last, &middle.next_state, &POLICY, NOW).unwrap();
    assert_eq!(end.height, steps[3].header.height.value());
    // In the block that announces a change, the next set travels along and is checked.
    ledger.change_validators(&old);
    let announcing = ledger.block(10).light_block(|_| true);
    let verified = verify_light_block(&announcing, &end.next_state, &POLICY, NOW).unwrap();
    assert_ne!(verified.next_state.validators, end.next_state.validators);
    let bytes = announcing.to_cbor();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let accepted = LightBlock::from_cbor(&changed)
            .ok()
            .and_then(|block| verify_light_block(&block, &end.next_state, &POLICY, NOW).ok());
        assert!(accepted.is_none(), "byte {at}");
    }
}

#[test]
fn trust_ends_with_its_period() {
    let block = SEVEN.0.light_block(|_| true);
    let anchor_time = SEVEN.1.time.0;
    let period = TrustAnchor::TRUSTING_PERIOD.0;
    for (now, expected) in
        [(anchor_time + period - 1, Ok(())), (anchor_time + period, Err(ProofError::TrustExpired))]
    {
        let found = verify_light_block(&block, &SEVEN.1, &POLICY, Timestamp(now)).map(|_| ());
        assert_eq!(found, expected);
    }
    // A shorter period of either side holds.
    let short = Duration::days(1);
    let late = Timestamp(anchor_time + short.0);
    let policy = TrustPolicy { trusting_period: short, ..POLICY };
    assert_eq!(verify_light_block(&block, &SEVEN.1, &policy, late).unwrap_err(), ProofError::TrustExpired);
    let trusted = TrustedState { trusting_period: short, ..SEVEN.1.clone() };
    assert_eq!(verify_light_block(&block, &trusted, &POLICY, late).unwrap_err(), ProofError::TrustExpired);
}

#[test]
fn a_header_is_at_most_thirty_seconds_ahead_and_a_clock_not_behind_what_was_seen() {
    let block = SEVEN.0.light_block(|_| true);
    let time = START.0 + 900;
    let at = |now: u64| verify_light_block(&block, &SEVEN.1, &POLICY, Timestamp(now)).map(|_| ());
    assert_eq!(at(time - 29), Ok(()));
    assert_eq!(at(time - 31), Err(ProofError::HeaderFromFuture));
    // A clock ten years back.
    let verified = verify_light_block(&block, &SEVEN.1, &POLICY, NOW).unwrap().next_state;
    let suspect = verify_light_block(&block, &verified, &POLICY, Timestamp(time - 31));
    assert_eq!(suspect.unwrap_err(), ProofError::ClockSuspect);
    assert!(verify_light_block(&block, &verified, &POLICY, Timestamp(time - 30)).is_ok());
}

#[test]
fn an_older_header_is_believed_but_moves_nothing_back() {
    let mut ledger = ledger(&[10; 4]);
    let anchor = ledger.anchor().trusted_state();
    let older = ledger.block(100);
    ledger.put(&grant_key(3), None);
    let newer = ledger.block(100);
    let newest = verify(&ledger.bundle(&newer, &grant_key(3)), &grant_key(3), &anchor, &POLICY, NOW).unwrap();
    assert_eq!(newest.value, None);
    let trusted = newest.next_state;
    let old = verify(&ledger.bundle(&older, &grant_key(3)), &grant_key(3), &trusted, &POLICY, NOW).unwrap();
    assert_eq!(old.grant().unwrap(), Some(record(3)));
    assert_eq!(old.time, Timestamp(START.0 + 100), "its age is told");
    assert_eq!(old.next_state, trusted);
    // It needs the same votes as a newer one.
    let too_few = older.light_block(|seed| seed <= 2);
    let refused = verify_light_block(&too_few, &trusted, &POLICY, NOW);
    assert_eq!(refused.unwrap_err(), ProofError::InsufficientPower);
    // Time goes with height.
    let mut odd = older.clone();
    odd.header.time = newer.header.time;
    let refused = verify_light_block(&odd.light_block(|_| true), &trusted, &POLICY, NOW);
    assert_eq!(refused.unwrap_err(), ProofError::HeaderOutOfOrder);
    let mut odd = newer;
    odd.header.height = 9_u8.into();
    let refused = verify_light_block(&odd.light_block(|_| true), &trusted, &POLICY, NOW);
    assert_eq!(refused.unwrap_err(), ProofError::HeaderOutOfOrder);
}

#[test]
fn who_starts_from_an_anchor_accepts_the_block_before_it_of_the_same_second() {
    let mut ledger = FakeLedger::new("test-1", &[10; 4], START);
    let genesis = ledger.anchor().genesis;
    let at = |mut block: FakeBlock, seconds: u64, milliseconds: u32| {
        let seconds = i64::try_from(START.0 + seconds).unwrap();
        block.header.time = Time::from_unix_timestamp(seconds, milliseconds * 1_000_000).unwrap();
        block.light_block(|_| true)
    };
    let (before, anchored, after) = (ledger.block(10), ledger.block(0), ledger.block(0));
    let anchor = TrustAnchor::at_block(genesis, &at(anchored.clone(), 10, 900)).unwrap();
    let trusted = anchor.trusted_state();
    let verified = verify_light_block(&at(before.clone(), 10, 300), &trusted, &POLICY, NOW).unwrap();
    assert_eq!(verified.next_state, trusted, "it moves nothing");
    let late = verify_light_block(&at(before.clone(), 11, 0), &trusted, &POLICY, NOW);
    assert_eq!(late.unwrap_err(), ProofError::HeaderOutOfOrder);
    // Who verified a header knows its time to the nanosecond.
    let newest = verify_light_block(&at(after, 11, 200), &trusted, &POLICY, NOW).unwrap().next_state;
    verify_light_block(&at(anchored.clone(), 11, 100), &newest, &POLICY, NOW).unwrap();
    let late = verify_light_block(&at(anchored, 11, 300), &newest, &POLICY, NOW);
    assert_eq!(late.unwrap_err(), ProofError::HeaderOutOfOrder);
}

#[test]
fn two_headers_of_one_height_are_noticed() {
    let block = &SEVEN.0;
    let verified = verify_light_block(&block.light_block(|_| true), &SEVEN.1, &POLICY, NOW).unwrap();
    let trusted = verified.next_state;
    assert!(verify_light_block(&block.light_block(|_| true), &trusted, &POLICY, NOW).is_ok());
    let mut other = block.clone();
    other.header.data_hash = None;
    let refused = verify_light_block(&other.light_block(|_| true), &trusted, &POLICY, NOW);
    assert_eq!(refused.unwrap_err(), ProofError::Equivocation);
}

#[test]
fn a_checkpoint_is_of_the_provider_that_was_asked_about() {
    let provider = ProviderId::from_bytes([1; 32]);
    let transaction = TxId::from_bytes([2; 32]);
    let record = AuditRecord { provider, size: 3, root: [4; 32], time: START, transaction };
    let with = |value: Option<Vec<u8>>| Verified { value, ..check(&good()).unwrap() };
    let proved = with(Some(record.to_cbor()));
    assert_eq!(proved.audit_log(&provider), Ok(Some(record)));
    assert_eq!(proved.audit_log(&ProviderId::from_bytes([9; 32])), Err(ProofError::BadProof));
    assert_eq!(with(None).audit_log(&provider), Ok(None));
    assert_eq!(check(&good()).unwrap().audit_log(&provider), Err(ProofError::BadProof), "it is a grant");
}

#[test]
fn what_was_verified_is_stored_and_read_back() {
    let verified = check(&good()).unwrap();
    let stored = verified.next_state.to_cbor();
    assert_eq!(TrustedState::from_cbor(&stored).unwrap(), verified.next_state);
    let later = TrustedState { format: 2, ..verified.next_state };
    assert_eq!(
        verify_light_block(&SEVEN.0.light_block(|_| true), &later, &POLICY, NOW).unwrap_err(),
        ProofError::UnknownVersion
    );
}

#[test]
fn an_anchor_reads_back_and_others_are_refused() {
    let anchor = ledger(&[10; 7]).anchor();
    let json = anchor.to_json();
    assert_eq!(TrustAnchor::parse(json.as_bytes()).unwrap(), anchor);
    assert_eq!(anchor.origin(), anchor.genesis.origin());
    for (from, to, code) in [
        ("\"format\": 1", "\"format\": 2", "AnchorTooNew"),
        ("\"height\"", "\"heigth\"", "AnchorMalformed"),
        ("\"power\": 10", "\"power\": 0", "AnchorValidators"),
        ("\"power\": 10", "\"power\": -1", "AnchorMalformed"),
        ("\"power\": 10", "\"power\": 9223372036854775807", "AnchorValidators"),
        ("{", "[", "AnchorMalformed"),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from}");
        assert_eq!(TrustAnchor::parse(changed.as_bytes()).unwrap_err().code(), code, "{to}");
    }
    // The same key twice.
    let mut twice = anchor.clone();
    twice.validators[1].key = twice.validators[0].key;
    assert_eq!(TrustAnchor::parse(twice.to_json().as_bytes()).unwrap_err().code(), "AnchorValidators");
    // The origin depends on everything in the genesis, but not on the order of its validators.
    let mut same = anchor.genesis.clone();
    same.validators.reverse();
    assert_eq!(same.origin(), anchor.origin());
    for change in [
        (|genesis| genesis.chain_id.push('x')) as fn(&mut keepwell_protocol::ledger::Genesis),
        |genesis| genesis.initial_time += 1,
        |genesis| genesis.validators[0].power += 1,
        |genesis| genesis.app_state.push(' '),
    ] {
        let mut other = anchor.genesis.clone();
        change(&mut other);
        assert_ne!(other.origin(), anchor.origin());
    }
}

#[test]
fn standing_follows_from_record_age_and_clock() {
    let quarter = Duration::minutes(15);
    let active = record(1);
    let revoked = GrantRecord { status: GrantStatus::Revoked, ..active.clone() };
    let at = NOW;
    let end = active.not_after.end();
    for (record, header, at, expected) in [
        (Some(&active), at, at, LedgerVerdict::InForce),
        (Some(&active), Timestamp(at.0 - 900), at, LedgerVerdict::InForce),
        (Some(&active), Timestamp(at.0 - 901), at, LedgerVerdict::Stale),
        (Some(&active), Timestamp(at.0 + 30), at, LedgerVerdict::InForce),
        (Some(&active), Timestamp(at.0 + 31), at, LedgerVerdict::FromFuture),
        (Some(&active), Timestamp(end.0 - 1), Timestamp(end.0 - 1), LedgerVerdict::InForce),
        (Some(&active), end, end, LedgerVerdict::Expired),
        (Some(&active), Timestamp(end.0 - 60), end, LedgerVerdict::Expired),
        (None, at, at, LedgerVerdict::Absent),
        (None, Timestamp(at.0 - 901), at, LedgerVerdict::Stale),
        (Some(&revoked), at, at, LedgerVerdict::Revoked),
        (Some(&revoked), Timestamp(0), at, LedgerVerdict::Revoked),
    ] {
        assert_eq!(ledger_verdict(record, header, at, quarter), expected, "{header} at {at}");
    }
}

#[test]
fn keys_of_the_tree_are_a_prefix_and_32_bytes() {
    let keys = [
        grant_key(7),
        StateKey::Provider(ProviderId::from_bytes([8; 32])),
        StateKey::Account(keepwell_protocol::domain::AccountId::from_bytes([9; 32])),
        StateKey::Governance,
    ];
    for key in keys {
        assert_eq!(StateKey::parse(&key.to_bytes()), Ok(key));
        assert_eq!(StateKey::parse_hex(&key.to_hex()), Ok(key));
        let hex = key.to_hex();
        for near in [hex.to_uppercase(), hex[2..].to_owned(), format!("{hex}00"), hex.replacen('6', "7", 1)] {
            assert!(StateKey::parse_hex(&near).is_err(), "{near}");
        }
    }
    assert_eq!(grant_key(7).to_hex(), format!("6772616e742f{}", "07".repeat(32)));
}
