//! Where the batches of aggregators stand in the log of transactions, as long as somebody may want to know.

use keepwell_protocol::domain::{AggregatorId, Object};
use keepwell_protocol::ledger::{
    AnchorBatch, MerkleLog, SignedTransaction, StateKey, StoreRoots, Transaction, path_bytes,
};
use minicbor::{Decode, Encode};
use redb::WriteTransaction;

use super::error::StoreError;
use super::tables::BATCHES;
use crate::state::Writes;

/// How many batches of an aggregator are remembered.
pub const KEPT_BATCHES: u32 = 4_096;

/// A batch that a block recorded.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct StoredBatch {
    /// The height of the block that recorded it.
    #[n(0)]
    pub height: u64,
    /// What the app hash after it stands for.
    #[n(1)]
    pub roots: StoreRoots,
    /// The signed transaction, as it stands in the log.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub transaction: Vec<u8>,
    /// Which of the log's transactions it is, from 0.
    #[n(3)]
    pub index: u64,
    /// The hashes beside the way from there to the log's root, from below.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub path: Vec<u8>,
}

impl Object for StoredBatch {}

/// Where a batch of a block stands, before the roots after the block are known.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    batch: AnchorBatch,
    transaction: Vec<u8>,
    index: u64,
    path: Vec<u8>,
}

/// The batches among the transactions that a block appends to the log.
pub(super) fn recorded(writes: &Writes, log: &MerkleLog, accepted: &[&[u8]]) -> Vec<Recorded> {
    if !writes.keys().any(|key| matches!(key, StateKey::Aggregator(_))) {
        return Vec::new();
    }
    let batch = |(at, bytes): (usize, &&[u8])| {
        let Ok(Transaction::AnchorBatch(batch)) = SignedTransaction::parse(bytes).map(|it| it.body().clone())
        else {
            return None;
        };
        let index = log.size() + u64::try_from(at).ok()?;
        let path = path_bytes(&log.path_after(accepted, at));
        Some(Recorded { batch, transaction: bytes.to_vec(), index, path })
    };
    accepted.iter().enumerate().filter_map(batch).collect()
}

/// Writes them, and forgets one for each that is too old.
pub(super) fn write(
    transaction: &WriteTransaction,
    recorded: &[Recorded],
    height: u64,
    roots: StoreRoots,
) -> Result<(), StoreError> {
    if recorded.is_empty() {
        return Ok(());
    }
    let mut table = transaction.open_table(BATCHES)?;
    for Recorded { batch, transaction, index, path } in recorded {
        let stored = StoredBatch {
            height,
            roots,
            transaction: transaction.clone(),
            index: *index,
            path: path.clone(),
        };
        let key = row(&batch.aggregator, batch.number);
        table.insert(key.as_slice(), stored.to_cbor().as_slice())?;
        if let Some(old) = batch.number.checked_sub(KEPT_BATCHES) {
            table.remove(row(&batch.aggregator, old).as_slice())?;
        }
    }
    Ok(())
}

/// The row of a batch: aggregator ‖ number, big-endian.
pub(super) fn row(aggregator: &AggregatorId, number: u32) -> Vec<u8> {
    [aggregator.as_bytes().as_slice(), &number.to_be_bytes()].concat()
}
