//! Ways to make the library fail or talk on purpose, for tests; not in what is shipped.

use std::sync::Arc;

use crate::error::WalletError;
use crate::events::Event;
use crate::wallet::Wallet;

/// Panics on the wallet's thread, as a fault of the library would.
#[uniffi::export]
pub async fn trigger_panic(wallet: Arc<Wallet>) -> Result<(), WalletError> {
    wallet.with(|_| panic!("a test asked for this")).await
}

/// Tells `count` events of progress, numbered from 0.
#[uniffi::export]
pub fn tell_events(wallet: Arc<Wallet>, count: u64) -> Result<(), WalletError> {
    (0..count).for_each(|bytes| wallet.events().tell(Event::ImportProgress { bytes }));
    Ok(())
}
