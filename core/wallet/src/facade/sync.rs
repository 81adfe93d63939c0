//! Sync: the host and the ledger learn what was decided here, and the wallet what they know.

use super::wallet::Wallet;
use crate::engine::commit::Entitled;
use crate::engine::online::Network;
use crate::engine::sync::{QueuedFor, SyncOptions, SyncReport, queued, queued_for};
use crate::error::WalletError;
use crate::store::{space, takeover};

impl Wallet {
    /// Sends what is queued, publishes what is new, and asks the ledger about every grant.
    ///
    /// That a server is not reached, or answers what can't be believed, is no error: what it was to have
    /// stays queued, the rest is done, and the report says so. Ends of grants go first.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] if another wallet of the same words has taken this one over, which is locked then; [`WalletError::Store`] if this device fails.
    pub fn sync(&mut self, options: SyncOptions, network: Network<'_>) -> Result<SyncReport, WalletError> {
        let mut report = self.sync_unreported(options, network)?;
        let mut online = self.online(network)?;
        if space::unreported_healing(online.store.read())?.is_some() {
            online.write(|transaction, _| Ok(space::set_unreported_healing(transaction, None)?))?;
        }
        report.other_wallet = takeover::unreported(online.store.read())?;
        if report.other_wallet.is_some() {
            online.write(|transaction, _| Ok(takeover::set_unreported(transaction, None)?))?;
        }
        self.complete(report)
    }

    /// Syncs as a part of something else: what is told once is kept for the next report.
    pub(crate) fn sync_unreported(
        &mut self,
        options: SyncOptions,
        network: Network<'_>,
    ) -> Result<SyncReport, WalletError> {
        let mut report = SyncReport::default();
        let synced = self.online(network)?.sync(options, &mut report);
        if synced.is_err() {
            self.stop_if_taken_over()?;
        }
        // Whatever else is not reached: what shares show is the host's alone.
        if synced? {
            self.online(network)?.follow_links(&mut report)?;
        }
        Ok(report)
    }

    /// Adds to a report how the wallet is after the sync.
    pub(crate) fn complete(&self, mut report: SyncReport) -> Result<SyncReport, WalletError> {
        let connection = self.session()?.store.read();
        report.queued = queued(connection)?;
        report.lapsed = Entitled::read(connection, self.clock.now())?.lapsed().iter().copied().collect();
        report.host_reached = space::reached(connection)?;
        report.ledger = self.ledger_status()?;
        Ok(report)
    }

    /// For whom that is.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn queued_for(&self) -> Result<QueuedFor, WalletError> {
        queued_for(self.session()?.store.read())
    }
}
