//! After how long without use a wallet is to lock itself. The app's runtime does it; the wallet remembers it.

use std::time::Duration;

use keepwell_protocol::domain::Object;
use minicbor::{Decode, Encode};

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::settings::{self, Setting};

/// After how long without use a wallet locks itself; `None` is never.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AutoLock {
    /// While the app is in front; never less than 30 seconds once it was remembered, or nobody could unlock
    /// the wallet for long enough to set it back.
    pub in_front: Option<Duration>,
    /// While it is in the background.
    pub in_background: Option<Duration>,
}

/// Five minutes in front, 60 seconds in the background.
impl Default for AutoLock {
    fn default() -> Self {
        Self { in_front: Some(Duration::from_mins(5)), in_background: Some(Duration::from_secs(60)) }
    }
}

/// The same as it is stored, in milliseconds.
#[derive(Clone, Copy, Decode, Encode)]
#[cbor(map)]
struct StoredAutoLock {
    #[n(0)]
    in_front: Option<u64>,
    #[n(1)]
    in_background: Option<u64>,
}

impl Object for StoredAutoLock {}

impl Wallet {
    /// What was set, or the default.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn auto_lock(&self) -> Result<AutoLock, WalletError> {
        let Some(bytes) = settings::read(self.session()?.store.read(), Setting::AutoLock)? else {
            return Ok(AutoLock::default());
        };
        let stored = StoredAutoLock::from_cbor(&bytes).map_err(crate::StoreError::from)?;
        let [in_front, in_background] =
            [stored.in_front, stored.in_background].map(|time| time.map(Duration::from_millis));
        Ok(AutoLock { in_front: in_front.map(|time| time.max(LEAST_IN_FRONT)), in_background })
    }

    /// Remembers it on this device; it is told to no host.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`StoreError`](crate::StoreError) if it can't be written.
    pub fn set_auto_lock(&mut self, auto_lock: AutoLock) -> Result<(), WalletError> {
        let [in_front, in_background] = [auto_lock.in_front, auto_lock.in_background]
            .map(|time| time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)));
        let stored = StoredAutoLock { in_front, in_background }.to_cbor();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| Ok(settings::write(transaction, Setting::AutoLock, &stored)?))
    }
}

/// Long enough to find the setting again.
const LEAST_IN_FRONT: Duration = Duration::from_secs(30);
