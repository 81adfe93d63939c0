//! Storing what comes in: new records, new versions, and nothing for what is there already.

use std::collections::{BTreeSet, HashMap};

use keepwell_protocol::domain::{Category, DeliveryId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{self, Origin, RecordName, ResourceHead, UpdateTime, record_names};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction};

use super::arrival::Arrival;
use super::content::{content, first_half};
use super::index::{Index, IndexRow};
use super::names::{self, RecordIdentity, Search};
use super::position::{Position, SEQ_MAX};
use super::presence::Presence;
use super::present;
use super::row::RecordRow;
use crate::store::StoreError;

/// How far the origin of a record is proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trust {
    /// Somebody handed it over; nobody signed it.
    Unverified,
}

impl Trust {
    const fn code(self) -> u8 {
        match self {
            Self::Unverified => 0,
        }
    }
}

/// The delivery that brings resources.
#[derive(Clone, Debug)]
pub(crate) struct IncomingDelivery {
    pub(crate) row: i64,
    /// What it is called.
    pub(crate) id: DeliveryId,
    /// When it came.
    pub(crate) received: Timestamp,
    /// Whether its source was named.
    pub(crate) is_named: bool,
    /// The id of the one Patient that it speaks of, if there is one such.
    pub(crate) patient: Option<String>,
}

impl IncomingDelivery {
    /// Where a resource of this source comes from.
    fn origin<'a>(&'a self, source: &'a str) -> Origin<'a> {
        match &self.patient {
            _ if self.is_named => Origin::Named(source),
            Some(patient) => Origin::Patient(patient),
            None => Origin::Delivery(self.id.as_bytes()),
        }
    }
}

/// A resource to be stored.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    /// The resource, exactly as received.
    pub(crate) bytes: &'a [u8],
    /// What it says about itself.
    pub(crate) head: &'a ResourceHead<'a>,
    /// The `fullUrl` under which it came.
    pub(crate) full_url: Option<&'a str>,
    /// The name of where it came from.
    pub(crate) source: &'a str,
    /// Its place in the delivery: what is greater is newer.
    pub(crate) place: u64,
    /// Which history it is a part of; versions of one record in it need not agree.
    pub(crate) history: Option<u64>,
    /// The category under which it was published before; none: that of the table.
    pub(crate) category: Option<Category>,
    /// How far that is proved.
    pub(crate) trust: Trust,
}

/// Whether a resource is there already.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// The same bytes came under the same `fullUrl` from the same source.
    Known(At),
    /// The same bytes came from elsewhere.
    Elsewhere(At),
    /// The same bytes were taken back.
    TakenBack(At, [u8; 32]),
    /// No such bytes are here; this is what they are called.
    New([u8; 32]),
}

/// Where bytes are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The version that has them.
    version: u32,
    /// The first version of its record.
    record: RecordRow,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stored {
    /// It is a new record.
    Added {
        /// Whether another record has its id, which a guess would have taken for this one.
        is_reused: bool,
    },
    /// It is the next version of a record.
    Updated,
    /// Its bytes were there already.
    Duplicate,
}

/// What is known once everything is stored.
#[derive(Debug)]
pub(crate) struct Written {
    /// Removals of records that are here.
    pub(crate) removed: u64,
    /// Earlier deliveries of which this one carried versions, too.
    pub(crate) repeated: BTreeSet<i64>,
}

/// An entry that says that something was removed at its source.
struct Removal {
    names: Vec<RecordName>,
    updated: Option<UpdateTime>,
    place: u64,
}

/// Stores resources within one transaction.
///
/// The index is written in batches, and which version of a record is shown is decided once everything is
/// there: [`Writer::finish`] does both, and a writer that is dropped without leaves records that no list
/// shows, so its transaction must not be committed.
pub(crate) struct Writer<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) delivery: IncomingDelivery,
    pub(super) next: u32,
    sources: HashMap<String, i64>,
    presence: Presence,
    pub(super) statements: Statements<'t>,
    pub(super) index: Index<'t>,
    /// Records that have to be settled.
    touched: BTreeSet<RecordRow>,
    /// Earlier deliveries of which this one carries versions, too.
    repeated: BTreeSet<i64>,
    removals: Vec<Removal>,
    /// The history that is being read, and the records that have versions of it.
    history: Option<u64>,
    of_history: BTreeSet<RecordRow>,
}

