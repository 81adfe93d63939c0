//! The keys that envelopes and packets are sealed to, and how long a retired one stays.

use keepwell_protocol::crypto::{HpkeSecretKey, Suite};
use keepwell_protocol::domain::{Duration, Timestamp};
use rusqlite::{Transaction, params};
use zeroize::Zeroizing;

use super::database::{Store, seconds};
use crate::ClinicError;

impl Store {
    /// Removes the HPKE keys that left the card more than [`KEPT`] ago.
    pub(crate) fn remove_retired_keys(&self, now: Timestamp) -> Result<(), ClinicError> {
        let keep_from = seconds(now.saturating_sub(KEPT));
        self.connection.execute("DELETE FROM hpke_key WHERE retired < ?1", [keep_from])?;
        Ok(())
    }

    /// Every HPKE key that may still be needed: those on the card, and those that left it.
    pub(crate) fn hpke_keys(&self) -> Result<Vec<HpkeSecretKey>, ClinicError> {
        let mut query =
            self.connection.prepare_cached("SELECT suite, secret FROM hpke_key ORDER BY suite, id")?;
        let rows = query
            .query_map([], |row| Ok((row.get::<_, u8>(0)?, row.get(1).map(Zeroizing::<[u8; 32]>::new)?)))?;
        rows.map(|row| {
            let (suite, secret) = row?;
            Ok(HpkeSecretKey::from_bytes(Suite::from_number(suite)?, &secret)?)
        })
        .collect()
    }
}

/// Retires the keys of the present card and adds those of the next one.
pub(super) fn replace(
    tx: &Transaction<'_>,
    keys: &[HpkeSecretKey],
    now: Timestamp,
) -> Result<(), ClinicError> {
    tx.execute("UPDATE hpke_key SET retired = ?1 WHERE retired IS NULL", [seconds(now)])?;
    insert(tx, keys)
}

/// Adds the keys of a card.
pub(super) fn insert(tx: &Transaction<'_>, keys: &[HpkeSecretKey]) -> Result<(), ClinicError> {
    for key in keys {
        let public = key.public_key();
        tx.execute(
            "INSERT INTO hpke_key VALUES (?1, ?2, ?3, NULL)",
            params![public.id(), public.suite().number(), key.expose()],
        )?;
    }
    Ok(())
}

/// How long a retired key can still open what was sealed to it.
const KEPT: Duration = Duration::days(60);
