//! The redb file: opened, and written once for each block.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::MerkleLog;
use keepwell_server::{close_to_others, remove_if_there};
use redb::{Database, Durability, ReadableDatabase};

use super::error::StoreError;
use super::head::Head;
use super::prepared::Prepared;
use super::prune::prune;
use super::snapshot::Snapshot;
use super::tables::{
    BLOCKS, DUE, FORMAT, HEADS, LIGHT, META, NODES, OTHER_KEYS, PROVIDERS, STALE_NODES, STALE_VALUES, TIP,
    VALUES,
};
use crate::fault;
use crate::state::Writes;

const FORMAT_NUMBER: u32 = 1;

/// The database of a ledger.
pub struct Store {
    path: PathBuf,
    /// Nothing while it could not be opened anew.
    database: RwLock<Option<Database>>,
}

/// What an engine writes with a block.
#[derive(Clone, Copy, Debug)]
pub struct Committed<'a> {
    /// The block, where nobody else keeps it.
    pub block: Option<BlockBytes<'a>>,
    /// What the engine needs to go on.
    pub tip: &'a [u8],
    /// Light blocks of before this may go: nobody trusts what is that old any more.
    pub oldest_light: Timestamp,
}

/// A block as an engine keeps it.
#[derive(Clone, Copy, Debug)]
pub struct BlockBytes<'a> {
    /// In CometBFT's encoding.
    pub block: &'a [u8],
    /// Its light block as served.
    pub light_block: &'a [u8],
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
            remove_if_there(&unfinished)?;
            drop(create(Database::create(&unfinished)?, genesis)?);
            fs::rename(&unfinished, path)?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        close_to_others(path)?;
        // Nothing of a snapshot that was being taken in is needed after a start.
        remove_if_there(&joining_path(path))?;
        let database = Database::open(path)?;
        match format(&database)? {
            FORMAT_NUMBER => Ok(Self { path: path.to_owned(), database: RwLock::new(Some(database)) }),
            found => Err(StoreError::TooNew { found, supported: FORMAT_NUMBER }),
        }
    }

    /// Opens the file anew after a write had failed, until which nothing can be read or written.
    ///
    /// # Errors
    /// [`StoreError`] if it still cannot be used.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Closed first: a file is open once.
        drop(database.take());
        *database = Some(Database::open(&self.path)?);
        Ok(())
    }

    /// Goes on with the file of this path, which takes the place of the one in use.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be moved or opened.
    pub(super) fn replace(&self, path: &Path) -> Result<(), StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        drop(database.take());
        fs::rename(path, &self.path)?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        *database = Some(Database::open(&self.path)?);
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        work(database.as_ref().ok_or(StoreError::Closed)?)
    }

    /// The committed data as it is now.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.with(|database| Snapshot::new(database.begin_read()?))
    }

    /// Writes a block and all that it changes, durably and all at once.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; then nothing of it is.
    pub fn commit(&self, prepared: &Prepared, committed: &Committed<'_>) -> Result<(), StoreError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            fault::point("commit begun");
            prepared.write(&transaction)?;
            let height = prepared.head().height;
            if let Some(block) = committed.block {
                transaction.open_table(BLOCKS)?.insert(height, block.block)?;
                transaction.open_table(LIGHT)?.insert(height, block.light_block)?;
            }
            transaction.open_table(META)?.insert(TIP, committed.tip)?;
            prune(&transaction, height, committed.oldest_light)?;
            fault::point("commit written");
            transaction.commit()?;
            fault::point("commit done");
            Ok(())
        })
    }

    /// Adds the light block of a block that is committed; after a crash it may be gone, and is to be added again.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn add_light_block(&self, height: u64, light_block: &[u8]) -> Result<(), StoreError> {
        self.with(|database| {
            let mut transaction = database.begin_write()?;
            // The next commit writes it to the disk: whoever decides on blocks has it as well until then.
            transaction.set_durability(Durability::None)?;
            transaction.open_table(LIGHT)?.insert(height, light_block)?;
            Ok(transaction.commit()?)
        })
    }
}

/// Where the database that is made of a snapshot is, beside the one of this path.
pub(super) fn joining_path(path: &Path) -> PathBuf {
    path.with_extension("joining")
}

fn format(database: &Database) -> Result<u32, StoreError> {
    let transaction = database.begin_read()?;
    let format = transaction.open_table(META)?.get(FORMAT)?.ok_or(StoreError::Corrupt)?;
    Ok(u32::from_be_bytes(format.value().try_into().map_err(|_| StoreError::Corrupt)?))
}

/// Makes the tables and the state before the first block.
pub(super) fn create(database: Database, genesis: &Writes) -> Result<Database, StoreError> {
    let empty = Head { height: 0, version: 0, state_root: [0; 32], log: MerkleLog::default(), records: 0 };
    let transaction = database.begin_write()?;
    // Every table is there from the start, so that reading never asks whether.
    transaction.open_table(NODES)?;
    transaction.open_table(VALUES)?;
    transaction.open_table(STALE_NODES)?;
    transaction.open_table(STALE_VALUES)?;
    transaction.open_table(DUE)?;
    transaction.open_table(PROVIDERS)?;
    transaction.open_table(OTHER_KEYS)?;
    transaction.open_table(BLOCKS)?;
    transaction.open_table(LIGHT)?;
    transaction.open_table(HEADS)?.insert(0, empty.to_cbor().as_slice())?;
    transaction.commit()?;
    fault::point("database begun");
    let prepared = Snapshot::new(database.begin_read()?)?.prepare_version(
        genesis.clone(),
        MerkleLog::default(),
        0,
        0,
    )?;
    let transaction = database.begin_write()?;
    prepared.write(&transaction)?;
    transaction.open_table(META)?.insert(FORMAT, FORMAT_NUMBER.to_be_bytes().as_slice())?;
    fault::point("database written");
    transaction.commit()?;
    Ok(database)
}
