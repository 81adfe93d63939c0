//! The answers to what CometBFT asks, as plain calls: repeatable until Commit, which alone writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::{Genesis, Validator};
use minicbor::{Decode, Encode};
use tendermint::{Time, consensus};

use super::waiting::{Hash, Waiting};
use crate::engine::block::whole_seconds;
use crate::engine::error::EngineError;
use crate::engine::maker::{FIRST_PAUSE, HEARTBEAT, LONGEST_PAUSE};
use crate::engine::pool::{Lengths, MOST_BYTES, MOST_WRITES};
use crate::engine::progress::{Progress, lock};
use crate::engine::retention::oldest_light;
use crate::fault;
use crate::state::{self, Address, AppVersion, Changes, Outcome, Received};
use crate::store::{Committed, Head, Prepared, Snapshot, Store};

/// After how long without a block the authorities are taken to agree on none.
const HALTED: Duration = HEARTBEAT.saturating_mul(3);

/// The ledger as CometBFT's application.
pub(super) struct Application {
    progress: Arc<Progress>,
    genesis: Genesis,
    parameters: consensus::Params,
    /// By which rules the first block is executed, and who votes on it.
    first_version: AppVersion,
    first_validators: Arc<[Validator]>,
    waiting: Mutex<Waiting>,
    /// The block that was executed last and is not committed yet.
    pending: Mutex<Option<Pending>>,
    /// The newest committed height, for who follows.
    committed: Mutex<u64>,
    more: Condvar,
    /// When the newest block was committed, or this process began to wait for one.
    newest_at: Mutex<Instant>,
    is_ending: AtomicBool,
    failure: Mutex<Option<EngineError>>,
}

/// A block that was executed and may be committed.
struct Pending {
    prepared: Prepared,
    time: Timestamp,
    oldest_light: Timestamp,
    transactions: Vec<Hash>,
}

/// What a block did.
#[derive(Debug, PartialEq)]
pub(super) struct Finalized {
    /// What became of each transaction.
    pub(super) outcomes: Vec<Outcome>,
    /// The app hash after it.
    pub(super) app_hash: [u8; 32],
    /// Who votes with another power from the second block after it, 0 for who does not any more.
    pub(super) validator_updates: Vec<Validator>,
    /// The consensus parameters of the next block, if they are others.
    pub(super) parameters: Option<consensus::Params>,
}

/// What the next block has to know of the newest.
#[derive(Decode, Encode)]
#[cbor(map)]
struct StoredTip {
    /// The time in its header, whole seconds.
    #[n(0)]
    time: Timestamp,
}

impl Object for StoredTip {}

/// What is answered about a transaction that wants to wait for a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CheckAnswer {
    /// What would become of it.
    Outcome(Outcome),
    /// Too many wait.
    Full,
}

/// What the authorities started from, as CometBFT says.
#[derive(Debug)]
pub(super) struct ChainStart {
    pub(super) chain_id: String,
    pub(super) time: Time,
    pub(super) initial_height: u64,
    pub(super) validators: Vec<Validator>,
    pub(super) app_state: Vec<u8>,
    pub(super) parameters: consensus::Params,
}

impl Application {
    /// Goes on from the newest block in the store.
    pub(super) fn new(
        store: Arc<Store>,
        genesis: &Genesis,
        parameters: &consensus::Params,
    ) -> Result<Arc<Self>, EngineError> {
        let first_version = first_version(parameters)?;
        let snapshot = store.snapshot()?;
        let height = snapshot.head().height;
        let tip = snapshot.tip()?.map(|bytes| StoredTip::from_cbor(&bytes)).transpose();
        let time =
            tip.map_err(|_| EngineError::OtherChain)?.map_or(Timestamp(genesis.initial_time), |tip| tip.time);
        let served = snapshot.served_height()?;
        let next = state::Block {
            origin: genesis.origin(),
            version: version_at(&snapshot, first_version, height + 1)?,
            height: height + 1,
            time,
            time_before: time,
            first_validators: genesis.validators.clone().into(),
            misbehaving: Vec::new(),
        };
        let first_validators = next.first_validators.clone();
        let progress = Arc::new(Progress::new(store, served, next));
        Ok(Arc::new(Self {
            progress,
            genesis: genesis.clone(),
            parameters: parameters.clone(),
            first_version,
            first_validators,
            waiting: Mutex::default(),
            pending: Mutex::default(),
            committed: Mutex::new(height),
            more: Condvar::new(),
            newest_at: Mutex::new(Instant::now()),
            is_ending: AtomicBool::new(false),
            failure: Mutex::default(),
        }))
    }

    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Whether this very transaction waits for a block.
    pub(super) fn waits(&self, transaction: &Received) -> bool {
        lock(&self.waiting).waits(&sha256(transaction.bytes()))
    }

