//! Proofs that a document existed: what they hold, how long they are, and that nothing near them holds.

use keepwell_protocol::crypto::{SigningKey, aggregator_id, sha256};
use keepwell_protocol::domain::{Object, Origin, Timestamp};
use keepwell_protocol::ledger::{
    AnchorBatch, BatchReceipt, Close, Existence, ExistenceProof, FakeLedger, Kind, LightBlock, ProofError,
    SignedTransaction, Signer, TrustPolicy, TrustedState, batch_entry, merkle_leaf, merkle_root_over,
    path_bytes, verify_existence,
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
    let (salt, document) = ([7; 32], sha256(b"a document"));
    let key = SigningKey::from_seed(&[5; 32]);
    let (index, path, root) = somewhere(&batch_entry(&salt, &document), leaves);
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
    let proof = ExistenceProof { format: ExistenceProof::FORMAT, receipt, salt, index, path };
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
    assert_eq!(case.verify_bytes(&[], &case.document), Err(ProofError::Malformed));
}

#[test]
fn what_is_handed_on_is_encoded_as_it_was() {
    let case = case(1, 5, 3);
    frozen("batch-receipt", &case.proof.receipt);
    frozen("existence-proof", &case.proof);
}

proptest! {
    #[test]
    fn no_changed_bit_is_proved(bit in any::<prop::sample::Index>()) {
        let case = case(1, 5, 3);
        let mut bytes = case.proof.to_cbor();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(case.verify_bytes(&bytes, &case.document).is_err(), "bit {bit}");
    }
}
