//! The ledger as CometBFT's application: how it is, as its threads see it. What CometBFT asks is answered as plain calls, by
//! blocks, mempool and state sync.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keepwell_protocol::domain::{self, Object as _, Timestamp};
use keepwell_protocol::ledger::{EngineStopped, Genesis, TrustPolicy, Validator};
use tendermint::consensus;

use super::room::Room;
use super::snapshot_folder::SnapshotFolder;
use super::tip::{Pending, StoredTip, fingerprint, first_version, version_at};
use super::waiting::{Hash, Waiting};
use crate::engine::clock::{Clock, ClockWatch};
use crate::engine::error::EngineError;
use crate::engine::maker::HEARTBEAT;
use crate::engine::progress::{Progress, lock};
use crate::state::{self, AppVersion, Received};
use crate::store::{Head, Joining, Store};

/// After how long without a block none is taken to come.
const HALTED: Duration = HEARTBEAT.saturating_mul(3);
/// How far a header may be ahead of this clock, as those who verify it have it.
const MOST_AHEAD: domain::Duration = TrustPolicy::STRICT.max_clock_drift;

/// The ledger as CometBFT's application.
pub(super) struct Application {
    pub(super) progress: Arc<Progress>,
    pub(super) genesis: Genesis,
    pub(super) parameters: consensus::Params,
    /// By which rules the first block is executed, and who votes on it.
    pub(super) first_version: AppVersion,
    pub(super) first_validators: Arc<[Validator]>,
    pub(super) waiting: Mutex<Waiting>,
    /// What is on its way to CometBFT from here, which then asks about it: verified already.
    pub(super) on_its_way: Mutex<HashMap<Hash, Arc<Received>>>,
    /// The newest block: while the data are closed it is known all the same.
    pub(super) head: Mutex<Head>,
    /// The block that was executed last and is not committed yet.
    pub(super) pending: Mutex<Option<Pending>>,
    /// The newest committed height, for who follows.
    pub(super) committed: Mutex<u64>,
    pub(super) more: Condvar,
    /// When the newest block was committed, or this process began to wait for one.
    pub(super) newest_at: Mutex<Instant>,
    /// Since when CometBFT does not give the votes on what is committed.
    pub(super) behind_since: Mutex<Option<Instant>>,
    pub(super) is_catching_up: AtomicBool,
    pub(super) room: Mutex<Room>,
    pub(super) clock: Clock,
    pub(super) clock_watch: ClockWatch,
    pub(super) snapshots: SnapshotFolder,
    pub(super) making_snapshot: Mutex<Option<JoinHandle<()>>>,
    /// The snapshot that is being taken in.
    pub(super) joining: Mutex<Option<Joining>>,
    pub(super) is_ending: AtomicBool,
    pub(super) failure: Mutex<Option<EngineError>>,
}

impl Application {
    /// Goes on from the newest block in the store.
    pub(super) fn new(
        store: Arc<Store>,
        genesis: &Genesis,
        parameters: &consensus::Params,
        snapshots: SnapshotFolder,
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
            snapshots,
            making_snapshot: Mutex::default(),
            joining: Mutex::default(),
            is_ending: AtomicBool::new(false),
            failure: Mutex::default(),
        }))
    }

    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.progress
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

    pub(super) fn ends(&self) -> bool {
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
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::engine::cometbft::application_tests::{bytes, open_with, time};
    use crate::engine::cometbft::blocks::Conduct;
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
}
