//! Pages of summaries, newest first, from the summary table alone.

use keepwell_chart::{Flag, Value};
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::{DateBound, Validities};
use rusqlite::{Connection, OptionalExtension, Row};

use super::cursor::Cursor;
use super::line;
use super::position::{Position, code};
use crate::store::StoreError;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Only this category.
    pub category: Option<Category>,
    /// Only records with all of these: words by their beginning, what is written without blanks by any part.
    pub text: Option<String>,
    /// Only records dated at or after this, as their dates are written.
    pub since: Option<DateBound>,
    /// Only records dated before this.
    pub until: Option<DateBound>,
    /// How many on a page: 1 to 1000; 0 means [`Query::DEFAULT_LIMIT`].
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// What a list shows of a record: its newest version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordSummary {
    /// The record, over all its versions.
    pub id: RecordId,
    /// FHIR resource type.
    pub resource_type: String,
    /// The category under which it is granted.
    pub category: Category,
    /// The clinical date, as written.
    pub date: Option<String>,
    /// The code of what it is about, without its system.
    pub code: Option<String>,
    /// What to call it.
    pub display: Option<String>,
    /// The value, or why there is none; a text of at most 200 characters.
    pub value: Option<Value>,
    /// What its source says about the value.
    pub flag: Option<Flag>,
    /// Whether it is current, final or done, as its source says it.
    pub status: Option<String>,
    /// Whether it holds.
    pub validities: Validities,
    /// Where it came from first.
    pub source: String,
}

/// One page, newest first; the undated come last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// At most as many as asked for.
    pub records: Vec<RecordSummary>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Cursor>,
}

impl Query {
    /// How many records are on a page where nobody says.
    pub const DEFAULT_LIMIT: u32 = 50;

    pub(super) fn page_size(&self) -> usize {
        let limit = if self.limit == 0 { Self::DEFAULT_LIMIT } else { self.limit.min(1_000) };
        usize::try_from(limit).unwrap_or(1_000)
    }

    /// The first and the last position that may be on the page.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let (first, last) = Position::range(self.since, self.until);
        (first, self.after.map_or(last, |cursor| last.min(cursor.0.as_i64() - 1)))
    }
}

/// Lists the records of one category or of all.
pub(crate) fn list(connection: &Connection, query: &Query) -> Result<Page, StoreError> {
    let mut found = Vec::new();
    let mut sources = SourceNames::new(connection);
    let one = query.category.map(|category| [category]);
    for category in one.as_ref().map_or(Category::ALL, |one| one.as_slice()) {
        newest(connection, query, *category, &mut sources, &mut found)?;
    }
    found.sort_unstable_by_key(|(position, _)| std::cmp::Reverse(*position));
    Ok(page(found, query))
}

/// The records of these categories and types that are marked with none of these, newest first; at most so many of each
/// category and type.
pub(crate) fn unmarked(
    connection: &Connection,
    categories: &[Category],
    types: &[&str],
    marks: Validities,
    most: u32,
) -> Result<Vec<RecordSummary>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity
         FROM summary
         WHERE category = ?1 AND type = ?2 AND validity & ?3 = 0
         ORDER BY position DESC LIMIT ?4",
    )?;
    let (mut found, mut sources) = (Vec::new(), SourceNames::new(connection));
    for category in categories {
        for resource_type in types {
            let mut rows = statement.query((code(*category), resource_type, marks.to_bits(), most))?;
            while let Some(row) = rows.next()? {
                found.push(summary(row, &mut sources)?);
            }
        }
    }
    found.sort_unstable_by_key(|(position, _)| std::cmp::Reverse(*position));
    Ok(found.into_iter().map(|(_, summary)| summary).collect())
}

/// The newest of one category: one more than fit on the page, to know whether there is a next.
fn newest(
    connection: &Connection,
    query: &Query,
    category: Category,
    sources: &mut SourceNames<'_>,
    found: &mut Vec<(Position, RecordSummary)>,
) -> Result<(), StoreError> {
    let (first, last) = query.bounds();
    let mut statement = connection.prepare_cached(
        "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity
         FROM summary
         WHERE category = ?1 AND position BETWEEN ?2 AND ?3
         ORDER BY position DESC LIMIT ?4",
    )?;
    let mut rows = statement.query((code(category), first, last, query.page_size() + 1))?;
    while let Some(row) = rows.next()? {
        found.push(summary(row, sources)?);
    }
    Ok(())
}

/// The names of the sources of a page, each read once: nearly all its records have the same.
pub(super) struct SourceNames<'c> {
    connection: &'c Connection,
    known: Vec<(i64, String)>,
}

impl<'c> SourceNames<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, known: Vec::new() }
    }

    fn of(&mut self, source: i64) -> Result<String, StoreError> {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == source) {
            return Ok(name.clone());
        }
        let name: Option<String> = self
            .connection
            .prepare_cached("SELECT name FROM source WHERE id = ?1")?
            .query_row([source], |row| row.get(0))
            .optional()?;
        let name = name.ok_or(StoreError::Corrupt { part: "a source" })?;
        self.known.push((source, name.clone()));
        Ok(name)
    }
}

/// Reads position, record id, type, date, code, display, source, value, flag, status and validity, in this order.
pub(super) fn summary(
    row: &Row<'_>,
    sources: &mut SourceNames<'_>,
) -> Result<(Position, RecordSummary), StoreError> {
    let position = Position::from_i64(row.get(0)?);
    let summary = RecordSummary {
        id: RecordId::from_bytes(row.get(1)?),
        resource_type: row.get(2)?,
        category: position.category().ok_or(StoreError::Corrupt { part: "a summary" })?,
        date: row.get(3)?,
        code: row.get(4)?,
        display: row.get(5)?,
        value: text(row, 7)?.and_then(line::value),
        flag: text(row, 8)?.and_then(line::flag),
        status: row.get(9)?,
        validities: Validities::from_bits(row.get(10)?),
        source: sources.of(row.get(6)?)?,
    };
    Ok((position, summary))
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, StoreError> {
    Ok(row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?)
}

/// Cuts what was found, newest first, to a page.
pub(super) fn page(mut found: Vec<(Position, RecordSummary)>, query: &Query) -> Page {
    let more = found.len() > query.page_size();
    found.truncate(query.page_size());
    let next = found.last().filter(|_| more).map(|(position, _)| Cursor(*position));
    Page { records: found.into_iter().map(|(_, summary)| summary).collect(), next }
}