    pub(super) fn waiting(&self) -> Lengths {
        lock(&self.waiting).lengths()
    }

    /// Whether there was no block for a while.
    pub(super) fn is_halted(&self) -> bool {
        lock(&self.newest_at).elapsed() > HALTED
    }

    /// Waits until a block after `height` is committed, or for so long, and says which is the newest.
    pub(super) fn wait_for_block_after(&self, height: u64, most: Duration) -> u64 {
        let committed = lock(&self.committed);
        let waited =
            self.more.wait_timeout_while(committed, most, |newest| *newest <= height && !self.ends());
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Says that nothing more is to be done: what waits, or tries again, gives up.
    pub(super) fn end(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
        // Whoever is about to wait has not looked yet, or waits already.
        drop(lock(&self.committed));
        self.more.notify_all();
        self.progress.end();
    }

    fn ends(&self) -> bool {
        self.is_ending.load(Ordering::SeqCst)
    }

    /// Keeps the first reason why nothing can go on, and ends.
    pub(super) fn fail(&self, error: EngineError) {
        tracing::error!(code = error.code(), %error, "no more blocks");
        lock(&self.failure).get_or_insert(error);
        self.end();
    }

    /// Why nothing could go on, once.
    pub(super) fn failure(&self) -> Option<EngineError> {
        lock(&self.failure).take()
    }

    /// The state on the disk.
    pub(super) fn info(&self) -> Result<Head, EngineError> {
        Ok(self.progress.store().snapshot()?.head().clone())
    }

    /// Compares what the authorities start from with what is here, and answers the app hash before the first block.
    /// May be asked again as long as there is no block.
    pub(super) fn init_chain(&self, mut start: ChainStart) -> Result<[u8; 32], EngineError> {
        let mut validators = self.genesis.validators.clone();
        validators.sort_unstable();
        start.validators.sort_unstable();
        let is_same = start.chain_id == self.genesis.chain_id
            && start.time.unix_timestamp_nanos() == i128::from(self.genesis.initial_time) * 1_000_000_000
            && start.initial_height == 1
            && start.validators == validators
            && start.app_state == self.genesis.app_state.as_bytes()
            && first_version(&start.parameters)? == self.first_version
            && start.parameters.block.max_bytes == self.parameters.block.max_bytes;
        let head = self.info()?;
        if is_same && head.height == 0 { Ok(head.app_hash()) } else { Err(EngineError::OtherChain) }
    }

    /// Says what would become of a transaction, and remembers one that waits. `again` asks about one that does.
    pub(super) fn check(&self, bytes: &[u8], again: bool) -> Result<CheckAnswer, EngineError> {
        let hash = sha256(bytes);
        let received = self.received(&hash, bytes);
        let snapshot = self.progress.store().snapshot()?;
        let checked = state::check(&snapshot, &self.progress.next(), &received)?;
        let mut waiting = lock(&self.waiting);
        match checked.outcome {
            // What waits already has its place.
            Outcome::Applied(_) if waiting.push(hash, received, &checked) || again => {}
            Outcome::Applied(_) => return Ok(CheckAnswer::Full),
            _ => waiting.remove(&hash),
        }
        Ok(CheckAnswer::Outcome(checked.outcome))
    }

    /// Chooses the transactions of a block, and their order: what ends something first, else as they came. The first
    /// is taken however heavy it is.
    pub(super) fn choose(&self, offered: &[impl AsRef<[u8]>], most_bytes: usize) -> Vec<usize> {
        let waiting = lock(&self.waiting);
        let mut weighed: Vec<_> = offered
            .iter()
            .enumerate()
            .map(|(at, bytes)| {
                let bytes = bytes.as_ref();
                let (ends, writes) = waiting
                    .find(&sha256(bytes))
                    .map_or((false, MOST_WRITES), |entry| (entry.ends, entry.writes));
                (!ends, at, bytes.len(), writes)
            })
            .collect();
        weighed.sort_unstable();
        let (mut taken, mut bytes, mut writes) = (Vec::new(), 0, 0);
        for (_, at, length, values) in weighed {
            bytes += length + ENVELOPE;
            writes += values;
            let is_too_much = bytes > MOST_BYTES || writes > MOST_WRITES;
            if bytes > most_bytes || (is_too_much && !taken.is_empty()) {
                break;
            }
            taken.push(at);
        }
        taken
    }

    /// Whether a block of somebody else may be voted for. Nobody who follows the rules proposes bytes that are no
    /// transaction, since no node lets them wait; so they never get into a block, which would keep them for good.
    pub(super) fn accepts(&self, transactions: &[impl AsRef<[u8]>]) -> bool {
        transactions.iter().all(|bytes| {
            let bytes = bytes.as_ref();
            self.received(&sha256(bytes), bytes).id().is_some()
        })
    }

    /// Executes a block. Nothing is written; asked again it says the same.
    pub(super) fn finalize(
        &self,
        height: u64,
        time: Time,
        misbehaving: Vec<Address>,
        transactions: &[impl AsRef<[u8]>],
    ) -> Result<Finalized, EngineError> {
        let snapshot = self.progress.store().snapshot()?;
        if height != snapshot.head().height + 1 {
            return Err(EngineError::OtherChain);
        }
        fault::point("block begun");
        let hashes: Vec<Hash> = transactions.iter().map(|bytes| sha256(bytes.as_ref())).collect();
        let received: Vec<Arc<Received>> = hashes
            .iter()
            .zip(transactions)
            .map(|(hash, bytes)| self.received(hash, bytes.as_ref()))
            .collect();
        let time = whole_seconds(time);
        let before = snapshot.tip()?.map(|bytes| StoredTip::from_cbor(&bytes)).transpose();
        let before = before.map_err(|_| EngineError::OtherChain)?.map_or(time, |tip| tip.time);
        let block = state::Block { misbehaving, ..self.block(&snapshot, height, time, before)? };
        let executed =
            state::execute(&snapshot, &block, &received.iter().map(Arc::as_ref).collect::<Vec<_>>())?;
        fault::point("block executed");
        let applied = received.iter().zip(&executed.outcomes);
        let applied = applied.filter(|(_, outcome)| matches!(outcome, Outcome::Applied(_)));
        let applied: Vec<&[u8]> = applied.map(|(received, _)| received.bytes()).collect();
        let validator_updates = self.validator_updates(&snapshot, &executed.changes)?;
        let parameters = self.parameter_updates(&snapshot, &block, &executed.changes)?;
        let prepared = snapshot.prepare(executed.writes, &applied)?;
        fault::point("block prepared");
        let app_hash = prepared.head().app_hash();
        let oldest_light = oldest_light(&snapshot)?;
        *lock(&self.pending) = Some(Pending { prepared, time, oldest_light, transactions: hashes });
        Ok(Finalized { outcomes: executed.outcomes, app_hash, validator_updates, parameters })
    }

    /// Writes the block that was executed last, durably. While the disk does not take it, CometBFT waits.
    pub(super) fn commit(&self) -> Result<(), EngineError> {
        let pending = lock(&self.pending).take().ok_or(EngineError::Block)?;
        let height = pending.prepared.head().height;
        let tip = StoredTip { time: pending.time }.to_cbor();
        let committed = Committed { block: None, tip: &tip, oldest_light: pending.oldest_light };
        let store = self.progress.store();
        let mut pause = FIRST_PAUSE;
        while let Err(error) = store.commit(&pending.prepared, &committed) {
            let error = EngineError::from(error);
            let Some(why) = error.temporary().filter(|_| !self.ends()) else { return Err(error) };
            self.progress.set_stopped(Some(why));
            tracing::warn!(code = error.code(), %error, ?pause, "no block for now");
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            // Until it is opened anew nothing can be read or written. The block may be there all the same.
            if store.reopen().is_ok() && store.snapshot()?.head().height >= height {
                break;
            }
        }
        self.progress.set_stopped(None);
        match self.block(&store.snapshot()?, height + 1, pending.time, pending.time) {
            Ok(next) => self.progress.set_next(next),
            // The block is committed; the next one is for a newer program.
            Err(error @ EngineError::UnknownRules { .. }) => self.fail(error),
            Err(error) => return Err(error),
        }
        let mut waiting = lock(&self.waiting);
        pending.transactions.iter().for_each(|hash| waiting.remove(hash));
        drop(waiting);
        *lock(&self.newest_at) = Instant::now();
        *lock(&self.committed) = height;
        self.more.notify_all();
        if !pending.transactions.is_empty() {
            tracing::info!(height, transactions = pending.transactions.len(), "block");
        }
        Ok(())
    }

    /// A block as the rules see it: they are the chain's, whatever others this program knows.
    fn block(
        &self,
        snapshot: &Snapshot,
        height: u64,
        time: Timestamp,
        time_before: Timestamp,
    ) -> Result<state::Block, EngineError> {
        Ok(state::Block {
            origin: self.progress.origin(),
            version: version_at(snapshot, self.first_version, height)?,
            height,
            time,
            time_before,
            first_validators: self.first_validators.clone(),
            misbehaving: Vec::new(),
        })
    }

    /// By which rules the next block is executed.
    pub(super) fn version(&self) -> AppVersion {
        self.progress.next().version
    }

    /// Who votes with another power than before, 0 for who does not any more.
    fn validator_updates(
        &self,
        snapshot: &Snapshot,
        changes: &Changes,
    ) -> Result<Vec<Validator>, EngineError> {
        let Some(after) = &changes.validators else { return Ok(Vec::new()) };
        let before = state::validators(snapshot)?.unwrap_or_else(|| self.first_validators.to_vec());
        let gone = before.iter().filter(|old| !after.iter().any(|new| new.key == old.key));
        let gone = gone.map(|old| Validator { power: 0, ..old.clone() });
        Ok(after.iter().filter(|new| !before.contains(new)).cloned().chain(gone).collect())
    }

    /// All of the consensus parameters, if one of them changes.
    fn parameter_updates(
        &self,
        snapshot: &Snapshot,
        block: &state::Block,
        changes: &Changes,
    ) -> Result<Option<consensus::Params>, EngineError> {
        if changes.block_size.is_none() && changes.version.is_none() {
            return Ok(None);
        }
        let mut parameters = self.parameters.clone();
        if let Some(bytes) =
            changes.block_size.map_or_else(|| state::block_size(snapshot), |it| Ok(Some(it)))?
        {
            parameters.block.max_bytes = bytes.into();
        }
        let app = changes.version.unwrap_or(block.version.number());
        parameters.version = Some(consensus::params::VersionParams { app });
        Ok(Some(parameters))
    }

    /// What waits is verified already.
    fn received(&self, hash: &Hash, bytes: &[u8]) -> Arc<Received> {
        let known = lock(&self.waiting).find(hash).map(|entry| entry.received.clone());
        known.unwrap_or_else(|| Arc::new(Received::new(bytes.to_vec(), &self.progress.origin())))
    }
}

/// The rules that a block is executed by, as the state says.
fn version_at(snapshot: &Snapshot, first: AppVersion, height: u64) -> Result<AppVersion, EngineError> {
    let version = state::version_at(snapshot, first, height)?;
    AppVersion::parse(version).ok_or(EngineError::UnknownRules { version })
}

/// The rules that the authorities start with.
fn first_version(parameters: &consensus::Params) -> Result<AppVersion, EngineError> {
    let version = parameters.version.as_ref().map_or(0, |version| version.app);
    AppVersion::parse(version).ok_or(EngineError::UnknownRules { version })
}

/// What a transaction takes in a block beside its own bytes, at most: CometBFT counts it.
const ENVELOPE: usize = 8;
