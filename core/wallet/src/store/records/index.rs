//! The summary and the words of the records that lists show, written in sorted batches.
//!
//! Both are ordered by position. In order of arrival each row would land on another page, and the
//! search index would be flushed at every step back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use keepwell_protocol::domain::RecordId;
use keepwell_protocol::formats::fhir::ResourceHead;
use rusqlite::Transaction;

use super::arrival::Arrival;
use super::line::Line;
use super::position::{Position, code};
use super::words::Words;
use crate::store::StoreError;

/// What lists and search know of a record.
#[derive(Debug)]
pub(super) struct IndexRow {
    pub(super) position: Position,
    pub(super) arrival: Arrival,
    pub(super) id: RecordId,
    pub(super) source: i64,
    pub(super) resource_type: String,
    pub(super) date: Option<String>,
    pub(super) code: Option<String>,
    pub(super) display: Option<String>,
    pub(super) line: Line,
    pub(super) text: String,
}

impl IndexRow {
    /// The row of the version at `position` and `arrival` of a record, which came from `source` first and which that has
    /// deleted since, if `is_removed`.
    pub(super) fn new(
        (position, arrival): (Position, Arrival),
        id: RecordId,
        source: i64,
        head: &ResourceHead<'_>,
        bytes: &[u8],
        is_removed: bool,
    ) -> Self {
        let title = head.title.as_deref().map(str::to_owned);
        let coding = head.codes.iter().find(|coding| coding.code.is_some());
        Self {
            position,
            arrival,
            id,
            source,
            resource_type: head.resource_type.clone().into_owned(),
            date: head.date.as_ref().map(|date| date.text.clone().into_owned()),
            code: coding.and_then(|coding| coding.code.clone()).map(Cow::into_owned),
            display: title.or_else(|| keepwell_chart::title(bytes)),
            line: Line::read(bytes, is_removed),
            text: head.text.clone(),
        }
    }
}

/// By how much the number of records of each category changes; `None`: of those that have none.
type Counts = BTreeMap<Option<u8>, i64>;

/// Rows to be added and removed.
pub(super) struct Index<'t> {
    transaction: &'t Transaction<'t>,
    added: BTreeMap<Position, IndexRow>,
    removed: Vec<Position>,
    words: Words,
    bytes: usize,
    insert: &'static str,
}

impl<'t> Index<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        let (added, removed, words) = (BTreeMap::new(), Vec::new(), Words::default());
        Self { transaction, added, removed, words, bytes: 0, insert: INSERT }
    }

    /// The index of a store that knows no order of arrival yet: a later step of its migration fills that in.
    pub(super) fn before_arrivals(transaction: &'t Transaction<'t>) -> Self {
        Self { insert: INSERT_BEFORE_ARRIVALS, ..Self::new(transaction) }
    }

    pub(super) fn add(&mut self, row: IndexRow) -> Result<(), StoreError> {
        self.bytes += ROW_BYTES + row.text.len();
        self.added.insert(row.position, row);
        if self.bytes > BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    pub(super) fn remove(&mut self, position: Position) -> Result<(), StoreError> {
        // What is not written yet need not be: of a long history each version is shown until the next one comes.
        if let Some(row) = self.added.remove(&position) {
            self.bytes -= ROW_BYTES + row.text.len();
            return Ok(());
        }
        self.bytes += ROW_BYTES;
        self.removed.push(position);
        if self.bytes > BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes everything that is waiting.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let mut counts = Counts::new();
        self.write_removed(&mut counts)?;
        self.write_words()?;
        self.write_added(&mut counts)?;
        for change in counts.into_iter().filter(|(_, count)| *count != 0) {
            self.transaction
                .prepare_cached(
                    "INSERT INTO record_count VALUES (?1, ?2)
                     ON CONFLICT (category) DO UPDATE SET records = records + excluded.records",
                )?
                .execute(change)?;
        }
        self.bytes = 0;
        Ok(())
    }

    fn write_removed(&mut self, counts: &mut Counts) -> Result<(), StoreError> {
        self.removed.sort_unstable();
        for position in self.removed.drain(..) {
            let category = position.category().map(code);
            let removed = self
                .transaction
                .prepare_cached("DELETE FROM summary WHERE category = ?1 AND position = ?2")?
                .execute((category, position.as_i64()))?;
            self.transaction
                .prepare_cached("DELETE FROM word WHERE rowid = ?1")?
                .execute([position.as_i64()])?;
            *counts.entry(category).or_default() -= i64::try_from(removed).unwrap_or(0);
        }
        Ok(())
    }

    /// Adds the words of all rows, before [`Index::write_added`] empties them.
    fn write_words(&mut self) -> Result<(), StoreError> {
        let mut words = self
            .transaction
            .prepare_cached("INSERT INTO word (rowid, category, text) VALUES (?1, ?2, ?3)")?;
        for row in self.added.values() {
            let category = row.position.category().map(|category| format!("c{}", code(category)));
            words.execute((row.position.as_i64(), category, self.words.take(&row.text)))?;
        }
        self.words.flush(self.transaction)
    }

    fn write_added(&mut self, counts: &mut Counts) -> Result<(), StoreError> {
        let mut added: Vec<IndexRow> = std::mem::take(&mut self.added).into_values().collect();
        added.sort_by_key(|row| row.position.category());
        let mut summaries = self.transaction.prepare_cached(self.insert)?;
        for row in added {
            let category = row.position.category().map(code);
            summaries.execute((
                category,
                row.position.as_i64(),
                row.id.as_bytes(),
                row.source,
                row.resource_type,
                row.date,
                row.code,
                row.display,
                row.line.value,
                row.line.flag,
                row.line.status,
                row.line.validities.to_bits(),
                row.arrival.as_i64(),
            ))?;
            *counts.entry(category).or_default() += 1;
        }
        Ok(())
    }
}

const INSERT: &str =
    "INSERT INTO summary (category, position, record_id, source, type, date, code, display, value, flag, status, validity,
                          arrival)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
/// The last parameter is not used.
const INSERT_BEFORE_ARRIVALS: &str =
    "INSERT INTO summary SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 WHERE ?13 IS NOT NULL";

/// How much is held back at most: a megabyte of words is what the search index flushes by itself.
const BATCH_BYTES: usize = 4 << 20;
/// About what a row takes beside its text.
const ROW_BYTES: usize = 256;
