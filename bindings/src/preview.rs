//! What somebody would see, by category, and why.

use keepwell_protocol::domain::{ProviderId, Scope};
use keepwell_wallet::AccessPreview;

use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// What a provider would see now under all its grants, and why; the decision that its own reader makes.
    pub async fn preview(&self, provider: ProviderId) -> Result<AccessPreview> {
        self.read(move |snapshot| snapshot.preview(provider)).await
    }

    /// What a grant of this scope would show, and why. Nothing is granted.
    pub async fn preview_grant(&self, scope: Scope) -> Result<AccessPreview> {
        self.read(move |snapshot| snapshot.preview_grant(&scope)).await
    }
}
