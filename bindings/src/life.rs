//! What lives on a wallet's own thread: the wallet itself, and what ends with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{FreshAuthentication, Network, Wallet as CoreWallet};

use crate::authentication::Authentication;
use crate::auto_lock::AutoLock;
use crate::error::WalletError;
use crate::events::{Event, Events, LockReason};
use crate::transport::{HttpClient, Ways};
use crate::worker::Resident;

/// What lives on the wallet's thread.
pub(crate) struct Life {
    pub(crate) wallet: Option<CoreWallet>,
    pub(crate) is_released: bool,
    http_client: Option<Arc<dyn HttpClient>>,
    /// Made when first needed: a wallet that works on its own opens no connection.
    pub(crate) ways: Option<Ways>,
    pub(crate) policy: TrustPolicy,
    pub(crate) events: Events,
    is_unlocked: Arc<AtomicBool>,
    /// Given out and not yet void.
    authentications: Vec<Weak<Authentication>>,
    pub(crate) auto_lock: AutoLock,
}

impl Life {
    /// Nothing is opened yet; `is_unlocked` tells others how it is.
    pub(crate) fn new(
        http_client: Option<Arc<dyn HttpClient>>,
        policy: TrustPolicy,
        events: Events,
        is_unlocked: Arc<AtomicBool>,
    ) -> Self {
        Self {
            wallet: None,
            is_released: false,
            http_client,
            ways: None,
            policy,
            events,
            is_unlocked,
            authentications: Vec::new(),
            auto_lock: AutoLock::default(),
        }
    }

    /// Makes the ways out, unless they are there.
    pub(crate) fn set_up_ways(&mut self) -> Result<(), WalletError> {
        if self.ways.is_none() {
            self.ways = Some(Ways::new(self.http_client.clone())?);
        }
        Ok(())
    }

    /// The ways out.
    pub(crate) fn network(&mut self) -> Result<Network<'_>, WalletError> {
        self.set_up_ways()?;
        Ok(self.ways.as_ref().ok_or(WalletError::Internal)?.network(self.policy))
    }

    /// The wallet, locked or not.
    pub(crate) fn open_wallet(&mut self) -> Result<&mut CoreWallet, WalletError> {
        self.wallet.as_mut().ok_or(closed(self.is_released))
    }

    /// Gives out what unlocking gave.
    pub(crate) fn unlocked(&mut self, fresh: FreshAuthentication) -> Arc<Authentication> {
        self.auto_lock.begin();
        if !self.is_unlocked.swap(true, Ordering::SeqCst) {
            self.events.tell(Event::Unlocked);
        }
        let authentication = Arc::new(Authentication::new(fresh));
        self.authentications.retain(|one| one.strong_count() > 0);
        self.authentications.push(Arc::downgrade(&authentication));
        authentication
    }

    /// Drops every key and voids every authentication.
    pub(crate) fn lock(&mut self, reason: LockReason) {
        if let Some(wallet) = &mut self.wallet {
            wallet.lock();
        }
        for authentication in self.authentications.drain(..).filter_map(|one| one.upgrade()) {
            authentication.clear();
        }
        if self.is_unlocked.swap(false, Ordering::SeqCst) {
            self.events.tell(Event::Locked { reason });
        }
    }
}

impl Resident for Life {
    fn after_panic(&mut self) {
        self.lock(LockReason::Fault);
    }

    fn patience(&self) -> Option<Duration> {
        if self.is_unlocked.load(Ordering::SeqCst) { self.auto_lock.left() } else { None }
    }

    fn idle(&mut self) {
        self.lock(LockReason::Idle);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.lock(LockReason::Released);
    }
}

/// What a call without a wallet gets.
pub(crate) fn closed(is_released: bool) -> WalletError {
    if is_released { WalletError::Closed } else { WalletError::NoWallet }
}
