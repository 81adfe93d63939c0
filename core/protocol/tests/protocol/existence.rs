//! Proofs that a document existed: what they hold, how long they are, and that nothing near them holds.

use keepwell_protocol::crypto::{SigningKey, aggregator_id, sha256};
use keepwell_protocol::domain::{EntryHash, Object, Origin, Timestamp};
use keepwell_protocol::ledger::{
    AnchorBatch, BatchReceipt, Close, EntryGroup, EntryReceipt, Existence, ExistenceProof, FakeLedger,
    GroupPlace, Kind, LightBlock, ProofError, SignedTransaction, Signer, TrustPolicy, TrustedState,
    batch_entry, merkle_leaf, merkle_root_over, path_bytes, verify_entry, verify_existence,
};
use proptest::prelude::*;
use tendermint::AppHash;

use crate::frozen::frozen;

const START: u64 = 1_800_000_000;

/// A batch of so many hashes in a log of so many transactions, and the proof of one document in it.
struct Case {
    proof: ExistenceProof,
    document: [u8; 32],
    trusted: TrustedState,
}

fn case(validators: usize, leaves: u64, log: u64) -> Case {
    case_of(validators, leaves, log, 1)
}

/// The same for one of so many documents that were handed in as one entry.
fn case_of(validators: usize, leaves: u64, log: u64, together: u8) -> Case {
    let (salt, document) = ([7; 32], sha256(b"a document"));
    let others = (1..together).map(|other| batch_entry(&[other; 32], &sha256(&[other])));
    let hashes: Vec<_> = others.chain([batch_entry(&salt, &document)]).collect();
    let documents = EntryGroup::new(&hashes).unwrap();
    let group = documents.place(hashes.len() - 1);
    let key = SigningKey::from_seed(&[5; 32]);
    let (index, path, root) = somewhere(documents.entry().as_bytes(), leaves);
    let aggregator = aggregator_id(&key.public_key());
    let body = AnchorBatch { kind: Kind, aggregator, number: 3, count: leaves, root };
    let signed = SignedTransaction::sign(body, &Origin::from_bytes([8; 32]), Signer::Aggregator(&key));
    let transaction = signed.unwrap().to_cbor();
    let (place, log_path, log_root) = somewhere(&transaction, log);

    let mut ledger = FakeLedger::new("keepwell-1", &vec![10; validators], Timestamp(START));
    let mut block = ledger.block(30);
    (block.roots.log, block.roots.log_size) = (log_root, log);
    block.header.app_hash = AppHash::try_from(block.roots.app_hash().to_vec()).unwrap();
    let light_block = block.light_block(|_| true).pruned().unwrap();
    let receipt = BatchReceipt { light_block, roots: block.roots, transaction, index: place, path: log_path };
    let proof = EntryReceipt { receipt, index, path }.into_proof(salt, group);
    Case { proof, document, trusted: ledger.anchor().trusted_state() }
}

/// A place for an entry in a tree of this size, its path, and the root that follows: what stands beside the way may be
/// anything, so no such tree has to be made.
fn somewhere(entry: &[u8], size: u64) -> (u64, Vec<u8>, [u8; 32]) {
    let index = size / 3;
    let beside: Vec<[u8; 32]> = (0..64_u8).map(|level| sha256(&[level])).collect();
    let over = |length: usize| {
        let path = &beside[..length];
        merkle_root_over(merkle_leaf(entry), index, size, path).map(|root| (index, path_bytes(path), root))
    };
    (0..64).find_map(over).unwrap()
}

impl Case {
    fn verify(&self, proof: &ExistenceProof) -> Result<Existence, ProofError> {
        self.verify_bytes(&proof.to_cbor(), &self.document)
    }

    fn verify_bytes(&self, proof: &[u8], document: &[u8; 32]) -> Result<Existence, ProofError> {
        verify_existence(proof, document, &self.trusted, &TrustPolicy::STRICT, Timestamp(START + 3_600))
    }
}

#[test]
fn of_a_million_documents_one_is_proved_in_two_or_three_kilobytes() {
    for (validators, log, most) in
        [(1, 10_000, 2_050), (1, 1_000_000, 2_250), (7, 10_000, 2_850), (7, 1_000_000, 3_050)]
    {
        let case = case(validators, 1_000_000, log);
        let bytes = case.proof.to_cbor();
        let existence = case.verify_bytes(&bytes, &case.document).unwrap();
        println!(
            "{validators} validators, {log} transactions: {} bytes, of which {} light block",
            bytes.len(),
            existence.light_block_bytes
        );
        assert!(bytes.len() <= most, "{validators} validators, {log} transactions: {}", bytes.len());
        assert_eq!((existence.time, existence.height), (Timestamp(START + 30), 2));
        assert_eq!(existence.validators, validators);
        assert!(existence.light_block_bytes < bytes.len());
    }
}

