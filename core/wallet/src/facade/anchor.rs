//! The anchor: the wallet's grant to itself, by which the ledger knows how far its space is.

use std::time::Duration as Wait;

use keepwell_protocol::crypto::{self, SigningKey};
use keepwell_protocol::domain::{Commitment, Object, Timestamp};
use keepwell_protocol::ledger::{Amend, GrantStatus, Kind, SignedTransaction, Signer, StateKey, Transaction};

use super::connect::{ANCHOR_LIFE, OWN_ACCOUNT, SELF_ACCOUNT, anchor_commitment};
use super::online::Online;
use super::publish::LONGEST_TO_PUBLISH;
use super::sync::SyncOptions;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::anchor::{self, Anchored, StoredAnchor};
use crate::store::outbox::{self, Outgoing};
use crate::store::{held_keys, space};

impl Online<'_> {
    /// Moves the anchor to the present `self` head if it is time to, or if the caller says so;
    /// returns how much was sent.
    ///
    /// First the space records what the ledger is going to hold, then the ledger is told. So a space
    /// that does not know the ledger's anchor is older than that.
    pub(super) fn move_anchor(&mut self, options: SyncOptions) -> Result<u64, WalletError> {
        let Some(stored) = anchor::find(self.store.read())? else { return Ok(0) };
        self.settle_anchor(&stored, options.wait)?;
        let due = anchor::due(self.store.read())?;
        let renew = self.now().day().0.saturating_add(RENEW_DAYS) >= stored.not_after.0;
        if !options.anchor && !renew && due.is_none_or(|due| self.now() < due) {
            return Ok(0);
        }
        let grant = crypto::grant_id(&stored.account, stored.number);
        // What was sent and does not show yet may still come to be what the ledger holds.
        if outbox::has_transaction_about(self.store.read(), grant)? {
            return Ok(0);
        }
        let proved = self.prove_fresh(&StateKey::Grant(grant), OWN_ACCOUNT, LONGEST_TO_PUBLISH)?;
        let Some(record) = proved.grant()?.filter(|record| record.status == GrantStatus::Active) else {
            if proved.value.is_none() && stored.version == 1 && proved.time.day() <= stored.not_after {
                // The wallet that was restored from never sent it; the next fresh authentication makes one.
                self.write(|transaction, _| Ok(anchor::forget(transaction)?))?;
            }
            return Ok(0);
        };
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        if proved.height < row.trusted.height {
            // An older answer than what was seen before: the ledger may be further.
            return Ok(0);
        }
        if record.version < stored.version {
            // The wallet that was restored from had it signed and is gone: it may have been sent, or not.
            self.queue_amendment(&stored)?;
            return self.send_transactions();
        }
        let Some(head) = row.self_head else { return Ok(0) };
        let now_at = Anchored { version: row.space_version, head };
        let on_ledger = record.commitment.and_then(|commitment| self.anchored_as(&stored, commitment));
        if on_ledger == Some(now_at) && !renew {
            return Ok(0);
        }
        let not_after = if renew { self.now().saturating_add(ANCHOR_LIFE).day() } else { stored.not_after };
        let version = record.version.saturating_add(1);
        let recent = on_ledger.into_iter().chain([now_at]).collect();
        let next = StoredAnchor { version, not_after, recent, ..stored };
        self.queue_amendment(&next)?;
        let sent = self.publish()?;
        // The commit that records the anchor needs no anchor of its own.
        self.write(|transaction, _| Ok(anchor::set_due(transaction, None)?))?;
        let sent = sent + self.send_transactions()?;
        if options.anchor {
            self.settle_anchor(&next, options.wait)?;
        }
        Ok(sent)
    }

    /// Records an anchor and queues the transaction that moves it there; the same anchor makes the same one.
    fn queue_amendment(&mut self, anchor: &StoredAnchor) -> Result<(), WalletError> {
        let Some(newest) = anchor.recent.last() else { return Ok(()) };
        let body = Amend {
            kind: Kind,
            account: anchor.account,
            number: anchor.number,
            version: anchor.version,
            commitment: anchor_commitment(&self.keys.vault, *newest),
            not_after: anchor.not_after,
        };
        let key = held_keys::read(self.store.read(), SELF_ACCOUNT)?.ok_or(WalletError::NotConnected)?;
        let key = SigningKey::from_seed(&key);
        let amend = SignedTransaction::sign(body, &self.origin, Signer::Account(&key))?.to_cbor();
        let grant = crypto::grant_id(&anchor.account, anchor.number);
        self.write(|transaction, publisher| {
            anchor::set(transaction, anchor)?;
            let account = anchor.account;
            Ok(outbox::add(transaction, Outgoing::Transaction, account, grant, &amend, publisher.now)?)
        })
    }

    /// Waits until the ledger shows what it was last sent of the anchor; what does not show in time
    /// stays queued.
    fn settle_anchor(&mut self, stored: &StoredAnchor, wait: Wait) -> Result<(), WalletError> {
        let begun = self.clock.monotonic();
        let grant = crypto::grant_id(&stored.account, stored.number);
        while let Some(row) = outbox::all(self.store.read())?.into_iter().find(|row| row.grant == grant) {
            let proved = self.prove_waiting(&StateKey::Grant(grant), OWN_ACCOUNT)?;
            let included = proved.grant()?.is_some_and(|record| record.version >= stored.version);
            if included {
                self.write(|transaction, _| Ok(outbox::remove_about(transaction, grant)?))?;
            } else if proved.value.is_none() && first_is_over(&row.body, proved.time)? {
                // There is none, and the next fresh authentication makes one.
                self.write(|transaction, _| {
                    outbox::remove_about(transaction, grant)?;
                    Ok(anchor::forget(transaction)?)
                })?;
            } else if self.clock.monotonic().saturating_sub(begun) >= wait {
                break;
            } else {
                self.clock.sleep(PAUSE);
            }
        }
        Ok(())
    }

    /// Which of the anchors that were made lately a commitment is.
    fn anchored_as(&self, stored: &StoredAnchor, commitment: Commitment) -> Option<Anchored> {
        let made = |anchored: &&Anchored| anchor_commitment(&self.keys.vault, **anchored) == commitment;
        stored.recent.iter().find(made).copied()
    }
}

/// Whether a transaction that was to make the anchor can't be included any more at `time`.
fn first_is_over(transaction: &[u8], time: Timestamp) -> Result<bool, WalletError> {
    let transaction = SignedTransaction::parse(transaction).map_err(RemoteError::from)?;
    Ok(matches!(transaction.body(), Transaction::GrantNewAccount(body) if time > body.valid_until))
}

/// The grant to itself is renewed when it has this many days left.
const RENEW_DAYS: u32 = 90;
const PAUSE: Wait = Wait::from_millis(200);
