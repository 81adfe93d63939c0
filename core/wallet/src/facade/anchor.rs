//! The anchor: the wallet's grant to itself, by which the ledger knows how far its space is.

use std::time::Duration as Wait;

use keepwell_protocol::crypto::{self, SigningKey};
use keepwell_protocol::domain::{Commitment, Object};
use keepwell_protocol::ledger::{Amend, GrantStatus, Kind, SignedTransaction, Signer, StateKey};

use super::connect::{ANCHOR_LIFE, OWN_ACCOUNT, SELF_ACCOUNT, anchor_commitment};
use super::online::Online;
use super::sync::SyncOptions;
use crate::error::WalletError;
use crate::store::outbox::{self, Outgoing};
use crate::store::state_object::{self, Anchored, StoredAnchor};
use crate::store::{held_keys, space};

impl Online<'_> {
    /// Moves the anchor to the present `self` head if it is time to, or if the caller says so;
    /// returns how much was sent.
    ///
    /// First the space records what the ledger is going to hold, then the ledger is told. So a space
    /// that does not know the ledger's anchor is older than that.
    pub(super) fn move_anchor(&mut self, options: SyncOptions) -> Result<u64, WalletError> {
        let Some(stored) = state_object::anchor(self.store.read())? else { return Ok(0) };
        self.settle_anchor(&stored, options.wait)?;
        let due = state_object::anchor_due(self.store.read())?;
        let renew = self.now().day().0.saturating_add(RENEW_DAYS) >= stored.not_after.0;
        if !options.anchor && !renew && due.is_none_or(|due| self.now() < due) {
            return Ok(0);
        }
        let grant = crypto::grant_id(&stored.account, stored.number);
        let proved = self.prove_waiting(&StateKey::Grant(grant), OWN_ACCOUNT)?;
        let Some(record) = proved.grant()?.filter(|record| record.status == GrantStatus::Active) else {
            // Not included yet: its transaction is in the outbox.
            return Ok(0);
        };
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let Some(head) = row.self_head else { return Ok(0) };
        let now_at = Anchored { version: row.space_version, head };
        let on_ledger = record.commitment.and_then(|commitment| self.anchored_as(&stored, commitment));
        if on_ledger == Some(now_at) && !renew {
            return Ok(0);
        }
        let not_after = if renew { self.now().saturating_add(ANCHOR_LIFE).day() } else { stored.not_after };
        let version = record.version.saturating_add(1);
        let body = Amend {
            kind: Kind,
            account: stored.account,
            number: stored.number,
            version,
            commitment: anchor_commitment(&self.keys.vault, now_at),
            not_after,
        };
        let key = held_keys::read(self.store.read(), SELF_ACCOUNT)?.ok_or(WalletError::NotConnected)?;
        let key = SigningKey::from_seed(&key);
        let amend = SignedTransaction::sign(body, &self.origin, Signer::Account(&key))?.to_cbor();
        let recent = on_ledger.into_iter().chain([now_at]).collect();
        let next = StoredAnchor { version, not_after, recent, ..stored };
        let now = self.now();
        self.write(|transaction, _| {
            // One that was sent and not included is overtaken: its version is taken again.
            outbox::remove_about(transaction, grant)?;
            state_object::set_anchor(transaction, &next)?;
            outbox::add(transaction, Outgoing::Transaction, next.account, grant, &amend, now)?;
            Ok(())
        })?;
        let sent = self.publish()?;
        // The commit that records the anchor needs no anchor of its own.
        self.write(|transaction, _| Ok(state_object::set_anchor_due(transaction, None)?))?;
        let sent = sent + self.send_transactions()?;
        if options.anchor {
            self.settle_anchor(&next, options.wait)?;
        }
        Ok(sent)
    }

    /// Waits until the ledger shows what it was last sent of the anchor; what does not show in time
    /// stays queued.
    fn settle_anchor(&mut self, stored: &StoredAnchor, wait: Wait) -> Result<(), WalletError> {
        let begun = self.clock.monotonic();
        let grant = crypto::grant_id(&stored.account, stored.number);
        while outbox::all(self.store.read())?.iter().any(|row| row.grant == grant) {
            let proved = self.prove_waiting(&StateKey::Grant(grant), OWN_ACCOUNT)?;
            let included = proved.grant()?.is_some_and(|record| record.version >= stored.version);
            if included {
                self.write(|transaction, _| Ok(outbox::remove_about(transaction, grant)?))?;
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

/// The grant to itself is renewed when it has this many days left.
const RENEW_DAYS: u32 = 90;
const PAUSE: Wait = Wait::from_millis(200);
