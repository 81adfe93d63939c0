//! A store that is new: its tables, the provider and its first keys.

use keepwell_page_cipher::IfMissing;
use keepwell_protocol::crypto::HpkeSecretKey;
use keepwell_protocol::ledger::TrustedState;

use super::database::{Store, connect, migrate, version};
use super::{Identity, hpke_key, identity};
use crate::ClinicError;
use crate::home::{Home, StoreKey};

impl Store {
    /// Makes the store with its first identity and keys, all or nothing.
    pub(crate) fn create(
        home: &Home,
        key: &StoreKey,
        identity: &Identity,
        trusted: &TrustedState,
        keys: &[HpkeSecretKey],
    ) -> Result<Self, ClinicError> {
        let mut store = Self { connection: connect(home, key, IfMissing::Create)? };
        store.write(|tx| {
            if version(tx)? != 0 {
                return Err(ClinicError::AlreadyInitialised);
            }
            migrate(tx, 0)?;
            identity::insert(tx, identity, trusted)?;
            hpke_key::insert(tx, keys)
        })?;
        home.close_to_others()?;
        Ok(store)
    }
}
