//! Keys that a session has without the seed: to read, publish, share and revoke.

use std::collections::BTreeMap;

use keepwell_protocol::crypto::{CompartmentKey, PairKey, Seed, ShareKey, SigningKey, VaultKey};
use rusqlite::{Connection, OptionalExtension, Transaction};
use zeroize::Zeroizing;

use super::StoreError;

/// The owner key and the branches of the key tree that the database holds.
#[derive(Debug)]
pub(crate) struct HeldKeys {
    /// Signs every request to the host.
    pub(crate) owner: SigningKey,
    /// Wraps epoch keys for the owner.
    pub(crate) vault: VaultKey,
    /// The root of pair secrets.
    pub(crate) pair: PairKey,
    /// The root of compartment ids and signing keys.
    pub(crate) compartment: CompartmentKey,
    /// The root of share links.
    pub(crate) share: ShareKey,
}

impl HeldKeys {
    /// Derives the keys from the seed.
    pub(crate) fn derive(seed: &Seed) -> Self {
        Self {
            owner: seed.owner_key(),
            vault: seed.vault_key(),
            pair: seed.pair_key(),
            compartment: seed.compartment_key(),
            share: seed.share_key(),
        }
    }

    /// Stores the keys in a new database.
    pub(crate) fn write(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        write(transaction, "owner", self.owner.expose())?;
        write(transaction, "vault", self.vault.expose())?;
        write(transaction, "pair", self.pair.expose())?;
        write(transaction, "compartment", self.compartment.expose())?;
        write(transaction, "share", self.share.expose())
    }

    /// Reads the keys back.
    pub(crate) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare("SELECT name, key FROM held_key")?;
        let keys = statement.query_map([], |row| Ok((row.get(0)?, row.get(1).map(Zeroizing::new)?)))?;
        let keys: BTreeMap<String, Zeroizing<[u8; 32]>> = keys.collect::<Result<_, _>>()?;
        let branch = |name| keys.get(name).ok_or(StoreError::Corrupt { part: "the held keys" });
        Ok(Self {
            owner: SigningKey::from_seed(branch("owner")?),
            vault: VaultKey::from_bytes(branch("vault")?),
            pair: PairKey::from_bytes(branch("pair")?),
            compartment: CompartmentKey::from_bytes(branch("compartment")?),
            share: ShareKey::from_bytes(branch("share")?),
        })
    }
}

/// Stores one more key that a session needs without the seed; the same key again changes nothing.
pub(crate) fn write(transaction: &Transaction<'_>, name: &str, key: &[u8; 32]) -> Result<(), StoreError> {
    transaction.prepare_cached("INSERT OR REPLACE INTO held_key VALUES (?1, ?2)")?.execute((name, key))?;
    Ok(())
}

/// Reads a key, if it is held.
pub(crate) fn read(connection: &Connection, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
    let key = connection
        .prepare_cached("SELECT key FROM held_key WHERE name = ?1")?
        .query_row([name], |row| row.get(0).map(Zeroizing::new))
        .optional()?;
    Ok(key)
}
