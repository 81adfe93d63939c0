//! What lives on a wallet's own thread: the wallet itself, and what ends with it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{FreshAuthentication, Network, Wallet as CoreWallet};

use super::events::Events;
use super::standing::Standing;
use super::transports::Ways;
use super::worker::Resident;
use crate::authentication::Authentication;
use crate::error::WalletError;
use crate::foreign::{Event, HttpClient, LockReason};

/// What lives on the wallet's thread.
pub(crate) struct Life {
    pub(crate) wallet: Option<CoreWallet>,
    http_client: Option<Arc<dyn HttpClient>>,
    /// Made when first needed: a wallet that works on its own opens no connection.
    pub(crate) ways: Option<Ways>,
    pub(crate) policy: TrustPolicy,
    pub(crate) events: Events,
    pub(crate) standing: Arc<Standing>,
    /// Given out and not yet void.
    authentications: Vec<Weak<Authentication>>,
}

impl Life {
    /// Nothing is opened yet; `standing` tells others how it is.
    pub(crate) fn new(
        http_client: Option<Arc<dyn HttpClient>>,
        policy: TrustPolicy,
        events: Events,
        standing: Arc<Standing>,
    ) -> Self {
        Self { wallet: None, http_client, ways: None, policy, events, standing, authentications: Vec::new() }
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
        self.wallet.as_mut().ok_or(closed(&self.standing))
    }

    /// Gives out what unlocking gave; from now on others read, too.
    pub(crate) fn unlocked(
        &mut self,
        fresh: FreshAuthentication,
    ) -> Result<Arc<Authentication>, WalletError> {
        let reader = match self.open_wallet()?.reader(&fresh) {
            Ok(reader) => reader,
            Err(error) => {
                self.lock(LockReason::Fault);
                return Err(error.into());
            }
        };
        self.standing.auto_lock().begin();
        if !self.standing.unlock(reader) {
            self.events.tell(Event::Unlocked);
        }
        let authentication = Arc::new(Authentication::new(fresh));
        self.authentications.retain(|one| one.strong_count() > 0);
        self.authentications.push(Arc::downgrade(&authentication));
        Ok(authentication)
    }

    /// Drops every key and voids every authentication.
    pub(crate) fn lock(&mut self, reason: LockReason) {
        if let Some(wallet) = &mut self.wallet {
            wallet.lock();
        }
        for authentication in self.authentications.drain(..).filter_map(|one| one.upgrade()) {
            authentication.clear();
        }
        if self.standing.lock() {
            self.events.tell(Event::Locked { reason });
        }
    }
}

impl Resident for Life {
    fn after_panic(&mut self) {
        self.lock(LockReason::Fault);
    }

    fn patience(&self) -> Option<Duration> {
        self.standing.left()
    }

    fn idle(&mut self) {
        // It may have been read from since this thread fell asleep.
        if self.standing.left() == Some(Duration::ZERO) {
            self.lock(LockReason::Idle);
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.lock(LockReason::Released);
    }
}

/// What a call without a wallet gets.
pub(crate) fn closed(standing: &Standing) -> WalletError {
    if standing.is_released() { WalletError::Closed } else { WalletError::NoWallet }
}
