//! What happened in a wallet.

use std::sync::Arc;

use keepwell_wallet::{Activity, Reader};

use crate::calls::{Caller, cancelled_or};
use crate::cancellation::Cancellation;
use crate::error::WalletError;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Everything that happened, newest first; of what others did, as much as the host keeps.
    #[uniffi::method(default(cancellation = None))]
    pub async fn activity(
        &self,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Vec<Activity>, WalletError> {
        let all = self.call_online(Caller::Owner, cancellation, |wallet, network, _| {
            wallet.activity(network).map_err(cancelled_or)
        });
        all.await
    }

    /// What the owner did, newest first, of one second too; it needs no network.
    pub async fn own_activity(&self) -> Result<Vec<Activity>, WalletError> {
        self.read(Reader::own_activity).await
    }
}
