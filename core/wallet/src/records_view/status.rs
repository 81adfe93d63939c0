//! How a wallet is.

use keepwell_protocol::domain::Timestamp;
use rusqlite::Connection;

use crate::error::WalletError;
use crate::store::settings::{self, Setting};
use crate::store::{DeviceKeyLevel, records, space, unsent};

/// How a wallet is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status {
    /// Eight hex characters by which its owner knows it; the same after recovery.
    pub fingerprint: String,
    /// Whether the owner has shown that the recovery words were written down.
    pub words_verified: bool,
    /// How many records there are.
    pub records: u64,
    /// How well this device keeps its key.
    pub device_key: DeviceKeyLevel,
    /// What only this device has.
    pub at_risk: AtRisk,
}

/// What would be lost with this device now, though its owner has the recovery words.
///
/// It counts what the host has acknowledged and not lost since, as far as this wallet knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AtRisk {
    /// Record versions that the host does not have; all of them while the wallet works on its own.
    pub records: u64,
    /// Grants, revocations and changes of shares that no server was told of.
    pub decisions: u64,
    /// When the host answered last, by this device's clock.
    pub host_reached: Option<Timestamp>,
}

pub(crate) fn status(
    connection: &Connection,
    fingerprint: String,
    device_key: DeviceKeyLevel,
) -> Result<Status, WalletError> {
    Ok(Status {
        fingerprint,
        words_verified: settings::read(connection, Setting::WordsVerified)?.is_some(),
        records: records::count(connection)?,
        device_key,
        at_risk: AtRisk {
            records: unsent::record_versions(connection)?,
            decisions: unsent::decisions(connection)?,
            host_reached: space::reached(connection)?,
        },
    })
}
