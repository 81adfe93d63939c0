//! Under which names records are known, and which record a resource is a version of.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{self, Label};
use keepwell_protocol::formats::fhir::{
    self, Origin, Place, RecordName, Reference, ResourceHead, folded_address,
};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::content::{first_half, read_head};
use super::row::RecordRow;
use crate::store::StoreError;

/// A name as the index has it: 64 bits of the id; 14 of the type, 2 of the kind of place, 48 of the place.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct RecordIdentity {
    /// Of the id alone.
    pub(super) hash: i64,
    rest: i64,
}

/// Kinds of places, as the index has them.
const ADDRESS: i64 = 0;
const NAMED: i64 = 1;
const PATIENT: i64 = 2;
const DELIVERY: i64 = 3;

impl RecordIdentity {
    pub(super) fn of(name: &RecordName) -> Self {
        let (kind, place): (i64, &[u8]) = match &name.place {
            Place::Address(address) => (ADDRESS, address.as_bytes()),
            Place::Named(source) => (NAMED, source.as_bytes()),
            Place::Patient(id) => (PATIENT, id.as_bytes()),
            Place::Delivery(delivery) => (DELIVERY, delivery),
        };
        let half =
            |part: &[u8], text: &[u8]| first_half(&crypto::hash(Label::RecordKey, &[part, &[0], text]));
        let type_bits = half(b"type", name.resource_type.as_bytes()) << (PLACE_BITS + KIND_BITS);
        let place_bits = half(b"place", place) & PLACE_MASK;
        Self { hash: half(b"id", name.id.as_bytes()), rest: type_bits | kind << PLACE_BITS | place_bits }
    }

    const fn is_of_type(self, rest: i64) -> bool {
        self.rest >> (PLACE_BITS + KIND_BITS) == rest >> (PLACE_BITS + KIND_BITS)
    }
}

const fn kind(rest: i64) -> i64 {
    rest >> PLACE_BITS & 3
}

const PLACE_BITS: u32 = 48;
const KIND_BITS: u32 = 2;
const PLACE_MASK: i64 = (1 << PLACE_BITS) - 1;

/// Notes the names of a record.
pub(super) fn add(
    transaction: &Transaction<'_>,
    names: &[RecordIdentity],
    record: RecordRow,
) -> Result<(), StoreError> {
    let mut statement =
        transaction.prepare_cached("INSERT OR IGNORE INTO identity_key VALUES (?1, ?2, ?3)")?;
    for key in names {
        statement.execute((key.hash, key.rest, record))?;
    }
    Ok(())
}

/// Records of exactly this name, first ones first.
fn exact(connection: &Connection, key: RecordIdentity) -> Result<Vec<RecordRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT record FROM identity_key WHERE hash = ?1 AND rest = ?2 ORDER BY record LIMIT ?3",
    )?;
    Ok(statement.query_map((key.hash, key.rest, MOST), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Records of this id and type wherever they are, with the places of each.
fn near(connection: &Connection, key: RecordIdentity) -> Result<BTreeMap<RecordRow, Vec<i64>>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT record, rest FROM identity_key WHERE hash = ?1 ORDER BY rest LIMIT ?2")?;
    let mut rows = statement.query((key.hash, MOST))?;
    let mut found: BTreeMap<RecordRow, Vec<i64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (record, rest) = (row.get(0)?, row.get(1)?);
        if key.is_of_type(rest) {
            found.entry(record).or_default().push(rest);
        }
    }
    Ok(found)
}

/// Which record a resource is a version of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Match {
    /// The first version of the record; none: it is a new one.
    pub(super) record: Option<RecordRow>,
    /// Whether a record of its name was passed over because it contradicts.
    pub(super) is_reused: bool,
}

/// A resource that looks for its record.
pub(super) struct Search<'a> {
    pub(super) head: &'a ResourceHead<'a>,
    /// Its names, strongest first.
    pub(super) names: &'a [RecordName],
    /// The same as the index has them.
    pub(super) keys: &'a [RecordIdentity],
    /// The one Patient of the delivery, by the id there.
    pub(super) patient: Option<&'a str>,
    /// Records of which the history has versions in which this resource is: they are not looked at closely.
    pub(super) of_history: &'a BTreeSet<RecordRow>,
}

