//! Proofs that a document existed at a time, of batches of hashes on the ledger: checked without asking anybody.

use minicbor::{Decode, Encode};

use super::merkle::{MerkleTree, merkle_leaf, merkle_root_over};
use super::verify::verify_light_block;
use super::{
    AnchorBatch, LightBlock, ProofError, SignedTransaction, StoreRoots, Transaction, TrustPolicy,
    TrustedState,
};
use crate::crypto::{self, Label};
use crate::domain::{AggregatorId, EntryHash, Object, Timestamp};

/// Shows that a batch stands in the ledger's log: a gateway hands it to the aggregator.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct BatchReceipt {
    /// The block whose header carries the app hash; the log is that after the block before it.
    #[n(0)]
    pub light_block: LightBlock,
    /// What the app hash stands for.
    #[n(1)]
    pub roots: StoreRoots,
    /// The signed transaction, as it stands in the log.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub transaction: Vec<u8>,
    /// Which of the log's transactions it is, from 0.
    #[n(3)]
    pub index: u64,
    /// The hashes beside the way from there to the log's root, from below, 32 bytes each.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub path: Vec<u8>,
}

impl Object for BatchReceipt {}

impl BatchReceipt {
    /// The batch, if there is one in the transaction.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] if the transaction records no batch.
    pub fn batch(&self) -> Result<AnchorBatch, ProofError> {
        match SignedTransaction::parse(&self.transaction).map(|signed| signed.body().clone()) {
            Ok(Transaction::AnchorBatch(batch)) => Ok(batch),
            _ => Err(ProofError::Malformed),
        }
    }
}

/// Where an entry stands in a batch, and the batch in the ledger's log: a gateway hands it to whoever handed in the entry.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct EntryReceipt {
    /// The batch that the entry is in.
    #[n(0)]
    pub receipt: BatchReceipt,
    /// Which of the batch's entries it is, from 0.
    #[n(1)]
    pub index: u64,
    /// The hashes beside the way from there to the batch's root, from below, 32 bytes each.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub path: Vec<u8>,
}

impl Object for EntryReceipt {}

impl EntryReceipt {
    /// The proof of a document that the entry stands for.
    pub fn into_proof(self, salt: [u8; 32], group: Option<GroupPlace>) -> ExistenceProof {
        let Self { receipt, index, path } = self;
        ExistenceProof { format: ExistenceProof::FORMAT, receipt, salt, index, path, group }
    }
}

/// Where a document stands among those that one entry stands for.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GroupPlace {
    /// How many they are.
    #[n(0)]
    pub count: u64,
    /// Which of them it is, from 0.
    #[n(1)]
    pub index: u64,
    /// The hashes beside the way from there to the entry, from below, 32 bytes each.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub path: Vec<u8>,
}

/// Documents that one entry stands for, so that whoever takes it does not learn how many they are.
pub struct EntryGroup {
    /// Nothing where there is one document, whose salted hash is the entry.
    tree: Option<MerkleTree>,
    entry: EntryHash,
    count: u64,
}

impl EntryGroup {
    /// The group of these documents' salted hashes, see [`batch_entry`]; nothing where there are none.
    pub fn new(hashes: &[[u8; 32]]) -> Option<Self> {
        let count = u64::try_from(hashes.len()).ok()?;
        if let [alone] = hashes {
            return Some(Self { tree: None, entry: EntryHash::from_bytes(*alone), count });
        }
        let tree = MerkleTree::new(hashes)?;
        Some(Self { entry: EntryHash::from_bytes(group_entry(count, &tree.root())), tree: Some(tree), count })
    }

    /// What is handed in for all of them.
    pub const fn entry(&self) -> EntryHash {
        self.entry
    }

    /// Where one of them stands, from 0; nothing where it is alone, or there is no such one.
    pub fn place(&self, index: usize) -> Option<GroupPlace> {
        let path = path_bytes(&self.tree.as_ref()?.path(index)?);
        Some(GroupPlace { count: self.count, index: u64::try_from(index).ok()?, path })
    }
}

/// Shows that a document existed when a header was made.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ExistenceProof {
    /// The form of this object.
    #[n(0)]
    pub format: u32,
    /// The batch that the document is in.
    #[n(1)]
    pub receipt: BatchReceipt,
    /// What makes the document's hash in the batch tell nothing of it.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// Which of the batch's entries it is, from 0.
    #[n(3)]
    pub index: u64,
    /// The hashes beside the way from there to the batch's root, from below, 32 bytes each.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub path: Vec<u8>,
    /// Where it stands among the documents that this entry stands for; nothing where it is the only one.
    #[n(5)]
    pub group: Option<GroupPlace>,
}

