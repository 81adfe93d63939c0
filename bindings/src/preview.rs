//! What somebody would see, by category, and why.

use keepwell_protocol::domain::{GrantId, ProviderId, Scope, Sensitivity};
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

    /// The scope of a grant without records of these sensitive kinds; where there are any kinds, it names each record that
    /// stays, so that records that are added later do not go along; new versions of those do.
    ///
    /// Throws `GrantRefused` if nothing stays, or more than 1,000 records, which no scope can name.
    pub async fn scope_leaving_out(&self, scope: Scope, kinds: Vec<Sensitivity>) -> Result<Scope> {
        self.read(move |snapshot| snapshot.scope_leaving_out(&scope, &kinds)).await
    }

    /// What the scope of this grant covers of the records that there are now, whether it can still be read under or
    /// not. Throws `NotFound`.
    pub async fn preview_of_grant(&self, id: GrantId) -> Result<AccessPreview> {
        self.read(move |snapshot| snapshot.preview_of_grant(id)).await
    }
}
