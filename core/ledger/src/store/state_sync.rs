//! The whole state of one height in chunks, the same at every node: a snapshot of CometBFT, by which a node joins by state sync
//! without the blocks before it. What is not in it is made anew of it.

use std::path::PathBuf;

use keepwell_protocol::crypto::{audit_log_id, sha256};
use keepwell_protocol::domain::{Object, ProviderId};
use keepwell_protocol::ledger::{MerkleLog, StateKey};
use keepwell_server::{close_to_others, remove_if_there};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use redb::{AccessGuard, Database, Durability, ReadableDatabase, TableError};

use super::database::{Store, create, joining_path};
use super::error::StoreError;
use super::head::Head;
use super::prune::drop_stale;
use super::snapshot::Snapshot;
use super::tables::{HEADS, JOINED, META, OTHER_KEYS, PROVIDERS, TIP, joined_at};
use crate::state::{View as _, Writes};

/// What a snapshot says of itself. Its hash is its name: nodes whose snapshots have the same one have the same chunks.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Manifest {
    /// The block whose state it is.
    #[n(0)]
    pub height: u64,
    /// The log of accepted transactions up to there.
    #[n(1)]
    pub log: MerkleLog,
    /// SHA-256 of each chunk, in order.
    #[n(2)]
    pub chunks: Vec<ByteArray<32>>,
}

impl Object for Manifest {}

impl Manifest {
    /// The most bytes, which CometBFT hands around in one message of 4 MB.
    pub const LONGEST: usize = 3_900_000;

    /// The SHA-256 of its encoding: the hash by which CometBFT names the snapshot.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&self.to_cbor())
    }
}