#[test]
fn another_document_batch_place_or_header_is_not_proved() {
    let case = case(4, 21, 13);
    let proof = case.proof.clone();
    assert!(case.verify(&proof).is_ok());
    assert_eq!(case.verify_bytes(&proof.to_cbor(), &sha256(b"another")), Err(ProofError::BadProof));
    let changed = |change: &dyn Fn(&mut ExistenceProof)| {
        let mut proof = proof.clone();
        change(&mut proof);
        case.verify(&proof).unwrap_err()
    };
    assert_eq!(changed(&|it| it.format = 2), ProofError::UnknownVersion);
    assert_eq!(changed(&|it| it.salt[0] ^= 1), ProofError::BadProof);
    assert_eq!(changed(&|it| it.index ^= 1), ProofError::BadProof);
    assert_eq!(changed(&|it| it.index = 21), ProofError::BadProof);
    assert_eq!(changed(&|it| it.path.clear()), ProofError::BadProof);
    assert_eq!(changed(&|it| it.path.truncate(33)), ProofError::Malformed);
    assert_eq!(changed(&|it| it.receipt.path.truncate(31)), ProofError::Malformed);
    assert_eq!(changed(&|it| it.receipt.index ^= 1), ProofError::BadProof);
    assert_eq!(changed(&|it| it.receipt.roots.log[0] ^= 1), ProofError::BadProof);
    assert_eq!(changed(&|it| it.receipt.roots.log_size += 1), ProofError::BadProof);
    // A batch that the log does not have, and a transaction that records none.
    let other = self::case(4, 22, 13).proof.receipt.transaction;
    assert_eq!(changed(&|it| it.receipt.transaction = other.clone()), ProofError::BadProof);
    let root = SigningKey::from_seed(&[1; 32]);
    let close = Close { kind: Kind, root: root.public_key() };
    let close = SignedTransaction::sign(close, &Origin::from_bytes([8; 32]), Signer::Root(&root)).unwrap();
    assert_eq!(changed(&|it| it.receipt.transaction = close.to_cbor()), ProofError::Malformed);
    // The same batch by another aggregator, which the log does not have either.
    let stranger = SigningKey::from_seed(&[6; 32]);
    let batch = proof.receipt.batch().unwrap();
    let batch = AnchorBatch { aggregator: aggregator_id(&stranger.public_key()), ..batch };
    let signer = Signer::Aggregator(&stranger);
    let batch = SignedTransaction::sign(batch, &Origin::from_bytes([8; 32]), signer).unwrap();
    assert_eq!(changed(&|it| it.receipt.transaction = batch.to_cbor()), ProofError::BadProof);
    // Votes of others, or too few.
    let strangers = self::case(3, 21, 13);
    assert!(case.verify(&strangers.proof).is_err());
    let mut ledger = FakeLedger::new("keepwell-1", &[10; 4], Timestamp(START));
    let half: LightBlock = ledger.block(30).light_block(|seed| seed <= 2);
    assert_eq!(changed(&|it| it.receipt.light_block = half.clone()), ProofError::InsufficientPower);
    assert_eq!(
        case.verify_bytes(&vec![0; ExistenceProof::LONGEST + 1], &case.document),
        Err(ProofError::TooLong)
    );
    let whole = proof.to_cbor();
    for length in 0..whole.len() {
        assert_eq!(case.verify_bytes(&whole[..length], &case.document), Err(ProofError::Malformed));
    }
}

#[test]
fn documents_of_one_entry_are_proved_each_and_only_at_its_place() {
    assert!(EntryGroup::new(&[]).is_none());
    for together in 1..=9 {
        let case = case_of(1, 5, 3, together);
        assert!(case.verify(&case.proof).is_ok(), "of {together}");
        assert_eq!(case.proof.group.is_some(), together > 1);
        assert_eq!(case.verify_bytes(&case.proof.to_cbor(), &sha256(&[1])), Err(ProofError::BadProof));
    }
    let case = case_of(1, 5, 3, 4);
    let place = case.proof.group.clone().unwrap();
    let moved = |change: &dyn Fn(&mut GroupPlace)| {
        let mut place = place.clone();
        change(&mut place);
        case.verify(&ExistenceProof { group: Some(place), ..case.proof.clone() }).unwrap_err()
    };
    // Of three the path of the first is as long as of four: how many they are is part of the entry.
    let first = |count| {
        let hashes: Vec<_> = (0..count).map(|it| batch_entry(&[it; 32], &[it; 32])).collect();
        EntryGroup::new(&hashes).unwrap()
    };
    assert_ne!(first(3).entry(), first(4).entry());
    assert_eq!(moved(&|it| it.count = 3), ProofError::BadProof);
    assert_eq!(moved(&|it| it.count = 5), ProofError::BadProof);
    assert_eq!(moved(&|it| it.index = 2), ProofError::BadProof);
    assert_eq!(moved(&|it| it.index = 4), ProofError::BadProof);
    assert_eq!(moved(&|it| it.path[0] ^= 1), ProofError::BadProof);
    assert_eq!(moved(&|it| it.path.truncate(31)), ProofError::Malformed);
    let alone = ExistenceProof { group: None, ..case.proof.clone() };
    assert_eq!(case.verify(&alone), Err(ProofError::BadProof));
}

