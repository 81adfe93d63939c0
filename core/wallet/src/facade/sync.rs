//! Sync: tells the host and the ledger what was decided here, and learns what they know.

use std::time::Duration as Wait;

use keepwell_net::GatewayError;
use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{AccountId, Duration};
use keepwell_protocol::ledger::{GrantStatus, StateKey, Verified};
use keepwell_protocol::vault::Envelope;

use super::connect::LedgerStatus;
use super::online::{Network, Online, Source};
use super::publish::sealing_key;
use super::revoke;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::net::{self, RemoteError};
use crate::store::outbox::{self, OutboxRow, Outgoing};
use crate::store::state_object::StoredGrant;
use crate::store::{grants, relationships};

/// How to sync.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SyncOptions {
    /// Move the wallet's anchor on the ledger now.
    pub anchor: bool,
    /// How long to wait at most for the ledger to show what was sent.
    pub wait: Wait,
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
    /// Why not everything was done, if a server was not reached: the stable name.
    pub offline: Option<String>,
}

impl Wallet {
    /// Sends what is queued, publishes what is new, and asks the ledger about every grant.
    ///
    /// That a server is not reached is no error: what it was to have stays queued, and the report
    /// says so.
    ///
    /// # Errors
    /// [`WalletError::HostRolledBack`], [`WalletError::SpaceConflict`], [`WalletError::Proof`] if a
    /// server's answer is not to be believed.
    pub fn sync(&mut self, options: SyncOptions, network: Network<'_>) -> Result<SyncReport, WalletError> {
        let mut report = SyncReport::default();
        let mut online = self.online(network)?;
        match online.sync(options, &mut report) {
            Ok(()) => {}
            Err(error) if error.is_passing() => report.offline = Some(error.code().to_owned()),
            Err(error) => return Err(error),
        }
        report.queued = online.queued()?;
        report.ledger = self.ledger_status()?;
        Ok(report)
    }

    /// How much is still to be sent or to be proved.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn queued(&self) -> Result<u64, WalletError> {
        queued(self.session()?.store.read())
    }
}

