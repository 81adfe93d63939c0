//! What happened in a wallet.

use std::sync::Arc;

use keepwell_wallet::Activity;

use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Everything that happened, newest first; of what others did, as much as the host keeps.
    #[uniffi::method(default(cancellation = None))]
    pub async fn activity(&self, cancellation: Option<Arc<Cancellation>>) -> Result<Vec<Activity>> {
        self.call_online(cancellation, |wallet, network| Ok(wallet.activity(network)?)).await
    }

    /// What the owner did, newest first, of one second too; it needs no network.
    pub async fn own_activity(&self) -> Result<Vec<Activity>> {
        self.read(|snapshot| snapshot.own_activity()).await
    }
}
