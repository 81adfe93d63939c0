//! The anchor: the wallet's grant to itself, by which the ledger knows how far its space is.

use std::time::Duration as Wait;

use keepwell_protocol::crypto::{self, Label, SigningKey, VaultKey};
use keepwell_protocol::domain::{AccountId, Commitment, Duration, Object, Slot};
use keepwell_protocol::ledger::{
    Amend, Grant, GrantNewAccount, GrantRecord, GrantStatus, Kind, SignedTransaction, Signer, StateKey,
    Transaction, TrustAnchor, Verified,
};

use super::authentication::FreshAuthentication;
use super::commit::MAX_PROOF_AGE;
use super::online::{Online, Source};
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
    pub(crate) fn move_anchor(&mut self, options: SyncOptions) -> Result<u64, WalletError> {
        let Some(stored) = anchor::find(self.store.read())? else { return Ok(0) };
        if space::connection(self.store.read())?.is_none_or(|row| row.base.is_some()) {
            // The head that the next commit replaces is of another version.
            return Ok(0);
        }
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
        let proved = self.prove_fresh(&StateKey::Grant(grant), OWN_ACCOUNT, MAX_PROOF_AGE)?;
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        if proved.height < row.trusted.height {
            // An older answer than what was seen before: the ledger may be further.
            return Ok(0);
        }
        let Some(record) = in_force(&proved)? else { return self.anchor_lapsed(stored.account) };
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
        let not_after = if renew { proved.time.saturating_add(ANCHOR_LIFE).day() } else { stored.not_after };
        let version = record.version.saturating_add(1);
        let recent = on_ledger.into_iter().chain([now_at]).collect();
        let next = StoredAnchor { version, not_after, recent, ..stored };
        self.queue_amendment(&next)?;
        let sent = self.upload()?;
        // The commit that records the anchor needs no anchor of its own.
        self.write(|transaction, _| Ok(anchor::set_due(transaction, None)?))?;
        let sent = sent + self.send_transactions()?;
        if options.anchor {
            self.settle_anchor(&next, options.wait)?;
        }
        Ok(sent)
    }

    /// Makes an anchor in the place of one that lapsed, or that never came to the ledger; the commit that records it
    /// goes first. Returns how much was sent.
    fn anchor_lapsed(&mut self, account: AccountId) -> Result<u64, WalletError> {
        let proved = self.prove_fresh(&StateKey::Account(account), OWN_ACCOUNT, MAX_PROOF_AGE)?;
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let Some(head) = row.self_head.filter(|_| proved.height >= row.trusted.height) else { return Ok(0) };
        if proved.account()?.is_none_or(|known| known.key.is_none()) {
            // Only the root key makes the account, again after years: the next fresh authentication does.
            self.write(|transaction, _| Ok(anchor::forget(transaction)?))?;
            return Ok(0);
        }
        self.anchor_anew(account, &proved, Anchored { version: row.space_version, head })?;
        let sent = self.upload()?;
        self.write(|transaction, _| Ok(anchor::set_due(transaction, None)?))?;
        Ok(sent + self.send_transactions()?)
    }

    /// Queues the wallet's grant to itself as the next of its account, signed by the account's key: no seed is needed.
    pub(crate) fn anchor_anew(
        &mut self,
        account: AccountId,
        proved: &Verified,
        anchored: Anchored,
    ) -> Result<(), WalletError> {
        let number = proved.account()?.map_or(0, |known| known.count);
        let not_after = proved.time.saturating_add(ANCHOR_LIFE).day();
        let body = Grant {
            kind: Kind,
            account,
            number,
            slot: Slot::from_bytes(self.rng.array()?),
            commitment: anchor_commitment(&self.keys.vault, anchored),
            not_after,
            valid_until: proved.time.saturating_add(ANCHOR_VALID_FOR),
        };
        let key = held_keys::read(self.store.read(), SELF_ACCOUNT)?.ok_or(WalletError::NotConnected)?;
        let key = SigningKey::from_seed(&key);
        let grant = SignedTransaction::sign(body, &self.origin, Signer::Account(&key))?.to_cbor();
        let recent = vec![anchored];
        self.queue_anchor(StoredAnchor { account, number, version: 1, not_after, recent }, &grant)
    }

    /// Records an anchor that is new to the ledger, and queues the transaction that makes it.
    pub(crate) fn queue_anchor(
        &mut self,
        mut next: StoredAnchor,
        transaction: &[u8],
    ) -> Result<(), WalletError> {
        // The one before, under the same number, may be on its way.
        let before = anchor::find(self.store.read())?.filter(|before| before.number == next.number);
        let earlier = before.and_then(|before| before.recent.last().copied());
        next.recent.splice(0..0, earlier.filter(|earlier| !next.recent.contains(earlier)));
        let (account, grant) = (next.account, crypto::grant_id(&next.account, next.number));
        self.write(|database, sealer| {
            anchor::set(database, &next)?;
            let now = sealer.now;
            Ok(outbox::add(database, Outgoing::Transaction, account, grant, transaction, now)?)
        })
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
        self.write(|transaction, sealer| {
            anchor::set(transaction, anchor)?;
            let account = anchor.account;
            Ok(outbox::add(transaction, Outgoing::Transaction, account, grant, &amend, sealer.now)?)
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
            } else if is_in_vain(&row.body, &proved)? {
                // Another one is made.
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

    /// Makes the wallet's grant to itself, unless it has been made, and where it `is_absent` from the ledger
    /// although it has: with its account, or as the next of that. It is dated by a header of the last day: by a clock that is wrong the ledger might never
    /// take it.
    pub(crate) fn grant_to_self(
        &mut self,
        fresh: &FreshAuthentication,
        is_absent: bool,
    ) -> Result<(), WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let Some(head) = row.self_head.filter(|_| row.space_version > 0) else { return Ok(()) };
        let before = anchor::find(self.store.read())?;
        if before.is_some() && !is_absent {
            return Ok(());
        }
        let provider = crypto::self_provider_id();
        let root = fresh.seed().root_key(&provider, 0);
        let account_key = fresh.seed().account_key(&provider, 0, 1);
        let account = crypto::account_id(&self.origin, &root.public_key());
        self.write(|database, _| Ok(held_keys::write(database, SELF_ACCOUNT, account_key.expose())?))?;
        let anchored = Anchored { version: row.space_version, head };
        let proved = self.prove_fresh(&StateKey::Account(account), OWN_ACCOUNT, MAX_PROOF_AGE)?;
        let known = proved.account()?;
        if known.as_ref().is_some_and(|known| known.key.is_some()) {
            return self.anchor_anew(account, &proved, anchored);
        }
        let number = known.map_or(0, |known| known.count);
        let not_after = proved.time.saturating_add(ANCHOR_LIFE).day();
        let body = GrantNewAccount {
            kind: Kind,
            root: root.public_key(),
            account_key: account_key.public_key(),
            number,
            slot: Slot::from_bytes(self.rng.array()?),
            commitment: anchor_commitment(&self.keys.vault, anchored),
            not_after,
            valid_until: proved.time.saturating_add(ANCHOR_VALID_FOR),
        };
        let transaction = SignedTransaction::sign(body, &self.origin, Signer::Root(&root))?.to_cbor();
        self.queue_anchor(
            StoredAnchor { account, number, version: 1, not_after, recent: vec![anchored] },
            &transaction,
        )
    }
}

/// What the ledger is given of a `self` head: nothing can be learned from it without the vault key.
pub(crate) fn anchor_commitment(vault: &VaultKey, anchored: Anchored) -> Commitment {
    let version = anchored.version.to_be_bytes();
    let salt = crypto::derive(vault.expose(), Label::Anchor, &version);
    Commitment::from_bytes(crypto::hash(Label::Anchor, &[salt.as_slice(), &version, &anchored.head]))
}

/// The account of the wallet's grant to itself.
pub(crate) fn self_account(anchor: &TrustAnchor, fresh: &FreshAuthentication) -> AccountId {
    let root = fresh.seed().root_key(&crypto::self_provider_id(), 0);
    crypto::account_id(&anchor.origin(), &root.public_key())
}

/// The anchor as the ledger holds it, if it is in force at the time of the proof.
pub(crate) fn in_force(proved: &Verified) -> Result<Option<GrantRecord>, WalletError> {
    let is_in_force =
        |record: &GrantRecord| record.status == GrantStatus::Active && proved.time.day() <= record.not_after;
    Ok(proved.grant()?.filter(is_in_force))
}

/// Whether a transaction about the anchor can't be included any more: its time is over, or that of what it moves.
fn is_in_vain(transaction: &[u8], proved: &Verified) -> Result<bool, WalletError> {
    let transaction = SignedTransaction::parse(transaction).map_err(RemoteError::from)?;
    Ok(match transaction.body() {
        Transaction::GrantNewAccount(body) => proved.value.is_none() && proved.time > body.valid_until,
        Transaction::Grant(body) => proved.value.is_none() && proved.time > body.valid_until,
        _ => in_force(proved)?.is_none(),
    })
}

/// The grant to itself is renewed when it has this many days left.
const RENEW_DAYS: u32 = 90;
const PAUSE: Wait = Wait::from_millis(200);
/// The held key that signs for the wallet's own account.
pub(crate) const SELF_ACCOUNT: &str = "self-account";
/// How long the ledger may include the transaction that makes it.
pub(crate) const ANCHOR_VALID_FOR: Duration = Duration::days(6);
/// How long the wallet's grant to itself lasts.
pub(crate) const ANCHOR_LIFE: Duration = Duration::days(398);
/// The source that the wallet's own account is asked about from.
pub(crate) const OWN_ACCOUNT: Source = Source::Gateway;
