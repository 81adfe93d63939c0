//! References that stand for the owner of the wallet although no Patient came with them.

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction};

use super::StoreError;

/// Every reference, with the name of the source in which it stands for the owner.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT source, reference FROM owner_reference")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that these references in this source stand for the owner.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    references: &BTreeSet<(String, String)>,
) -> Result<(), StoreError> {
    let mut statement =
        transaction.prepare_cached("INSERT OR IGNORE INTO owner_reference VALUES (?1, ?2)")?;
    for (source, reference) in references {
        statement.execute((source, reference))?;
    }
    Ok(())
}
