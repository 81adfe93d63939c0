//! The thread that makes blocks: when transactions wait, when a proof is owed, and as a heartbeat.

use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keepwell_protocol::domain::{self, Origin};
use keepwell_protocol::ledger::EngineStopped;
use tokio::sync::watch;

use super::clock::{Clock, ClockWatch};
use super::embedded::Embedded;
use super::error::EngineError;
use super::pool::{Lengths, Pool, Waiting};
use crate::state::{self, Outcome, Received};
use crate::store::Store;

/// How long the chain rests at most between two blocks.
pub const HEARTBEAT: Duration = Duration::from_secs(30);
/// How far from the newest block's time the clock may be at a start, unless somebody says that it is right.
const MOST_GAP: domain::Duration = domain::Duration::days(30);
/// How long after a block that could not be made the next try is; twice as long after each that fails as well.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How soon a clock that was turned is looked at again.
const CLOCK_PAUSE: Duration = Duration::from_secs(1);

/// What became of handing in a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Submission {
    /// By the state so far: it waits for the next block, is on record, or is refused.
    Checked(Outcome),
    /// Too many wait.
    Busy,
    /// No blocks are made at present.
    Stopped(EngineStopped),
}

/// A running engine.
pub struct Driver {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<Result<(), EngineError>>>>,
}

/// What those who hand in transactions and the thread that makes blocks both see.
struct Shared {
    store: Arc<Store>,
    origin: Origin,
    work: Mutex<Work>,
    /// Something came to wait, or the engine is to stop.
    more: Condvar,
    /// The block that a transaction which is handed in now would be in.
    next: Mutex<state::Block>,
    /// Why no blocks are made at present, the clock aside.
    stopped: Mutex<Option<EngineStopped>>,
    watch: ClockWatch,
    /// The newest height.
    height: watch::Sender<u64>,
    ended: Mutex<Ended>,
}

/// Whether the thread that makes blocks has ended.
enum Ended {
    /// No; whom to call then.
    NotYet(Vec<Box<dyn FnOnce() + Send>>),
    /// It has: who asks now is called at once.
    Has,
}

struct Work {
    pool: Pool,
    is_ending: bool,
}

