//! What a person says when granting, and what the wallet adds.

use keepwell_protocol::domain::{Duration, Purpose, Scope};

use super::choices::Choices;
use super::wallet::Wallet;
use crate::engine::granting::GrantRequest;
use crate::engine::providers::ProviderName;
use crate::error::WalletError;

/// A grant as a person chooses it.
#[derive(Clone, Debug)]
pub struct GrantChoice<'a> {
    /// The provider, named by its id, its card or its exact name.
    pub provider: ProviderName<'a>,
    /// The records that it may read.
    pub scope: Scope,
    /// How long it lasts, from now.
    pub duration: Duration,
    /// The purpose of use; [`Choices::PURPOSE`] where the person names none.
    pub purpose: Option<Purpose>,
    /// Stay unnamed; else the provider is told the name and birth date in the owner's own records, where both
    /// are.
    pub is_anonymous: bool,
}

impl Wallet {
    /// Completes what a person chose to a request for [`Wallet::grant`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn grant_request<'a>(&self, choice: GrantChoice<'a>) -> Result<GrantRequest<'a>, WalletError> {
        let about = if choice.is_anonymous { None } else { self.about_owner()? };
        let GrantChoice { provider, scope, duration, purpose, .. } = choice;
        let purpose = purpose.unwrap_or(Choices::PURPOSE);
        Ok(GrantRequest { provider, scope, purpose, duration, about, request: None })
    }
}
