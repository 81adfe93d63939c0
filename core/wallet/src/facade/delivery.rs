//! Delivery: transactions to the ledger, envelopes to inboxes, until the ledger shows them.

use std::collections::BTreeSet;
use std::time::Duration as Wait;

use keepwell_net::GatewayError;
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::Duration;
use keepwell_protocol::vault::{Envelope, Submitted};

use super::online::{Online, Source};
use super::publish::sealing_key;
use super::sync::SyncReport;
use crate::error::WalletError;
use crate::net::{self, RemoteError};
use crate::store::grants::{self, EntryState};
use crate::store::outbox::{self, OutboxRow, Outgoing};
use crate::store::state_object::StoredGrant;
use crate::store::{relationships, space};

impl Online<'_> {
    /// Sends what is due and asks the ledger again and again while something that was sent does not show yet.
    pub(super) fn deliver(&mut self, wait: Wait, report: &mut SyncReport) -> Result<(), WalletError> {
        let begun = self.clock.monotonic();
        loop {
            let sent = self.send_transactions();
            report.sent += report.note(sent)?.unwrap_or(0);
            let waits = self.prove_sent(report)?;
            let sent = self.send_envelopes(report)?;
            report.sent += sent;
            let patience = match waits {
                Awaited::Nothing => return Ok(()),
                Awaited::Grants => wait,
                // One way had it long enough; the other is to have its turn within this call.
                Awaited::Revocations => wait.max(REVOCATION_WAIT),
            };
            if self.clock.monotonic().saturating_sub(begun) >= patience {
                return Ok(());
            }
            self.clock.sleep(PAUSE);
        }
    }

    /// Hands in the revocations of everything that was ended here, before anything else.
    pub(super) fn send_revocations(&mut self) -> Result<u64, WalletError> {
        let mut due = Vec::new();
        for row in outbox::all(self.store.read())? {
            let is_ended = grants::find(self.store.read(), row.grant)?
                .is_some_and(|grant| grant.state == GrantState::Revoking);
            if row.kind == Outgoing::Transaction && is_ended {
                due.push(row);
            }
        }
        self.send_rows(due, REVOCATION_PATIENCE)
    }

    /// Hands in the transactions whose commit the host has, those of one account in their order; returns how
    /// many were taken.
    pub(super) fn send_transactions(&mut self) -> Result<u64, WalletError> {
        let entries = grants::entry_states(self.store.read())?;
        let (mut held, mut due, mut ends) = (BTreeSet::new(), Vec::new(), Vec::new());
        for row in outbox::all(self.store.read())?.into_iter().filter(|row| row.kind == Outgoing::Transaction)
        {
            let grant = grants::find(self.store.read(), row.grant)?;
            if grant.as_ref().is_some_and(|grant| grant.state == GrantState::Revoking) {
                ends.push(row);
                continue;
            }
            // State that promises something is at the host before the promise.
            let is_promised = grant.is_none() || entries.get(&row.grant) == Some(&EntryState::Told);
            if is_promised && !held.contains(&row.account) {
                due.push(row);
            } else {
                held.insert(row.account);
            }
        }
        Ok(self.send_rows(ends, REVOCATION_PATIENCE)? + self.send_rows(due, PATIENCE)?)
    }

    /// Hands in transactions that were not handed in a moment ago: through the relay, and to a gateway what has
    /// not shown in time, then to both in turn.
    fn send_rows(&mut self, rows: Vec<OutboxRow>, patience: Duration) -> Result<u64, WalletError> {
        let now = self.now();
        let (mut relayed, mut direct) = (Vec::new(), Vec::new());
        for row in rows {
            if row.last_sent.is_some_and(|sent| now.since(sent) < RESEND) {
                continue;
            }
            // About the wallet's own account the host is to learn nothing.
            let is_own = grants::find(self.store.read(), row.grant)?.is_none();
            let turns = now.since(row.queued).0.saturating_sub(patience.0) / RESEND.0;
            let is_late = now.since(row.queued) >= patience && (row.last_sent.is_none() || turns % 2 == 0);
            if is_own || is_late { direct.push(row) } else { relayed.push(row) }
        }
        let mut sent = 0;
        let mut failed = Ok(());
        match self.relay_rows(&relayed) {
            Ok(taken) => sent += taken,
            // Who is ended must not depend on the one who may not like it.
            Err(error) if error.is_of_servers() => {
                direct.extend(relayed);
                failed = Err(error);
            }
            Err(error) => return Err(error),
        }
        for row in &direct {
            let submitted = self.ledger(Source::Gateway)?.submit(&row.body, &self.origin);
            match submitted {
                Ok(_) => {
                    self.mark_sent(row)?;
                    sent += 1;
                }
                Err(GatewayError::Server(refused)) if (400..500).contains(&refused.status) => {
                    self.mark_sent(row)?;
                }
                Err(error) => {
                    let error = self.note_silence(Source::Gateway, RemoteError::from(error).into());
                    return Err(error);
                }
            }
        }
        if direct.is_empty() { failed.map(|()| sent) } else { Ok(sent) }
    }

    fn relay_rows(&mut self, rows: &[OutboxRow]) -> Result<u64, WalletError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let bodies: Vec<Vec<u8>> = rows.iter().map(|row| row.body.clone()).collect();
        let submitted = self.ledger(Source::Relay)?.submit_batch(&bodies, &self.origin);
        let submitted =
            submitted.map_err(|error| self.note_silence(Source::Relay, RemoteError::from(error).into()))?;
        let mut sent = 0;
        for (row, submitted) in rows.iter().zip(submitted) {
            // One that the ledger refuses is asked about like one that it took: what became of it shows by proof.
            self.mark_sent(row)?;
            sent += u64::from(matches!(submitted, Submitted::Taken(_)));
        }
        Ok(sent)
    }

    fn mark_sent(&mut self, row: &OutboxRow) -> Result<(), WalletError> {
        let now = self.now();
        self.write(|transaction, _| Ok(outbox::mark_sent(transaction, row.row, now)?))
    }

    /// Sends the envelope of every grant that is proved active; returns how many were taken.
    fn send_envelopes(&mut self, report: &mut SyncReport) -> Result<u64, WalletError> {
        let mut sent = 0;
        for row in outbox::all(self.store.read())?.into_iter().filter(|row| row.kind == Outgoing::Envelope) {
            let Some(grant) = grants::find(self.store.read(), row.grant)? else { continue };
            let is_told = grants::entry_states(self.store.read())?.get(&row.grant) == Some(&EntryState::Told);
            if grant.state != GrantState::Active || !is_told || row.last_sent.is_some() {
                continue;
            }
            // One provider that can't be reached holds nobody else up.
            let delivered = self.send_envelope(&grant);
            if report.note(delivered)?.is_some() {
                self.write(|transaction, publisher| {
                    outbox::remove(transaction, row.row)?;
                    let next = StoredGrant { delivered: true, ..grant };
                    Ok(grants::set(transaction, &next, publisher.now)?)
                })?;
                sent += 1;
            }
        }
        Ok(sent)
    }

    fn send_envelope(&mut self, grant: &StoredGrant) -> Result<(), WalletError> {
        let relationship = relationships::find(self.store.read(), grant.terms.account)?
            .ok_or(WalletError::UnknownProvider)?;
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
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
            host_version: Some(row.space_version),
        };
        let sealed = envelope.seal(sealing_key(&relationship.card)?, self.rng)?;
        let inbox = &relationship.card.card.inbox;
        Ok(net::post_envelope(self.network.envelopes, inbox, sealed, self.inbox_reach())?)
    }
}

/// What the ledger does not show yet of what it was sent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Awaited {
    /// Everything shows, or nothing was sent.
    Nothing,
    /// Grants.
    Grants,
    /// Revocations, and perhaps grants.
    Revocations,
}

/// How long the relay has to get a revocation included before a gateway is asked.
const REVOCATION_PATIENCE: Duration = Duration(30);
/// The same for everything else.
const PATIENCE: Duration = Duration::minutes(2);
/// After how long a transaction that does not show is sent again.
const RESEND: Duration = Duration(20);
/// How long a call waits for a revocation that was taken and does not show: until a gateway has had it, too.
const REVOCATION_WAIT: Wait = Wait::from_secs(45);
const PAUSE: Wait = Wait::from_millis(200);
