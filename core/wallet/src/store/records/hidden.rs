//! Records that their owner moved out of sight by hand, and back.

use std::collections::BTreeSet;

use keepwell_protocol::domain::RecordId;
use rusqlite::{Connection, Transaction};

use super::history::first_version;
use super::present::{settle_all, take_back};
use super::row::RecordRow;
use crate::store::StoreError;

/// Takes every version of a record out of sight; what was published is withdrawn.
pub(crate) fn hide(transaction: &Transaction<'_>, record: &RecordId) -> Result<(), StoreError> {
    let Some(row) = first_version(transaction, record)? else { return Ok(()) };
    let touched = take_back(transaction, &versions(transaction, row)?)?;
    settle_all(transaction, touched)?;
    Ok(())
}

/// Undoes [`hide`]: what a delivery carries that was not taken back is in sight again.
pub(crate) fn unhide(transaction: &Transaction<'_>, record: &RecordId) -> Result<(), StoreError> {
    let Some(row) = first_version(transaction, record)? else { return Ok(()) };
    for seq in versions(transaction, row)? {
        let changed = transaction
            .prepare_cached(
                "DELETE FROM taken_back WHERE version = ?1 AND EXISTS (
                     SELECT 1 FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
                     WHERE carried.version = ?1 AND delivery.undone IS NULL)",
            )?
            .execute([seq])?;
        if changed > 0 {
            // Where it was not sealed while it was out of sight, and later ones were, its turn is over.
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO relisted SELECT ?1 WHERE ?1 <= (SELECT max(version) FROM sealed)",
                )?
                .execute([seq])?;
        }
    }
    settle_all(transaction, BTreeSet::from([row]))?;
    Ok(())
}

/// All versions of a record.
fn versions(connection: &Connection, row: RecordRow) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq FROM version WHERE seq = ?1
         UNION ALL SELECT seq FROM version WHERE record = ?1 AND number > 1",
    )?;
    Ok(statement.query_map([row], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
