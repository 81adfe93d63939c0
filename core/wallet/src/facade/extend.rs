//! Extending an access: another grant of the same terms from now, and the former ended once that one stands.

use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::domain::{Duration, GrantId};

use super::choices::Choices;
use super::news::News;
use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::granting::GrantRequest;
use crate::engine::online::Network;
use crate::engine::providers::ProviderName;
use crate::engine::sync::SyncOptions;
use crate::error::WalletError;
use crate::records_view::grant::GrantView;
use crate::store::grants;
use crate::store::state_object::StoredGrant;

/// What extending an access came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantExtension {
    /// The new grant; pending while the ledger does not show it.
    pub grant: GrantView,
    /// Where the former one stands. Pending or active: it was kept, since the new one does not stand yet.
    pub former: GrantState,
}

impl Wallet {
    /// Grants anew what a grant covers, for so long from now: to the same provider, for the same purpose, and to it as
    /// unnamed as before. Syncs, and ends the former one in the same call once the new one is proved and the provider
    /// was told of it; else the former one stays until its own end, or until it is revoked. It is never ended before
    /// the new one stands: who breaks off in between has both.
    ///
    /// `tell` hears what else the sync brought of grants, shares and providers' keys, as in
    /// [`Wallet::sync_with_news`]; what others did is told there.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`]; [`WalletError::Transition`] if the grant is over, by this device's clock too;
    /// otherwise as [`Wallet::grant`] and [`Wallet::sync`], and the former grant is as it was.
    pub fn extend(
        &mut self,
        fresh: &FreshAuthentication,
        grant: GrantId,
        duration: Duration,
        network: Network<'_>,
        tell: &mut dyn FnMut(News),
    ) -> Result<GrantExtension, WalletError> {
        let StoredGrant { terms, about, .. } = self.extendable(grant)?;
        let about = match about {
            None => None,
            Some(told) => Some(self.about_owner()?.unwrap_or(told)),
        };
        let (provider, scope, purpose) = (ProviderName::Id(terms.provider), terms.scope, terms.purpose);
        let request = GrantRequest { provider, scope, purpose, duration, about, request: None };
        let before = self.known()?;
        let made = self.grant(fresh, request, network)?.grant;
        let options = SyncOptions { wait: Choices::SYNC_WAIT, ..SyncOptions::default() };
        self.sync_unreported(options, network)?;
        if self.grant_view(made)?.is_in_use() {
            self.revoke(grant)?;
            self.sync_unreported(options, network)?;
        }
        before.changes(&self.known()?).for_each(tell);
        Ok(GrantExtension { grant: self.grant_view(made)?, former: self.grant_view(grant)?.state })
    }

    /// A grant that is not over.
    fn extendable(&self, id: GrantId) -> Result<StoredGrant, WalletError> {
        let grant = grants::find(self.session()?.store.read(), id)?.ok_or(WalletError::NoSuchGrant)?;
        // No verified header says so yet; as far as its owner can see it has ended.
        let is_over = grant.terms.not_after <= self.clock.now();
        let state = if is_over { grant.state.after(GrantEvent::Expire)? } else { grant.state };
        state.after(GrantEvent::Extend)?;
        Ok(grant)
    }
}