/// What is done for every resource, prepared once.
pub(super) struct Statements<'t> {
    find_content: CachedStatement<'t>,
    find_carried: CachedStatement<'t>,
    pub(super) add_version: CachedStatement<'t>,
    add_content: CachedStatement<'t>,
    add_carried: CachedStatement<'t>,
}

impl<'t> Statements<'t> {
    fn prepare(connection: &'t Connection) -> Result<Self, StoreError> {
        Ok(Self {
            // The place of a first version whose bytes were lost is not those bytes. What its owner moved out of sight
            // is here.
            find_content: connection.prepare_cached(
                "SELECT version.seq, version.record,
                        taken_back.version IS NOT NULL AND NOT EXISTS (
                            SELECT 1 FROM version AS first CROSS JOIN quarantine ON quarantine.record = first.content
                            WHERE first.seq = version.record) AS is_gone
                 FROM content_key CROSS JOIN version ON version.seq = content_key.version
                 LEFT JOIN taken_back ON taken_back.version = version.seq
                 WHERE content_key.hash = ?1 AND version.content = ?2 AND length(version.bytes) > 0
                 ORDER BY is_gone LIMIT 1",
            )?,
            find_carried: connection.prepare_cached(
                "SELECT 1 FROM carried WHERE version = ?1 AND source = ?2 AND full_url = ?3",
            )?,
            add_version: connection
                .prepare_cached("INSERT INTO version VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)")?,
            add_content: connection.prepare_cached("INSERT INTO content_key VALUES (?1, ?2)")?,
            add_carried: connection
                .prepare_cached("INSERT OR IGNORE INTO carried VALUES (?1, ?2, ?3, ?4, ?5)")?,
        })
    }
}

impl<'t> Writer<'t> {
    /// Prepares for what a delivery brings.
    pub(crate) fn new(
        transaction: &'t Transaction<'t>,
        delivery: IncomingDelivery,
    ) -> Result<Self, StoreError> {
        let last: u32 =
            transaction.query_row("SELECT coalesce(max(seq), 0) FROM version", [], |row| row.get(0))?;
        Ok(Self {
            transaction,
            delivery,
            next: last + 1,
            sources: HashMap::new(),
            presence: Presence::of(transaction)?,
            statements: Statements::prepare(transaction)?,
            index: Index::new(transaction),
            touched: BTreeSet::new(),
            repeated: BTreeSet::new(),
            removals: Vec::new(),
            history: None,
            of_history: BTreeSet::new(),
        })
    }

    /// Looks for the bytes of a resource, and whether they came in this way before.
    pub(crate) fn find(
        &mut self,
        bytes: &[u8],
        full_url: Option<&str>,
        source: &str,
    ) -> Result<Found, StoreError> {
        let content = content(bytes);
        if !self.presence.may_have(first_half(&content)) {
            return Ok(Found::New(content));
        }
        let at = self
            .statements
            .find_content
            .query_row((first_half(&content), content), |row| {
                Ok((At { version: row.get(0)?, record: row.get(1)? }, row.get::<_, bool>(2)?))
            })
            .optional()?;
        let at = match at {
            None => return Ok(Found::New(content)),
            Some((at, true)) => return Ok(Found::TakenBack(at, content)),
            Some((at, false)) => at,
        };
        let source = self.source(source)?;
        let came_so =
            self.statements.find_carried.exists((at.version, source, full_url.unwrap_or_default()))?;
        Ok(if came_so { Found::Known(at) } else { Found::Elsewhere(at) })
    }

    /// Notes that this delivery, too, carried bytes that are here.
    pub(crate) fn carry(
        &mut self,
        at: At,
        full_url: Option<&str>,
        source: &str,
        place: u64,
    ) -> Result<(), StoreError> {
        let first: Option<i64> = self
            .transaction
            .prepare_cached("SELECT min(delivery) FROM carried WHERE version = ?1")?
            .query_row([at.version], |row| row.get(0))?;
        self.repeated.extend(first.filter(|first| *first != self.delivery.row));
        let source = self.source(source)?;
        self.add_carried(at.version, source, full_url, place)
    }

