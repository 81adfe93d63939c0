//! Reading beside the wallet: what a screen shows does not wait for what the wallet is doing.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::life::Life;
use super::standing::Standing;
use super::worker::{Resident, Worker};
use crate::error::WalletError;
use crate::foreign::LockReason;

/// What lives on the thread of the reads that take long.
pub(crate) struct Reading {
    pub(crate) standing: Arc<Standing>,
    wallet: Arc<Worker<Life>>,
}

impl Reading {
    /// Starts the thread, beside the one on which the wallet lives.
    pub(crate) fn start(
        standing: Arc<Standing>,
        wallet: Arc<Worker<Life>>,
    ) -> Result<Worker<Self>, WalletError> {
        Worker::start(Self { standing, wallet })
    }
}

impl Resident for Reading {
    fn after_panic(&mut self) {
        lock_after_panic(&self.wallet);
    }

    fn patience(&self) -> Option<Duration> {
        None
    }

    fn idle(&mut self) {}
}

/// Locks the wallet, on its own thread; it is locked when this returns.
pub(crate) fn lock_after_panic(wallet: &Worker<Life>) {
    wallet.cancel_all();
    let (done, locked) = mpsc::channel();
    let lock = move |life: &mut Life| {
        life.lock(LockReason::Fault);
        let _ = done.send(());
    };
    // It fails, as does the waiting, only when the wallet is gone.
    if wallet.post(lock).is_ok() {
        let _ = locked.recv();
    }
}