impl Online<'_> {
    fn sync(&mut self, options: SyncOptions, report: &mut SyncReport) -> Result<(), WalletError> {
        self.write(|transaction, publisher| revoke::expire(transaction, publisher.now))?;
        // Ledger and host are told of an end in any order; if one can't be reached the other is.
        let to_ledger = self.send_revocations(report);
        // Before anything is published: to a provider that was suspended nothing is.
        let providers = self.refresh_providers();
        if let Err(error) = &providers
            && !error.is_passing()
        {
            return providers;
        }
        report.sent += self.publish()?;
        report.sent += self.send_transactions()?;
        self.await_proofs(options.wait, report)?;
        report.sent += self.send_envelopes()?;
        report.sent += self.publish()?;
        report.sent += self.move_anchor(options)?;
        to_ledger?;
        providers
    }

    fn send_revocations(&mut self, report: &mut SyncReport) -> Result<(), WalletError> {
        for row in outbox::all(self.store.read())? {
            let ended = grants::find(self.store.read(), row.grant)?
                .is_some_and(|grant| grant.state == GrantState::Revoking);
            if row.kind == Outgoing::Transaction && ended {
                report.sent += u64::from(self.send_transaction(&row, REVOKE_PATIENCE)?);
            }
        }
        Ok(())
    }

    /// Sends the oldest transaction of each account whose commit the host has; returns how many
    /// were taken.
    pub(super) fn send_transactions(&mut self) -> Result<u64, WalletError> {
        let mut busy: Vec<AccountId> = Vec::new();
        let mut sent = 0;
        for row in outbox::all(self.store.read())? {
            if row.kind != Outgoing::Transaction || busy.contains(&row.account) {
                continue;
            }
            busy.push(row.account);
            // State that promises something is at the host before the promise.
            if grants::is_entry_changed(self.store.read(), row.grant)? {
                continue;
            }
            sent += u64::from(self.send_transaction(&row, PATIENCE)?);
        }
        Ok(sent)
    }

    /// Sends one transaction, unless it was sent a moment ago: through the relay, and to a gateway
    /// what has not been included in time.
    fn send_transaction(&mut self, row: &OutboxRow, patience: Duration) -> Result<bool, WalletError> {
        if row.last_sent.is_some_and(|sent| self.now().since(sent) < RESEND) {
            return Ok(false);
        }
        let own = grants::find(self.store.read(), row.grant)?.is_none();
        let late = self.now().since(row.queued) >= patience;
        let source = if own || late { Source::Gateway } else { Source::Relay };
        match self.ledger(source).submit(&row.body, &self.origin) {
            Ok(_) => {
                let now = self.now();
                self.write(|transaction, _| Ok(outbox::mark_sent(transaction, row.row, now)?))?;
                Ok(true)
            }
            // The ledger will not take it: what it is about shows by its proof, or by its absence.
            Err(GatewayError::Server(refused)) if (400..500).contains(&refused.status) => Ok(false),
            Err(error) => Err(RemoteError::from(error).into()),
        }
    }

    /// Asks the ledger about every grant that is not over, again and again while something that was
    /// sent does not show yet.
    pub(super) fn await_proofs(&mut self, wait: Wait, report: &mut SyncReport) -> Result<(), WalletError> {
        let begun = self.clock.monotonic();
        let mut first = true;
        loop {
            let mut waiting = false;
            for grant in grants::all(self.store.read())? {
                let awaited = matches!(grant.state, GrantState::Pending | GrantState::Revoking);
                let asked = awaited || (first && grant.state == GrantState::Active);
                if !asked {
                    continue;
                }
                let was = grant.state;
                let proved = self.prove(&StateKey::Grant(grant.id()), Source::Relay)?;
                let is = match proved {
                    Some(proved) => self.apply(grant, &proved)?,
                    None => was,
                };
                report.received += u64::from(is != was);
                waiting |= matches!(is, GrantState::Pending | GrantState::Revoking);
            }
            first = false;
            if !waiting || self.clock.monotonic().saturating_sub(begun) >= wait {
                return Ok(());
            }
            self.clock.sleep(PROOF_PAUSE);
            self.send_transactions()?;
        }
    }

    /// Takes over what a proof shows of a grant; returns the state after it.
    pub(super) fn apply(&mut self, grant: StoredGrant, proved: &Verified) -> Result<GrantState, WalletError> {
        let record = proved.grant()?;
        let event = match &record {
            Some(record) if record.status == GrantStatus::Revoked => GrantEvent::ProvedRevoked,
            Some(record) => {
                let ours = record.slot == Some(grant.slot)
                    && record.commitment == Some(grant.terms.commitment(&grant.salt));
                // Another grant has taken its number, so this one can never be included.
                if ours { GrantEvent::ProvedActive } else { GrantEvent::Expire }
            }
            None if grant.state == GrantState::Pending && proved.time > grant.valid_until => {
                GrantEvent::Expire
            }
            None => return Ok(grant.state),
        };
        let Ok(state) = grant.state.after(event) else { return Ok(grant.state) };
        let included = event == GrantEvent::ProvedActive && grant.state != GrantState::Revoking;
        if state == grant.state && !included {
            return Ok(state);
        }
        self.write(|transaction, publisher| {
            let id = grant.id();
            match state {
                GrantState::Active => outbox::remove_transactions_about(transaction, id)?,
                _ => outbox::remove_about(transaction, id)?,
            }
            if state != grant.state {
                let was_entitled = grant.state.is_entitled();
                let next = StoredGrant { state, since: publisher.now, ..grant };
                grants::set(transaction, &next, publisher.now)?;
                if was_entitled && !state.is_entitled() {
                    revoke::end(transaction, &next)?;
                }
                publisher.prepare_commit(transaction, &std::collections::BTreeSet::new())?;
            }
            Ok(state)
        })
    }

    /// How many grants the ledger has in this wallet's accounts that this wallet knows nothing of.
    pub(super) fn unknown_grants(&mut self) -> Result<u64, WalletError> {
        let mut unknown = 0;
        for known in relationships::all(self.store.read())? {
            let proved = self.prove_waiting(&StateKey::Account(known.account), Source::Relay)?;
            let count = proved.account()?.map_or(0, |account| account.count);
            unknown += u64::from(count.saturating_sub(known.next_number));
        }
        Ok(unknown)
    }

    /// Sends the envelope of every grant that is proved active; returns how many were taken.
    fn send_envelopes(&mut self) -> Result<u64, WalletError> {
        let mut sent = 0;
        let mut failed = Ok(());
        for row in outbox::all(self.store.read())? {
            if row.kind != Outgoing::Envelope {
                continue;
            }
            let Some(grant) = grants::find(self.store.read(), row.grant)? else { continue };
            if grant.state != GrantState::Active {
                continue;
            }
            match self.send_envelope(&grant) {
                Ok(()) => {
                    self.write(|transaction, publisher| {
                        outbox::remove(transaction, row.row)?;
                        let next = StoredGrant { delivered: true, ..grant };
                        Ok(grants::set(transaction, &next, publisher.now)?)
                    })?;
                    sent += 1;
                }
                // One provider that can't be reached holds nobody else up.
                Err(error) if error.is_passing() => failed = Err(error),
                Err(error) => return Err(error),
            }
        }
        failed.map(|()| sent)
    }

    fn send_envelope(&mut self, grant: &StoredGrant) -> Result<(), WalletError> {
        let relationship = relationships::find(self.store.read(), grant.terms.account)?
            .ok_or(WalletError::UnknownProvider)?;
        let is_key_transaction = relationship.key_transaction == grant.transaction;
        let envelope = Envelope {
            transaction: grant.transaction.to_vec(),
            key_transaction: (!is_key_transaction).then(|| relationship.key_transaction.clone()),
            salt: grant.salt,
            terms: grant.terms.clone(),
            pair: crypto::pair_secret(&self.keys.pair, &relationship.provider, relationship.index),
            host: self.host_url.as_str().trim_end_matches('/').to_owned(),
            about: grant.about.clone(),
            request: grant.request,
            host_version: None,
        };
        let sealed = envelope.seal(sealing_key(&relationship.card)?, self.rng)?;
        let inbox = &relationship.card.card.inbox;
        Ok(net::post_envelope(self.network.envelopes, inbox, sealed, self.inbox_reach())?)
    }

    fn queued(&self) -> Result<u64, WalletError> {
        queued(self.store.read())
    }

    /// As [`Online::prove`], waiting while the proof's header is being made.
    pub(super) fn prove_waiting(&mut self, key: &StateKey, source: Source) -> Result<Verified, WalletError> {
        for _ in 0..PROOF_TRIES {
            if let Some(proved) = self.prove(key, source)? {
                return Ok(proved);
            }
            self.clock.sleep(PROOF_PAUSE);
        }
        Err(RemoteError::NotYet.into())
    }
}

pub(super) fn queued(connection: &rusqlite::Connection) -> Result<u64, WalletError> {
    let behind = super::publishing::is_behind(connection)?;
    Ok(outbox::count(connection)? + u64::from(behind))
}

/// How long the relay has to get a revocation included before a gateway is asked.
const REVOKE_PATIENCE: Duration = Duration(30);
/// The same for everything else.
const PATIENCE: Duration = Duration::minutes(2);
/// After how long a transaction that does not show is sent again.
const RESEND: Duration = Duration(20);
const PROOF_TRIES: u32 = 50;
const PROOF_PAUSE: Wait = Wait::from_millis(200);
