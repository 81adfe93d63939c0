//! Single values by name.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::StoreError;

/// The value, if there is one.
pub(crate) fn read(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let value = connection
        .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(value)
}

/// Sets or replaces the value.
pub(crate) fn write(transaction: &Transaction<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute((name, value))?;
    Ok(())
}

/// Removes the value, if there is one.
pub(crate) fn remove(transaction: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM setting WHERE name = ?1")?.execute([name])?;
    Ok(())
}
