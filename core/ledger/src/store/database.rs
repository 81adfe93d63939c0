//! The redb file: tables, and the one transaction that a block writes.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use jmt::storage::{NodeBatch, StaleNodeIndex};
use jmt::{JellyfishMerkleTree, KeyHash, Version};
use keepwell_protocol::domain::{Day, Object};
use keepwell_protocol::ledger::{DirectoryEntry, ProviderRecord, StateKey, TreeHasher};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use super::{Head, Log, Snapshot, StoreError};
use crate::fault;
use crate::state::{self, Writes};

pub(super) type Row = &'static [u8];
pub(super) type Due = (u32, Row);

/// Nodes of the tree: Borsh of key and node.
pub(super) const NODES: TableDefinition<'_, Row, Row> = TableDefinition::new("nodes");
/// Values: key hash ‖ version → Borsh of the value, or of none where it was deleted.
pub(super) const VALUES: TableDefinition<'_, Row, Row> = TableDefinition::new("values");
/// Nodes that no tree of this or a later version has.
const STALE_NODES: TableDefinition<'_, (u64, Row), ()> = TableDefinition::new("stale_nodes");
/// Value rows that no tree of this or a later version has.
const STALE_VALUES: TableDefinition<'_, (u64, Row), ()> = TableDefinition::new("stale_values");
/// State after each of the newest blocks.
pub(super) const HEADS: TableDefinition<'_, u64, Row> = TableDefinition::new("heads");
/// Keys by the last day on which they stay.
pub(super) const DUE: TableDefinition<'_, Due, ()> = TableDefinition::new("due");
/// The directory of providers.
pub(super) const PROVIDERS: TableDefinition<'_, Row, Row> = TableDefinition::new("providers");
/// Blocks in CometBFT's encoding.
pub(super) const BLOCKS: TableDefinition<'_, u64, Row> = TableDefinition::new("blocks");
/// Light blocks as served.
pub(super) const LIGHT: TableDefinition<'_, u64, Row> = TableDefinition::new("light_blocks");
/// Single values by name.
pub(super) const META: TableDefinition<'_, &str, Row> = TableDefinition::new("meta");
pub(super) const TIP: &str = "tip";
const FORMAT: &str = "format";
const FORMAT_NUMBER: u32 = 1;

/// For how many of the newest blocks the whole state stays provable.
const KEPT_BLOCKS: u64 = 16;

/// The database of a ledger.
pub struct Store {
    database: Database,
}

/// What a block does to the data, worked out and not yet written.
#[derive(Debug)]
pub struct Prepared {
    head: Head,
    nodes: NodeBatch,
    stale_nodes: Vec<StaleNodeIndex>,
    stale_values: Vec<Vec<u8>>,
    due_before: Vec<(Day, StateKey)>,
    writes: Writes,
}

impl Prepared {
    /// The state after the block.
    pub fn head(&self) -> &Head {
        &self.head
    }
}

/// A block as an engine keeps it.
#[derive(Clone, Copy, Debug)]
pub struct BlockBytes<'a> {
    /// In CometBFT's encoding.
    pub block: &'a [u8],
    /// Its light block as served.
    pub light_block: &'a [u8],
    /// What the engine needs to go on.
    pub tip: &'a [u8],
}

