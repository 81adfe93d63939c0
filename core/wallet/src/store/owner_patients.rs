//! Who the owner of the wallet is: the Patients and references that were accepted, and from which deliveries.

use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::fhir::{Accepted, Patient, folded_address};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{StoreError, records};

/// An accepted Patient or reference.
pub(crate) struct OwnerPatient {
    pub(crate) row: i64,
    /// Who it is.
    pub(crate) accepted: Accepted,
    /// The deliveries that gave it.
    pub(crate) deliveries: Vec<i64>,
}

/// All of them, in the order in which they came.
pub(crate) fn all(connection: &Connection) -> Result<Vec<OwnerPatient>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, object FROM owner_patient ORDER BY id")?;
    let mut deliveries = connection.prepare_cached(
        "SELECT delivery FROM owner_patient_delivery WHERE owner_patient = ?1 ORDER BY delivery",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (row, object): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let accepted = Accepted::from_cbor(&object)?;
        let deliveries = deliveries.query_map([row], |row| row.get(0))?.collect::<Result<_, _>>()?;
        all.push(OwnerPatient { row, accepted, deliveries });
    }
    Ok(all)
}

/// Notes that a delivery gave these.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    accepted: &[Accepted],
    delivery: i64,
) -> Result<(), StoreError> {
    let mut find = transaction.prepare_cached("SELECT id FROM owner_patient WHERE object = ?1")?;
    let mut add = transaction.prepare_cached("INSERT INTO owner_patient (object) VALUES (?1)")?;
    let mut give =
        transaction.prepare_cached("INSERT OR IGNORE INTO owner_patient_delivery VALUES (?1, ?2)")?;
    for accepted in accepted {
        let object = accepted.to_cbor();
        let row = match find.query_row([&object], |row| row.get(0)).optional()? {
            Some(row) => row,
            None => add.insert([&object])?,
        };
        give.execute((row, delivery))?;
    }
    Ok(())
}

/// Takes back what only this delivery gave.
pub(crate) fn take_back(transaction: &Transaction<'_>, delivery: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM owner_patient_delivery WHERE delivery = ?1")?
        .execute([delivery])?;
    transaction
        .prepare_cached(
            "DELETE FROM owner_patient WHERE id NOT IN (SELECT owner_patient FROM owner_patient_delivery)",
        )?
        .execute([])?;
    Ok(())
}

/// Forgets one, whatever gave it.
pub(crate) fn forget(transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM owner_patient_delivery WHERE owner_patient = ?1")?
        .execute([row])?;
    transaction.prepare_cached("DELETE FROM owner_patient WHERE id = ?1")?.execute([row])?;
    Ok(())
}

/// Fills the tables from what an older program kept, and drops its table of references.
pub(crate) fn fill(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = transaction.prepare("SELECT source, reference FROM owner_reference")?;
    let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let pairs: Vec<(String, String)> = pairs.collect::<Result<_, _>>()?;
    drop(statement);
    adopt(transaction, &pairs)?;
    Ok(transaction.execute_batch("DROP TABLE owner_reference")?)
}

/// Accepts whom 0.1.0 took for the owner: every Patient that is here, and these references by source.
pub(crate) fn adopt(
    transaction: &Transaction<'_>,
    references: &[(String, String)],
) -> Result<(), StoreError> {
    for (patient, import) in records::owner_patients(transaction)? {
        let read = Patient::read(&patient.bytes);
        let full_url = patient.full_url.as_deref();
        let accepted = Accepted {
            source: named(&patient.source, full_url),
            address: full_url.and_then(folded_address).map(|address| address.into_owned()),
            id: read.id.clone(),
            content: read.content(&patient.bytes),
            demographics: Some(read.demographics),
        };
        add(transaction, &[accepted], import)?;
    }
    let first: Option<i64> = transaction.query_row("SELECT min(id) FROM delivery", [], |row| row.get(0))?;
    let references: Vec<Accepted> = references.iter().map(|(source, text)| reference(source, text)).collect();
    add(transaction, &references, first.unwrap_or_default())
}

/// What an older program noted as a reference of the owner's: `Patient/id`, an address, or a urn.
fn reference(source: &str, reference: &str) -> Accepted {
    let address = folded_address(reference).map(|address| address.into_owned());
    let id = reference.rsplit_once("Patient/").map(|(_, id)| id.to_owned());
    let source = named(source, address.as_deref());
    Accepted { source, address, id, ..Accepted::default() }
}

/// The name of a source, unless it was guessed: from the address, or because there was none.
fn named(source: &str, full_url: Option<&str>) -> Option<String> {
    let is_guessed =
        source == "file" || full_url.is_some_and(|url| url.starts_with(source)) || source.contains("://");
    (!is_guessed).then(|| source.to_owned())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::testing::migrate;

    #[test]
    fn what_no_delivery_gives_any_more_is_taken_back() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let named = |id: &str| Accepted { id: Some(id.to_owned()), ..Accepted::default() };
        add(&transaction, &[named("a"), named("b")], 1).unwrap();
        add(&transaction, &[named("b"), named("b")], 2).unwrap();
        let ids = |transaction: &Transaction<'_>| -> Vec<String> {
            all(transaction).unwrap().into_iter().filter_map(|one| one.accepted.id).collect()
        };
        assert_eq!(all(&transaction).unwrap()[1].deliveries, [1, 2]);
        take_back(&transaction, 1).unwrap();
        assert_eq!(ids(&transaction), ["b"]);
        take_back(&transaction, 3).unwrap();
        assert_eq!(ids(&transaction), ["b"]);
        take_back(&transaction, 2).unwrap();
        assert!(ids(&transaction).is_empty());
    }

    #[test]
    fn references_of_before_stand_for_the_owner_as_before() {
        for (source, text, expected) in [
            ("file", "Patient/p1", (None, None, Some("p1"))),
            ("Bern", "Patient/p1", (Some("Bern"), None, Some("p1"))),
            (
                "https://h.example/fhir",
                "http://h.example/fhir/Patient/p1",
                (None, Some("https://h.example/fhir/Patient/p1"), Some("p1")),
            ),
            ("file", "urn:uuid:4A", (None, Some("urn:uuid:4a"), None)),
        ] {
            let found = reference(source, text);
            let found = (found.source.as_deref(), found.address.as_deref(), found.id.as_deref());
            assert_eq!(found, expected, "{text}");
        }
    }
}
