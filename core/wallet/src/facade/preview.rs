//! What a provider would see, and why: under its grants, or under one that is not made yet.

use keepwell_protocol::domain::{ProviderId, Scope};

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::records_view::preview::{self, AccessPreview};
use crate::records_view::preview_grant;

impl Wallet {
    /// Decides for every record what the provider would see under all its grants now.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn preview(&self, provider: ProviderId) -> Result<AccessPreview, WalletError> {
        preview::of_provider(self.session()?.store.read(), provider, self.clock.now())
    }

    /// Decides for every record whether a grant of this scope would show it: by itself, or because a record
    /// that it shows refers to it. Nothing is granted.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn preview_grant(&self, scope: &Scope) -> Result<AccessPreview, WalletError> {
        preview_grant::of_scope(self.session()?.store.read(), scope)
    }
}
