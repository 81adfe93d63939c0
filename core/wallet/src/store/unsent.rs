//! How much of what is in this wallet the host does not have: what would be lost with this device.

use rusqlite::{Connection, Transaction};

use super::settings::Setting;
use super::{StoreError, settings};

/// How many record versions the host does not have, as far as is known: those that were never sealed, those that
/// no acknowledged commit named, and those that it lost.
///
/// Versions are numbered without gaps and sealed in their order, but for those that were taken back before, so that
/// only these are counted. Cheap while the host has everything: the sealed versions are looked through only where
/// some blob is due.
pub(crate) fn record_versions(connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached(
            "WITH due AS (SELECT blob FROM reference_change WHERE added = 1 UNION SELECT blob FROM lost_blob)
             SELECT (SELECT coalesce(max(seq), 0) FROM version)
                  - (SELECT coalesce(max(version), 0) FROM sealed)
                  - (SELECT count(*) FROM taken_back
                     WHERE version > (SELECT coalesce(max(version), 0) FROM sealed))
                  + (SELECT count(*) FROM relisted WHERE version NOT IN (SELECT version FROM sealed))
                  + CASE WHEN EXISTS (SELECT 1 FROM due)
                    THEN (SELECT count(*) FROM sealed WHERE blob IN (SELECT blob FROM due)) ELSE 0 END",
        )?
        .query_row([], |row| row.get(0))?;
    let waiting = settings::read(connection, Setting::LostWaiting)?.and_then(|bytes| bytes.try_into().ok());
    Ok(count.unsigned_abs() + waiting.map_or(0, u64::from_be_bytes))
}

/// How many decisions no server shows: grants and changes of shares that the host was not told of, and ends of
/// grants of which neither the host nor the ledger is known to have heard.
pub(crate) fn decisions(connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM consent_grant AS decided
                     LEFT JOIN grant_entry AS told ON told.id = decided.id
                     WHERE (decided.state IN ('pending', 'active') AND coalesce(told.changed, 1) > 0)
                        OR (decided.state = 'revoking'
                            AND (coalesce(told.changed, 1) > 0 OR told.entry IS NOT NULL)))
                  + (SELECT count(*) FROM link WHERE changed > 0)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Notes how many record versions a host has lost that are sent again only once the owner agrees.
pub(crate) fn set_lost_waiting(transaction: &Transaction<'_>, count: u64) -> Result<(), StoreError> {
    settings::write(transaction, Setting::LostWaiting, &count.to_be_bytes())
}
