//! The encrypted store: one SQLCipher database, the slots that open it, and the sealed end of its
//! state log.
//!
//! A function that writes takes a `&Transaction`, one that reads a `&Connection`; the facade opens
//! the transaction with [`Store::write`], one for each thing that a person does.

pub(crate) mod access_requests;
pub(crate) mod anchor;
mod attempts;
mod biometric_slot;
pub(crate) mod brands;
pub(crate) mod column;
pub(crate) mod commits;
pub(crate) mod compartments;
pub(crate) mod deliveries;
mod device_key;
pub(crate) mod equivocation;
mod error;
pub(crate) mod former_hosts;
#[cfg(test)]
#[path = "../../../protocol/tests/protocol/frozen/mod.rs"]
mod frozen;
pub(crate) mod grant_receipts;
pub(crate) mod grants;
pub(crate) mod held_keys;
mod home;
pub(crate) mod ledger_proofs;
pub(crate) mod ledger_questions;
pub(crate) mod links;
pub(crate) mod lost_blobs;
#[cfg(test)]
mod object_tests;
mod open;
pub(crate) mod outbox;
pub(crate) mod owner_patients;
mod pin_slot;
mod private_file;
pub(crate) mod provider_logs;
pub(crate) mod quarantine;
pub(crate) mod records;
pub(crate) mod relationships;
mod reserve;
pub(crate) mod restoring;
mod schema;
pub(crate) mod sealed;
mod sealed_head;
pub(crate) mod sealed_state;
pub(crate) mod seen_entries;
pub(crate) mod settings;
mod slot_contents;
mod slots;
mod slots_file;
#[cfg(test)]
mod slots_tests;
mod slots_version1;
mod software_device_key;
pub(crate) mod source_authorizations;
pub(crate) mod source_pulls;
pub(crate) mod sources;
pub(crate) mod space;
pub(crate) mod spool;
pub(crate) mod state_log;
pub(crate) mod state_object;
pub(crate) mod takeover;
pub(crate) mod time_stamps;
pub(crate) mod unsent;
mod wallet_store;

pub(crate) use attempts::Moment;
pub use device_key::{DeviceKey, DeviceKeyError, DeviceKeyLevel, DeviceKeyPurpose};
pub(crate) use error::FromStore;
pub use error::StoreError;
pub(crate) use home::{Home, StagedFiles, WalletFiles, has_restored};
pub(crate) use open::RawKey;
pub(crate) use slot_contents::{Opened, SeedBackup};
pub(crate) use slots::Slots;
pub use software_device_key::SoftwareDeviceKey;
pub(crate) use wallet_store::{Contents, OpenedSlots, Store};

/// Tells wallets apart: 16 random bytes, in the slots and in the database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct WalletId(pub(crate) [u8; 16]);

#[cfg(test)]
pub(crate) mod testing {
    //! A database without a file.

    /// Gives an empty database the newest shape.
    pub(crate) fn migrate(connection: &mut rusqlite::Connection) {
        super::schema::migrate(connection).unwrap();
    }
}
