//! Delivery: transactions to the ledger, envelopes to inboxes, until the ledger shows them.

use std::collections::BTreeSet;
use std::time::Duration as Wait;

use keepwell_net::GatewayError;
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, Object, Timestamp, TxId};
use keepwell_protocol::vault::{Envelope, Submitted};

use super::commit::sealing_key;
use super::granted::Granted;
use super::online::{Online, Source};
use super::sync::SyncReport;
use crate::error::WalletError;
use crate::net::{self, RemoteError};
use crate::store::grants::{self, EntryState};
use crate::store::outbox::{self, OutboxRow, Outgoing};
use crate::store::state_object::{StoredGrant, name};
use crate::store::{anchor, commits, links, relationships, sealed_state, space};

impl Online<'_> {
    /// Sends what is due and asks the ledger again and again while something that was sent does not show yet.
    pub(crate) fn deliver(&mut self, wait: Wait, report: &mut SyncReport) -> Result<(), WalletError> {
        let begun = self.clock.monotonic();
        loop {
            let before = outbox::count_transactions(self.store.read())?;
            let sent = self.send_transactions();
            report.sent += report.note(sent)?.unwrap_or(0);
            let waits = self.prove_sent(report)?;
            let sent = self.send_envelopes(report)?;
            report.sent += sent;
            let after = outbox::count_transactions(self.store.read())?;
            let patience = match waits {
                // What shows may have held up the next of its account.
                Awaited::Nothing if 0 < after && after < before => continue,
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
    pub(crate) fn send_revocations(&mut self) -> Result<u64, WalletError> {
        let rows = outbox::all(self.store.read())?;
        let mut due = Vec::new();
        // One that nobody heard of has time: another wallet of these words may have granted under its number.
        let is_heard_of = |row: &&OutboxRow| row.tried && !row.waits(&rows);
        for row in rows.iter().filter(|row| row.kind == Outgoing::Transaction).filter(is_heard_of) {
            let granted = Granted::find(self.store.read(), row.grant)?;
            if granted.is_some_and(|granted| granted.state() == GrantState::Revoking) {
                due.push(row.clone());
            }
        }
        self.send_rows(due, REVOCATION_PATIENCE)
    }

    /// Hands in the transactions whose commit the host has, of each account the oldest alone: the ledger takes the
    /// numbers of an account in order, and one that overtakes another takes its place. An end of what somebody
    /// was handed waits for none, but what comes after it waits. Returns how many were taken.
    pub(crate) fn send_transactions(&mut self) -> Result<u64, WalletError> {
        let entries = grants::entry_states(self.store.read())?;
        let (mut held, mut due, mut ends) = (BTreeSet::new(), Vec::new(), Vec::new());
        let rows = outbox::all(self.store.read())?;
        for row in rows.iter().filter(|row| row.kind == Outgoing::Transaction) {
            let is_oldest = held.insert(row.account);
            let granted = Granted::find(self.store.read(), row.grant)?;
            if granted.as_ref().is_some_and(|granted| granted.state() == GrantState::Revoking) {
                if !row.waits(&rows) {
                    ends.push(row.clone());
                }
                continue;
            }
            // State that promises something is at the host before the promise.
            let is_promised = match granted {
                Some(Granted::Provider(_)) => entries.get(&row.grant) == Some(&EntryState::Told),
                Some(Granted::Link(link, _)) => links::is_committed(self.store.read(), link.entry.id)?,
                None => self.is_anchor_recorded()?,
            };
            if is_promised && is_oldest {
                due.push(row.clone());
            }
        }
        Ok(self.send_rows(ends, REVOCATION_PATIENCE)? + self.send_rows(due, PATIENCE)?)
    }

    /// Whether the host has the commit that records the wallet's anchor as it is to be on the ledger; the first
    /// anchor is what the host has, and needs no record.
    fn is_anchor_recorded(&self) -> Result<bool, WalletError> {
        let Some(anchor) = anchor::find(self.store.read())? else { return Ok(true) };
        let sealed = sealed_state::find(self.store.read(), name::ANCHOR)?;
        let untold = commits::uncommitted_blobs(self.store.read())?;
        let is_told = sealed.is_some_and(|sealed| {
            sealed.digest == crypto::sha256(&anchor.to_cbor()) && !untold.contains(&sealed.blob)
        });
        Ok(anchor.version == 1 || is_told)
    }

    /// Hands in transactions that were not handed in a moment ago: through the relay, and to a gateway what has
    /// not shown in time, then to both in turn.
    fn send_rows(&mut self, rows: Vec<OutboxRow>, patience: Duration) -> Result<u64, WalletError> {
        let now = self.now();
        let (mut relayed, mut direct) = (Vec::new(), Vec::new());
        for row in rows {
            // About the wallet's own account the host is to learn nothing.
            let is_own = Granted::find(self.store.read(), row.grant)?.is_none();
            match turn(&row, now, patience) {
                None => {}
                Some(Source::Relay) if !is_own => relayed.push(row),
                Some(_) => direct.push(row),
            }
        }
        let untried: Vec<i64> =
            relayed.iter().chain(&direct).filter(|row| !row.tried).map(|row| row.row).collect();
        if !untried.is_empty() {
            self.write(|transaction, _| Ok(outbox::mark_tried(transaction, untried.into_iter())?))?;
        }
        let mut sent = 0;
        let mut failed = Ok(());
        match self.relay_rows(&relayed, now) {
            // What came there damaged is refused, too; an end is not to wait for the next turn for that.
            Ok((taken, refused)) => {
                sent += taken;
                direct.extend(refused.into_iter().filter(|_| patience == REVOCATION_PATIENCE));
            }
            // Who is ended must not depend on the one who may not like it.
            Err(error) if error.is_of_servers() => {
                direct.extend(relayed);
                failed = Err(error);
            }
            Err(error) => return Err(error),
        }
        for row in &direct {
            let is_taken = self.submit_to_gateway(row)?;
            self.mark_sent(row, now)?;
            sent += u64::from(is_taken);
        }
        if direct.is_empty() { failed.map(|()| sent) } else { Ok(sent) }
    }

    /// Hands in a transaction to a gateway, by a sealed question; where that fails directly, but for the wallet's own
    /// account, about which nothing ends. Answers whether it was taken, and false if the ledger refuses it.
    fn submit_to_gateway(&mut self, row: &OutboxRow) -> Result<bool, WalletError> {
        let is_own = Granted::find(self.store.read(), row.grant)?.is_none();
        let origin = self.origin;
        let submitted = match self.ledger(Source::Gateway) {
            Ok(gateway) => taken(gateway.submit(&row.body, &origin))
                .map_err(|error| self.note_silence(Source::Gateway, error.into())),
            Err(error) => Err(error),
        };
        match submitted {
            Err(error) if error.is_of_servers() && !is_own => {
                if !self.is_sealed()? {
                    return Err(error);
                }
                Ok(taken(self.ledger_directly().submit(&row.body, &origin))?)
            }
            submitted => submitted,
        }
    }

    /// Hands in transactions through the relay; returns how many were taken, and those that were refused.
    fn relay_rows(
        &mut self,
        rows: &[OutboxRow],
        now: Timestamp,
    ) -> Result<(u64, Vec<OutboxRow>), WalletError> {
        let (mut sent, mut refused) = (0, Vec::new());
        if rows.is_empty() {
            return Ok((sent, refused));
        }
        let bodies: Vec<Vec<u8>> = rows.iter().map(|row| row.body.clone()).collect();
        let submitted = self.ledger(Source::Relay)?.submit_batch(&bodies, &self.origin);
        let submitted =
            submitted.map_err(|error| self.note_silence(Source::Relay, RemoteError::from(error).into()))?;
        // One that the ledger refuses is asked about like one that it took: what became of it shows by proof.
        self.write(|transaction, _| {
            rows.iter().try_for_each(|row| Ok(outbox::mark_sent(transaction, row.row, now)?))
        })?;
        for (row, submitted) in rows.iter().zip(submitted) {
            match submitted {
                Submitted::Taken(_) => sent += 1,
                _ => refused.push(row.clone()),
            }
        }
        Ok((sent, refused))
    }

    fn mark_sent(&mut self, row: &OutboxRow, now: Timestamp) -> Result<(), WalletError> {
        self.write(|transaction, _| Ok(outbox::mark_sent(transaction, row.row, now)?))
    }

    /// Sends the envelope of every grant that is proved active; returns how many were taken.
    fn send_envelopes(&mut self, report: &mut SyncReport) -> Result<u64, WalletError> {
        let mut sent = 0;
        let entries = grants::entry_states(self.store.read())?;
        for row in outbox::all(self.store.read())?.into_iter().filter(|row| row.kind == Outgoing::Envelope) {
            let Some(grant) = grants::find(self.store.read(), row.grant)? else { continue };
            let is_told = entries.get(&row.grant) == Some(&EntryState::Told);
            if grant.state != GrantState::Active || !is_told || row.last_sent.is_some() {
                continue;
            }
            // One provider that can't be reached holds nobody else up.
            let delivered = self.send_envelope(&grant);
            if report.note(delivered)?.is_some() {
                self.write(|transaction, sealer| {
                    outbox::remove(transaction, row.row)?;
                    let next = StoredGrant { delivered: true, ..grant };
                    Ok(grants::set(transaction, &next, sealer.now)?)
                })?;
                sent += 1;
            }
        }
        Ok(sent)
    }

    fn send_envelope(&mut self, grant: &StoredGrant) -> Result<(), WalletError> {
        // A restore may have lost with whom it is; then there is nobody to tell.
        let Some(relationship) = relationships::find(self.store.read(), grant.terms.account)? else {
            return Ok(());
        };
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

/// Whether a gateway took a transaction; what the ledger refuses is refused by all.
fn taken(submitted: Result<TxId, GatewayError>) -> Result<bool, RemoteError> {
    match submitted {
        Ok(_) => Ok(true),
        Err(GatewayError::Server(refused)) if (400..500).contains(&refused.status) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a transaction is to be handed in now, and by which way: the relay first, again after [`RESEND`]; from
/// `patience` on both in turn, a gateway at once.
fn turn(row: &OutboxRow, now: Timestamp, patience: Duration) -> Option<Source> {
    let waited = now.since(row.queued);
    let (began, source) = match waited.0.checked_sub(patience.0) {
        None => (now.saturating_sub(RESEND), Source::Relay),
        Some(late) => {
            let turns = late / RESEND.0;
            let began = row.queued.saturating_add(Duration(patience.0 + turns * RESEND.0));
            (began, if turns.is_multiple_of(2) { Source::Gateway } else { Source::Relay })
        }
    };
    // A clock that was turned back makes it no later.
    let is_sent = row.last_sent.is_some_and(|sent| sent >= began && sent <= now);
    (!is_sent).then_some(source)
}

/// What the ledger does not show yet of what it was sent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Awaited {
    /// Everything shows, or nothing was sent.
    Nothing,
    /// A grant is awaited.
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

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::{AccountId, GrantId};

    use super::*;

    #[test]
    fn the_relay_has_half_a_minute_and_then_both_have_turns() {
        let queued = Timestamp(1_000);
        let mut row = OutboxRow {
            row: 1,
            kind: Outgoing::Transaction,
            account: AccountId::from_bytes([1; 32]),
            grant: GrantId::from_bytes([2; 32]),
            body: Vec::new(),
            tried: true,
            queued,
            last_sent: None,
        };
        let mut ways = Vec::new();
        for second in 0..=95 {
            let now = queued.saturating_add(Duration(second));
            if let Some(source) = turn(&row, now, REVOCATION_PATIENCE) {
                ways.push((second, source));
                row.last_sent = Some(now);
            }
        }
        use Source::{Gateway, Relay};
        let expected = [(0, Relay), (21, Relay), (30, Gateway), (50, Relay), (70, Gateway), (90, Relay)];
        assert_eq!(ways.as_slice(), expected.map(|(second, source)| (second, source)));
        // Sent in the future by a clock that was wrong then.
        row.last_sent = Some(Timestamp(9_000_000));
        assert_eq!(turn(&row, queued, REVOCATION_PATIENCE), Some(Relay));
    }
}
