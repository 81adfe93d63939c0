//! The thread that makes the embedded engine's blocks: when transactions wait, when a proof is owed, and as a heartbeat.

use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keepwell_protocol::domain::{self, TxId};
use keepwell_protocol::ledger::EngineStopped;

use super::clock::{Clock, ClockWatch};
use super::driver::{Driver, Engine, Submission};
use super::embedded::{Embedded, VotingKeys};
use super::error::EngineError;
use super::pool::{Lengths, Pool, Waiting};
use super::progress::{Progress, lock};
use crate::state::{Checked, Outcome, Received, Rejection};
use crate::store::Store;

/// How long the chain rests at most between two blocks.
pub const HEARTBEAT: Duration = Duration::from_secs(30);
/// How far from the newest block's time the clock may be at a start, unless somebody says that it is right.
const MOST_GAP: domain::Duration = domain::Duration::days(30);
/// How long after a block that could not be made the next try is; twice as long after each that fails as well.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How soon a clock that was turned is looked at again.
const CLOCK_PAUSE: Duration = Duration::from_secs(1);

/// The embedded engine as a driver sees it.
struct Maker {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<Result<(), EngineError>>>>,
}

/// What those who hand in transactions and the thread that makes blocks both see.
struct Shared {
    progress: Arc<Progress>,
    work: Mutex<Work>,
    /// Something came to wait, or the engine is to stop.
    more: Condvar,
    watch: ClockWatch,
    /// The keys by which blocks are voted on.
    voting: VotingKeys,
}

struct Work {
    pool: Pool,
    is_ending: bool,
}

impl Embedded {
    /// Catches up with the clock and starts making blocks.
    ///
    /// # Errors
    /// [`EngineError::TimeGap`] if the clock is more than 30 days from the newest block's time and `accept_time` does
    /// not say that it is right; otherwise why the first blocks cannot be made.
    pub fn start(
        mut self,
        store: Arc<Store>,
        clock: Clock,
        heartbeat: Duration,
        accept_time: bool,
    ) -> Result<Driver, EngineError> {
        let watch = ClockWatch::new(clock.clone());
        check_gap(&self, &clock, accept_time)?;
        // A header carries the time of the vote before it: after a rest it takes two to be of now.
        let fresh = |engine: &Self| {
            let oldest = clock.now().saturating_sub(domain::Duration(heartbeat.as_secs() * 2));
            engine.time().is_some_and(|time| time >= oldest)
        };
        for _ in 0..2 {
            if !fresh(&self) || self.owes_proof(store.snapshot()?.head()) {
                self.make_block(&store, &[], clock.now())?;
            }
        }
        let height = store.snapshot()?.head().height;
        let progress = Arc::new(Progress::new(store, height, self.next(height)?));
        let shared = Arc::new(Shared {
            progress: progress.clone(),
            work: Mutex::new(Work { pool: Pool::new(), is_ending: false }),
            more: Condvar::new(),
            watch,
            voting: self.voting_keys().duplicate(),
        });
        let blocks = Blocks { shared: shared.clone(), engine: self, heartbeat, pause: FIRST_PAUSE };
        let thread = std::thread::Builder::new()
            .name("blocks".to_owned())
            .spawn(move || blocks.run())
            .map_err(crate::store::StoreError::Io)?;
        Ok(Driver::new(progress, Maker { shared, thread: Mutex::new(Some(thread)) }))
    }
}

impl Engine for Maker {
    fn knows(&self, transaction: &Received) -> bool {
        transaction.id().is_some_and(|id| lock(&self.shared.work).pool.knows(&id))
    }

    fn push(
        &self,
        transaction: Received,
        id: TxId,
        checked: &Checked,
        from: IpAddr,
    ) -> Result<Submission, EngineError> {
        if checked.changes.validators.as_ref().is_some_and(|after| !self.shared.voting.decides(after)) {
            // Whose keys are not here cannot vote here: it would be the last block.
            return Ok(Submission::Checked(Outcome::Rejected(Rejection::Validators)));
        }
        let mut work = lock(&self.shared.work);
        if work.is_ending || !work.pool.push(transaction, id, checked, from) {
            return Ok(Submission::Busy);
        }
        self.shared.more.notify_one();
        Ok(Submission::Checked(checked.outcome))
    }

    fn waiting(&self) -> Lengths {
        lock(&self.shared.work).pool.lengths()
    }

    fn stopped(&self) -> Option<EngineStopped> {
        self.shared.watch.believed().is_none().then_some(EngineStopped::ClockTurned)
    }

    /// Makes a last block of what waits.
    fn stop(&self) -> Result<(), EngineError> {
        lock(&self.shared.work).is_ending = true;
        self.shared.more.notify_one();
        match lock(&self.thread).take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(EngineError::Block),
            None => Ok(()),
        }
    }
}

