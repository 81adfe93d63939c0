//! Storing what comes in: new records, new versions, and nothing for what is there already.

use std::collections::HashMap;

use keepwell_protocol::crypto::{self, Label};
use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{self, RecordKey, Reference, ResourceHead};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction};

use super::index::{Index, IndexRow};
use super::position::{Position, SEQ_MAX};
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
    /// The category under which it was published before; none: that of the table.
    pub(crate) category: Option<Category>,
    /// How far that is proved.
    pub(crate) trust: Trust,
}

/// Whether a resource is there already.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// The same bytes came under the same `fullUrl` from the same source.
    Known,
    /// The same bytes came from elsewhere.
    Elsewhere(At),
    /// No such bytes are here; this is what they are called.
    New([u8; 32]),
}

/// Where bytes are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The version that has them.
    version: u32,
    /// The first version of its record.
    record: u32,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stored {
    /// It is a new record.
    Added,
    /// It is the next version of a record.
    Updated,
    /// Its bytes were there already.
    Duplicate,
}

/// Stores resources within one transaction.
///
/// The index is written in batches; [`Writer::finish`] writes the last one, and a writer that is
/// dropped without leaves records that no list shows, so its transaction must not be committed.
pub(crate) struct Writer<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    now: Timestamp,
    pub(super) next: u32,
    import: Option<i64>,
    sources: HashMap<String, i64>,
    pub(super) statements: Statements<'t>,
    index: Index<'t>,
}

/// What is done for every resource, prepared once.
pub(super) struct Statements<'t> {
    find_content: CachedStatement<'t>,
    find_identity: CachedStatement<'t>,
    find_provenance: CachedStatement<'t>,
    pub(super) add_version: CachedStatement<'t>,
    pub(super) add_content: CachedStatement<'t>,
    add_identity: CachedStatement<'t>,
    add_provenance: CachedStatement<'t>,
}

