//! How a call gets to the thread on which its wallet lives, and its answer back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use keepwell_wallet::{Network, Snapshot, Wallet as CoreWallet, WalletError as CoreError};

use crate::cancellation::{CallFlag, Cancellation};
use crate::error::{Result, WalletError};
use crate::foreign::Event;
use crate::thread::{EventQueue, ReadingThread, WalletThread, lock_after_panic};
use crate::wallet::Wallet;

/// At whose wish a call is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Caller {
    /// A person's, who is there: the wallet is not idle.
    Owner,
    /// The app's own, perhaps on a timer.
    App,
}

impl Wallet {
    /// Does something with the wallet alone.
    pub(crate) async fn call_wallet<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut CoreWallet) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(Caller::Owner, None, |thread| work(thread.open_wallet()?)).await
    }

    /// Does something with the wallet alone that takes long.
    pub(crate) async fn call_with_events<T: Send + 'static>(
        &self,
        cancellation: Option<Arc<Cancellation>>,
        work: impl FnOnce(&mut CoreWallet, &EventQueue) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let done = self.call(Caller::Owner, cancellation, |thread| {
            let events = thread.events.clone();
            work(thread.open_wallet()?, &events)
        });
        done.await
    }

    /// Does something with the wallet on the network, at the wish of its owner.
    pub(crate) async fn call_online<T: Send + 'static>(
        &self,
        cancellation: Option<Arc<Cancellation>>,
        work: impl FnOnce(&mut CoreWallet, Network<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let online = |thread: &mut WalletThread| thread.online(|wallet, network, _| work(wallet, network));
        self.call(Caller::Owner, cancellation, online).await
    }

    /// The same, and tells what it changed.
    pub(crate) async fn change_online<T: Send + 'static>(
        &self,
        changed: Event,
        cancellation: Option<Arc<Cancellation>>,
        work: impl FnOnce(&mut CoreWallet, Network<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let online = |thread: &mut WalletThread| {
            thread.online(|wallet, network, events| {
                let done = work(wallet, network)?;
                events.send(changed);
                Ok(done)
            })
        };
        self.call(Caller::Owner, cancellation, online).await
    }

    /// Does something on the wallet's thread when its turn comes.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        caller: Caller,
        cancellation: Option<Arc<Cancellation>>,
        work: impl FnOnce(&mut WalletThread) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let done = self.worker.call(cancellation, move |thread| {
            let result = work(thread);
            if caller == Caller::Owner {
                thread.lock_state.auto_lock().note_use();
            }
            result
        });
        done.await
    }

    /// Reads what was written until now, at the wish of a person, who is there.
    ///
    /// It is begun where the future is first asked for, and mostly done there: an answer from another thread
    /// would have to call back into the app's language, which costs more than a page of records. What is
    /// not done at once is broken off and done on the thread for it.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl Fn(&Snapshot<'_>) -> Result<T, CoreError> + Send + 'static,
    ) -> Result<T> {
        if self.lock_state.time_left() == Some(Duration::ZERO) {
            // A phone that slept has not kept the wallet's thread awake: there it locks before any call.
            self.worker.call(None, |_| Ok(())).await?;
        }
        let begun = self.lock_state.reader().map(|reader| {
            let brief = reader.within(AT_ONCE);
            catch_unwind(AssertUnwindSafe(|| brief.read(&read)))
        });
        let result = match begun {
            Ok(Ok(Err(CoreError::Unfinished))) => {
                let again =
                    move |reading: &mut ReadingThread| Ok(reading.lock_state.reader()?.read(&read)?);
                self.reading.call(None, again).await
            }
            Ok(Ok(result)) => result.map_err(WalletError::from),
            Ok(Err(_panic)) => {
                lock_after_panic(&self.worker);
                Err(WalletError::Internal)
            }
            Err(refused) => Err(refused),
        };
        self.lock_state.auto_lock().note_use();
        result
    }
}

/// What was found, unless the call was cancelled: then it may be less than there is.
pub(crate) fn unless_cancelled<T>(found: T) -> Result<T> {
    if CallFlag::current().is_cancelled() { Err(WalletError::Cancelled) } else { Ok(found) }
}

/// How long a caller may be held up for what it reads: far less than it takes to draw a screen.
const AT_ONCE: Duration = Duration::from_millis(1);
