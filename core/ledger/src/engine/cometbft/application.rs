//! The answers to what CometBFT asks, as plain calls: repeatable until Commit, which alone writes.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{self, Object, Timestamp};
use keepwell_protocol::ledger::{EngineStopped, Genesis, TrustPolicy, Validator};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use tendermint::{Time, consensus};

use super::room::Room;
use super::waiting::{Hash, Place, Waiting};
use crate::engine::block::whole_seconds;
use crate::engine::clock::{Clock, ClockWatch};
use crate::engine::error::EngineError;
use crate::engine::maker::{FIRST_PAUSE, HEARTBEAT, LONGEST_PAUSE};
use crate::engine::pool::Lengths;
use crate::engine::progress::{Progress, lock};
use crate::engine::retention::oldest_light;
use crate::engine::selection::{ENVELOPE, MOST_BYTES, MOST_WRITES, Weight, select};
use crate::fault;
use crate::state::{self, Address, AppVersion, Changes, Outcome, Received};
use crate::store::{Committed, Head, Prepared, Snapshot, Store};

/// After how long without a block none is taken to come.
const HALTED: Duration = HEARTBEAT.saturating_mul(3);
/// How far a header may be ahead of this clock, as those who verify it have it.
const MOST_AHEAD: domain::Duration = TrustPolicy::STRICT.max_clock_drift;

/// The ledger as CometBFT's application.
pub(super) struct Application {
    progress: Arc<Progress>,
    genesis: Genesis,
    parameters: consensus::Params,
    /// By which rules the first block is executed, and who votes on it.
    first_version: AppVersion,
    first_validators: Arc<[Validator]>,
    waiting: Mutex<Waiting>,
    /// What is on its way to CometBFT from here, which then asks about it: verified already.
    on_its_way: Mutex<HashMap<Hash, Arc<Received>>>,
    /// The newest block: while the data are closed it is known all the same.
    head: Mutex<Head>,
    /// The block that was executed last and is not committed yet.
    pending: Mutex<Option<Pending>>,
    /// The newest committed height, for who follows.
    committed: Mutex<u64>,
    more: Condvar,
    /// When the newest block was committed, or this process began to wait for one.
    newest_at: Mutex<Instant>,
    /// Since when CometBFT does not give the votes on what is committed.
    behind_since: Mutex<Option<Instant>>,
    is_catching_up: AtomicBool,
    room: Mutex<Room>,
    clock: Clock,
    clock_watch: ClockWatch,
    is_ending: AtomicBool,
    failure: Mutex<Option<EngineError>>,
}

/// A block that was executed and may be committed.
struct Pending {
    prepared: Prepared,
    time: Timestamp,
    voters: Option<Vec<Address>>,
    oldest_light: Timestamp,
    transactions: Vec<Hash>,
}

/// What CometBFT says with a block of those who vote.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    /// Who voted for the block before, as [`state::Block`] has it.
    pub(super) voters: Option<Vec<Address>>,
    /// Who signed twice.
    pub(super) misbehaving: Vec<Address>,
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
    /// What the chain started with, see [`fingerprint`].
    #[n(1)]
    parameters: Option<ByteArray<32>>,
}

impl Object for StoredTip {}

/// What is answered about a transaction that wants to wait for a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CheckAnswer {
    /// What would become of it.
    Outcome(Outcome),
    /// Too many wait.
    Full,
    /// It waits as before: what would become of it by now cannot be known for the moment.
    Waits,
}

/// Why CometBFT asks about a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CheckKind {
    /// It wants to wait for a block.
    New,
    /// It waits, and a block has come.
    Again,
}

/// What is said of somebody else's block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Vote {
    For,
    Against(Objection),
}

