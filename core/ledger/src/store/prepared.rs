//! What a block does to the data: worked out from a snapshot, then written.

use jmt::storage::{NodeBatch, StaleNodeIndex};
use jmt::{JellyfishMerkleTree, KeyHash, Version};
use keepwell_protocol::domain::{Day, Object};
use keepwell_protocol::ledger::{DirectoryEntry, MerkleLog, ProviderRecord, StateKey, TreeHasher};
use redb::WriteTransaction;

use super::batches::{self, Recorded};
use super::error::StoreError;
use super::head::Head;
use super::snapshot::Snapshot;
use super::tables::{DUE, HEADS, NODES, OTHER_KEYS, PROVIDERS, STALE_NODES, STALE_VALUES, VALUES, value_row};
use crate::state::{self, Writes};

/// What a block does to the data, worked out and not yet written.
#[derive(Debug)]
pub struct Prepared {
    head: Head,
    nodes: NodeBatch,
    stale_nodes: Vec<StaleNodeIndex>,
    stale_values: Vec<Vec<u8>>,
    due_before: Vec<(Day, StateKey)>,
    writes: Writes,
    batches: Vec<Recorded>,
}

impl Prepared {
    /// The state after the block.
    pub fn head(&self) -> &Head {
        &self.head
    }
}

impl Snapshot {
    /// Works out what a block does to the data: pure, and the same whenever it is asked again.
    ///
    /// `accepted` are the transactions that were applied, in order.
    ///
    /// # Errors
    /// [`StoreError`] if the committed state cannot be read.
    pub fn prepare(&self, writes: Writes, accepted: &[&[u8]]) -> Result<Prepared, StoreError> {
        let head = self.head();
        let mut log = head.log.clone();
        for transaction in accepted {
            log.push(transaction);
        }
        // A block that changes nothing leaves the tree, its version and so the app hash alone.
        let version = head.version + u64::from(!writes.is_empty());
        let batches = batches::recorded(&writes, &head.log, accepted);
        Ok(Prepared { batches, ..self.prepare_version(writes, log, head.height + 1, version)? })
    }

    pub(super) fn prepare_version(
        &self,
        writes: Writes,
        log: MerkleLog,
        height: u64,
        version: Version,
    ) -> Result<Prepared, StoreError> {
        let mut head = Head { height, version, log, ..self.head().clone() };
        let mut prepared = Prepared {
            head: head.clone(),
            nodes: NodeBatch::default(),
            stale_nodes: Vec::new(),
            stale_values: Vec::new(),
            due_before: Vec::new(),
            writes,
            batches: Vec::new(),
        };
        if prepared.writes.is_empty() {
            return Ok(prepared);
        }
        let mut values = Vec::with_capacity(prepared.writes.len());
        for (key, value) in &prepared.writes {
            let hash = KeyHash::with::<TreeHasher>(key.to_bytes());
            let before = self.value_at(self.head().version, hash)?;
            let old = before.as_ref().and_then(|before| before.value.as_deref());
            head.records = head.records + u64::from(value.is_some()) - u64::from(old.is_some());
            if let Some(day) = old.and_then(|old| state::due(key, old)) {
                prepared.due_before.push((day, *key));
            }
            prepared.stale_values.extend(before.map(|before| before.row));
            if value.is_none() {
                // The row that says so is needed no longer than those of the same version.
                prepared.stale_values.push(value_row(&hash, version));
            }
            values.push((hash, value.clone()));
        }
        let (root, batch) = JellyfishMerkleTree::<_, TreeHasher>::new(self)
            .put_value_set(values, version)
            .map_err(|error| StoreError::Tree(error.into()))?;
        head.state_root = root.0;
        prepared.head = head;
        prepared.nodes = batch.node_batch;
        prepared.stale_nodes = batch.stale_node_index_batch.into_iter().collect();
        Ok(prepared)
    }
}

impl Prepared {
    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<(), StoreError> {
        let borsh = |error: std::io::Error| StoreError::Tree(error.into());
        let version = self.head.version;

        let mut nodes = transaction.open_table(NODES)?;
        for (key, node) in self.nodes.nodes() {
            let (key, node) = (borsh::to_vec(key).map_err(borsh)?, borsh::to_vec(node).map_err(borsh)?);
            nodes.insert(key.as_slice(), node.as_slice())?;
        }
        let mut values = transaction.open_table(VALUES)?;
        for ((version, key), value) in self.nodes.values() {
            let value = borsh::to_vec(value).map_err(borsh)?;
            values.insert(value_row(key, *version).as_slice(), value.as_slice())?;
        }
        let mut stale_nodes = transaction.open_table(STALE_NODES)?;
        for stale in &self.stale_nodes {
            let key = borsh::to_vec(&stale.node_key).map_err(borsh)?;
            stale_nodes.insert((stale.stale_since_version, key.as_slice()), ())?;
        }
        let mut stale_values = transaction.open_table(STALE_VALUES)?;
        for row in &self.stale_values {
            stale_values.insert((version, row.as_slice()), ())?;
        }
        let mut due = transaction.open_table(DUE)?;
        for (day, key) in &self.due_before {
            due.remove((day.0, key.to_bytes().as_slice()))?;
        }
        let mut providers = transaction.open_table(PROVIDERS)?;
        let mut others = transaction.open_table(OTHER_KEYS)?;
        for (key, value) in &self.writes {
            let Some(value) = value else { continue };
            if let Some(day) = state::due(key, value) {
                due.insert((day.0, key.to_bytes().as_slice()), ())?;
            }
            match key {
                StateKey::Provider(id) => {
                    let card = ProviderRecord::from_cbor(value).map_err(|_| StoreError::Corrupt)?.card.card;
                    let entry = DirectoryEntry { provider: *id, name: card.name, place: card.place };
                    providers.insert(id.as_bytes().as_slice(), entry.to_cbor().as_slice())?;
                }
                StateKey::Gateway(_) | StateKey::Aggregator(_) => {
                    others.insert(key.to_bytes().as_slice(), ())?;
                }
                _ => {}
            }
        }
        batches::write(transaction, &self.batches, self.head.height, self.head.roots())?;
        transaction.open_table(HEADS)?.insert(self.head.height, self.head.to_cbor().as_slice())?;
        Ok(())
    }
}
