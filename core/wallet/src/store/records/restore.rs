//! Storing versions of records again under the identity that they had.

use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::RecordKey;
use rusqlite::OptionalExtension;

use super::position::{Position, SEQ_MAX};
use super::write::{Incoming, Writer, content, first_half, updated};
use crate::store::StoreError;

/// Which version of which record something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct VersionName {
    /// The record, over all versions.
    pub(crate) record: RecordId,
    /// The version, from 1.
    pub(crate) number: u32,
}

impl Writer<'_> {
    /// Stores a version under the record and number that it had; what it says of itself decides
    /// neither. Returns its order of arrival here; `None` if it is there already.
    ///
    /// The bytes of a first version are those that its record is called by: the caller has checked
    /// that. Where the first version of a record is lost its place is kept without bytes, which no
    /// list, export or publication shows, and is filled if the bytes come after all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn restore(
        &mut self,
        incoming: &Incoming<'_>,
        name: VersionName,
        category: Category,
        received: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        self.set_received(received)?;
        let content = content(incoming.bytes);
        let first = self.first_version(name.record)?;
        let (seq, record) = match first {
            None if name.number == 1 => {
                let seq = self.take_seq()?;
                self.add_record(seq, &content, category, incoming)?;
                (seq, seq)
            }
            None => {
                let record = self.take_seq()?;
                self.keep_place(record, name.record, category)?;
                let seq = self.take_seq()?;
                let position = Position::new(incoming.head.date.as_ref(), seq, category);
                self.insert(seq, record, name.number, true, position, &content, incoming)?;
                self.show(position, name.record, incoming)?;
                (seq, record)
            }
            Some(First { seq, is_lost: true }) if name.number == 1 => {
                self.fill_place(seq, category, incoming)?;
                (seq, seq)
            }
            Some(_) if name.number == 1 => return Ok(None),
            Some(First { seq: record, .. }) => {
                if self.has(record, name.number)? {
                    return Ok(None);
                }
                let seq = self.take_seq()?;
                if name.number > self.shown_number(record)? {
                    self.add_numbered(seq, record, name.number, &content, incoming)?;
                } else {
                    let position = Position::new(incoming.head.date.as_ref(), seq, category);
                    self.insert(seq, record, name.number, false, position, &content, incoming)?;
                }
                (seq, record)
            }
        };
        if name.number > 1 || !first.is_some_and(|first| first.is_lost) {
            self.statements.add_content.execute((first_half(&content), seq))?;
        }
        self.add_identity(&RecordKey::new(incoming.head, incoming.full_url, incoming.source), record)?;
        self.add_provenance(seq, incoming)?;
        Ok(Some(seq))
    }

    fn take_seq(&mut self) -> Result<u32, StoreError> {
        let seq = self.next;
        if seq > SEQ_MAX {
            return Err(StoreError::Corrupt { part: "the count of versions" });
        }
        self.next += 1;
        Ok(seq)
    }

    fn first_version(&self, record: RecordId) -> Result<Option<First>, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT version.seq, length(version.bytes) = 0
                 FROM content_key CROSS JOIN version ON version.seq = content_key.version
                 WHERE content_key.hash = ?1 AND version.content = ?2 AND version.number = 1",
            )?
            .query_row((first_half(record.as_bytes()), record.as_bytes()), |row| {
                Ok(First { seq: row.get(0)?, is_lost: row.get(1)? })
            })
            .optional()?)
    }

    fn has(&self, record: u32, number: u32) -> Result<bool, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("SELECT 1 FROM version WHERE record = ?1 AND number = ?2 AND number > 1")?
            .exists((record, number))?)
    }

    fn shown_number(&self, record: u32) -> Result<u32, StoreError> {
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT coalesce(max(number), 1) FROM version WHERE record = ?1 AND number > 1 AND shown",
            )?
            .query_row([record], |row| row.get(0))?)
    }

    /// Keeps the place of a first version that is lost, so that its record keeps its name.
    fn keep_place(&mut self, seq: u32, record: RecordId, category: Category) -> Result<(), StoreError> {
        let position = Position::new(None, seq, category).as_i64();
        let (content, none) = (record.as_bytes(), Option::<u64>::None);
        let bytes: &[u8] = &[];
        self.statements.add_version.execute((seq, seq, 1, 0, false, none, position, content, bytes))?;
        self.statements.add_content.execute((first_half(record.as_bytes()), seq))?;
        Ok(())
    }

    fn fill_place(
        &mut self,
        seq: u32,
        category: Category,
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let position = Position::new(incoming.head.date.as_ref(), seq, category).as_i64();
        self.transaction
            .prepare_cached("UPDATE version SET updated = ?2, position = ?3, bytes = ?4 WHERE seq = ?1")?
            .execute((seq, updated(incoming.head).map(|time| time.0), position, incoming.bytes))?;
        Ok(())
    }
}

/// The row of a record's first version.
#[derive(Clone, Copy)]
struct First {
    seq: u32,
    /// Only its place is kept.
    is_lost: bool,
}
