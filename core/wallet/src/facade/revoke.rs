//! Ending a grant: decided here at once, also without network; the host and the ledger follow.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::GrantId;

use super::wallet::{Session, Wallet};
use crate::engine::ending::revoke;
use crate::error::WalletError;
use crate::store::grants;

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
        store.write_from_reserve(&mut self.rng, |transaction, _| revoke(transaction, &grant, now))
    }

    /// Ends every grant that stands, as [`Wallet::revoke`] does, all of them or none. Returns those that are being ended
    /// now, those too that had been ended before and of which no proof has come yet.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`WalletError::Store`] if it could not be written down: then nothing was ended.
    pub fn revoke_all(&mut self) -> Result<Vec<GrantId>, WalletError> {
        let now = self.clock.now();
        let Session { store, .. } = self.session.as_mut().ok_or(WalletError::Locked)?;
        store.write_from_reserve(&mut self.rng, |transaction, _| {
            let mut ended = Vec::new();
            for grant in grants::all(transaction)? {
                if grant.state.is_entitled() {
                    revoke(transaction, &grant, now)?;
                } else if grant.state != GrantState::Revoking {
                    continue;
                }
                ended.push(grant.id());
            }
            Ok(ended)
        })
    }
}
