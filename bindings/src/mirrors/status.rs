//! How a wallet and its device are.

use std::time::Duration;

use keepwell_wallet::{AtRisk, AutoLock, DeviceKeyLevel, DeviceKeyPurpose, Status};

use super::Instant;

/// How a wallet is.
#[uniffi::remote(Record)]
pub struct Status {
    /// Eight hex characters by which its owner knows it; the same after recovery.
    pub fingerprint: String,
    /// Whether the owner has shown that the recovery words were written down.
    pub words_verified: bool,
    pub records: u64,
    /// How well this device keeps its key.
    pub device_key: DeviceKeyLevel,
    pub at_risk: AtRisk,
}

/// What would be lost with this device now, though its owner has the recovery words.
#[uniffi::remote(Record)]
pub struct AtRisk {
    /// Record versions that the host does not have; all of them while the wallet works on its own.
    pub records: u64,
    /// Grants, revocations and changes of shares that no server was told of.
    pub decisions: u64,
    /// When the host answered last, by this device's clock.
    pub host_reached: Option<Instant>,
}

/// How well a device keeps its key.
#[uniffi::remote(Enum)]
pub enum DeviceKeyLevel {
    /// In a file: whoever can read the files can use it.
    Software,
    /// In the processor's protected part.
    TrustedEnvironment,
    /// In a chip of its own.
    SecureElement,
}

/// What a key of the device is for; each purpose has a key of its own.
#[uniffi::remote(Enum)]
pub enum DeviceKeyPurpose {
    /// Opens the wallet together with the PIN.
    Pin,
    /// Opens the records alone. It answers only to a finger or a face that the device knows, each time anew, and is
    /// lost once the device comes to know another.
    Biometric,
}

/// After how long without use a wallet locks itself; none is never.
#[uniffi::remote(Record)]
pub struct AutoLock {
    /// While the app is in front.
    pub in_front: Option<Duration>,
    /// While it is in the background.
    pub in_background: Option<Duration>,
}
