//! The file of the store: opened with its key, of one version, written in transactions.

use keepwell_page_cipher::{DatabaseError, IfMissing, open_database, trust_log};
use keepwell_protocol::domain::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::ClinicError;
use crate::home::{Home, StoreKey};

/// The open store.
pub(crate) struct Store {
    pub(super) connection: Connection,
}

impl Store {
    /// Opens the store that must be there.
    pub(crate) fn open(home: &Home) -> Result<Self, ClinicError> {
        if !home.store().exists() {
            return Err(ClinicError::NotInitialised);
        }
        home.close_to_others()?;
        let mut store = Self { connection: connect(home, &home.read_key()?, IfMissing::Refuse)? };
        match version(&store.connection)? {
            0 => return Err(ClinicError::NotInitialised),
            found if found == supported() => {}
            found if found > supported() => {
                return Err(ClinicError::StoreTooNew { found, supported: supported() });
            }
            // Another process may have been here in between.
            _ => store.write(|tx| migrate(tx, version(tx)?))?,
        }
        Ok(store)
    }

    /// Runs `work` in one transaction, kept only if it succeeds.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, ClinicError>,
    ) -> Result<T, ClinicError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

pub(super) fn connect(home: &Home, key: &StoreKey, missing: IfMissing) -> Result<Connection, ClinicError> {
    let connection =
        open_database(&home.store(), key.key.expose(), &key.salt, missing).map_err(|error| match error {
            DatabaseError::NotEncrypted => ClinicError::NotEncrypted,
            DatabaseError::Sqlite(error) => error.into(),
        })?;
    trust_log(&connection)?;
    Ok(connection)
}

pub(super) fn version(connection: &Connection) -> Result<u32, ClinicError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// A time as SQLite keeps it; what lies beyond its range never comes.
pub(super) fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

pub(super) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(u64::try_from(seconds).unwrap_or(0))
}

/// Each step leads from the version of its place to the next; one that was released never changes.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_access_log.sql"),
    include_str!("schema_access_request.sql"),
];

fn supported() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// Runs the steps that a file of this version has not seen.
pub(super) fn migrate(tx: &Transaction<'_>, found: u32) -> Result<(), ClinicError> {
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        tx.execute_batch(step)?;
    }
    Ok(tx.pragma_update(None, "user_version", supported())?)
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::Rng;

    use super::*;
    use crate::home::Home;

    #[test]
    fn a_store_of_before_gets_its_access_log_and_a_newer_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());
        let key = home.read_or_create_key(&mut Rng::seeded(1)).unwrap();
        let connection = connect(&home, &key, IfMissing::Create).unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        let set = |version: u32| connection.pragma_update(None, "user_version", version).unwrap();
        set(1);
        for _ in 0..2 {
            assert_eq!(Store::open(&home).unwrap().access_log_size().unwrap(), 0);
        }
        assert_eq!(version(&connection).unwrap(), supported());
        set(supported() + 1);
        let refused = Store::open(&home).map(drop).unwrap_err();
        assert!(matches!(refused, ClinicError::StoreTooNew { found, supported } if found == supported + 1));
    }

    #[test]
    fn a_second_writer_is_told_that_the_first_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());
        let key = home.read_or_create_key(&mut Rng::seeded(1)).unwrap();
        let mut first = connect(&home, &key, IfMissing::Create).unwrap();
        first.execute_batch("CREATE TABLE t (x)").unwrap();
        let second = connect(&home, &key, IfMissing::Refuse).unwrap();
        let held = first.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let refused = second.execute("INSERT INTO t VALUES (1)", []).map_err(ClinicError::from);
        assert_eq!(refused.unwrap_err().code(), "Busy");
        drop(held);
        second.execute("INSERT INTO t VALUES (1)", []).unwrap();
    }
}