impl Search<'_> {
    /// Looks for the record: first by the names themselves, then, where one of the two sides is of a
    /// guessed source, by the id beside the same Patient (flows.md §2.1).
    pub(super) fn run(&self, connection: &Connection) -> Result<Match, StoreError> {
        let mut passed = BTreeSet::new();
        let has_address = matches!(self.names.first(), Some(RecordName { place: Place::Address(_), .. }));
        for (name, &key) in self.names.iter().zip(self.keys) {
            let is_unsure = match &name.place {
                Place::Address(address) => fhir::is_reusable(address),
                Place::Named(_) => false,
                Place::Patient(_) | Place::Delivery(_) => true,
            };
            let elsewhere = match name.place {
                Place::Named(_) if has_address => near(connection, key)?,
                _ => BTreeMap::new(),
            };
            for record in exact(connection, key)? {
                // One source may name two servers, each of which has this id.
                let has_other_address = elsewhere
                    .get(&record)
                    .is_some_and(|places| places.iter().any(|rest| kind(*rest) == ADDRESS));
                if has_other_address || passed.contains(&record) {
                    continue;
                }
                if is_unsure && is_taken_back(connection, record)? {
                    continue;
                }
                if !is_unsure || self.agrees(connection, record, !name.place.is_certain())? {
                    return Ok(Match { record: Some(record), is_reused: false });
                }
                passed.insert(record);
            }
        }
        for (name, &key) in self.names.iter().zip(self.keys) {
            for record in self.beside(connection, name, key)? {
                if passed.contains(&record) || is_taken_back(connection, record)? {
                    continue;
                }
                if self.agrees(connection, record, true)? {
                    return Ok(Match { record: Some(record), is_reused: false });
                }
                passed.insert(record);
            }
        }
        Ok(Match { record: None, is_reused: !passed.is_empty() })
    }

    /// Records that this may be a version of although one of the two is of a guessed source.
    fn beside(
        &self,
        connection: &Connection,
        name: &RecordName,
        key: RecordIdentity,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let Some(patient) = self.patient else { return Ok(Vec::new()) };
        let is_certain = |rest: &i64| matches!(kind(*rest), ADDRESS | NAMED);
        let guessed =
            RecordIdentity::of(&RecordName { place: Place::Patient(patient.to_owned()), ..name.clone() })
                .rest;
        let fits = |places: &[i64]| match name.place {
            Place::Address(_) | Place::Named(_) => {
                places.contains(&guessed) && !places.iter().any(is_certain)
            }
            Place::Patient(_) => places.iter().any(is_certain),
            Place::Delivery(_) => false,
        };
        let near = near(connection, key)?;
        Ok(near.into_iter().filter(|(_, places)| fits(places)).map(|(record, _)| record).collect())
    }

    /// Whether nothing in the newest version of a record contradicts the resource.
    fn agrees(&self, connection: &Connection, record: RecordRow, is_guess: bool) -> Result<bool, StoreError> {
        if self.of_history.contains(&record) {
            return Ok(true);
        }
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached(
                "SELECT bytes FROM (SELECT seq, shown, bytes FROM version WHERE seq = ?1
                                    UNION ALL
                                    SELECT seq, shown, bytes FROM version INDEXED BY version_shown
                                    WHERE record = ?1 AND number > 1 AND shown = 1)
                 WHERE length(bytes) > 0 ORDER BY shown DESC LIMIT 1",
            )?
            .query_row([record], |row| row.get(0))
            .optional()?;
        // Of a record whose bytes are lost nothing is known that contradicts.
        let Some(head) = bytes.as_deref().and_then(|bytes| ResourceHead::read(bytes).ok()) else {
            return Ok(true);
        };
        Ok(if is_guess {
            !fhir::contradicts_as_guessed(self.head, &head)
        } else {
            !fhir::contradicts(self.head, &head)
        })
    }
}