impl Object for ExistenceProof {}

impl ExistenceProof {
    /// The form that is written here.
    pub const FORMAT: u32 = 1;
    /// The largest proof, in bytes.
    pub const LONGEST: usize = 64 * 1_024;
}

/// What a proof shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Existence {
    /// The document existed by then: the time of the header.
    pub time: Timestamp,
    /// The height of that header.
    pub height: u64,
    /// Who recorded the batch.
    pub aggregator: AggregatorId,
    /// How many validators may vote on the header.
    pub validators: usize,
    /// How many bytes of the proof are header, votes and validators.
    pub light_block_bytes: usize,
    /// What to trust from here on; unchanged where the header is not newer than that.
    pub next_state: TrustedState,
}

/// The salted hash of a document of which `hash` is the SHA-256 hash: what stands for it in a batch, or in a group.
pub fn batch_entry(salt: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
    crypto::hash(Label::Existence, &[salt, hash])
}

/// The entry that stands for several documents, by the tree over their salted hashes. It holds how many they are, which
/// a path alone leaves open.
fn group_entry(count: u64, root: &[u8; 32]) -> [u8; 32] {
    crypto::hash(Label::Existence, &[&count.to_be_bytes(), root])
}

/// Hashes one after the other, as a path is written.
pub fn path_bytes(path: &[[u8; 32]]) -> Vec<u8> {
    path.concat()
}

/// Verifies that a document of which `hash` is the SHA-256 hash existed, without asking anybody.
///
/// # Errors
/// [`ProofError`] names the first thing that does not hold. A trust anchor of any time of the last 180 days will do, so
/// of today for a header of years ago, as long as more than a third of the power of those who vote by the anchor signed
/// the header ([`ProofError::InsufficientTrust`] otherwise); one that is older is [`ProofError::TrustExpired`].
pub fn verify_existence(
    proof: &[u8],
    hash: &[u8; 32],
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Existence, ProofError> {
    if proof.len() > ExistenceProof::LONGEST {
        return Err(ProofError::TooLong);
    }
    let proof = ExistenceProof::from_cbor(proof).map_err(|_| ProofError::Malformed)?;
    if proof.format != ExistenceProof::FORMAT {
        return Err(ProofError::UnknownVersion);
    }
    let hash = batch_entry(&proof.salt, hash);
    let entry = match &proof.group {
        Some(GroupPlace { count, index, path: beside }) => {
            let root = merkle_root_over(merkle_leaf(&hash), *index, *count, &path(beside)?);
            group_entry(*count, &root.ok_or(ProofError::BadProof)?)
        }
        None => hash,
    };
    verify_place(&proof.receipt, proof.index, &proof.path, &entry, trusted, policy, now)
}

/// Verifies that an entry stands in a batch that the ledger recorded.
///
/// # Errors
/// As [`verify_existence`].
pub fn verify_entry(
    place: &EntryReceipt,
    entry: &EntryHash,
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Existence, ProofError> {
    verify_place(&place.receipt, place.index, &place.path, entry.as_bytes(), trusted, policy, now)
}

fn verify_place(
    receipt: &BatchReceipt,
    index: u64,
    beside: &[u8],
    entry: &[u8; 32],
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Existence, ProofError> {
    let batch = receipt.batch()?;
    let header = verify_light_block(&receipt.light_block, trusted, policy, now)?;
    if header.app_hash != receipt.roots.app_hash() {
        return Err(ProofError::BadProof);
    }
    let leaf = merkle_leaf(&receipt.transaction);
    let log = merkle_root_over(leaf, receipt.index, receipt.roots.log_size, &path(&receipt.path)?);
    let root = merkle_root_over(merkle_leaf(entry), index, batch.count, &path(beside)?);
    if log != Some(receipt.roots.log) || root != Some(batch.root) {
        return Err(ProofError::BadProof);
    }
    Ok(Existence {
        time: header.time,
        height: header.height,
        aggregator: batch.aggregator,
        validators: header.validators,
        light_block_bytes: receipt.light_block.to_cbor().len(),
        next_state: header.next_state,
    })
}

fn path(bytes: &[u8]) -> Result<Vec<[u8; 32]>, ProofError> {
    let (hashes, rest) = bytes.as_chunks();
    if rest.is_empty() { Ok(hashes.to_vec()) } else { Err(ProofError::Malformed) }
}
