//! What the gateway sees of an engine, whichever it is: transactions go in, blocks come out.

use std::net::IpAddr;
use std::sync::Arc;

use keepwell_protocol::domain::TxId;
use keepwell_protocol::ledger::EngineStopped;
use tokio::sync::watch;

use super::error::EngineError;
use super::pool::Lengths;
use super::progress::Progress;
use crate::state::{self, Checked, Outcome, Received};

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

/// What decides which transactions are in which block.
pub(super) trait Engine: Send + Sync {
    /// Says whether this very transaction waits for a block, or is in the one that is being made.
    fn knows(&self, transaction: &Received) -> bool;

    /// Takes in a transaction that by the state so far would do something.
    ///
    /// # Errors
    /// [`EngineError`] if it cannot be told what became of it.
    fn push(
        &self,
        transaction: Received,
        id: TxId,
        checked: &Checked,
        from: IpAddr,
    ) -> Result<Submission, EngineError>;

    /// How many transactions wait for a block.
    fn waiting(&self) -> Lengths;

    /// Why no blocks are made at present, beyond what [`Progress`] was told.
    fn stopped(&self) -> Option<EngineStopped>;

    /// Whether what ends something is taken in even so.
    fn hands_on_ends(&self) -> bool {
        false
    }

    /// Whether what is served is of now.
    fn is_current(&self) -> bool {
        self.stopped().is_none()
    }

    /// Says that [`Engine::stop`] comes soon, and that what ends by itself from here on has not failed.
    fn begin_stop(&self) {}

    /// Ends what makes blocks, and returns when it has ended.
    ///
    /// # Errors
    /// [`EngineError`] if it had ended before by itself, or ended badly.
    fn stop(&self) -> Result<(), EngineError>;
}

/// A running engine.
pub struct Driver {
    progress: Arc<Progress>,
    engine: Box<dyn Engine>,
}

impl Driver {
    pub(super) fn new(progress: Arc<Progress>, engine: impl Engine + 'static) -> Self {
        Self { progress, engine: Box::new(engine) }
    }

    /// Takes in the bytes of a transaction, to be handed in.
    pub fn receive(&self, transaction: Vec<u8>) -> Received {
        Received::new(transaction, &self.progress.origin())
    }

    /// Hands in a transaction for the next block, if by the state so far it would do something.
    ///
    /// While blocks come late here, an engine of several authorities still takes what ends something, and hands it on.
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
        let may_end = transaction.may_end();
        if !may_end {
            count(false)?;
        }
        if let Some(id) = transaction.id().filter(|_| self.engine.knows(&transaction)) {
            return Ok(Submission::Checked(Outcome::Applied(id)));
        }
        if let Some(why) = self.progress.stopped() {
            return Ok(Submission::Stopped(why));
        }
        let stopped = self.engine.stopped();
        if let Some(why) = stopped.filter(|_| !(may_end && self.engine.hands_on_ends())) {
            return Ok(Submission::Stopped(why));
        }
        let next = self.progress.next();
        let snapshot = self.progress.store().snapshot().map_err(EngineError::from)?;
        let checked = state::check(&snapshot, &next, &transaction).map_err(EngineError::from)?;
        if let Some(why) = stopped.filter(|_| !checked.ends && matches!(checked.outcome, Outcome::Applied(_)))
        {
            return Ok(Submission::Stopped(why));
        }
        if may_end {
            count(checked.ends)?;
        }
        let Outcome::Applied(id) = checked.outcome else { return Ok(Submission::Checked(checked.outcome)) };
        Ok(self.engine.push(transaction, id, &checked, from)?)
    }

    /// Why no blocks are made at present; nothing while they are.
    pub fn stopped(&self) -> Option<EngineStopped> {
        self.progress.stopped().or_else(|| self.engine.stopped())
    }

    /// Whether what is served is of now.
    pub fn is_current(&self) -> bool {
        self.progress.stopped().is_none() && self.engine.is_current()
    }

    /// How many transactions wait for a block.
    pub fn waiting(&self) -> Lengths {
        self.engine.waiting()
    }

    /// The newest height that is served, and each to come.
    pub fn heights(&self) -> watch::Receiver<u64> {
        self.progress.heights()
    }

    /// Calls back once, when no more blocks will be made or if that is so already.
    pub fn when_ended(&self, call: Box<dyn FnOnce() + Send>) {
        self.progress.when_ended(call);
    }

    /// Says that [`Driver::stop`] comes once requests under way have ended; blocks go on until then.
    pub fn begin_stop(&self) {
        self.engine.begin_stop();
    }

    /// Ends what makes blocks; the embedded engine makes a last one of what waits.
    ///
    /// # Errors
    /// [`EngineError`] if that cannot be, or the engine had ended before by itself.
    pub fn stop(&self) -> Result<(), EngineError> {
        self.engine.stop()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::engine::crash_tests::{make_blocks, transactions};

    /// An engine that is late for this reason, and may hand on what ends something.
    struct Late {
        why: EngineStopped,
        hands_on: bool,
        pushed: Arc<AtomicUsize>,
    }

    impl Engine for Late {
        fn knows(&self, _: &Received) -> bool {
            false
        }

        fn push(
            &self,
            _: Received,
            _: TxId,
            checked: &Checked,
            _: IpAddr,
        ) -> Result<Submission, EngineError> {
            self.pushed.fetch_add(1, Ordering::SeqCst);
            Ok(Submission::Checked(checked.outcome))
        }

        fn waiting(&self) -> Lengths {
            Lengths { ending: 0, other: 0 }
        }

        fn stopped(&self) -> Option<EngineStopped> {
            Some(self.why)
        }

        fn hands_on_ends(&self) -> bool {
            self.hands_on
        }

        fn stop(&self) -> Result<(), EngineError> {
            Ok(())
        }
    }

    #[test]
    fn an_authority_that_is_late_hands_on_revocations_and_takes_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let (store, next) = make_blocks(home.path(), 4);
        let progress = Arc::new(Progress::new(Arc::new(store), 4, next));
        for (why, hands_on) in [(EngineStopped::Halted, true), (EngineStopped::ClockTurned, false)] {
            let pushed = Arc::new(AtomicUsize::new(0));
            let driver = Driver::new(progress.clone(), Late { why, hands_on, pushed: pushed.clone() });
            let counted = AtomicUsize::new(0);
            let submitted: Vec<_> = transactions(5)
                .into_iter()
                .map(|transaction| {
                    let count = |_| {
                        counted.fetch_add(1, Ordering::SeqCst);
                        Ok::<_, EngineError>(())
                    };
                    driver.submit(transaction, [127, 0, 0, 1].into(), count).unwrap()
                })
                .collect();
            assert_eq!(submitted[0], Submission::Stopped(why), "a grant");
            assert_eq!(matches!(submitted[1], Submission::Checked(Outcome::Applied(_))), hands_on);
            assert_eq!(pushed.load(Ordering::SeqCst), usize::from(hands_on));
            assert!(!driver.is_current());
            // What cannot be written is taken by nobody.
            progress.set_stopped(Some(EngineStopped::Storage));
            let revocation = transactions(5).remove(1);
            let refused =
                driver.submit(revocation, [127, 0, 0, 1].into(), |_| Ok::<_, EngineError>(())).unwrap();
            assert_eq!(refused, Submission::Stopped(EngineStopped::Storage));
            progress.set_stopped(None);
        }
    }
}