    /// Stores a resource that was looked for, or notes where else it came from if its bytes are here.
    pub(crate) fn put_found(&mut self, incoming: &Incoming<'_>, found: Found) -> Result<Stored, StoreError> {
        let names = record_names(incoming.head, incoming.full_url, self.delivery.origin(incoming.source));
        let keys: Vec<RecordIdentity> = names.iter().map(RecordIdentity::of).collect();
        let (known, content) = match found {
            Found::New(content) => (None, content),
            Found::TakenBack(at, content) => (Some(at.record), content),
            Found::Known(at) | Found::Elsewhere(at) => {
                self.add_keys(&keys, at.record)?;
                self.carry(at, incoming.full_url, incoming.source, incoming.place)?;
                return Ok(Stored::Duplicate);
            }
        };
        if self.history != incoming.history {
            self.history = incoming.history;
            self.of_history.clear();
        }
        // Before the names are taken: what refers to itself finds nothing.
        let category = self.category(incoming)?;
        let mut is_reused = false;
        let record = match known {
            Some(record) => Some(record),
            None if !keys.iter().any(|key| self.presence.may_have(key.hash)) => None,
            None => {
                let (head, patient) = (incoming.head, self.delivery.patient.as_deref());
                let search =
                    Search { head, names: &names, keys: &keys, patient, of_history: &self.of_history };
                let found = search.run(self.transaction)?;
                is_reused = found.is_reused;
                found.record
            }
        };
        let seq = self.take_seq()?;
        match record {
            None => self.add_record(seq, &content, category, incoming)?,
            Some(record) => self.add_version(seq, record, &content, incoming)?,
        }
        let first = record.unwrap_or(RecordRow::of_first(seq));
        if incoming.history.is_some() {
            self.of_history.insert(first);
        }
        self.add_keys(&keys, first)?;
        self.add_content(&content, seq)?;
        let source = self.source(incoming.source)?;
        self.add_carried(seq, source, incoming.full_url, incoming.place)?;
        Ok(if record.is_none() { Stored::Added { is_reused } } else { Stored::Updated })
    }

    /// Notes that something was removed at its source, for when everything is there.
    pub(crate) fn remove(
        &mut self,
        head: &ResourceHead<'_>,
        full_url: Option<&str>,
        source: &str,
        updated: Option<UpdateTime>,
        place: u64,
    ) {
        let names = record_names(head, full_url, self.delivery.origin(source));
        self.removals.push(Removal { names, updated, place });
    }

    /// Decides which versions are shown and writes what is left of the index.
    pub(crate) fn finish(mut self) -> Result<Written, StoreError> {
        let mut removed = 0;
        for removal in std::mem::take(&mut self.removals) {
            let Some(record) = names::only(self.transaction, &removal.names)? else { continue };
            let updated = removal.updated.as_ref().map(UpdateTime::as_str);
            self.transaction
                .prepare_cached("INSERT OR IGNORE INTO removal VALUES (?1, ?2, ?3, ?4)")?
                .execute((record, self.delivery.row, removal.place, updated))?;
            self.touched.insert(record);
            removed += 1;
        }
        for record in std::mem::take(&mut self.touched) {
            present::settle(self.transaction, &mut self.index, record)?;
        }
        self.index.flush()?;
        Ok(Written { removed, repeated: self.repeated })
    }

    pub(super) fn take_seq(&mut self) -> Result<u32, StoreError> {
        let seq = self.next;
        if seq > SEQ_MAX {
            return Err(StoreError::Corrupt { part: "the count of versions" });
        }
        self.next += 1;
        Ok(seq)
    }

    pub(super) fn add_record(
        &mut self,
        seq: u32,
        content: &[u8; 32],
        category: Category,
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let position = Position::new(incoming.head.date.as_ref(), seq, category);
        self.insert(seq, RecordRow::of_first(seq), 1, true, position, content, incoming)?;
        let source = self.source(incoming.source)?;
        let id = RecordId::from_bytes(*content);
        let places = (position, Arrival::new(self.delivery.received, seq));
        self.index.add(IndexRow::new(places, id, source, incoming.head, incoming.bytes, false))
    }

