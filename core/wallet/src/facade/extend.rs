//! Extending an access: another grant of the same terms from now, and the former ended once that one stands.

use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::domain::{Duration, GrantId, Timestamp};
use rusqlite::Connection;

use super::choices::Choices;
use super::news::News;
use super::snapshot::Snapshot;
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
#[derive(Debug)]
pub struct GrantExtension {
    /// The new grant; pending while the ledger does not show it.
    pub grant: GrantView,
    /// Where the former one stands. Pending or active: it is kept until the new one stands, and a later sync ends it.
    pub former: GrantState,
    /// What stopped the sync after the new grant was made, but for a server that is not reached; none: nothing did.
    pub failure: Option<WalletError>,
}

impl Wallet {
    /// Grants anew what a grant covers, for so long from now: to the same provider, for the same purpose, and to it as
    /// unnamed as before. Syncs, and the sync in which the new one is proved and the provider was told of it ends the
    /// former one, this or a later one, of a wallet made again from its words too. It is never ended before the new one
    /// stands; where the new one is revoked before that, the former one stays.
    ///
    /// `tell` hears what else the sync brought of grants, shares and providers' keys, as in
    /// [`Wallet::sync_with_news`]; what others did is told there.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`]; [`WalletError::Transition`] if the grant is over, by this device's clock too;
    /// otherwise as [`Wallet::grant`], and the former grant is as it was. What fails once the new one is made is
    /// [`GrantExtension::failure`].
    pub fn extend(
        &mut self,
        fresh: &FreshAuthentication,
        grant: GrantId,
        duration: Duration,
        network: Network<'_>,
        tell: &mut dyn FnMut(News),
    ) -> Result<GrantExtension, WalletError> {
        let StoredGrant { terms, about, state, .. } =
            extendable(self.session()?.store.read(), grant, self.clock.now())?;
        let about = match about {
            None => None,
            Some(told) => Some(self.about_owner()?.unwrap_or(told)),
        };
        let (provider, scope, purpose) = (ProviderName::Id(terms.provider), terms.scope, terms.purpose);
        let request = GrantRequest { provider, scope, purpose, duration, about, request: None };
        let before = self.known()?;
        let made = self.make_grant(fresh, request, Some(grant), network)?;
        let options = SyncOptions { wait: Choices::SYNC_WAIT, ..SyncOptions::default() };
        let synced = self.sync_unreported(options, network).and_then(|_| {
            before.changes(&self.known()?).for_each(tell);
            Ok((self.grant_view(made.grant)?, self.grant_view(grant)?.state))
        });
        match synced {
            Ok((grant, former)) => Ok(GrantExtension { grant, former, failure: None }),
            // Both as far as they can still be read: another device may have locked this one.
            Err(failure) => {
                let former = self.grant_view(grant).map_or(state, |former| former.state);
                let grant = self.grant_view(made.grant).unwrap_or(made);
                Ok(GrantExtension { grant, former, failure: Some(failure) })
            }
        }
    }
}

impl Snapshot<'_> {
    /// For how long from now a grant can be extended, ascending: what [`Choices`] offers and lasts longer than the grant
    /// does. Empty where nothing does, or the grant is over.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`].
    pub fn extension_durations(&self, id: GrantId) -> Result<Vec<Duration>, WalletError> {
        let now = self.clock.now();
        let grant = match extendable(self.connection, id, now) {
            Err(WalletError::Transition(_)) => return Ok(Vec::new()),
            found => found?,
        };
        let offered = Choices::offered().grant_durations.into_iter();
        Ok(offered.filter(|duration| now.saturating_add(*duration) > grant.terms.not_after).collect())
    }
}

/// A grant that is not over.
fn extendable(connection: &Connection, id: GrantId, now: Timestamp) -> Result<StoredGrant, WalletError> {
    let grant = grants::find(connection, id)?.ok_or(WalletError::NoSuchGrant)?;
    // No verified header says so yet; as far as its owner can see it has ended.
    let is_over = grant.terms.not_after <= now;
    let state = if is_over { grant.state.after(GrantEvent::Expire)? } else { grant.state };
    state.after(GrantEvent::Extend)?;
    Ok(grant)
}
