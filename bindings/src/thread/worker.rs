//! The thread on which one wallet lives: calls wait for their turn there, callers wait nowhere.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::cancellation::{CallFlag, Cancellation};
use crate::error::{Result, WalletError};
use crate::reasons::DeviceKeyReason;

/// What lives on the thread.
pub(crate) trait WorkerState: Send + 'static {
    /// Called when a call panicked: nothing that it was doing may be relied on.
    fn on_panic(&mut self);

    /// How long the thread may wait for the next call before [`WorkerState::on_idle`] is due.
    fn idle_timeout(&self) -> Option<Duration>;

    /// Called when no call came for that long.
    fn on_idle(&mut self);
}

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// The way to the thread; the thread ends once this is dropped and the calls before it are done.
pub(crate) struct Worker<S: WorkerState> {
    jobs: Mutex<mpsc::Sender<Job<S>>>,
    /// Of the calls that wait or run.
    flags: Mutex<Vec<Weak<CallFlag>>>,
}

impl<S: WorkerState> Worker<S> {
    /// Starts the thread with what lives there.
    pub(crate) fn start(mut state: S) -> Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job<S>>();
        let live = move || {
            loop {
                let next = match state.idle_timeout() {
                    Some(idle_timeout) => queue.recv_timeout(idle_timeout),
                    None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match next {
                    Ok(job) => {
                        // A phone that slept has not kept this thread awake: what is due comes first.
                        if state.idle_timeout() == Some(Duration::ZERO) {
                            state.on_idle();
                        }
                        job(&mut state);
                    }
                    Err(RecvTimeoutError::Timeout) => state.on_idle(),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        thread::Builder::new().name("keepwell".to_owned()).spawn(live).map_err(|_| WalletError::Internal)?;
        Ok(Self { jobs: Mutex::new(jobs), flags: Mutex::default() })
    }

    /// Does `work` in its turn. Dropping the future, or `cancellation`, cancels it: before its turn it
    /// is not done at all, later it stops where nothing is lost.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        cancellation: Option<Arc<Cancellation>>,
        work: impl FnOnce(&mut S) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let flag = Arc::new(CallFlag::new(cancellation));
        let dropped = CancelWhenDropped(Some(flag.clone()));
        let waiting = Arc::downgrade(&flag);
        let result = self.answer(flag, waiting, work).await;
        dropped.disarm();
        result
    }

    /// Does `work` in its turn, and nothing cancels it: not its caller, who may be gone, nor
    /// [`Worker::cancel_all`]. For what keeps the owner safe.
    pub(crate) async fn call_to_the_end<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.answer(Arc::new(CallFlag::new(None)), Weak::new(), work).await
    }

    /// Does `work` in its turn; `waiting` is what [`Worker::cancel_all`] finds of its flag.
    async fn answer<T: Send + 'static>(
        &self,
        flag: Arc<CallFlag>,
        waiting: Weak<CallFlag>,
        work: impl FnOnce(&mut S) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job = move |state: &mut S| {
            // Nobody may be waiting any more.
            let _ = answer.send(run(state, flag, work));
        };
        self.send(Box::new(job), waiting)?;
        answered.await.unwrap_or(Err(WalletError::Internal))
    }

    /// Cancels every call that waits or runs.
    pub(crate) fn cancel_all(&self) {
        let flags = self.flags.lock().unwrap_or_else(PoisonError::into_inner);
        flags.iter().filter_map(Weak::upgrade).for_each(|flag| flag.cancel());
    }

    /// Does `work` in its turn; nobody waits for it and nothing cancels it.
    pub(crate) fn post(&self, work: impl FnOnce(&mut S) + Send + 'static) -> Result<()> {
        self.send(Box::new(work), Weak::new())
    }

    fn send(&self, job: Job<S>, flag: Weak<CallFlag>) -> Result<()> {
        let mut flags = self.flags.lock().unwrap_or_else(PoisonError::into_inner);
        flags.retain(|flag| flag.strong_count() > 0);
        flags.push(flag);
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.send(job).map_err(|_| WalletError::Internal)
    }
}

/// One call on the thread, from which no panic gets out.
fn run<S: WorkerState, T>(
    state: &mut S,
    flag: Arc<CallFlag>,
    work: impl FnOnce(&mut S) -> Result<T>,
) -> Result<T> {
    if flag.is_cancelled() {
        return Err(WalletError::Cancelled);
    }
    let _current = flag.enter();
    let done = catch_unwind(AssertUnwindSafe(|| work(state))).unwrap_or_else(|_| {
        state.on_panic();
        Err(WalletError::Internal)
    });
    match done {
        // An exchange that ended because the call was cancelled looks like one that nobody answered.
        Err(WalletError::Offline { .. }) if CallFlag::current().is_cancelled() => Err(WalletError::Cancelled),
        // So does a question to the device.
        Err(WalletError::DeviceKeyFailed { reason: DeviceKeyReason::DeviceKeyUnavailable })
            if CallFlag::current().is_cancelled_by_caller() =>
        {
            Err(WalletError::Cancelled)
        }
        done => done,
    }
}

/// Cancels a call whose caller is gone.
struct CancelWhenDropped(Option<Arc<CallFlag>>);

impl CancelWhenDropped {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelWhenDropped {
    fn drop(&mut self) {
        if let Some(flag) = &self.0 {
            flag.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Is patient for as long as it is told from outside, as a clock moves while a phone sleeps.
    struct Sleeper {
        idle_timeout: Arc<AtomicU64>,
        idled: u32,
    }

    impl WorkerState for Sleeper {
        fn on_panic(&mut self) {}

        fn idle_timeout(&self) -> Option<Duration> {
            Some(Duration::from_secs(self.idle_timeout.load(Ordering::SeqCst)))
        }

        fn on_idle(&mut self) {
            self.idled += 1;
            self.idle_timeout.store(3_600, Ordering::SeqCst);
        }
    }

    #[test]
    fn what_became_due_while_the_device_slept_is_done_before_the_call_that_wakes_it() {
        let idle_timeout = Arc::new(AtomicU64::new(3_600));
        let worker = Worker::start(Sleeper { idle_timeout: idle_timeout.clone(), idled: 0 }).unwrap();
        let waiting = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let idled = || waiting.block_on(worker.call(None, |sleeper| Ok(sleeper.idled)));
        assert_eq!(idled(), Ok(0));
        idle_timeout.store(0, Ordering::SeqCst);
        assert_eq!(idled(), Ok(1));
        assert_eq!(idled(), Ok(1));
    }
}
