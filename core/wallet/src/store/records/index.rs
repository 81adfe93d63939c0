//! The summary and the words of the records that lists show, written in sorted batches.
//!
//! Both are ordered by position. In order of arrival each row would land on another page, and the
//! search index would be flushed at every step back.

use keepwell_protocol::domain::RecordId;
use rusqlite::Transaction;

use super::position::{Position, code};
use crate::store::StoreError;

/// What lists and search know of a record.
#[derive(Debug)]
pub(super) struct IndexRow {
    pub(super) position: Position,
    pub(super) id: RecordId,
    pub(super) source: i64,
    pub(super) resource_type: String,
    pub(super) date: Option<String>,
    pub(super) code: Option<String>,
    pub(super) display: Option<String>,
    pub(super) text: String,
}

/// Rows to be added and removed.
pub(super) struct Index<'t> {
    transaction: &'t Transaction<'t>,
    added: Vec<IndexRow>,
    removed: Vec<Position>,
    bytes: usize,
}

impl<'t> Index<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Self { transaction, added: Vec::new(), removed: Vec::new(), bytes: 0 }
    }

    pub(super) fn add(&mut self, row: IndexRow) -> Result<(), StoreError> {
        self.bytes += ROW_BYTES + row.text.len();
        self.added.push(row);
        if self.bytes > BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    pub(super) fn remove(&mut self, position: Position) -> Result<(), StoreError> {
        if self.added.iter().any(|row| row.position == position) {
            self.flush()?;
        }
        self.bytes += ROW_BYTES;
        self.removed.push(position);
        if self.bytes > BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes everything that is waiting.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        self.removed.sort_unstable();
        for position in self.removed.drain(..) {
            let category = position.category().map(code);
            self.transaction
                .prepare_cached("DELETE FROM summary WHERE category = ?1 AND position = ?2")?
                .execute((category, position.as_i64()))?;
            self.transaction
                .prepare_cached("DELETE FROM word WHERE rowid = ?1")?
                .execute([position.as_i64()])?;
        }
        self.added.sort_unstable_by_key(|row| row.position);
        let mut words = self
            .transaction
            .prepare_cached("INSERT INTO word (rowid, category, text) VALUES (?1, ?2, ?3)")?;
        for row in &self.added {
            let category = row.position.category().map(|category| format!("c{}", code(category)));
            words.execute((row.position.as_i64(), category, &row.text))?;
        }
        self.added.sort_unstable_by_key(|row| (row.position.category(), row.position));
        let mut summaries =
            self.transaction.prepare_cached("INSERT INTO summary VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for row in self.added.drain(..) {
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
            ))?;
        }
        self.bytes = 0;
        Ok(())
    }
}

/// How much is held back at most: a megabyte of words is what the search index flushes by itself.
const BATCH_BYTES: usize = 4 << 20;
/// About what a row takes beside its text.
const ROW_BYTES: usize = 256;