/// Whether no version of a record is left that an import carries, and it was not moved out of sight by hand: by a
/// guess nothing is a version of it.
fn is_taken_back(connection: &Connection, record: RecordRow) -> Result<bool, StoreError> {
    let is_left = connection
        .prepare_cached(
            "SELECT 1 FROM (SELECT seq FROM version WHERE seq = ?1
                            UNION ALL SELECT seq FROM version WHERE record = ?1 AND number > 1)
             WHERE seq NOT IN (SELECT version FROM taken_back)
             UNION ALL
             SELECT 1 FROM quarantine WHERE record = (SELECT content FROM version WHERE seq = ?1) LIMIT 1",
        )?
        .exists([record])?;
    Ok(!is_left)
}

/// The record that a reference leads to, from a resource of this origin under this address.
pub(super) fn referred(
    connection: &Connection,
    reference: &str,
    origin: Origin<'_>,
    full_url: Option<&str>,
) -> Result<Option<RecordRow>, StoreError> {
    match Reference::parse(reference) {
        Reference::Absolute(url) | Reference::Urn(url) => match folded_address(url) {
            Some(address) => at_address(connection, address.into_owned()),
            None => Ok(None),
        },
        Reference::Relative { resource_type, id } => {
            let base = Some(fhir::source_of(full_url)).filter(|base| *base != fhir::source_of(None));
            let address = base.map(|base| format!("{base}/{resource_type}/{id}"));
            let head = ResourceHead {
                resource_type: resource_type.into(),
                id: Some(id.into()),
                ..ResourceHead::default()
            };
            only(connection, &fhir::record_names(&head, address.as_deref(), origin))
        }
        Reference::Contained(_) | Reference::Other(_) => Ok(None),
    }
}

/// The record of this address, whatever its type, if there is one.
fn at_address(connection: &Connection, address: String) -> Result<Option<RecordRow>, StoreError> {
    let (id, resource_type) = (fhir::address_id(&address), String::new());
    let key = RecordIdentity::of(&RecordName { id, resource_type, place: Place::Address(address) });
    let mut statement = connection
        .prepare_cached("SELECT rest, record FROM identity_key WHERE hash = ?1 ORDER BY rest LIMIT ?2")?;
    let mut rows = statement.query((key.hash, MOST))?;
    while let Some(row) = rows.next()? {
        let rest: i64 = row.get(0)?;
        if (rest ^ key.rest) & ((1 << (PLACE_BITS + KIND_BITS)) - 1) == 0 {
            return Ok(Some(row.get(1)?));
        }
    }
    Ok(None)
}

/// The only record of exactly one of these names, if there is one.
pub(super) fn only(connection: &Connection, names: &[RecordName]) -> Result<Option<RecordRow>, StoreError> {
    for name in names {
        if let [record] = exact(connection, RecordIdentity::of(name))?.as_slice() {
            return Ok(Some(*record));
        }
    }
    Ok(None)
}

/// Names all records again, from what was noted as they came.
pub(crate) fn name_again(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = transaction.prepare(
        "SELECT version.record, version.bytes, source.name, carried.full_url
         FROM version
         CROSS JOIN carried ON carried.version = version.seq
         CROSS JOIN source ON source.id = carried.source
         WHERE length(version.bytes) > 0 ORDER BY version.seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (record, bytes, source, full_url): (RecordRow, Vec<u8>, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let head = read_head(&bytes)?;
        let full_url = Some(full_url.as_str()).filter(|url| !url.is_empty());
        // A source that was not named was the base of the address, or `file`.
        let patient = patient_of(&head).unwrap_or_default();
        let is_named = source != fhir::source_of(full_url);
        let origin = if is_named { fhir::Origin::Named(&source) } else { fhir::Origin::Patient(&patient) };
        let keys: Vec<RecordIdentity> =
            fhir::record_names(&head, full_url, origin).iter().map(RecordIdentity::of).collect();
        add(transaction, &keys, record)?;
    }
    Ok(())
}

/// The id of the Patient that a resource is, or is about, as far as it says.
pub(crate) fn patient_of(head: &ResourceHead<'_>) -> Option<String> {
    if head.resource_type == "Patient" {
        return head.id.as_deref().filter(|id| !id.is_empty()).map(str::to_owned);
    }
    fhir::patient_ids(head).first().map(|id| (*id).to_owned())
}

/// The most records of one id that are looked at.
const MOST: u32 = 64;
