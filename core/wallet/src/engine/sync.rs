//! Sync: tells the host and the ledger what was decided here, and learns what they know.

use std::time::Duration as Wait;

use keepwell_protocol::domain::{GrantId, Timestamp};
use rusqlite::Connection;

use super::ending;
use super::granted;
use super::healing::{Healing, HostCheck};
use super::online::{LedgerStatus, Online};
use super::upload;
use crate::error::{SyncObstacle, WalletError};
use crate::net::ServerCode;
use crate::store::outbox::{self, Outgoing};
use crate::store::space;
use crate::store::takeover::OtherWallet;

/// How to sync.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SyncOptions {
    /// Move the wallet's anchor on the ledger now.
    pub anchor: bool,
    /// How long to wait at most for the ledger to show what was sent; for a revocation that a server has
    /// taken, long enough to try another way.
    pub wait: Wait,
    /// Send a host that lost its content everything again, however much it is.
    pub heal: bool,
}

/// What a sync came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SyncReport {
    /// Commits, transactions and envelopes that a server took.
    pub sent: u64,
    /// Grants of which the ledger said something new.
    pub received: u64,
    /// What is still to be sent or to be proved.
    pub queued: u64,
    /// What was verified of the ledger last; none while the wallet works on its own.
    pub ledger: Option<LedgerStatus>,
    /// Why not everything was done: the first thing that stood in the way.
    pub offline: Option<SyncObstacle>,
    /// When the host answered last, by this device's clock.
    pub host_reached: Option<Timestamp>,
    /// What was found at a host that had lost what it acknowledged.
    pub healing: Option<Healing>,
    /// What was taken over from another wallet of the same words.
    pub other_wallet: Option<OtherWallet>,
    /// Grants that get nothing new, since nothing was proved of them for three days.
    pub lapsed: Vec<GrantId>,
}

/// For whom something is still to be sent or to be proved. A grant that the ledger proves to have ended is refused by
/// the host, too, once it asks the ledger; that it is dropped there waits for the host all the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct QueuedFor {
    /// Whether the next commit is.
    pub host: bool,
    /// Transactions that no verified header shows yet.
    pub ledger: u64,
    /// Envelopes that no inbox has taken yet.
    pub providers: u64,
}

impl QueuedFor {
    /// The stable names of those for whom something is queued: `host`, `ledger`, `providers`.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [("host", self.host), ("ledger", self.ledger > 0), ("providers", self.providers > 0)];
        all.into_iter().filter(|(_, is_queued)| *is_queued).map(|(name, _)| name).collect()
    }
}

impl SyncReport {
    /// Goes on after something that is somebody else's failure, and remembers the first.
    ///
    /// # Errors
    /// What is this device's own failure, or a decision for its owner.
    pub(crate) fn note<T>(&mut self, done: Result<T, WalletError>) -> Result<Option<T>, WalletError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.is_of_servers() => {
                self.offline.get_or_insert_with(|| error.into());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Online<'_> {
    /// Sends what waits and asks what is new; answers whether anything may be published at the host.
    pub(crate) fn sync(
        &mut self,
        options: SyncOptions,
        report: &mut SyncReport,
    ) -> Result<bool, WalletError> {
        report.note(self.refuse_equivocation())?;
        self.end_by_verified_time()?;
        self.end_replaced()?;
        // What was ended is told to the host and the ledger before anybody is asked anything; either may fail.
        self.send_ends(report)?;

        let is_whole = self.check_and_heal_host(options, report)?;
        self.prove_grants(report, is_whole)?;
        self.refresh_providers(report, is_whole)?;
        self.end_by_verified_time()?;
        if is_whole {
            let uploaded = self.upload();
            report.sent += report.note(uploaded)?.unwrap_or(0);
        }
        self.notify_former_hosts()?;
        self.deliver(options.wait, report)?;
        if self.end_replaced()? {
            self.send_ends(report)?;
            self.deliver(options.wait, report)?;
        }
        let has_news = upload::is_behind(self.store.read())?;
        if is_whole && has_news && report.offline.is_none() {
            let uploaded = self.upload();
            report.sent += report.note(uploaded)?.unwrap_or(0);
        }
        let moved = self.move_anchor(options);
        report.sent += report.note(moved)?.unwrap_or(0);
        let fetched = self.fetch_receipts();
        report.note(fetched)?;
        match self.exchange_time_stamps() {
            // Where nobody collects, what waits goes on waiting, and is in nothing's way.
            Err(WalletError::Remote(error))
                if matches!(error.server_code(), Some(ServerCode::NoAggregator | ServerCode::NotFound)) => {}
            exchanged => drop(report.note(exchanged)?),
        }
        Ok(is_whole)
    }

    /// Tells the host and the ledger what was ended.
    fn send_ends(&mut self, report: &mut SyncReport) -> Result<(), WalletError> {
        let dropped = self.commit_drops();
        report.sent += report.note(dropped)?.unwrap_or(0);
        let revoked = self.send_revocations();
        report.sent += report.note(revoked)?.unwrap_or(0);
        Ok(())
    }

    /// Ends the grants in whose place others are in use now; answers whether there were any.
    fn end_replaced(&mut self) -> Result<bool, WalletError> {
        let replaced = ending::replaced(self.store.read())?;
        if replaced.is_empty() {
            return Ok(false);
        }
        let now = self.now();
        self.store.write_from_reserve(self.rng, |transaction, _| {
            replaced.iter().try_for_each(|grant| ending::revoke(transaction, grant, now).map(drop))
        })?;
        Ok(true)
    }

    /// Finds out whether the host is where it should be and begins to make it whole; false while nothing may
    /// be published there.
    fn check_and_heal_host(
        &mut self,
        options: SyncOptions,
        report: &mut SyncReport,
    ) -> Result<bool, WalletError> {
        let checked = self.check_host();
        match report.note(checked)? {
            None => Ok(false),
            Some(HostCheck::InStep) => {
                let damage = self.check_blobs();
                report.healing = report.note(damage)?.flatten().or(self.unreported_healing()?);
                Ok(true)
            }
            Some(HostCheck::Behind(version)) => {
                let healing = self.heal(version, options.heal);
                report.healing = report.note(healing)?;
                Ok(report.healing.as_ref().is_some_and(|healing| !healing.is_waiting))
            }
        }
    }

    /// What a sync that was broken off found and had no time to tell.
    fn unreported_healing(&self) -> Result<Option<Healing>, WalletError> {
        let Some([host_version, lost, bytes]) = space::unreported_healing(self.store.read())? else {
            return Ok(None);
        };
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let wallet_version = row.space_version;
        Ok(Some(Healing { host_version, wallet_version, lost, bytes, ..Healing::default() }))
    }

    /// Ends every grant that is over by the time of a verified header: this device's clock may be wrong.
    fn end_by_verified_time(&mut self) -> Result<(), WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        self.write(|transaction, sealer| {
            granted::expire(transaction, row.trusted.time, sealer.now)?;
            ending::expire(transaction, row.trusted.time, sealer.now)
        })
    }
}

pub(crate) fn queued(connection: &Connection) -> Result<u64, WalletError> {
    let queued = queued_for(connection)?;
    Ok(u64::from(queued.host) + queued.ledger + queued.providers)
}

/// For whom something is queued.
pub(crate) fn queued_for(connection: &Connection) -> Result<QueuedFor, WalletError> {
    Ok(QueuedFor {
        host: upload::is_behind(connection)?,
        ledger: outbox::count(connection, Outgoing::Transaction)?,
        providers: outbox::count(connection, Outgoing::Envelope)?,
    })
}
