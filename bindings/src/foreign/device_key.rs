//! The device's key as the app implements it: Android Keystore, Secure Enclave.

use std::sync::Arc;
use std::time::Duration;

use keepwell_wallet::{
    DeviceKey as CoreDeviceKey, DeviceKeyError as CoreError, DeviceKeyLevel, DeviceKeyPurpose,
};
use zeroize::Zeroizing;

use super::app_runtime::AppRuntime;
use crate::error::Result;

/// Why the device's key did not do its part.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum DeviceKeyError {
    /// The key is gone or was never on this device; the recovery words still open the wallet.
    #[error("this device no longer has its key for the wallet")]
    Lost,
    /// The person refused or broke off.
    #[error("the device's question was not answered")]
    Refused,
    /// The device allows no more tries for now.
    #[error("the device is locked out for now")]
    LockedOut,
    /// The key store cannot be reached, or what it answers is not what was asked for.
    #[error("the device's key store does not work")]
    Unavailable,
}

/// What the app threw was none of these.
impl From<uniffi::UnexpectedUniFFICallbackError> for DeviceKeyError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

impl From<DeviceKeyError> for CoreError {
    fn from(error: DeviceKeyError) -> Self {
        match error {
            DeviceKeyError::Lost => Self::Lost,
            DeviceKeyError::Refused => Self::Refused,
            DeviceKeyError::LockedOut => Self::LockedOut,
            DeviceKeyError::Unavailable => Self::Unavailable,
        }
    }
}

/// Keys that never leave the device, one for each purpose, and a counter that only goes up.
///
/// Its methods are called on threads of the library, one at a time, and may show a prompt. They must
/// not wait for a call of the same wallet, which waits for them. One that has not answered after the
/// deadline of the wallet's configuration is cancelled and counts as [`DeviceKeyError::Unavailable`].
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait DeviceKey: Send + Sync {
    /// Seals `secret`, at most 1 KiB, by the key of this purpose, which is made if there is none, so that only this
    /// device can open it, for this `context`. Without biometrics, `Unavailable` for theirs.
    async fn wrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: Vec<u8>,
        secret: Vec<u8>,
    ) -> Result<Vec<u8>, DeviceKeyError>;

    /// Opens what `wrap` made for the same purpose with the same context; `Lost` if it was made by another key.
    async fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: Vec<u8>,
        wrapped: Vec<u8>,
    ) -> Result<Vec<u8>, DeviceKeyError>;

    /// Removes the key of this purpose, and with that of the PIN the counter: what it wrapped opens nothing any more.
    /// That there is none is as good.
    async fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError>;

    /// The counter; 0 at first. It belongs in hardware, where putting back old files does not reach it.
    async fn counter(&self) -> Result<u64, DeviceKeyError>;

    /// Sets the counter, which is never set to less.
    async fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError>;

    /// How well the key of the PIN is kept.
    async fn level(&self) -> Result<DeviceKeyLevel, DeviceKeyError>;
}

/// The app's key as the wallet uses it.
pub(crate) struct AppDeviceKey {
    app: Arc<dyn DeviceKey>,
    runtime: AppRuntime,
    deadline: Duration,
    level: DeviceKeyLevel,
}

impl AppDeviceKey {
    /// Asks the app how well it keeps the key.
    pub(crate) fn new(app: Arc<dyn DeviceKey>, deadline: Duration) -> Result<Self> {
        let mut key = Self { app, runtime: AppRuntime::new()?, deadline, level: DeviceKeyLevel::Software };
        key.level = key.ask(key.app.level()).map_err(keepwell_wallet::WalletError::from)?;
        Ok(key)
    }

    fn ask<T>(&self, method: impl Future<Output = Result<T, DeviceKeyError>>) -> Result<T, CoreError> {
        match self.runtime.wait(method, self.deadline) {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(CoreError::Unavailable),
        }
    }
}

impl CoreDeviceKey for AppDeviceKey {
    fn wrap(&self, purpose: DeviceKeyPurpose, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, CoreError> {
        self.ask(self.app.wrap(purpose, context.to_vec(), secret.to_vec()))
    }

    fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CoreError> {
        self.ask(self.app.unwrap(purpose, context.to_vec(), wrapped.to_vec())).map(Zeroizing::new)
    }

    fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), CoreError> {
        self.ask(self.app.delete(purpose))
    }

    fn counter(&self) -> Result<u64, CoreError> {
        self.ask(self.app.counter())
    }

    fn set_counter(&self, value: u64) -> Result<(), CoreError> {
        self.ask(self.app.set_counter(value))
    }

    fn level(&self) -> DeviceKeyLevel {
        self.level
    }
}
