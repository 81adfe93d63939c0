//! The thread that makes blocks: when transactions wait, when a proof is owed, and as a heartbeat.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use keepwell_protocol::domain::Timestamp;

use super::{Embedded, EngineError};
use crate::state::Outcome;
use crate::store::Store;

/// What the time is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long the chain rests at most between two blocks.
pub const HEARTBEAT: Duration = Duration::from_secs(30);
/// How many transactions may wait.
const MOST_WAITING: usize = 5_000;
/// How many bytes of transactions go into one block at most; below the block's own limit.
const MOST_BYTES: usize = 1_024 * 1_024;

/// What became of handing in a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Submission {
    /// By the state so far: it waits for the next block, is on record, or is refused.
    Checked(Outcome),
    /// Too many wait.
    Busy,
    /// The engine has stopped.
    Stopped,
}

/// A running engine.
pub struct Driver {
    engine: Arc<Mutex<Embedded>>,
    store: Arc<Store>,
    waiting: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<Result<(), EngineError>>>>,
}

enum Message {
    Transaction(Vec<u8>),
    Stop,
}

impl Driver {
    /// Catches up with the clock and starts making blocks.
    ///
    /// # Errors
    /// [`EngineError`] if the first blocks cannot be made.
    pub fn start(
        store: Arc<Store>,
        mut engine: Embedded,
        clock: Clock,
        heartbeat: Duration,
    ) -> Result<Self, EngineError> {
        // A header carries the time of the vote before it: after a rest it takes two to be of now.
        let fresh = |engine: &Embedded| {
            let oldest = clock().saturating_sub(keepwell_protocol::domain::Duration(heartbeat.as_secs() * 2));
            engine.time().is_some_and(|time| time >= oldest)
        };
        for _ in 0..2 {
            if !fresh(&engine) || engine.owes_proof(store.snapshot()?.head()) {
                engine.make_block(&store, Vec::new(), clock())?;
            }
        }
        let engine = Arc::new(Mutex::new(engine));
        let (waiting, received) = sync_channel(MOST_WAITING);
        let thread = {
            let (engine, store) = (engine.clone(), store.clone());
            std::thread::spawn(move || {
                let ended = make_blocks(&engine, &store, &received, &clock, heartbeat);
                if let Err(error) = &ended {
                    tracing::error!(code = error.code(), %error, "no more blocks");
                }
                ended
            })
        };
        Ok(Self { engine, store, waiting, thread: Mutex::new(Some(thread)) })
    }

    /// Hands in a transaction for the next block, if by the state so far it would do something.
    ///
    /// # Errors
    /// [`EngineError`] if the state cannot be read.
    pub fn submit(&self, transaction: &[u8]) -> Result<Submission, EngineError> {
        let snapshot = self.store.snapshot()?;
        let outcome = lock(&self.engine).check(&snapshot, transaction)?;
        if !matches!(outcome, Outcome::Applied(_)) {
            return Ok(Submission::Checked(outcome));
        }
        Ok(match self.waiting.try_send(Message::Transaction(transaction.to_vec())) {
            Ok(()) => Submission::Checked(outcome),
            Err(TrySendError::Full(_)) => Submission::Busy,
            Err(TrySendError::Disconnected(_)) => Submission::Stopped,
        })
    }

    /// Makes the block that is under way and no more.
    ///
    /// # Errors
    /// [`EngineError`] if the engine had stopped before by itself.
    pub fn stop(&self) -> Result<(), EngineError> {
        // It may have stopped by itself, which joining tells.
        let _ = self.waiting.send(Message::Stop);
        match lock(&self.thread).take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(EngineError::Block),
            None => Ok(()),
        }
    }
}

fn make_blocks(
    engine: &Mutex<Embedded>,
    store: &Store,
    received: &Receiver<Message>,
    clock: &Clock,
    heartbeat: Duration,
) -> Result<(), EngineError> {
    loop {
        let mut transactions = Vec::new();
        let mut stop = false;
        match received.recv_timeout(heartbeat) {
            Ok(Message::Transaction(first)) => {
                let mut bytes = first.len();
                transactions.push(first);
                while bytes < MOST_BYTES {
                    match received.try_recv() {
                        Ok(Message::Transaction(next)) => {
                            bytes += next.len();
                            transactions.push(next);
                        }
                        Ok(Message::Stop) => {
                            stop = true;
                            break;
                        }
                        Err(_) => break,
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let mut engine = lock(engine);
        let outcomes = engine.make_block(store, transactions, clock())?;
        let rejected = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Rejected(_))).count();
        if !outcomes.is_empty() {
            tracing::info!(transactions = outcomes.len(), rejected, "block");
        }
        // The state after this block is proved by the next header: it follows at once.
        if engine.owes_proof(store.snapshot()?.head()) {
            engine.make_block(store, Vec::new(), clock())?;
        }
        if stop {
            return Ok(());
        }
    }
}

/// What a panicking holder left is whole: the engine changes itself last, after the store.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
