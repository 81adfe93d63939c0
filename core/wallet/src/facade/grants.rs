//! Granting: everything is prepared here at once, and delivered step by step.

use keepwell_protocol::consent::InvalidTerms;
use keepwell_protocol::domain::GrantId;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::granting::GrantRequest;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::records_view::grant::GrantView;

impl Wallet {
    /// Grants. Everything is prepared in one transaction; what the network has not taken when this
    /// returns is queued, and [`Wallet::sync`] goes on with it.
    ///
    /// # Errors
    /// [`WalletError::Terms`] if the scope or the time breaks a rule; [`WalletError::UnknownProvider`],
    /// [`WalletError::ProviderSuspended`] or [`WalletError::ProviderKeyChanged`]; [`WalletError::Remote`]
    /// if the provider can't be proved and is not known here.
    pub fn grant(
        &mut self,
        fresh: &FreshAuthentication,
        request: GrantRequest<'_>,
        network: Network<'_>,
    ) -> Result<GrantView, WalletError> {
        self.make_grant(fresh, request, None, network)
    }

    /// Grants, and notes which grant ends by that: the one that it `replaces`.
    pub(super) fn make_grant(
        &mut self,
        fresh: &FreshAuthentication,
        request: GrantRequest<'_>,
        replaces: Option<GrantId>,
        network: Network<'_>,
    ) -> Result<GrantView, WalletError> {
        let mut online = self.online(network)?;
        online.refuse_equivocation()?;
        let scope = request.scope.clone().normalized();
        scope.check().map_err(InvalidTerms::from)?;
        let provider = online.resolve(request.provider)?;
        // What another wallet of the same words has granted has its number.
        match online.check_host() {
            Err(error) if !error.is_of_servers() => return Err(error),
            _ => {}
        }
        let (relationship, signing) = online.relationship(fresh, provider)?;
        match online.grant_to_self(fresh, false) {
            Err(error) if !error.is_of_servers() => return Err(error),
            _ => {}
        }
        let grant = online.prepare_grant(fresh, relationship, signing, scope, &request, replaces)?;
        self.grant_view(grant)
    }
}
