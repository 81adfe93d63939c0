//! Storing versions of records again under the identity that they had.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{Category, RecordId};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::content::{content, first_half};
use super::history::first_version;
use super::index::Index;
use super::position::Position;
use super::present;
use super::row::RecordRow;
use super::write::{Incoming, IncomingDelivery, Writer};
use crate::store::StoreError;

/// Which version of which record something is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct VersionName {
    /// The record, over all versions.
    pub(crate) record: RecordId,
    /// The version, from 1.
    pub(crate) number: u32,
}

/// What the host's list says of a version.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mark {
    /// Another version of the record is the present one.
    pub(crate) is_superseded: bool,
    /// It was taken back, or its record is removed at its source.
    pub(crate) is_withdrawn: bool,
}

/// What is so of a version.
pub(crate) fn mark(connection: &Connection, seq: u32) -> Result<Mark, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT shown, EXISTS (SELECT 1 FROM taken_back WHERE taken_back.version = version.seq),
                    EXISTS (SELECT 1 FROM removed WHERE removed.record = version.record)
             FROM version WHERE seq = ?1",
        )?
        .query_row([seq], |row| {
            let (is_shown, is_taken_back, is_removed): (bool, bool, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Mark { is_superseded: !is_shown && !is_taken_back, is_withdrawn: is_taken_back || is_removed })
        })?)
}

