//! The shape of the database and how it came to be.

use rusqlite::Connection;

use crate::HostError;

/// Each step leads from the version of its place to the next.
const STEPS: &[&str] = &[
    include_str!("0001_initial.sql"),
    include_str!("0002_healing.sql"),
    include_str!("0003_inbox.sql"),
    include_str!("0004_link_contents.sql"),
    include_str!("0005_invites.sql"),
    include_str!("0006_sizes.sql"),
    include_str!("0007_networks.sql"),
    include_str!("0008_provider_logs.sql"),
    include_str!("0009_manifests.sql"),
    include_str!("0010_link_grants.sql"),
];

/// "Kwht": marks the file as a host's database.
const APPLICATION_ID: i32 = 0x4b77_6874;

/// How many statements a connection keeps prepared: more than there are.
pub(super) const STATEMENTS: usize = 128;

/// Sets the connection up and runs the steps that the file has not seen, all or none.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), HostError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let supported = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if version > supported {
        return Err(HostError::TooNew { found: version, supported });
    }
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(usize::try_from(version).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", supported)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_is_left_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("host.sqlite");
        prepare(&mut Connection::open(&file).unwrap()).unwrap();
        prepare(&mut Connection::open(&file).unwrap()).unwrap();
        Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let refused = prepare(&mut Connection::open(&file).unwrap());
        assert!(matches!(refused, Err(HostError::TooNew { found: 99, supported: 10 })));
    }
}