/// Keys of the state with what lies under them.
#[derive(Debug, Decode, Encode)]
#[cbor(transparent)]
struct Chunk(#[n(0)] Vec<Entry>);

impl Object for Chunk {}

#[derive(Debug, Decode, Encode)]
#[cbor(array)]
struct Entry {
    #[n(0)]
    key: StateKey,
    #[n(1)]
    value: ByteVec,
}

impl Snapshot {
    /// Hands out the chunks of the newest state, of `chunk_bytes` of values at least but the last, and says what it all is.
    ///
    /// # Errors
    /// [`StoreError`] if the state cannot be read, or what `take` says.
    pub fn chunks<E: From<StoreError>>(
        &self,
        chunk_bytes: usize,
        mut take: impl FnMut(usize, &[u8]) -> Result<(), E>,
    ) -> Result<Manifest, E> {
        let (mut chunks, mut entries, mut length, mut records) = (Vec::new(), Vec::new(), 0, 0);
        let mut end = |entries: &mut Vec<Entry>| {
            let bytes = Chunk(std::mem::take(entries)).to_cbor();
            take(chunks.len(), &bytes)?;
            chunks.push(sha256(&bytes).into());
            Ok::<(), E>(())
        };
        for key in self.keys()? {
            let key = key?;
            let Some(value) = self.read(&key)? else { continue };
            length += value.len();
            records += 1;
            entries.push(Entry { key, value: value.into() });
            if length >= chunk_bytes {
                end(&mut entries)?;
                length = 0;
            }
        }
        if !entries.is_empty() {
            end(&mut entries)?;
        }
        let head = self.head();
        // Something is in the tree that no table names: whoever joined by this would have another state.
        if records != head.records {
            return Err(StoreError::Corrupt.into());
        }
        Ok(Manifest { height: head.height, log: head.log.clone(), chunks })
    }

    /// All that the newest state may have something under.
    fn keys(&self) -> Result<impl Iterator<Item = Result<StateKey, StoreError>>, StoreError> {
        let parse = |bytes: &[u8]| StateKey::parse(bytes).map_err(|_| StoreError::Corrupt);
        let due = self.due.range::<(u32, &[u8])>(..)?.map(move |row| parse(row?.0.value().1));
        let providers = self.transaction.open_table(PROVIDERS)?.range::<&[u8]>(..)?.map(|row| {
            let id = ProviderId::try_from(row?.0.value()).map_err(|_| StoreError::Corrupt)?;
            Ok([StateKey::Provider(id), StateKey::AuditLog(audit_log_id(&id))])
        });
        let providers = providers.flat_map(|keys: Result<_, StoreError>| match keys {
            Ok(keys) => Vec::from(keys.map(Ok)),
            Err(error) => vec![Err(error)],
        });
        let others = match self.transaction.open_table(OTHER_KEYS) {
            Ok(table) => Some(table.range::<&[u8]>(..)?),
            // A file of before there were any, and none has come yet.
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let others = others.into_iter().flatten().map(move |row| parse(row?.0.value()));
        Ok(due.chain(providers).chain(others).chain(StateKey::SINGLE.map(Ok)))
    }

    /// The height from whose snapshot this file was made; 0 if it has every block from the first.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn joined_at(&self) -> Result<u64, StoreError> {
        joined_at(self.transaction.open_table(META)?.get(JOINED)?.as_ref().map(AccessGuard::value))
    }
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChunkTaken {
    /// It is in; this many are missing.
    In(usize),
    /// It is not the one that the manifest names: somebody else has it.
    Other,
    /// It is, and no state is made of it: the whole snapshot is nothing.
    Nonsense,
}

/// A database that is made of a snapshot, beside the one in use.
pub struct Joining {
    path: PathBuf,
    manifest: Manifest,
    /// What its state and log make.
    app_hash: [u8; 32],
    database: Option<Database>,
    next: usize,
}

impl Joining {
    /// Begins with nothing; what is whole has to be the state of this app hash.
    ///
    /// # Errors
    /// [`StoreError`] if what an earlier try left cannot be removed.
    pub fn begin(store: &Store, manifest: Manifest, app_hash: [u8; 32]) -> Result<Self, StoreError> {
        let path = joining_path(store.path());
        remove_if_there(&path)?;
        Ok(Self { path, manifest, app_hash, database: None, next: 0 })
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn add(&mut self, chunk: &[u8]) -> Result<ChunkTaken, StoreError> {
        if self.manifest.chunks.get(self.next).is_none_or(|hash| **hash != sha256(chunk)) {
            return Ok(ChunkTaken::Other);
        }
        let Ok(Chunk(entries)) = Chunk::from_cbor(chunk) else { return Ok(ChunkTaken::Nonsense) };
        let writes: Writes = entries.into_iter().map(|entry| (entry.key, Some(entry.value.into()))).collect();
        if writes.is_empty() {
            return Ok(ChunkTaken::Nonsense);
        }
        match self.write(writes) {
            // The manifest names it: whoever made that made it up.
            Err(StoreError::Corrupt | StoreError::Tree(_)) => return Ok(ChunkTaken::Nonsense),
            written => written?,
        }
        self.next += 1;
        Ok(ChunkTaken::In(self.manifest.chunks.len() - self.next))
    }

    /// Adds to the state what a chunk has.
    fn write(&mut self, writes: Writes) -> Result<(), StoreError> {
        match &self.database {
            None => {
                self.database = Some(create(Database::create(&self.path)?, &writes)?);
                close_to_others(&self.path)?;
            }
            Some(database) => {
                let snapshot = Snapshot::new(database.begin_read()?)?;
                let version = snapshot.head().version + 1;
                let prepared = snapshot.prepare_version(writes, MerkleLog::default(), 0, version)?;
                drop(snapshot);
                let mut transaction = database.begin_write()?;
                // A try that is cut short begins anew.
                transaction.set_durability(Durability::None)?;
                prepared.write(&transaction)?;
                drop_stale(&transaction, version)?;
                transaction.commit()?;
            }
        }
        Ok(())
    }

    /// Puts the whole in the place of what the store has, if it is the state of that app hash, and says whether it is.
    /// `tip` is what the engine needs to go on.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn finish(self, store: &Store, tip: &[u8]) -> Result<bool, StoreError> {
        let Self { path, manifest, app_hash, database, .. } = self;
        let Some(database) = database else { return Ok(false) };
        let snapshot = Snapshot::new(database.begin_read()?)?;
        let head = Head { height: manifest.height, log: manifest.log, ..snapshot.head().clone() };
        // Without a horizon the next block would ask for the time of the one before, which nobody vouches for here.
        let has_horizon = snapshot.read(&StateKey::SweepHorizon)?.is_some();
        drop(snapshot);
        if head.app_hash() != app_hash || !head.log.is_well_formed() || !has_horizon {
            drop(database);
            remove_if_there(&path)?;
            return Ok(false);
        }
        let transaction = database.begin_write()?;
        let mut heads = transaction.open_table(HEADS)?;
        heads.remove(0)?;
        heads.insert(head.height, head.to_cbor().as_slice())?;
        drop(heads);
        let mut meta = transaction.open_table(META)?;
        meta.insert(TIP, tip)?;
        meta.insert(JOINED, head.height.to_be_bytes().as_slice())?;
        drop(meta);
        transaction.commit()?;
        drop(database);
        store.replace(&path)?;
        Ok(true)
    }
}
