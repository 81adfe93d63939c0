//! Ending a grant: decided here at once, also without network; the host and the ledger follow.

use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::domain::{GrantId, Timestamp};
use rusqlite::Transaction;

use super::wallet::{Session, Wallet};
use crate::error::WalletError;
use crate::store::state_object::StoredGrant;
use crate::store::{commits, compartments, grants, outbox};

impl Wallet {
    /// Ends a grant on this device at once: nothing more is published to it.
    ///
    /// The transaction was signed when the grant was made, so no authentication is needed. It and
    /// the commit that drops the grant are queued; [`Wallet::sync`] sends them before anything else, but for the
    /// transaction about a grant that nobody was handed yet, which has its turn. Until the
    /// host or the ledger has it, the provider can still read what was published. A grant that is being
    /// revoked, or is revoked, stays so; one that ended by time can be revoked, too.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`].
    pub fn revoke(&mut self, id: GrantId) -> Result<GrantState, WalletError> {
        let now = self.clock.now();
        let Session { store, .. } = self.session.as_mut().ok_or(WalletError::Locked)?;
        let grant = grants::find(store.read(), id)?.ok_or(WalletError::NoSuchGrant)?;
        if matches!(grant.state, GrantState::Revoking | GrantState::Revoked) {
            return Ok(grant.state);
        }
        let state = grant.state.after(GrantEvent::Revoke)?;
        store.write_from_reserve(&mut self.rng, |transaction| {
            // What was to be sent about it, its own transaction too, is overtaken.
            outbox::end(transaction, grant.terms.account, id, &grant.revocation, now)?;
            let ended = StoredGrant { state, since: now, ..grant.clone() };
            grants::set(transaction, &ended, now)?;
            end(transaction, &ended)?;
            // A commit that was sealed and not sent may carry a packet for it.
            commits::clear_unsent(transaction)?;
            Ok::<_, WalletError>(())
        })?;
        Ok(state)
    }
}

/// Takes from a grant what it opens: the host is to drop it, and the next head of each of its
/// compartments is due, under a key that it never had.
pub(crate) fn end(transaction: &Transaction<'_>, grant: &StoredGrant) -> Result<(), WalletError> {
    let id = grant.id();
    grants::drop_entry(transaction, id)?;
    for compartment in grant.compartments() {
        if let Some(row) = compartments::find(transaction, compartment)?
            && row.holders.grants.contains(&id)
        {
            compartments::mark_changed(transaction, row.row)?;
        }
    }
    Ok(())
}

/// Ends every grant that is over at `time`, which is that of a verified header.
pub(crate) fn expire(
    transaction: &Transaction<'_>,
    time: Timestamp,
    now: Timestamp,
) -> Result<(), WalletError> {
    for standing in grants::standing(transaction)?.into_iter().filter(|grant| time >= grant.not_after) {
        if let Some(grant) = grants::find(transaction, standing.id)? {
            let state = grant.state.after(GrantEvent::Expire)?;
            outbox::remove_about(transaction, grant.id())?;
            let ended = StoredGrant { state, since: now, ..grant };
            grants::set(transaction, &ended, now)?;
            grants::drop_entry(transaction, ended.id())?;
        }
    }
    Ok(())
}