impl Driver {
    /// Catches up with the clock and starts making blocks.
    ///
    /// # Errors
    /// [`EngineError::TimeGap`] if the clock is more than 30 days from the newest block's time and `accept_time` does
    /// not say that it is right; otherwise why the first blocks cannot be made.
    pub fn start(
        store: Arc<Store>,
        mut engine: Embedded,
        clock: Clock,
        heartbeat: Duration,
        accept_time: bool,
    ) -> Result<Self, EngineError> {
        let watch = ClockWatch::new(clock.clone());
        check_gap(&engine, &clock, accept_time)?;
        // A header carries the time of the vote before it: after a rest it takes two to be of now.
        let fresh = |engine: &Embedded| {
            let oldest = clock.now().saturating_sub(domain::Duration(heartbeat.as_secs() * 2));
            engine.time().is_some_and(|time| time >= oldest)
        };
        for _ in 0..2 {
            if !fresh(&engine) || engine.owes_proof(store.snapshot()?.head()) {
                engine.make_block(&store, &[], clock.now())?;
            }
        }
        let height = store.snapshot()?.head().height;
        let shared = Arc::new(Shared {
            store,
            origin: engine.origin(),
            work: Mutex::new(Work { pool: Pool::new(), is_ending: false }),
            more: Condvar::new(),
            next: Mutex::new(engine.next(height)?),
            stopped: Mutex::new(None),
            watch,
            height: watch::Sender::new(height),
            ended: Mutex::new(Ended::NotYet(Vec::new())),
        });
        let maker = Maker { shared: shared.clone(), engine, heartbeat, pause: FIRST_PAUSE };
        let thread = std::thread::Builder::new()
            .name("blocks".to_owned())
            .spawn(move || maker.run())
            .map_err(crate::store::StoreError::Io)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Takes in the bytes of a transaction, to be handed in.
    pub fn receive(&self, transaction: Vec<u8>) -> Received {
        Received::new(transaction, &self.shared.origin)
    }

    /// Hands in a transaction for the next block, if by the state so far it would do something.
    ///
    /// `count` decides whether one more is taken, and is asked at most once: with true if the transaction ends what
    /// stands, which of those that say so only the state tells. Of these one that waits already is not counted, nor any
    /// while no blocks are made.
    ///
    /// # Errors
    /// That of `count`; [`EngineError`] if the state cannot be read.
    pub fn submit<E: From<EngineError>>(
        &self,
        transaction: Received,
        from: IpAddr,
        count: impl Fn(bool) -> Result<(), E>,
    ) -> Result<Submission, E> {
        let shared = &self.shared;
        let may_end = transaction.may_end();
        if !may_end {
            count(false)?;
        }
        if let Some(id) = transaction.id().filter(|id| lock(&shared.work).pool.knows(id)) {
            return Ok(Submission::Checked(Outcome::Applied(id)));
        }
        if let Some(why) = self.stopped() {
            return Ok(Submission::Stopped(why));
        }
        let next = *lock(&shared.next);
        let snapshot = shared.store.snapshot().map_err(EngineError::from)?;
        let checked = state::check(&snapshot, &next, &transaction).map_err(EngineError::from)?;
        if may_end {
            count(checked.ends)?;
        }
        let Outcome::Applied(id) = checked.outcome else { return Ok(Submission::Checked(checked.outcome)) };
        let mut work = lock(&shared.work);
        if work.is_ending || !work.pool.push(transaction, id, &checked, from) {
            return Ok(Submission::Busy);
        }
        shared.more.notify_one();
        Ok(Submission::Checked(checked.outcome))
    }

    /// Why no blocks are made at present; nothing while they are.
    pub fn stopped(&self) -> Option<EngineStopped> {
        let turned = || self.shared.watch.believed().is_none().then_some(EngineStopped::ClockTurned);
        lock(&self.shared.stopped).or_else(turned)
    }

    /// How many transactions wait for a block.
    pub fn waiting(&self) -> Lengths {
        lock(&self.shared.work).pool.lengths()
    }

    /// The newest height, and that of each block to come.
    pub fn heights(&self) -> watch::Receiver<u64> {
        self.shared.height.subscribe()
    }

    /// Calls back once, when the thread that makes blocks ends or if it has ended.
    pub fn when_ended(&self, call: Box<dyn FnOnce() + Send>) {
        let mut ended = lock(&self.shared.ended);
        match &mut *ended {
            Ended::NotYet(calls) => calls.push(call),
            Ended::Has => {
                drop(ended);
                call();
            }
        }
    }

    /// Makes a last block of what waits.
    ///
    /// # Errors
    /// [`EngineError`] if it cannot be made, or the engine had ended before by itself.
    pub fn stop(&self) -> Result<(), EngineError> {
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
struct Maker {
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

impl Maker {
    fn run(mut self) -> Result<(), EngineError> {
        // However this thread ends, nobody is left to believe that it goes on.
        let _end = EndGuard(self.shared.clone());
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
                self.set_stopped(Some(EngineStopped::ClockTurned));
                if self.is_told_to_end_within(CLOCK_PAUSE) {
                    return Ok(());
                }
                rest = Duration::ZERO;
                continue;
            };
            let transactions: Vec<&Received> = taken.iter().map(|waiting| &waiting.transaction).collect();
            let made = self.engine.make_block(&self.shared.store, &transactions, now);
            match made.and_then(|outcomes| Ok((outcomes, self.rest()?))) {
                Ok((outcomes, next_rest)) => {
                    lock(&self.shared.work).pool.done(&taken);
                    self.set_stopped(None);
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
        self.set_stopped(Some(why));
        tracing::warn!(code = error.code(), %error, pause = ?self.pause, "no block for now");
        if is_last || self.is_told_to_end_within(self.pause) {
            return Err(error);
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        let reopened = self.shared.store.reopen().map_err(EngineError::from);
        match reopened.and_then(|()| self.engine.resume(&self.shared.store)) {
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
        let snapshot = self.shared.store.snapshot()?;
        let head = snapshot.head();
        *lock(&self.shared.next) = self.engine.next(head.height)?;
        self.shared.height.send_replace(head.height);
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

    fn set_stopped(&self, why: Option<EngineStopped>) {
        let before = std::mem::replace(&mut *lock(&self.shared.stopped), why);
        if before != why {
            match why {
                Some(why) => tracing::error!(why = why.reason(), "blocks stopped"),
                None => tracing::info!("blocks go on"),
            }
        }
    }
}

struct EndGuard(Arc<Shared>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        *lock(&self.0.stopped) = Some(EngineStopped::Ended);
        let ended = std::mem::replace(&mut *lock(&self.0.ended), Ended::Has);
        if let Ended::NotYet(calls) = ended {
            calls.into_iter().for_each(|call| call());
        }
    }
}

/// What a panicking holder left is whole: each of these is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