    /// Adds a version to a record, whose category stays that of the first.
    fn add_version(
        &mut self,
        seq: u32,
        record: RecordRow,
        content: &[u8; 32],
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let last: u32 = self
            .transaction
            .prepare_cached("SELECT coalesce(max(number), 1) FROM version WHERE record = ?1 AND number > 1")?
            .query_row([record], |row| row.get(0))?;
        let first: i64 = self
            .transaction
            .prepare_cached("SELECT position FROM version WHERE seq = ?1")?
            .query_row([record], |row| row.get(0))?;
        let category =
            Position::from_i64(first).category().ok_or(StoreError::Corrupt { part: "a version" })?;
        let position = Position::new(incoming.head.date.as_ref(), seq, category);
        self.insert(seq, record, last + 1, false, position, content, incoming)?;
        self.touched.insert(record);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    pub(super) fn insert(
        &mut self,
        seq: u32,
        record: RecordRow,
        number: u32,
        shown: bool,
        position: Position,
        content: &[u8; 32],
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let trust = incoming.trust.code();
        let position = position.as_i64();
        self.statements.add_version.execute((
            seq,
            record,
            number,
            trust,
            shown,
            position,
            content,
            incoming.bytes,
        ))?;
        Ok(())
    }

    fn category(&mut self, incoming: &Incoming<'_>) -> Result<Category, StoreError> {
        if let Some(category) = incoming.category {
            return Ok(category);
        }
        let bytes = match &incoming.head.device {
            Some(device) => self.find_reference(device, incoming)?,
            None => None,
        };
        // A device that cannot be read says nothing about the category.
        let device = bytes.as_deref().and_then(|bytes| ResourceHead::read(bytes).ok());
        Ok(fhir::category(incoming.head, device.as_ref()))
    }

    /// The bytes of what a resource refers to, if it is here.
    fn find_reference(
        &mut self,
        reference: &str,
        from: &Incoming<'_>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let origin = self.delivery.origin(from.source);
        let record = names::referred(self.transaction, reference, origin, from.full_url)?;
        let Some(record) = record else { return Ok(None) };
        let seq = present::shown(self.transaction, record)?.map_or(record.first(), |(seq, _)| seq);
        let bytes = self
            .transaction
            .prepare_cached("SELECT bytes FROM version WHERE seq = ?1")?
            .query_row([seq], |row| row.get(0))?;
        Ok(Some(bytes))
    }

    pub(super) fn add_carried(
        &mut self,
        version: u32,
        source: i64,
        full_url: Option<&str>,
        place: u64,
    ) -> Result<(), StoreError> {
        let full_url = full_url.unwrap_or_default();
        self.statements.add_carried.execute((version, self.delivery.row, source, full_url, place))?;
        Ok(())
    }

    pub(super) fn add_names(&mut self, incoming: &Incoming<'_>, record: RecordRow) -> Result<(), StoreError> {
        let origin = self.delivery.origin(incoming.source);
        let names = record_names(incoming.head, incoming.full_url, origin);
        self.add_keys(&names.iter().map(RecordIdentity::of).collect::<Vec<_>>(), record)
    }

    fn add_keys(&mut self, keys: &[RecordIdentity], record: RecordRow) -> Result<(), StoreError> {
        keys.iter().for_each(|key| self.presence.add(key.hash));
        names::add(self.transaction, keys, record)
    }

    /// Notes where content is.
    pub(super) fn add_content(&mut self, content: &[u8; 32], version: u32) -> Result<(), StoreError> {
        self.presence.add(first_half(content));
        self.statements.add_content.execute((first_half(content), version))?;
        Ok(())
    }

    pub(super) fn source(&mut self, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.sources.get(name) {
            return Ok(*id);
        }
        let known = self
            .transaction
            .prepare_cached("SELECT id FROM source WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                self.transaction.execute("INSERT INTO source (name) VALUES (?1)", [name])?;
                self.transaction.last_insert_rowid()
            }
        };
        self.sources.insert(name.to_owned(), id);
        Ok(id)
    }
}