/// Makes room for a version that has this name at the host: what has its number here and is something else takes
/// the next number that is free. Returns the version that has it where its bytes are the same.
pub(crate) fn claim(
    transaction: &Transaction<'_>,
    name: VersionName,
    bytes: &[u8],
) -> Result<Option<u32>, StoreError> {
    let Some(first) = first_version(transaction, &name.record)?.filter(|_| name.number > 1) else {
        return Ok(None);
    };
    let here: Option<(u32, [u8; 32])> = transaction
        .prepare_cached("SELECT seq, content FROM version WHERE record = ?1 AND number = ?2 AND number > 1")?
        .query_row((first, name.number), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match here {
        Some((seq, known)) if known == content(bytes) => Ok(Some(seq)),
        Some((seq, _)) => {
            transaction
                .prepare_cached(
                    "UPDATE version SET number =
                         (SELECT max(number) + 1 FROM version WHERE record = ?1 AND number > 1)
                     WHERE seq = ?2",
                )?
                .execute((first, seq))?;
            Ok(None)
        }
        None => Ok(None),
    }
}

impl Writer<'_> {
    /// From here on it is this delivery that brings what is stored.
    pub(crate) fn set_delivery(&mut self, delivery: IncomingDelivery) {
        self.delivery = delivery;
    }

    /// Stores a version under the record and number that it had; what it says of itself decides
    /// neither. Returns its order of arrival here; `None` if it is there already.
    ///
    /// The bytes of a first version are those that its record is called by: the caller has checked
    /// that. Where the first version of a record is lost its place is kept without bytes, which no
    /// list, export or publication shows, and is filled if the bytes come after all. Of a record with
    /// later versions or marks [`settle_restored`] decides what is shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn restore(
        &mut self,
        incoming: &Incoming<'_>,
        name: VersionName,
        category: Category,
        mark: Mark,
    ) -> Result<Option<u32>, StoreError> {
        let content = content(incoming.bytes);
        let first = self.first_version(name.record)?;
        let (seq, record) = match first {
            None if name.number == 1 => {
                let seq = self.take_seq()?;
                if mark.is_superseded || mark.is_withdrawn {
                    self.insert_as(seq, RecordRow::of_first(seq), 1, category, &content, incoming)?;
                } else {
                    self.add_record(seq, &content, category, incoming)?;
                }
                (seq, RecordRow::of_first(seq))
            }
            None => {
                let first = self.take_seq()?;
                self.keep_place(first, name.record, category)?;
                let (record, seq) = (RecordRow::of_first(first), self.take_seq()?);
                self.insert_as(seq, record, name.number, category, &content, incoming)?;
                (seq, record)
            }
            Some(First { seq, is_lost: true }) if name.number == 1 => {
                self.fill_place(seq, category, incoming)?;
                (seq, RecordRow::of_first(seq))
            }
            Some(_) if name.number == 1 => return Ok(None),
            Some(First { seq: first, .. }) => {
                let record = RecordRow::of_first(first);
                if self.has(record, name.number)? {
                    return Ok(None);
                }
                let seq = self.take_seq()?;
                self.insert_as(seq, record, name.number, category, &content, incoming)?;
                (seq, record)
            }
        };
        if name.number > 1 || !first.is_some_and(|first| first.is_lost) {
            self.add_content(&content, seq)?;
        }
        self.add_names(incoming, record)?;
        let source = self.source(incoming.source)?;
        let place = u64::from(name.number) + if mark.is_superseded { 0 } else { PRESENT };
        self.add_carried(seq, source, incoming.full_url, place)?;
        Ok(Some(seq))
    }

    fn insert_as(
        &mut self,
        seq: u32,
        record: RecordRow,
        number: u32,
        category: Category,
        content: &[u8; 32],
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let position = Position::new(incoming.head.date.as_ref(), seq, category);
        self.insert(seq, record, number, false, position, content, incoming)
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

    fn has(&self, record: RecordRow, number: u32) -> Result<bool, StoreError> {
        Ok(self
            .transaction
            .prepare_cached("SELECT 1 FROM version WHERE record = ?1 AND number = ?2 AND number > 1")?
            .exists((record, number))?)
    }

    /// Keeps the place of a first version that is lost, so that its record keeps its name.
    fn keep_place(&mut self, seq: u32, record: RecordId, category: Category) -> Result<(), StoreError> {
        let position = Position::new(None, seq, category).as_i64();
        let bytes: &[u8] = &[];
        self.statements.add_version.execute((seq, seq, 1, 0, false, position, record.as_bytes(), bytes))?;
        self.add_content(record.as_bytes(), seq)
    }

    fn fill_place(
        &mut self,
        seq: u32,
        category: Category,
        incoming: &Incoming<'_>,
    ) -> Result<(), StoreError> {
        let position = Position::new(incoming.head.date.as_ref(), seq, category).as_i64();
        self.transaction
            .prepare_cached("UPDATE version SET position = ?2, bytes = ?3 WHERE seq = ?1")?
            .execute((seq, position, incoming.bytes))?;
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

/// Shows of each record the version that its marks say, once all versions are there.
///
/// `marks` are those of all versions of records that have later versions or marks: by the record and the number
/// of the version, with its seq. What is withdrawn was taken back, unless its record is one of the `removed`.
pub(crate) fn settle_restored(
    transaction: &Transaction<'_>,
    marks: &BTreeMap<RecordRow, BTreeMap<u32, (u32, Mark)>>,
    removed: &BTreeSet<RecordRow>,
) -> Result<(), StoreError> {
    let mut index = Index::new(transaction);
    for (record, versions) in marks {
        // A removal withdraws every version; where one is not, a later one came since.
        let is_removed = removed.contains(record) && versions.values().all(|(_, mark)| mark.is_withdrawn);
        let mut newest: Option<(u32, u32)> = None;
        for (number, (seq, mark)) in versions {
            if mark.is_withdrawn && !is_removed {
                transaction.prepare_cached("INSERT OR IGNORE INTO taken_back VALUES (?1)")?.execute([seq])?;
            }
            let is_gone =
                transaction.prepare_cached("SELECT 1 FROM taken_back WHERE version = ?1")?.exists([seq])?;
            if !is_gone && !mark.is_superseded {
                newest = newest.max(Some((*number, *seq)));
            }
        }
        let shown = newest.map(|(_, seq)| seq);
        present::show(transaction, &mut index, *record, shown, is_removed && shown.is_some())?;
    }
    index.flush()
}

/// What the present version's place is beyond those of the others.
const PRESENT: u64 = 1 << 40;
