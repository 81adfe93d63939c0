//! The first screen of an app.

use keepwell_wallet::Overview;

use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// What the first screen shows: whose records these are, what holds now, what is new, what there is to do.
    pub async fn overview(&self) -> Result<Overview> {
        self.read(|snapshot| snapshot.overview()).await
    }

    /// Notes that the owner has seen what is new in an overview: what arrived up to its `newest`.
    pub async fn mark_seen(&self, newest: u32) -> Result<()> {
        self.call_wallet(move |wallet| Ok(wallet.mark_seen(newest)?)).await
    }
}