impl<'t> Statements<'t> {
    fn prepare(connection: &'t Connection) -> Result<Self, StoreError> {
        Ok(Self {
            // The place of a first version whose bytes were lost is not those bytes.
            find_content: connection.prepare_cached(
                "SELECT version.seq, version.record
                 FROM content_key CROSS JOIN version ON version.seq = content_key.version
                 WHERE content_key.hash = ?1 AND version.content = ?2 AND length(version.bytes) > 0",
            )?,
            find_identity: connection
                .prepare_cached("SELECT record FROM identity_key WHERE hash = ?1 AND rest = ?2")?,
            find_provenance: connection.prepare_cached(
                "SELECT 1 FROM provenance WHERE version = ?1 AND source = ?2 AND full_url = ?3",
            )?,
            add_version: connection
                .prepare_cached("INSERT INTO version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?,
            add_content: connection.prepare_cached("INSERT INTO content_key VALUES (?1, ?2)")?,
            add_identity: connection
                .prepare_cached("INSERT OR IGNORE INTO identity_key VALUES (?1, ?2, ?3)")?,
            add_provenance: connection
                .prepare_cached("INSERT OR IGNORE INTO provenance VALUES (?1, ?2, ?3, ?4)")?,
        })
    }
}

impl<'t> Writer<'t> {
    /// Prepares for resources received `now`.
    pub(crate) fn new(transaction: &'t Transaction<'t>, now: Timestamp) -> Result<Self, StoreError> {
        let last: u32 =
            transaction.query_row("SELECT coalesce(max(seq), 0) FROM version", [], |row| row.get(0))?;
        Ok(Self {
            transaction,
            now,
            next: last + 1,
            import: None,
            sources: HashMap::new(),
            statements: Statements::prepare(transaction)?,
            index: Index::new(transaction),
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
        let at = self
            .statements
            .find_content
            .query_row((first_half(&content), content), |row| {
                Ok(At { version: row.get(0)?, record: row.get(1)? })
            })
            .optional()?;
        let Some(at) = at else { return Ok(Found::New(content)) };
        let source = self.source(source)?;
        let came_so =
            self.statements.find_provenance.exists((at.version, source, full_url.unwrap_or_default()))?;
        Ok(if came_so { Found::Known } else { Found::Elsewhere(at) })
    }

    /// Stores a resource that was looked for, or notes where else it came from if its bytes are here.
    pub(crate) fn put_found(&mut self, incoming: &Incoming<'_>, found: Found) -> Result<Stored, StoreError> {
        let key = RecordKey::new(incoming.head, incoming.full_url, incoming.source);
        let content = match found {
            Found::New(content) => content,
            Found::Known => return Ok(Stored::Duplicate),
            Found::Elsewhere(At { version, record }) => {
                self.add_identity(&key, record)?;
                self.add_provenance(version, incoming)?;
                return Ok(Stored::Duplicate);
            }
        };
        let seq = self.next;
        if seq > SEQ_MAX {
            return Err(StoreError::Corrupt { part: "the count of versions" });
        }
        self.next += 1;
        // Before the key is taken: what refers to itself finds nothing.
        let category = self.category(incoming)?;
        let record = self.claim(&key, seq)?;
        match record {
            None => self.add_record(seq, &content, category, incoming)?,
            Some(record) => self.add_version(seq, record, &content, incoming)?,
        }
        self.statements.add_content.execute((first_half(&content), seq))?;
        self.add_provenance(seq, incoming)?;
        Ok(if record.is_none() { Stored::Added } else { Stored::Updated })
    }

    /// The import that was begun because something was written.
    pub(crate) fn import(&self) -> Option<i64> {
        self.import
    }

    /// Writes what is left of the index.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        self.index.flush()
    }

    /// Dates what is stored next: as of one import for each time of arrival.
    pub(super) fn set_received(&mut self, received: Timestamp) -> Result<(), StoreError> {
        if self.now != received || self.import.is_none() {
            self.now = received;
            self.import = self
                .transaction
                .prepare_cached("SELECT max(id) FROM import WHERE received = ?1")?
                .query_row([received.0], |row| row.get(0))?;
        }
        Ok(())
    }

    pub(super) fn add_record(
        &mut self,
        seq: u32,
        content: &[u8; 32],
        category: Category,
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let position = Position::new(incoming.head.date.as_ref(), seq, category);
        self.insert(seq, seq, 1, true, position, content, incoming)?;
        self.show(position, RecordId::from_bytes(*content), incoming)
    }

    /// Adds a version; it is shown unless it says itself that it is older than the one that is.
    fn add_version(
        &mut self,
        seq: u32,
        record: u32,
        content: &[u8; 32],
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let last: u32 = self
            .transaction
            .prepare_cached("SELECT coalesce(max(number), 1) FROM version WHERE record = ?1 AND number > 1")?
            .query_row([record], |row| row.get(0))?;
        self.add_numbered(seq, record, last + 1, content, incoming)
    }

    /// [`Writer::add_version`] under a number that is known.
    pub(super) fn add_numbered(
        &mut self,
        seq: u32,
        record: u32,
        number: u32,
        content: &[u8; 32],
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let shown = Shown::of(self.transaction, record)?;
        let category = shown.position.category().ok_or(StoreError::Corrupt { part: "a version" })?;
        let position = Position::new(incoming.head.date.as_ref(), seq, category);
        let older = matches!((updated(incoming.head), shown.updated), (Some(new), Some(old)) if new < old);
        self.insert(seq, record, number, !older, position, content, incoming)?;
        if !older {
            self.transaction
                .prepare_cached("UPDATE version SET shown = 0 WHERE seq = ?1")?
                .execute([shown.seq])?;
            self.index.remove(shown.position)?;
            let first: [u8; 32] = self
                .transaction
                .prepare_cached("SELECT content FROM version WHERE seq = ?1")?
                .query_row([record], |row| row.get(0))?;
            self.show(position, RecordId::from_bytes(first), incoming)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    pub(super) fn insert(
        &mut self,
        seq: u32,
        record: u32,
        number: u32,
        shown: bool,
        position: Position,
        content: &[u8; 32],
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        self.statements.add_version.execute((
            seq,
            record,
            number,
            incoming.trust.code(),
            shown,
            updated(incoming.head).map(|time| time.0),
            position.as_i64(),
            content,
            incoming.bytes,
        ))?;
        Ok(())
    }

    pub(super) fn show(
        &mut self,
        position: Position,
        id: RecordId,
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let source = self.source(incoming.source)?;
        self.index.add(IndexRow::new(position, id, source, incoming.head, incoming.bytes, false))
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
        let key = match Reference::parse(reference) {
            Reference::Absolute(url) | Reference::Urn(url) => RecordKey::Address(url.to_owned()),
            Reference::Relative { resource_type, id } => match fhir::source_of(from.full_url) {
                "file" => RecordKey::Source {
                    source: from.source.to_owned(),
                    resource_type: resource_type.to_owned(),
                    id: id.to_owned(),
                },
                base => RecordKey::Address(format!("{base}/{resource_type}/{id}")),
            },
            Reference::Contained(_) | Reference::Other(_) => return Ok(None),
        };
        let record = find_identity(&mut self.statements.find_identity, &key)?;
        let Some(record) = record else { return Ok(None) };
        let shown = Shown::of(self.transaction, record)?;
        let bytes = self
            .transaction
            .prepare_cached("SELECT bytes FROM version WHERE seq = ?1")?
            .query_row([shown.seq], |row| row.get(0))?;
        Ok(Some(bytes))
    }

    /// Takes a key for the record that begins with `seq`, unless one is known by it, which is
    /// returned.
    fn claim(&mut self, key: &RecordKey, seq: u32) -> Result<Option<u32>, StoreError> {
        let Some((hash, rest)) = identity(key) else { return Ok(None) };
        match self.statements.add_identity.execute((hash, rest, seq))? {
            1 => Ok(None),
            _ => find_identity(&mut self.statements.find_identity, key),
        }
    }

    pub(super) fn add_identity(&mut self, key: &RecordKey, record: u32) -> Result<(), StoreError> {
        if let Some((hash, rest)) = identity(key) {
            self.statements.add_identity.execute((hash, rest, record))?;
        }
        Ok(())
    }

    pub(super) fn add_provenance(&mut self, version: u32, incoming: &Incoming<'_>) -> Result<(), StoreError> {
        let source = self.source(incoming.source)?;
        let import = match self.import {
            Some(import) => import,
            None => {
                self.transaction.execute("INSERT INTO import (received) VALUES (?1)", [self.now.0])?;
                *self.import.insert(self.transaction.last_insert_rowid())
            }
        };
        let full_url = incoming.full_url.unwrap_or_default();
        self.statements.add_provenance.execute((version, source, full_url, import))?;
        Ok(())
    }

    fn source(&mut self, name: &str) -> Result<i64, StoreError> {
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

/// The version of a record that lists show.
pub(super) struct Shown {
    pub(super) seq: u32,
    pub(super) position: Position,
    pub(super) updated: Option<Timestamp>,
}

impl Shown {
    /// The shown version of the record whose first version is `record`.
    pub(super) fn of(connection: &Connection, record: u32) -> Result<Self, StoreError> {
        let shown = connection
            .prepare_cached(
                "SELECT seq, position, updated FROM version WHERE seq = ?1 AND shown
                 UNION ALL
                 SELECT seq, position, updated FROM version WHERE record = ?1 AND number > 1 AND shown",
            )?
            .query_row([record], |row| {
                Ok(Self {
                    seq: row.get(0)?,
                    position: Position::from_i64(row.get(1)?),
                    updated: row.get::<_, Option<u64>>(2)?.map(Timestamp),
                })
            })
            .optional()?;
        shown.ok_or(StoreError::Corrupt { part: "the versions of a record" })
    }
}

/// Seq of the first version of the record that is known by this key.
fn find_identity(statement: &mut CachedStatement<'_>, key: &RecordKey) -> Result<Option<u32>, StoreError> {
    let Some(identity) = identity(key) else { return Ok(None) };
    Ok(statement.query_row(identity, |row| row.get(0)).optional()?)
}

/// What the store calls a record by; none for a record that only its bytes identify.
pub(super) fn identity(key: &RecordKey) -> Option<(i64, i64)> {
    let digest = match key {
        RecordKey::Address(url) => crypto::hash(Label::RecordKey, &[b"address", &[0], url.as_bytes()]),
        RecordKey::Source { source, resource_type, id } => crypto::hash(
            Label::RecordKey,
            &[b"source", &[0], resource_type.as_bytes(), &[0], id.as_bytes(), &[0], source.as_bytes()],
        ),
        RecordKey::Bytes => return None,
    };
    Some((first_half(&digest), second_half(&digest)))
}

/// What content is called by: the record id that it gives where it is a first version.
pub(super) fn content(bytes: &[u8]) -> [u8; 32] {
    *crypto::record_id(bytes).as_bytes()
}

pub(crate) fn first_half(digest: &[u8; 32]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn second_half(digest: &[u8; 32]) -> i64 {
    let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h, ..] = *digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// `meta.lastUpdated`, where it can be read.
pub(super) fn updated(head: &ResourceHead<'_>) -> Option<Timestamp> {
    head.last_updated.as_deref().and_then(|text| Timestamp::parse(text).ok())
}
