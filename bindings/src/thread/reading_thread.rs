//! Reading beside the wallet: what a screen shows does not wait for what the wallet is doing.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::lock_state::LockState;
use super::wallet_thread::WalletThread;
use super::worker::{Worker, WorkerState};
use crate::error::Result;
use crate::foreign::LockReason;

/// What lives on the thread of the reads that take long.
pub(crate) struct ReadingThread {
    pub(crate) lock_state: Arc<LockState>,
    wallet: Arc<Worker<WalletThread>>,
}

impl ReadingThread {
    /// Starts the thread, beside the one on which the wallet lives.
    pub(crate) fn start(
        lock_state: Arc<LockState>,
        wallet: Arc<Worker<WalletThread>>,
    ) -> Result<Worker<Self>> {
        Worker::start(Self { lock_state, wallet })
    }
}

impl WorkerState for ReadingThread {
    fn on_panic(&mut self) {
        lock_after_panic(&self.wallet);
    }

    fn idle_timeout(&self) -> Option<Duration> {
        None
    }

    fn on_idle(&mut self) {}
}

/// Locks the wallet, on its own thread; it is locked when this returns.
pub(crate) fn lock_after_panic(wallet: &Worker<WalletThread>) {
    wallet.cancel_all();
    let (done, locked) = mpsc::channel();
    let lock = move |thread: &mut WalletThread| {
        thread.lock(LockReason::Fault);
        let _ = done.send(());
    };
    // It fails, as does the waiting, only when the wallet is gone.
    if wallet.post(lock).is_ok() {
        let _ = locked.recv();
    }
}
