//! The device's part in unlocking: a key that never leaves it.

use zeroize::Zeroizing;

/// Why the device did not wrap or unwrap.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
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

impl DeviceKeyError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Lost => "DeviceKeyLost",
            Self::Refused => "DeviceKeyRefused",
            Self::LockedOut => "DeviceKeyLockedOut",
            Self::Unavailable => "DeviceKeyUnavailable",
        }
    }
}

/// How well a device keeps its key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeviceKeyLevel {
    /// In a file: whoever can read the files can use it.
    Software,
    /// In the processor's protected part.
    TrustedEnvironment,
    /// In a chip of its own.
    SecureElement,
}

impl DeviceKeyLevel {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::TrustedEnvironment => "trusted-environment",
            Self::SecureElement => "secure-element",
        }
    }
}

/// What a key of the device is for; each purpose has a key of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeviceKeyPurpose {
    /// Opens the wallet together with the PIN.
    Pin,
    /// Opens the records alone. It answers only to a finger or a face that the device knows, each time anew,
    /// and is lost once the device comes to know another.
    Biometric,
}

/// Keys that only this device has: Android Keystore, Secure Enclave, or a file.
///
/// They are never the only way to a wallet; the recovery words open it without.
pub trait DeviceKey: Send + Sync {
    /// Seals `secret`, at most 1 KiB, by the key of this purpose, which is made if there is none, so that only
    /// this device can open it, for this `context`.
    ///
    /// # Errors
    /// [`DeviceKeyError`] says why not.
    fn wrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, DeviceKeyError>;

    /// Opens what [`DeviceKey::wrap`] made for the same purpose with the same context.
    ///
    /// # Errors
    /// [`DeviceKeyError::Lost`] if it was made by another key or for another context.
    fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DeviceKeyError>;

    /// Removes the key of this purpose, and with that of the PIN the counter: what it wrapped opens nothing any
    /// more. None there is nothing to do.
    ///
    /// # Errors
    /// [`DeviceKeyError`] says why not.
    fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError>;

    /// The counter of tries; 0 at first. It is where putting back old files does not reach it.
    ///
    /// # Errors
    /// [`DeviceKeyError`] says why not.
    fn counter(&self) -> Result<u64, DeviceKeyError>;

    /// Sets the counter, never to less.
    ///
    /// # Errors
    /// [`DeviceKeyError`] says why not.
    fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError>;

    /// How well the key of the PIN is kept.
    fn level(&self) -> DeviceKeyLevel;
}
