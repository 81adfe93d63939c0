//! Reading beside the wallet: what a screen shows does not wait for what the wallet is doing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use keepwell_wallet::{Reader, WalletError as CoreError};

use crate::error::WalletError;
use crate::events::LockReason;
use crate::life::Life;
use crate::standing::Standing;
use crate::wallet::Wallet;
use crate::worker::{Resident, Worker};

/// What lives on the thread of the reads that take long.
pub(crate) struct Reading {
    standing: Arc<Standing>,
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

impl Wallet {
    /// Reads what was written until now, at the wish of a person, who is there.
    ///
    /// It is begun where the future is first asked for, and mostly done there: an answer from another thread
    /// would have to call back into the app's language, which costs more than a page of records. What is
    /// not done at once is broken off and done on the thread for it.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl Fn(&Reader) -> Result<T, CoreError> + Send + 'static,
    ) -> Result<T, WalletError> {
        if self.standing.left() == Some(Duration::ZERO) {
            // A phone that slept has not kept the wallet's thread awake: there it locks before any call.
            self.worker.call(None, |_| Ok(())).await?;
        }
        let begun = self.standing.reader().map(|reader| {
            let brief = reader.within(AT_ONCE);
            catch_unwind(AssertUnwindSafe(|| read(&brief)))
        });
        let result = match begun {
            Ok(Ok(Err(CoreError::Unfinished))) => {
                let again = move |reading: &mut Reading| Ok(read(&reading.standing.reader()?)?);
                self.reading.call(None, again).await
            }
            Ok(Ok(result)) => result.map_err(WalletError::from),
            Ok(Err(_panic)) => {
                lock_after_panic(&self.worker);
                Err(WalletError::Internal)
            }
            Err(refused) => Err(refused),
        };
        self.standing.auto_lock().used();
        result
    }
}

/// Locks the wallet, on its own thread; it is locked when this returns.
fn lock_after_panic(wallet: &Worker<Life>) {
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

/// How long a caller may be held up for what it reads: far less than it takes to draw a screen.
const AT_ONCE: Duration = Duration::from_millis(1);
