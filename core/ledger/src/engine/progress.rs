//! How far a chain has come, as those who ask and what makes the blocks both see it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keepwell_protocol::domain::Origin;
use keepwell_protocol::ledger::EngineStopped;
use tokio::sync::watch;

use crate::state;
use crate::store::Store;

/// How far a chain has come.
pub(super) struct Progress {
    store: Arc<Store>,
    /// The block that a transaction which is handed in now would be in.
    next: Mutex<state::Block>,
    /// Why no blocks are made at present.
    stopped: Mutex<Option<EngineStopped>>,
    /// The newest height that is served.
    height: watch::Sender<u64>,
    ended: Mutex<Ended>,
}

/// Whether blocks have ended for good.
enum Ended {
    /// No; whom to call then.
    NotYet(Vec<Box<dyn FnOnce() + Send>>),
    /// They have: who asks now is called at once.
    Has,
}

impl Progress {
    /// A chain whose newest served block is `height`, and whose next one is `next`.
    pub(super) fn new(store: Arc<Store>, height: u64, next: state::Block) -> Self {
        Self {
            store,
            next: Mutex::new(next),
            stopped: Mutex::new(None),
            height: watch::Sender::new(height),
            ended: Mutex::new(Ended::NotYet(Vec::new())),
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn origin(&self) -> Origin {
        lock(&self.next).origin
    }

    pub(super) fn next(&self) -> state::Block {
        lock(&self.next).clone()
    }

    /// Says which block is the next, once the one before it is committed.
    pub(super) fn set_next(&self, next: state::Block) {
        *lock(&self.next) = next;
    }

    pub(super) fn heights(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    /// Says that this height is served from now on.
    pub(super) fn serve(&self, height: u64) {
        self.height.send_replace(height);
    }

    pub(super) fn stopped(&self) -> Option<EngineStopped> {
        *lock(&self.stopped)
    }

    pub(super) fn set_stopped(&self, why: Option<EngineStopped>) {
        let before = std::mem::replace(&mut *lock(&self.stopped), why);
        if before != why {
            match why {
                Some(why) => tracing::error!(why = why.reason(), "blocks stopped"),
                None => tracing::info!("blocks go on"),
            }
        }
    }

    pub(super) fn when_ended(&self, call: Box<dyn FnOnce() + Send>) {
        let mut ended = lock(&self.ended);
        match &mut *ended {
            Ended::NotYet(calls) => calls.push(call),
            Ended::Has => {
                drop(ended);
                call();
            }
        }
    }

    /// Says that there will be no more blocks, and calls back whoever asked for that.
    pub(super) fn end(&self) {
        *lock(&self.stopped) = Some(EngineStopped::Ended);
        let ended = std::mem::replace(&mut *lock(&self.ended), Ended::Has);
        if let Ended::NotYet(calls) = ended {
            calls.into_iter().for_each(|call| call());
        }
    }
}

/// What a panicking holder left is whole: each of what is locked here is changed in one step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