#[test]
fn an_entry_is_shown_by_its_receipt_and_no_other_is() {
    let case = case_of(4, 21, 13, 1);
    let ExistenceProof { receipt, salt, index, path, .. } = case.proof.clone();
    let entry = EntryHash::from_bytes(batch_entry(&salt, &case.document));
    let mut place = EntryReceipt { receipt, index, path };
    let shown = |place: &EntryReceipt, entry: &EntryHash| {
        verify_entry(place, entry, &case.trusted, &TrustPolicy::STRICT, Timestamp(START + 3_600))
    };
    assert_eq!(shown(&place, &entry).unwrap().time, Timestamp(START + 30));
    let other = EntryHash::from_bytes([1; 32]);
    assert_eq!(shown(&place, &other), Err(ProofError::BadProof));
    place.index ^= 1;
    assert_eq!(shown(&place, &entry), Err(ProofError::BadProof));
}

#[test]
fn years_later_it_is_checked_by_a_newer_anchor_as_long_as_enough_of_who_signed_still_vote() {
    const YEARS: u64 = 3 * 365 * 86_400;
    let case = case(4, 21, 13);
    let bytes = case.proof.to_cbor();
    let by = |trusted: &TrustedState, now: u64| {
        verify_existence(&bytes, &case.document, trusted, &TrustPolicy::STRICT, Timestamp(now))
    };
    // By the anchor of the time only for so long: who voted then may have lost their keys since.
    let half_a_year = 180 * 86_400;
    assert!(by(&case.trusted, START + half_a_year - 1).is_ok());
    assert_eq!(by(&case.trusted, START + half_a_year), Err(ProofError::TrustExpired));
    // From before its header was made by the clock of whoever checks, it is none.
    assert_eq!(by(&case.trusted, START - 1), Err(ProofError::HeaderFromFuture));
    let time = Timestamp(START + YEARS);
    let later = TrustedState { height: 3_000_000, header_hash: [9; 32], time, ..case.trusted.clone() };
    assert_eq!(by(&later, START + YEARS + 60).unwrap().time, Timestamp(START + 30));
    // Of another ledger of the same validators, and by others than those who signed.
    let other = FakeLedger::new("keepwell-2", &[10; 4], Timestamp(START)).anchor().trusted_state();
    assert_eq!(by(&other, START + 3_600), Err(ProofError::WrongChain));
    let all = FakeLedger::new("keepwell-1", &[10; 8], Timestamp(START)).anchor().trusted_state().validators;
    let (present, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| case.trusted.validators.contains(one));
    assert_eq!((present.len(), others.len()), (4, 4));
    let by_validators = |validators| {
        by(&TrustedState { validators, ..later.clone() }, START + YEARS + 60).map(|shown| shown.validators)
    };
    assert_eq!(by_validators(others.clone()), Err(ProofError::InsufficientTrust));
    let with = |of_then: usize| [&present[..of_then], &others].concat();
    assert_eq!(by_validators(with(2)), Err(ProofError::InsufficientTrust), "a third is not more than one");
    assert_eq!(by_validators(with(3)), Ok(4));
}

#[test]
fn what_is_handed_on_is_encoded_as_it_was() {
    let case = case(1, 5, 3);
    frozen("batch-receipt", &case.proof.receipt);
    frozen("existence-proof", &case.proof);
    let ExistenceProof { receipt, index, path, .. } = case.proof;
    frozen("entry-receipt", &EntryReceipt { receipt, index, path });
    frozen("existence-proof-of-several", &case_of(1, 5, 3, 4).proof);
}

proptest! {
    #[test]
    fn no_changed_bit_is_proved(bit in any::<prop::sample::Index>()) {
        let case = case_of(1, 5, 3, 5);
        let mut bytes = case.proof.to_cbor();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(case.verify_bytes(&bytes, &case.document).is_err(), "bit {bit}");
    }
}