/// A ledger under a clock that is far off would date everything wrongly, for good.
fn check_gap(engine: &Embedded, clock: &Clock, accept_time: bool) -> Result<(), EngineError> {
    let Some(newest) = engine.time() else { return Ok(()) };
    let gap = clock.now().0.abs_diff(newest.0);
    if gap > HEARTBEAT.as_secs() * 2 {
        tracing::info!(seconds = gap, behind = clock.now() < newest, "the clock and the newest block differ");
    }
    if gap > MOST_GAP.0 && !accept_time {
        return Err(EngineError::TimeGap { days: gap / domain::Duration::days(1).0 });
    }
    Ok(())
}

/// The thread that makes blocks.
struct Blocks {
    shared: Arc<Shared>,
    engine: Embedded,
    heartbeat: Duration,
    /// How long the next pause is.
    pause: Duration,
}

/// What the thread is to do next.
enum Turn {
    Block(Vec<Waiting>),
    /// The last batch, after which the thread ends.
    Last(Vec<Waiting>),
}

impl Blocks {
    fn run(mut self) -> Result<(), EngineError> {
        // However this thread ends, nobody is left to believe that it goes on.
        let _end = EndGuard(self.shared.progress.clone());
        let ended = self.make_blocks();
        if let Err(error) = &ended {
            tracing::error!(code = error.code(), %error, "no more blocks");
        }
        ended
    }

    fn make_blocks(&mut self) -> Result<(), EngineError> {
        let mut rest = self.rest()?;
        loop {
            let (taken, is_last) = match self.turn(rest) {
                Turn::Block(taken) => (taken, false),
                Turn::Last(taken) if taken.is_empty() => return Ok(()),
                Turn::Last(taken) => (taken, true),
            };
            let Some(now) = self.shared.watch.believed() else {
                lock(&self.shared.work).pool.put_back(taken);
                self.shared.progress.set_stopped(Some(EngineStopped::ClockTurned));
                if self.is_told_to_end_within(CLOCK_PAUSE) {
                    return Ok(());
                }
                rest = Duration::ZERO;
                continue;
            };
            let transactions: Vec<&Received> = taken.iter().map(|waiting| &waiting.transaction).collect();
            let made = self.engine.make_block(self.shared.progress.store(), &transactions, now);
            match made.and_then(|outcomes| Ok((outcomes, self.rest()?))) {
                Ok((outcomes, next_rest)) => {
                    lock(&self.shared.work).pool.done(&taken);
                    self.shared.progress.set_stopped(None);
                    (self.pause, rest) = (FIRST_PAUSE, next_rest);
                    let rejected =
                        outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Rejected(_))).count();
                    if !outcomes.is_empty() {
                        tracing::info!(transactions = outcomes.len(), rejected, "block");
                    }
                }
                Err(error) => {
                    lock(&self.shared.work).pool.put_back(taken);
                    self.recover(error, is_last)?;
                    rest = Duration::ZERO;
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Pauses after a block that could not be made, and opens the database anew: until then nothing can be read,
    /// either.
    ///
    /// # Errors
    /// What is not temporary, or the last block's, or if the engine is told to end meanwhile.
    fn recover(&mut self, error: EngineError, is_last: bool) -> Result<(), EngineError> {
        let Some(why) = error.temporary() else { return Err(error) };
        self.shared.progress.set_stopped(Some(why));
        tracing::warn!(code = error.code(), %error, pause = ?self.pause, "no block for now");
        if is_last || self.is_told_to_end_within(self.pause) {
            return Err(error);
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        let reopened = self.shared.progress.store().reopen().map_err(EngineError::from);
        match reopened.and_then(|()| self.engine.resume(self.shared.progress.store())) {
            Err(error) if error.temporary().is_none() => Err(error),
            Err(error) => {
                tracing::warn!(code = error.code(), %error, "the database cannot be read");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Publishes what the newest block has changed, and says how long the next may wait: not at all where its
    /// state is proved by no header yet.
    fn rest(&self) -> Result<Duration, EngineError> {
        let snapshot = self.shared.progress.store().snapshot()?;
        let head = snapshot.head();
        self.shared.progress.set_next(self.engine.next(head.height)?);
        self.shared.progress.serve(head.height);
        Ok(if self.engine.owes_proof(head) { Duration::ZERO } else { self.heartbeat })
    }

    /// Waits until there is something to make a block of.
    fn turn(&self, rest: Duration) -> Turn {
        let work = lock(&self.shared.work);
        let is_idle = |work: &mut Work| work.pool.is_empty() && !work.is_ending;
        let waited = self.shared.more.wait_timeout_while(work, rest, is_idle);
        let (mut work, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let taken = work.pool.take();
        if work.is_ending { Turn::Last(taken) } else { Turn::Block(taken) }
    }

    /// Waits, and says whether the engine is to end meanwhile.
    fn is_told_to_end_within(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut work = lock(&self.shared.work);
        while !work.is_ending {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            work = self.shared.more.wait_timeout(work, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

struct EndGuard(Arc<Progress>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}
