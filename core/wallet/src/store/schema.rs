//! The shape of the database, step by step.
//!
//! A step that was released never changes; a new one is the next file in `migrations/` and one
//! more line here.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::state_log::Guarded;
use super::{StoreError, compartments, grants, owner_patients, records};

/// What leads from an empty database to the newest shape. The schema version, kept in
/// `user_version`, is how many of these have run.
const STEPS: &[Step] = &[
    Step::shape(include_str!("migrations/0001_records_and_state.sql")),
    Step::shape(include_str!("migrations/0002_consent.sql")),
    Step::shape(include_str!("migrations/0003_promises.sql")),
    Step { shape: include_str!("migrations/0004_deliveries.sql"), fill: records::name_again },
    Step::shape(include_str!("migrations/0005_quarantine.sql")),
    Step { shape: include_str!("migrations/0006_lists.sql"), fill: records::reindex },
    Step { shape: include_str!("migrations/0007_owner.sql"), fill: owner_patients::fill },
    Step::shape(include_str!("migrations/0008_quarantine_deliveries.sql")),
    Step::shape(include_str!("migrations/0009_lookups.sql")),
    Step::shape(include_str!("migrations/0010_quarantine_places.sql")),
    Step::shape(include_str!("migrations/0011_arrival.sql")),
    Step::shape(include_str!("migrations/0012_seen_entries.sql")),
    Step::shape(include_str!("migrations/0013_time_stamps.sql")),
    Step::shape(include_str!("migrations/0014_grant_receipts.sql")),
    Step::shape(include_str!("migrations/0015_provider_logs.sql")),
    Step::shape(include_str!("migrations/0016_access_requests.sql")),
    Step::shape(include_str!("migrations/0017_sources.sql")),
];

/// A change of the shape, and what fills it from what is there.
struct Step {
    shape: &'static str,
    fill: fn(&Transaction<'_>) -> Result<(), StoreError>,
}

impl Step {
    const fn shape(shape: &'static str) -> Self {
        Self { shape, fill: |_| Ok(()) }
    }
}

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
        transaction.execute_batch(step.shape)?;
        (step.fill)(&transaction)?;
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use keepwell_protocol::crypto::{Pin, Rng};
    use keepwell_protocol::domain::Timestamp;

    use super::*;
    use crate::store::{Home, Moment, OpenedSlots, Slots, SoftwareDeviceKey, Store};

    #[test]
    fn what_has_a_place_in_a_file_keeps_it_and_the_whole_of_one_has_none() {
        let mut connection = Connection::open_in_memory().unwrap();
        for step in &STEPS[..9] {
            connection.execute_batch(step.shape).unwrap();
        }
        connection.pragma_update(None, "user_version", 9).unwrap();
        let kept = [
            ("TooDeep", "resource", None, Some(3)),
            ("UnsupportedFormat", "shc", None, Some(3)),
            ("UnsupportedFormat", "pdf", None, None),
            ("Truncated", "damaged", None, None),
            ("ByHand", "resource", Some(b"a record"), None),
        ];
        for (number, (reason, kind, record, _)) in (0_u8..).zip(&kept) {
            connection
                .execute(
                    "INSERT INTO quarantine VALUES (NULL, ?1, 'a', 3, ?2, ?3, 7, 2, NULL, NULL, ?4, 1, x'00')",
                    ([number], reason, kind, record.map(|record: &[u8; 8]| record.to_vec())),
                )
                .unwrap();
        }
        migrate(&mut connection).unwrap();
        let mut places = connection.prepare("SELECT place FROM quarantine ORDER BY number").unwrap();
        let places: Vec<Option<i64>> =
            places.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(places, kept.map(|(.., place)| place));
    }

    /// Every table, index and trigger, as the statements that made them.
    fn shape(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement =
            connection.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema ORDER BY 1").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn a_store_of_every_version_ends_with_the_shape_of_a_fresh_one() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        assert!(shape(&fresh).len() > 20);
        let stores = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stores");
        let mut compared = 0;
        for version in std::fs::read_dir(stores).unwrap().map(|entry| entry.unwrap().path()) {
            if !version.is_dir() {
                continue;
            }
            let (dir, rng) = (tempfile::tempdir().unwrap(), &mut Rng::seeded(1));
            std::fs::create_dir(dir.path().join("wallet")).unwrap();
            for file in ["wallet/store.db", "wallet/slots", "wallet/head", "device.key"] {
                std::fs::copy(version.join(file), dir.path().join(file)).unwrap();
            }
            let files = Home::lock(dir.path()).unwrap().wallet();
            let device = SoftwareDeviceKey::new(&dir.path().join("device.key"));
            let mut slots = Slots::read(files.clone()).unwrap();
            let now = Timestamp(1_800_003_600);
            let moment = Moment { wall: now, since_start: None };
            let opened = slots.open_with_pin(&Pin::parse("739174").unwrap(), &device, moment, rng).unwrap();
            let (wallet, revision) = (slots.wallet(), slots.revision());
            let store = Store::open(
                files,
                wallet,
                &opened.key,
                opened.secret,
                OpenedSlots::Known(revision),
                now,
                rng,
            )
            .unwrap();
            assert_eq!(shape(store.read()), shape(&fresh), "{}", version.display());
            compared += 1;
        }
        assert!(compared > 0);
    }
}
