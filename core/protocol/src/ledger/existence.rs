//! Proofs that a document existed at a time, of batches of hashes on the ledger: checked without asking anybody.

use minicbor::{Decode, Encode};

use super::merkle::{merkle_leaf, merkle_root_over};
use super::verify::verify_light_block;
use super::{
    AnchorBatch, LightBlock, ProofError, SignedTransaction, StoreRoots, Transaction, TrustPolicy,
    TrustedState,
};
use crate::crypto::{self, Label};
use crate::domain::{AggregatorId, Object, Timestamp};

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
    /// Which of the batch's hashes it is, from 0.
    #[n(3)]
    pub index: u64,
    /// The hashes beside the way from there to the batch's root, from below, 32 bytes each.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub path: Vec<u8>,
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

/// What stands in a batch for a document of which `hash` is the SHA-256 hash.
pub fn batch_entry(salt: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
    crypto::hash(Label::Existence, &[salt, hash])
}

/// Hashes one after the other, as a path is written.
pub fn path_bytes(path: &[[u8; 32]]) -> Vec<u8> {
    path.concat()
}

/// Verifies that a document of which `hash` is the SHA-256 hash existed, without asking anybody.
///
/// # Errors
/// [`ProofError`] names the first thing that does not hold. A header that those who are trusted now did not sign is
/// [`ProofError::InsufficientTrust`]: a trust anchor of about that time is needed.
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
    let receipt = &proof.receipt;
    let batch = receipt.batch()?;
    let header = verify_light_block(&receipt.light_block, trusted, policy, now)?;
    if header.app_hash != receipt.roots.app_hash() {
        return Err(ProofError::BadProof);
    }
    let leaf = merkle_leaf(&receipt.transaction);
    let log = merkle_root_over(leaf, receipt.index, receipt.roots.log_size, &path(&receipt.path)?);
    let leaf = merkle_leaf(&batch_entry(&proof.salt, hash));
    let root = merkle_root_over(leaf, proof.index, batch.count, &path(&proof.path)?);
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
