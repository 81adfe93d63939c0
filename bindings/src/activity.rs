//! What happened in a wallet.

use std::sync::Arc;

use keepwell_protocol::domain::GrantId;
use keepwell_wallet::{Activity, ActivityLog, GrantActivity};

use crate::calls::unless_cancelled;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Everything that happened; of what others did, as much as the host keeps. Where the host can't be reached for now, what
    /// the owner did, and that it is no more.
    #[uniffi::method(default(cancellation = None))]
    pub async fn activity(&self, cancellation: Option<Arc<Cancellation>>) -> Result<ActivityLog> {
        let read = self.call_online(cancellation, |wallet, network| {
            let log = wallet.activity(network)?;
            if log.is_own_only { unless_cancelled(log) } else { Ok(log) }
        });
        read.await
    }

    /// What happened about one grant, and how many records were read under it. Where the host can't be reached for now,
    /// what the owner did, and no number. Throws `NotFound`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn grant_activity(
        &self,
        id: GrantId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantActivity> {
        let read = self.call_online(cancellation, move |wallet, network| {
            let about = wallet.grant_activity(id, network)?;
            if about.records_read.is_none() { unless_cancelled(about) } else { Ok(about) }
        });
        read.await
    }

    /// What the owner did, newest first, of one second too; it needs no network.
    pub async fn own_activity(&self) -> Result<Vec<Activity>> {
        self.read(|snapshot| snapshot.own_activity()).await
    }
}