/// Why a block is none that anybody proposes who follows the rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Objection {
    /// Something in it is no transaction: no node lets that wait, and a block would keep it for good.
    NoTransaction,
    /// A transaction is in it twice.
    Twice,
    /// More than one transaction, and together longer than is ever chosen.
    TooLong,
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
        clock: Clock,
    ) -> Result<Arc<Self>, EngineError> {
        let first_version = first_version(parameters)?;
        let snapshot = store.snapshot()?;
        let head = snapshot.head().clone();
        let height = head.height;
        let tip = snapshot.tip()?.map(|bytes| StoredTip::from_cbor(&bytes)).transpose();
        let tip = tip.map_err(|_| EngineError::OtherChain)?;
        // What CometBFT is told later is told out of the file: another one would part this node from the others.
        let started_with = tip.as_ref().and_then(|tip| tip.parameters);
        if started_with.is_some_and(|before| *before != fingerprint(parameters)) {
            return Err(EngineError::OtherChain);
        }
        let time = tip.map_or(Timestamp(genesis.initial_time), |tip| tip.time);
        let served = snapshot.served_height()?;
        let next = state::Block {
            origin: genesis.origin(),
            version: version_at(&snapshot, first_version, height + 1)?,
            height: height + 1,
            time,
            time_before: time,
            first_validators: genesis.validators.clone().into(),
            has_one_signer: false,
            voters: None,
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
            on_its_way: Mutex::default(),
            head: Mutex::new(head),
            pending: Mutex::default(),
            committed: Mutex::new(height),
            more: Condvar::new(),
            newest_at: Mutex::new(Instant::now()),
            behind_since: Mutex::default(),
            is_catching_up: AtomicBool::new(true),
            room: Mutex::new(Room::Free),
            clock_watch: ClockWatch::new(clock.clone()),
            clock,
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

    /// Whether one more that ends nothing may be handed in by this address.
    pub(super) fn has_share(&self, from: IpAddr) -> bool {
        lock(&self.waiting).has_share(from)
    }

    /// Has `hand_in` give a transaction to CometBFT, and knows it when that asks about it.
    pub(super) fn while_on_its_way<T>(
        &self,
        transaction: Arc<Received>,
        from: IpAddr,
        hand_in: impl FnOnce(&[u8]) -> T,
    ) -> T {
        let hash = sha256(transaction.bytes());
        lock(&self.on_its_way).insert(hash, transaction.clone());
        let handed_in = hand_in(transaction.bytes());
        lock(&self.on_its_way).remove(&hash);
        lock(&self.waiting).count(&hash, from);
        handed_in
    }

    pub(super) fn waiting(&self) -> Lengths {
        lock(&self.waiting).lengths()
    }

    /// Why no blocks come here, or are not served, beyond what [`Progress`] knows.
    pub(super) fn stopped(&self) -> Option<EngineStopped> {
        let is_long_ago = |at: Instant| at.elapsed() > HALTED;
        // A header that is ahead of this clock says that it is slow: others agreed on it.
        let is_turned = || {
            let now = self.clock_watch.believed();
            now.is_none_or(|now| self.progress.next().time_before > now.saturating_add(MOST_AHEAD))
        };
        if *lock(&self.room) != Room::Free {
            Some(EngineStopped::DiskFull)
        } else if is_turned() {
            Some(EngineStopped::ClockTurned)
        } else if self.is_catching_up() || lock(&self.behind_since).is_some_and(is_long_ago) {
            Some(EngineStopped::CatchingUp)
        } else {
            is_long_ago(*lock(&self.newest_at)).then_some(EngineStopped::Halted)
        }
    }

    /// Whether what is served is of now.
    pub(super) fn is_current(&self) -> bool {
        let oldest = self.clock.now().saturating_sub(domain::Duration(HALTED.as_secs()));
        self.stopped().is_none() && self.progress.next().time_before >= oldest
    }

    /// Whether CometBFT reads the blocks of others, or is not there yet.
    pub(super) fn is_catching_up(&self) -> bool {
        self.is_catching_up.load(Ordering::SeqCst)
    }

    pub(super) fn set_catching_up(&self, is_so: bool) {
        self.is_catching_up.store(is_so, Ordering::SeqCst);
    }

    /// Says whether the votes on a committed block are still missing.
    pub(super) fn set_behind(&self, is_so: bool) {
        let mut since = lock(&self.behind_since);
        *since = is_so.then(|| since.unwrap_or_else(Instant::now));
    }

    pub(super) fn set_room(&self, room: Room) {
        *lock(&self.room) = room;
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

    /// The newest block, which is on the disk.
    pub(super) fn head(&self) -> Head {
        lock(&self.head).clone()
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
            && fingerprint(&start.parameters) == fingerprint(&self.parameters);
        let head = self.head();
        if is_same && head.height == 0 { Ok(head.app_hash()) } else { Err(EngineError::OtherChain) }
    }

    /// Says what would become of a transaction, and remembers one that waits. While the data cannot be read nothing new
    /// is taken in, what waits stays, and nothing ends for that.
    pub(super) fn check(&self, bytes: &[u8], kind: CheckKind) -> CheckAnswer {
        self.try_check(bytes, kind).unwrap_or_else(|error| {
            tracing::debug!(code = error.code(), %error, "a transaction cannot be checked");
            match kind {
                CheckKind::New => CheckAnswer::Full,
                CheckKind::Again => CheckAnswer::Waits,
            }
        })
    }

    fn try_check(&self, bytes: &[u8], kind: CheckKind) -> Result<CheckAnswer, EngineError> {
        let hash = sha256(bytes);
        let received = self.received(&hash, bytes);
        let snapshot = self.progress.store().snapshot()?;
        let checked = state::check(&snapshot, &self.progress.next(), &received)?;
        if kind == CheckKind::New && !self.has_room(checked.ends) {
            return Ok(CheckAnswer::Full);
        }
        let mut waiting = lock(&self.waiting);
        match checked.outcome {
            Outcome::Applied(_) => {
                let place = waiting.push(hash, received, &checked, snapshot.head().height);
                // What waits already has its place.
                if place == Place::Full && kind == CheckKind::New {
                    return Ok(CheckAnswer::Full);
                }
            }
            _ => waiting.remove(&hash),
        }
        Ok(CheckAnswer::Outcome(checked.outcome))
    }

    fn has_room(&self, ends: bool) -> bool {
        match *lock(&self.room) {
            Room::Free => true,
            Room::Ends => ends,
            Room::Blocks | Room::None => false,
        }
    }

    /// Chooses the transactions of a block, and their order; see [`select`].
    pub(super) fn choose(&self, offered: &[impl AsRef<[u8]>], most_bytes: usize) -> Vec<usize> {
        let waiting = lock(&self.waiting);
        let weigh = |bytes: &[u8]| match waiting.find(&sha256(bytes)) {
            Some(entry) => Weight { ends: entry.ends, bytes: bytes.len(), writes: entry.writes },
            // Nothing is known of it until CometBFT asks about it again, after the next block.
            None => Weight { ends: false, bytes: bytes.len(), writes: MOST_WRITES },
        };
        let weights: Vec<_> = offered.iter().map(|bytes| weigh(bytes.as_ref())).collect();
        select(&weights, most_bytes)
    }

    /// Says how to vote on somebody else's block: for what [`Application::choose`] of any node may have chosen. What
    /// the transactions write is not looked at, since that is another at every height.
    pub(super) fn judge(&self, transactions: &[impl AsRef<[u8]>]) -> Vote {
        let (mut seen, mut length) = (HashSet::new(), 0_usize);
        for bytes in transactions {
            let bytes = bytes.as_ref();
            let hash = sha256(bytes);
            if self.received(&hash, bytes).id().is_none() {
                return Vote::Against(Objection::NoTransaction);
            }
            if !seen.insert(hash) {
                return Vote::Against(Objection::Twice);
            }
            length = length.saturating_add(bytes.len() + ENVELOPE);
            if length > MOST_BYTES && transactions.len() > 1 {
                return Vote::Against(Objection::TooLong);
            }
        }
        Vote::For
    }

    /// Executes a block. Nothing is written; asked again it says the same.
    pub(super) fn finalize(
        &self,
        height: u64,
        time: Time,
        conduct: &Conduct,
        transactions: &[impl AsRef<[u8]>],
    ) -> Result<Finalized, EngineError> {
        self.while_temporary(|| self.execute(height, time, conduct, transactions))
    }

    fn execute(
        &self,
        height: u64,
        time: Time,
        conduct: &Conduct,
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
        let Conduct { voters, misbehaving } = conduct.clone();
        let block = state::Block { voters, misbehaving, ..self.block(&snapshot, height, time, before)? };
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
        let voters = block.voters;
        *lock(&self.pending) = Some(Pending { prepared, time, voters, oldest_light, transactions: hashes });
        Ok(Finalized { outcomes: executed.outcomes, app_hash, validator_updates, parameters })
    }

    /// Writes the block that was executed last, durably. While the disk does not take it, CometBFT waits.
    pub(super) fn commit(&self) -> Result<(), EngineError> {
        let pending = lock(&self.pending).take().ok_or(EngineError::Block)?;
        let height = pending.prepared.head().height;
        let parameters = Some(fingerprint(&self.parameters).into());
        let tip = StoredTip { time: pending.time, parameters }.to_cbor();
        let committed = Committed { block: None, tip: &tip, oldest_light: pending.oldest_light };
        let store = self.progress.store();
        self.while_temporary(|| {
            // A write that failed may have taken place all the same.
            if store.snapshot()?.head().height < height {
                store.commit(&pending.prepared, &committed)?;
            }
            Ok(())
        })?;
        *lock(&self.head) = pending.prepared.head().clone();
        let next =
            self.while_temporary(|| self.block(&store.snapshot()?, height + 1, pending.time, pending.time));
        match next {
            // Who votes for this block is not known yet: most likely who did for the one before.
            Ok(next) => self.progress.set_next(state::Block { voters: pending.voters, ..next }),
            // The block is committed; the next one is for a newer program.
            Err(error @ EngineError::UnknownRules { .. }) => self.fail(error),
            Err(error) => return Err(error),
        }
        let mut waiting = lock(&self.waiting);
        pending.transactions.iter().for_each(|hash| waiting.remove(hash));
        waiting.forget_asked_before(height.saturating_sub(1));
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
            has_one_signer: false,
            voters: None,
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

    /// Repeats what fails for a reason that passes, such as a full disk, until it succeeds or this process ends.
    fn while_temporary<T>(&self, work: impl Fn() -> Result<T, EngineError>) -> Result<T, EngineError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match work() {
                Ok(done) => {
                    self.progress.set_stopped(None);
                    return Ok(done);
                }
                Err(error) => error,
            };
            let Some(why) = error.temporary().filter(|_| !self.ends()) else { return Err(error) };
            self.progress.set_stopped(Some(why));
            tracing::warn!(code = error.code(), %error, ?pause, "no block for now");
            self.pause(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            // Until it is opened anew nothing can be read or written.
            if let Err(error) = self.progress.store().reopen() {
                tracing::warn!(code = error.code(), %error, "the database cannot be opened");
            }
        }
    }

    /// Waits for so long, or until this process ends.
    fn pause(&self, pause: Duration) {
        let committed = lock(&self.committed);
        drop(self.more.wait_timeout_while(committed, pause, |_| !self.ends()));
    }

    /// What waits is verified already.
    fn received(&self, hash: &Hash, bytes: &[u8]) -> Arc<Received> {
        let known = lock(&self.waiting).find(hash).map(|entry| entry.received.clone());
        let known = known.or_else(|| lock(&self.on_its_way).get(hash).cloned());
        known.unwrap_or_else(|| Arc::new(Received::new(bytes.to_vec(), &self.progress.origin())))
    }
}

/// The rules that a block is executed by, as the state says.
fn version_at(snapshot: &Snapshot, first: AppVersion, height: u64) -> Result<AppVersion, EngineError> {
    let version = state::version_at(snapshot, first, height)?;
    AppVersion::parse(version).ok_or(EngineError::UnknownRules { version })
}

/// All that consensus parameters say. That nothing is said and that 0 is mean the same of the votes' extensions.
fn fingerprint(parameters: &consensus::Params) -> [u8; 32] {
    let consensus::Params { block, evidence, validator, version, abci } = parameters;
    let text = format!(
        "{} {} {} {} {} {:?} {} {}",
        block.max_bytes,
        block.max_gas,
        evidence.max_age_num_blocks,
        evidence.max_age_duration.0.as_nanos(),
        evidence.max_bytes,
        validator.pub_key_types.iter().map(|kind| *kind as u8).collect::<Vec<_>>(),
        version.as_ref().map_or(0, |version| version.app),
        abci.vote_extensions_enable_height.map_or(0, |height| height.value()),
    );
    sha256(text.as_bytes())
}

/// The rules that the authorities start with.
fn first_version(parameters: &consensus::Params) -> Result<AppVersion, EngineError> {
    let version = parameters.version.as_ref().map_or(0, |version| version.app);
    AppVersion::parse(version).ok_or(EngineError::UnknownRules { version })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::engine::cometbft::application_tests::{bytes, open, open_with, time};
    use crate::engine::crash_tests::START;

    /// A clock that says what is set, and that it was turned by what is set beside.
    fn clock() -> (Clock, Arc<AtomicU64>, Arc<AtomicU64>) {
        let (wall, steady) = (Arc::new(AtomicU64::new(START)), Arc::new(AtomicU64::new(1)));
        let (read_wall, read_steady) = (wall.clone(), steady.clone());
        let clock = Clock::new(
            move || Timestamp(read_wall.load(Ordering::SeqCst)),
            move || Duration::from_secs(read_steady.load(Ordering::SeqCst)),
        );
        (clock, wall, steady)
    }

    fn ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn why_no_blocks_come_is_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let (clock, wall, steady) = clock();
        let application = open_with(home.path(), clock);
        assert_eq!(application.stopped(), Some(EngineStopped::CatchingUp), "cometbft has not said yet");
        application.set_catching_up(false);
        assert_eq!((application.stopped(), application.is_current()), (None, true));

        *lock(&application.newest_at) = ago(89);
        assert_eq!(application.stopped(), None);
        *lock(&application.newest_at) = ago(91);
        assert_eq!((application.stopped(), application.is_current()), (Some(EngineStopped::Halted), false));
        application.finalize(1, time(1), &Conduct::default(), &bytes(1)).unwrap();
        application.commit().unwrap();
        assert_eq!(application.stopped(), None, "there is one again");

        // Blocks come, and the votes on them do not.
        application.set_behind(true);
        *lock(&application.behind_since) = Some(ago(91));
        application.set_behind(true);
        assert_eq!(application.stopped(), Some(EngineStopped::CatchingUp));
        application.set_behind(false);
        assert_eq!(application.stopped(), None);

        // The newest header has the time of the start.
        let turn = |seconds: i64, passed: u64| {
            wall.store((START + passed).saturating_add_signed(seconds), Ordering::SeqCst);
            steady.store(1 + passed, Ordering::SeqCst);
            (application.stopped(), application.is_current())
        };
        assert_eq!(turn(0, 90), (None, true));
        assert_eq!(turn(0, 91), (None, false), "what is served is old, whatever else is well");
        assert_eq!(turn(-30, 0), (None, true));
        assert_eq!(turn(-31, 0).0, Some(EngineStopped::ClockTurned), "others agreed on a later time");
        assert_eq!(turn(601, 0).0, Some(EngineStopped::ClockTurned));
        assert_eq!(turn(0, 0), (None, true));

        application.set_room(Room::Ends);
        *lock(&application.newest_at) = ago(91);
        assert_eq!(
            application.stopped(),
            Some(EngineStopped::DiskFull),
            "the cause that somebody here can mend"
        );
    }

    #[test]
    fn what_was_verified_when_it_was_handed_in_is_not_verified_again() {
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        let origin = application.progress().origin();
        let received = Arc::new(Received::new(bytes(1).remove(0), &origin));
        let seen = application.while_on_its_way(received.clone(), [10, 0, 0, 1].into(), |bytes| {
            // What CometBFT asks meanwhile.
            let known = application.received(&sha256(bytes), bytes);
            application.check(bytes, CheckKind::New);
            known
        });
        assert!(Arc::ptr_eq(&seen, &received));
        let known = application.received(&sha256(received.bytes()), received.bytes());
        assert!(Arc::ptr_eq(&known, &received), "nor in the block");
        assert!(lock(&application.on_its_way).is_empty());
    }

    #[test]
    fn where_the_disk_fills_only_ends_are_taken_and_then_nothing_new_is() {
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        for height in 1..5 {
            application.finalize(height, time(height), &Conduct::default(), &bytes(height)).unwrap();
            application.commit().unwrap();
        }
        let [grant, revocation] = <[Vec<u8>; 2]>::try_from(bytes(5)).unwrap();
        let is_taken = |bytes: &[u8], kind| matches!(application.check(bytes, kind), CheckAnswer::Outcome(_));
        application.set_room(Room::Ends);
        assert!(!is_taken(&grant, CheckKind::New) && is_taken(&revocation, CheckKind::New));
        application.set_room(Room::Blocks);
        assert!(!is_taken(&revocation, CheckKind::New));
        assert!(is_taken(&revocation, CheckKind::Again), "what waits does so until it is in a block");
        application.set_room(Room::Free);
        assert!(is_taken(&grant, CheckKind::New));
    }
}