impl Store {
    /// Opens the database of a ledger, or makes one whose state before the first block is `genesis`.
    ///
    /// # Errors
    /// [`StoreError`] if it is of a newer version, damaged, or open elsewhere.
    pub fn open(path: &Path, genesis: &Writes) -> Result<Self, StoreError> {
        if !path.exists() {
            // A database that is cut short while redb lays it out cannot be opened any more: it gets
            // its name when it is whole.
            let unfinished = path.with_extension("unfinished");
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            Self { database: Database::create(&unfinished)? }.create(genesis)?;
            fs::rename(&unfinished, path)?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        let store = Self { database: Database::open(path)? };
        match store.format()? {
            FORMAT_NUMBER => Ok(store),
            found => Err(StoreError::TooNew { found, supported: FORMAT_NUMBER }),
        }
    }

    fn format(&self) -> Result<u32, StoreError> {
        let transaction = self.database.begin_read()?;
        let format = transaction.open_table(META)?.get(FORMAT)?.ok_or(StoreError::Corrupt)?;
        Ok(u32::from_be_bytes(format.value().try_into().map_err(|_| StoreError::Corrupt)?))
    }

    fn create(&self, genesis: &Writes) -> Result<(), StoreError> {
        let empty = Head { height: 0, version: 0, state_root: [0; 32], log: Log::default(), records: 0 };
        let transaction = self.database.begin_write()?;
        // Every table is there from the start, so that reading never asks whether.
        transaction.open_table(NODES)?;
        transaction.open_table(VALUES)?;
        transaction.open_table(STALE_NODES)?;
        transaction.open_table(STALE_VALUES)?;
        transaction.open_table(DUE)?;
        transaction.open_table(PROVIDERS)?;
        transaction.open_table(BLOCKS)?;
        transaction.open_table(LIGHT)?;
        transaction.open_table(HEADS)?.insert(0, empty.to_cbor().as_slice())?;
        transaction.commit()?;
        fault::point("database begun");
        let prepared = self.snapshot()?.prepare_version(genesis.clone(), Log::default(), 0, 0)?;
        let transaction = self.database.begin_write()?;
        prepared.write(&transaction)?;
        transaction.open_table(META)?.insert(FORMAT, FORMAT_NUMBER.to_be_bytes().as_slice())?;
        fault::point("database written");
        transaction.commit()?;
        Ok(())
    }

    /// The committed data as it is now.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::new(self.database.begin_read()?)
    }

    /// Writes a block and all that it changes, durably and all at once.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; then nothing of it is.
    pub fn commit(&self, prepared: &Prepared, block: &BlockBytes<'_>) -> Result<(), StoreError> {
        let transaction = self.database.begin_write()?;
        fault::point("commit begun");
        prepared.write(&transaction)?;
        let height = prepared.head.height;
        transaction.open_table(BLOCKS)?.insert(height, block.block)?;
        transaction.open_table(LIGHT)?.insert(height, block.light_block)?;
        transaction.open_table(META)?.insert(TIP, block.tip)?;
        prune(&transaction, height)?;
        fault::point("commit written");
        transaction.commit()?;
        fault::point("commit done");
        Ok(())
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
        self.prepare_version(writes, log, head.height + 1, version)
    }

    fn prepare_version(
        &self,
        writes: Writes,
        log: Log,
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
    fn write(&self, transaction: &WriteTransaction) -> Result<(), StoreError> {
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
        for (key, value) in &self.writes {
            let Some(value) = value else { continue };
            if let Some(day) = state::due(key, value) {
                due.insert((day.0, key.to_bytes().as_slice()), ())?;
            }
            if let StateKey::Provider(id) = key {
                let card = ProviderRecord::from_cbor(value).map_err(|_| StoreError::Corrupt)?.card.card;
                let entry = DirectoryEntry { provider: *id, name: card.name, place: card.place };
                providers.insert(id.as_bytes().as_slice(), entry.to_cbor().as_slice())?;
            }
        }
        transaction.open_table(HEADS)?.insert(self.head.height, self.head.to_cbor().as_slice())?;
        Ok(())
    }
}

/// Removes what only states older than the kept ones have.
fn prune(transaction: &WriteTransaction, height: u64) -> Result<(), StoreError> {
    let Some(oldest_kept) = height.checked_sub(KEPT_BLOCKS) else { return Ok(()) };
    let mut heads = transaction.open_table(HEADS)?;
    let cut = match heads.get(oldest_kept)? {
        Some(head) => Head::from_cbor(head.value()).map_err(|_| StoreError::Corrupt)?.version,
        None => return Ok(()),
    };
    heads.retain_in(..oldest_kept, |_, _| false)?;
    let mut nodes = transaction.open_table(NODES)?;
    let mut stale_nodes = transaction.open_table(STALE_NODES)?;
    for row in stale_nodes.extract_from_if(..(cut + 1, [].as_slice()), |_, ()| true)? {
        nodes.remove(row?.0.value().1)?;
    }
    let mut values = transaction.open_table(VALUES)?;
    let mut stale_values = transaction.open_table(STALE_VALUES)?;
    for row in stale_values.extract_from_if(..(cut + 1, [].as_slice()), |_, ()| true)? {
        values.remove(row?.0.value().1)?;
    }
    Ok(())
}

/// The row of a value: key hash ‖ version, big-endian.
pub(super) fn value_row(key: &KeyHash, version: Version) -> Vec<u8> {
    [key.0.as_slice(), &version.to_be_bytes()].concat()
}
