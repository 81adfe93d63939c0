//! What lives on a wallet's own thread: the wallet itself, and what ends with it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{FreshAuthentication, Network, Reader, Wallet as CoreWallet, WalletError as CoreError};

use super::events::EventQueue;
use super::lock_state::LockState;
use super::transports::Transports;
use super::worker::WorkerState;
use crate::authentication::Authentication;
use crate::error::Result;
use crate::foreign::{Event, HttpClient, LockReason};

type CoreResult<T> = std::result::Result<T, CoreError>;

/// What lives on the wallet's thread.
pub(crate) struct WalletThread {
    pub(crate) wallet: Option<CoreWallet>,
    http_client: Option<Arc<dyn HttpClient>>,
    /// Made when first needed: a wallet that works on its own opens no connection.
    transports: Option<Transports>,
    policy: TrustPolicy,
    pub(crate) events: EventQueue,
    pub(crate) lock_state: Arc<LockState>,
    /// Given out and not yet void.
    authentications: Vec<Weak<Authentication>>,
}

impl WalletThread {
    /// Nothing is opened yet; `lock_state` is shared with those who read.
    pub(crate) fn new(
        http_client: Option<Arc<dyn HttpClient>>,
        policy: TrustPolicy,
        events: EventQueue,
        lock_state: Arc<LockState>,
    ) -> Self {
        Self {
            wallet: None,
            http_client,
            transports: None,
            policy,
            events,
            lock_state,
            authentications: Vec::new(),
        }
    }

    /// The network, whose transports are made if they are not there yet.
    pub(crate) fn network(&mut self) -> Result<Network<'_>> {
        Transports::network(&mut self.transports, self.http_client.as_ref(), self.policy)
    }

    /// Does something with the wallet on the network; another device may have taken it over meanwhile.
    pub(crate) fn online<T>(
        &mut self,
        work: impl FnOnce(&mut CoreWallet, Network<'_>, &EventQueue) -> Result<T>,
    ) -> Result<T> {
        let network = Transports::network(&mut self.transports, self.http_client.as_ref(), self.policy)?;
        let wallet = self.wallet.as_mut().ok_or(self.lock_state.no_wallet())?;
        let result = work(wallet, network, &self.events);
        if !wallet.is_unlocked() {
            self.lock(LockReason::TakenOver);
        }
        result
    }

    /// The wallet, locked or not.
    pub(crate) fn open_wallet(&mut self) -> Result<&mut CoreWallet> {
        self.wallet.as_mut().ok_or(self.lock_state.no_wallet())
    }

    /// Gives out what unlocking gave; from now on others read, too.
    pub(crate) fn after_unlock(&mut self, fresh: FreshAuthentication) -> Result<Arc<Authentication>> {
        let reader = match self.open_wallet()?.reader(&fresh) {
            Ok(reader) => reader,
            Err(error) => {
                self.lock(LockReason::Fault);
                return Err(error.into());
            }
        };
        self.let_read(reader);
        let authentication = Arc::new(Authentication::new(fresh));
        self.authentications.retain(|one| one.strong_count() > 0);
        self.authentications.push(Arc::downgrade(&authentication));
        Ok(authentication)
    }

    /// Unlocks, and gives out what that gives.
    pub(crate) fn unlock(
        &mut self,
        by: impl FnOnce(&mut CoreWallet) -> CoreResult<FreshAuthentication>,
    ) -> Result<Arc<Authentication>> {
        let fresh = self.try_unlock(by)?;
        self.after_unlock(fresh)
    }

    /// The same for who came with the words and begins anew: what was given out before is void.
    pub(crate) fn unlock_anew(
        &mut self,
        by: impl FnOnce(&mut CoreWallet) -> CoreResult<FreshAuthentication>,
    ) -> Result<Arc<Authentication>> {
        let fresh = self.try_unlock(by)?;
        self.void_authentications();
        self.after_unlock(fresh)
    }

    /// Unlocks without an authentication; from now on others read.
    pub(crate) fn unlock_with_biometrics(&mut self) -> Result<()> {
        let reader = self.try_unlock(CoreWallet::unlock_with_biometrics)?;
        self.let_read(reader);
        Ok(())
    }

    /// Unlocks; a try that locked a wallet which was unlocked is told to everybody who has a part of it.
    fn try_unlock<T>(&mut self, by: impl FnOnce(&mut CoreWallet) -> CoreResult<T>) -> Result<T> {
        let wallet = self.open_wallet()?;
        let unlocked = by(wallet);
        if !wallet.is_unlocked() {
            self.lock(LockReason::Fault);
        }
        Ok(unlocked?)
    }

    fn let_read(&mut self, reader: Reader) {
        let after = self.wallet.as_ref().and_then(|wallet| wallet.auto_lock().ok()).unwrap_or_default();
        self.lock_state.auto_lock().set(after);
        self.lock_state.auto_lock().restart();
        if !self.lock_state.unlock(reader) {
            self.events.send(Event::Unlocked);
        }
    }

    /// Takes the wallet away for good, locked; every later call finds none.
    pub(crate) fn take_wallet(&mut self) -> Result<CoreWallet> {
        let was_unlocked = self.lock_state.is_unlocked();
        self.lock(LockReason::Released);
        let wallet = self.wallet.take().ok_or(self.lock_state.no_wallet())?;
        if !was_unlocked {
            // Who listens waits for the end.
            self.events.send(Event::Locked { reason: LockReason::Released });
        }
        self.lock_state.release();
        Ok(wallet)
    }

    /// Locks the wallet and lets go of its folder; nothing happens to one that was released before.
    pub(crate) fn release(&mut self) {
        drop(self.take_wallet());
        self.lock_state.release();
    }

    fn void_authentications(&mut self) {
        for authentication in self.authentications.drain(..).filter_map(|one| one.upgrade()) {
            authentication.clear();
        }
    }

    /// Drops every key and voids every authentication.
    pub(crate) fn lock(&mut self, reason: LockReason) {
        if let Some(wallet) = &mut self.wallet {
            wallet.lock();
        }
        self.void_authentications();
        if self.lock_state.lock() {
            self.events.send(Event::Locked { reason });
        }
    }
}

impl WorkerState for WalletThread {
    fn on_panic(&mut self) {
        self.lock(LockReason::Fault);
    }

    fn idle_timeout(&self) -> Option<Duration> {
        self.lock_state.time_left()
    }

    fn on_idle(&mut self) {
        // It may have been read from since this thread fell asleep.
        if self.lock_state.time_left() == Some(Duration::ZERO) {
            self.lock(LockReason::Idle);
        }
    }
}

impl Drop for WalletThread {
    fn drop(&mut self) {
        self.lock(LockReason::Released);
    }
}
