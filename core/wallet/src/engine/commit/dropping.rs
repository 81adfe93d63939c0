//! The commit that ends grants at the host and does nothing else, so that nothing holds it up.

use keepwell_protocol::crypto::{self, SigningKey};
use keepwell_protocol::domain::Object;
use keepwell_protocol::vault::{Commit, Compartment, Head, HeadError, SealedHead};
use rusqlite::Transaction;

use super::Sealer;
use crate::error::WalletError;
use crate::store::commits::{self, PendingCommit};
use crate::store::held_keys::HeldKeys;
use crate::store::{grants, space};

impl Sealer<'_> {
    /// Makes the commit that drops every grant that the host has yet to drop, in the place of one that was
    /// made before and not sent. Returns whether there is one to send.
    ///
    /// Its `self` head names the heads and segments that the host has, so it needs no upload and no proof
    /// (flows.md §8). Nothing is made while it is not known which those are.
    pub(crate) fn prepare_drops(&mut self, transaction: &Transaction<'_>) -> Result<bool, WalletError> {
        let Some(connection) = space::connection(transaction)? else { return Ok(false) };
        let dropped: Vec<_> = grants::entry_changes(transaction)?
            .into_iter()
            .filter(|change| change.entry.is_none())
            .map(|change| change.grant)
            .collect();
        let own = self.own_compartment(transaction)?;
        let Some(served) = own.host_head.as_ref().filter(|_| !dropped.is_empty()) else { return Ok(false) };
        let key = served.open_owner_wrap(&self.keys.vault)?;
        let version = connection.space_version.saturating_add(1);
        let head = Head { version, time: self.now, ..open_own_head(self.keys, served)? };
        let signing_key = own_signing_key(self.keys);
        let head = head.seal(&key, &signing_key, &self.keys.vault, self.rng)?;
        let self_head = head.hash();
        let commit =
            Commit { grants_dropped: dropped, base: connection.base, ..Commit::new(version, vec![head]) };
        commits::set_pending(transaction, &PendingCommit { version, self_head, bytes: commit.to_cbor() })?;
        Ok(true)
    }
}

/// Opens a head of `self` by the owner's copy of its key, after checking the signature.
///
/// # Errors
/// [`HeadError`] if this wallet's keys did not make it.
pub(crate) fn open_own_head(keys: &HeldKeys, head: &SealedHead) -> Result<Head, HeadError> {
    let signing_key = own_signing_key(keys).public_key();
    head.open(&head.open_owner_wrap(&keys.vault)?, &signing_key)
}

fn own_signing_key(keys: &HeldKeys) -> SigningKey {
    crypto::compartment_signing_key(&keys.compartment, &Compartment::Own.to_string())
}
