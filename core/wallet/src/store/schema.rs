//! The shape of the database, step by step.
//!
//! A step that was released never changes; a new one is the next file in `migrations/` and one
//! more line here.

use rusqlite::{Connection, TransactionBehavior};

use super::state_log::Guarded;
use super::{StoreError, compartments, grants};

/// What leads from an empty database to the newest shape. The schema version, kept in
/// `user_version`, is how many of these have run.
const STEPS: &[&str] =
    &[include_str!("migrations/0001_records_and_state.sql"), include_str!("migrations/0002_consent.sql")];

/// Tables whose rows must be those that the state log speaks of; a step that makes one adds it here.
pub(super) const GUARDED: &[Guarded] = &[compartments::GUARDED, grants::GUARDED];

/// Marks the file as a Keepwell store: "KWel".
const APPLICATION_ID: i32 = 0x4b57_656c;

/// Refuses a file that a newer program wrote, or that another program wrote, before anything is
/// changed in it.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > supported() {
        return Err(StoreError::TooNew { found, supported: supported() });
    }
    if found == 0 {
        return Err(StoreError::Corrupt { part: "the schema" });
    }
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(StoreError::Corrupt { part: "the application id" });
    }
    Ok(())
}

/// Runs the steps that are still to run, all of them or none.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found == supported() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", supported())?;
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn supported() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}
