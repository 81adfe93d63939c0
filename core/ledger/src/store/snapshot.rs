//! A consistent view of the committed data, which no later block disturbs.

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, Version};
use keepwell_protocol::domain::{AggregatorId, Day, Object, ProviderId};
use keepwell_protocol::ledger::{Directory, DirectoryEntry, StateKey, TreeHasher};
use redb::{ReadOnlyTable, ReadTransaction, TableError};

use super::batches::{self, StoredBatch};
use super::error::StoreError;
use super::head::Head;
use super::tables::{
    BATCHES, BLOCKS, DUE, Due, HEADS, LIGHT, META, NODES, PROVIDERS, Row, TIP, VALUES, value_row,
};
use crate::state::View;

/// The committed data as it was when this was made.
pub struct Snapshot {
    pub(super) transaction: ReadTransaction,
    nodes: ReadOnlyTable<Row, Row>,
    values: ReadOnlyTable<Row, Row>,
    pub(super) due: ReadOnlyTable<Due, ()>,
    head: Head,
}

/// A value under a key, or its absence, with the proof of it.
#[derive(Clone, Debug)]
pub struct Proven {
    /// What lies under the key; none if the proof shows that nothing does.
    pub value: Option<Vec<u8>>,
    /// The tree's proof in Borsh form.
    pub proof: Vec<u8>,
}

/// A row of the table of values.
pub(super) struct ValueRow {
    /// Its key there.
    pub(super) row: Vec<u8>,
    /// The value; nothing where it was deleted.
    pub(super) value: Option<Vec<u8>>,
}

impl Snapshot {
    pub(super) fn new(transaction: ReadTransaction) -> Result<Self, StoreError> {
        let newest = transaction.open_table(HEADS)?.range(0..)?.next_back();
        let (_, head) = newest.ok_or(StoreError::Corrupt)??;
        let head = Head::from_cbor(head.value()).map_err(|_| StoreError::Corrupt)?;
        Ok(Self {
            nodes: transaction.open_table(NODES)?,
            values: transaction.open_table(VALUES)?,
            due: transaction.open_table(DUE)?,
            head,
            transaction,
        })
    }

    /// The state after the newest block.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The state after a block, if it is among the newest.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn head_at(&self, height: u64) -> Result<Option<Head>, StoreError> {
        match self.transaction.open_table(HEADS)?.get(height)? {
            Some(bytes) => Head::from_cbor(bytes.value()).map(Some).map_err(|_| StoreError::Corrupt),
            None => Ok(None),
        }
    }

    /// The light block of a height, as the gateway serves it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn light_block(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.transaction.open_table(LIGHT)?.get(height)?.map(|bytes| bytes.value().to_vec()))
    }

    /// The newest height that has a light block, which is what can be proved from; 0 while there is none.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn served_height(&self) -> Result<u64, StoreError> {
        let newest = self.transaction.open_table(LIGHT)?.range(0..)?.next_back().transpose()?;
        Ok(newest.map_or(0, |(height, _)| height.value()))
    }

    /// A block in CometBFT's encoding, if it is among the newest.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn block(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.transaction.open_table(BLOCKS)?.get(height)?.map(|bytes| bytes.value().to_vec()))
    }

    /// Where a batch stands in the log of transactions, if it is among the newest of its aggregator.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn batch(&self, aggregator: &AggregatorId, number: u32) -> Result<Option<StoredBatch>, StoreError> {
        let table = match self.transaction.open_table(BATCHES) {
            Ok(table) => table,
            // A file of before there were batches, and none has come yet.
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match table.get(batches::row(aggregator, number).as_slice())? {
            Some(bytes) => StoredBatch::from_cbor(bytes.value()).map(Some).map_err(|_| StoreError::Corrupt),
            None => Ok(None),
        }
    }

    /// What the engine wrote with the newest block to go on from there.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn tip(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.transaction.open_table(META)?.get(TIP)?.map(|bytes| bytes.value().to_vec()))
    }

    /// Proves what lies under a key in the state that `head` describes.
    ///
    /// # Errors
    /// [`StoreError`] if that state is no longer kept or the tree is damaged.
    pub fn prove(&self, key: &StateKey, head: &Head) -> Result<Proven, StoreError> {
        let key = KeyHash::with::<TreeHasher>(key.to_bytes());
        let tree = JellyfishMerkleTree::<_, TreeHasher>::new(self);
        let (value, proof) =
            tree.get_with_proof(key, head.version).map_err(|error| StoreError::Tree(error.into()))?;
        let proof = borsh::to_vec(&proof).map_err(|error| StoreError::Tree(error.into()))?;
        Ok(Proven { value, proof })
    }

    /// Says whether the newest state has the same under a key as that which `head` describes.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn is_unchanged_since(&self, key: &StateKey, head: &Head) -> Result<bool, StoreError> {
        let key = KeyHash::with::<TreeHasher>(key.to_bytes());
        let row = |version| Ok::<_, StoreError>(self.value_at(version, key)?.map(|found| found.row));
        Ok(row(head.version)? == row(self.head.version)?)
    }

    /// The providers after `after`, by identifier.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn providers(&self, after: Option<ProviderId>) -> Result<Directory, StoreError> {
        use std::ops::Bound::{Excluded, Unbounded};

        let table = self.transaction.open_table(PROVIDERS)?;
        let start = after.as_ref().map_or(Unbounded, |id| Excluded(id.as_bytes().as_slice()));
        let rows = table.range::<&[u8]>((start, Unbounded))?.take(Directory::MOST);
        let providers =
            rows.map(|row| DirectoryEntry::from_cbor(row?.1.value()).map_err(|_| StoreError::Corrupt));
        Ok(Directory { providers: providers.collect::<Result<_, _>>()? })
    }

    /// The newest row of a value up to a version.
    pub(super) fn value_at(
        &self,
        max_version: Version,
        key: KeyHash,
    ) -> Result<Option<ValueRow>, StoreError> {
        let (first, last) = (value_row(&key, 0), value_row(&key, max_version));
        match self.values.range(first.as_slice()..=last.as_slice())?.next_back() {
            None => Ok(None),
            Some(row) => {
                let (row, value) = row?;
                let value = borsh::from_slice(value.value()).map_err(|_| StoreError::Corrupt)?;
                Ok(Some(ValueRow { row: row.value().to_vec(), value }))
            }
        }
    }
}

impl View for Snapshot {
    type Error = StoreError;

    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StoreError> {
        let key = KeyHash::with::<TreeHasher>(key.to_bytes());
        Ok(self.value_at(self.head.version, key)?.and_then(|found| found.value))
    }

    fn swept_before(&self, day: Day, most: usize) -> Result<Vec<StateKey>, StoreError> {
        let rows = self.due.range((0, [].as_slice())..(day.0, [].as_slice()))?.take(most);
        rows.map(|row| StateKey::parse(row?.0.value().1).map_err(|_| StoreError::Corrupt)).collect()
    }
}

impl TreeReader for Snapshot {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let bytes = self.nodes.get(borsh::to_vec(key)?.as_slice())?;
        Ok(bytes.map(|bytes| borsh::from_slice(bytes.value())).transpose()?)
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.value_at(max_version, key)?.and_then(|found| found.value))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        // Asked only while a tree is restored from a stream of its values, which is not done here.
        Ok(None)
    }
}
