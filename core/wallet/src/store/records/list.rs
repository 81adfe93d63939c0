//! Pages of summaries, by date or by arrival, from the summary table alone.

use std::cmp::Reverse;

use keepwell_chart::{Flag, Value};
use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{DateBound, Validities};
use rusqlite::{Connection, OptionalExtension, Row};

use super::arrival::Arrival;
use super::cursor::{Cursor, InvalidCursor, PageEnd};
use super::line;
use super::position::{Position, code};
use crate::store::StoreError;

/// What stands first in a list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RecordOrder {
    /// The newest by the date that it shows; the undated come last.
    #[default]
    NewestFirst,
    /// What came last, as the version that is shown.
    LatestArrival,
}

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
    /// What stands first.
    pub order: RecordOrder,
    /// How many on a page: 1 to 1000; 0 means [`Query::DEFAULT_LIMIT`].
    pub limit: u32,
    /// Where the page before ended, which was in the same order.
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
    /// When the version that is shown came.
    pub arrived_at: Timestamp,
}

/// One page, in the order that was asked for.
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

    /// Whether the page before was in the order that is asked for.
    ///
    /// # Errors
    /// [`InvalidCursor`] if not: the place where one order stopped is no place in the other.
    pub(crate) fn check(&self) -> Result<(), InvalidCursor> {
        match (self.order, self.after) {
            (_, None)
            | (RecordOrder::NewestFirst, Some(Cursor(PageEnd::Dated(_))))
            | (RecordOrder::LatestArrival, Some(Cursor(PageEnd::Arrived(_)))) => Ok(()),
            _ => Err(InvalidCursor),
        }
    }

    /// The first and the last position that may be on the page.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let (first, last) = Position::range(self.since, self.until);
        match self.after {
            Some(Cursor(PageEnd::Dated(position))) => (first, last.min(position.as_i64() - 1)),
            _ => (first, last),
        }
    }

    /// Before which arrival the page begins.
    pub(super) fn arrived_before(&self) -> i64 {
        match self.after {
            Some(Cursor(PageEnd::Arrived(arrival))) => arrival.as_i64(),
            _ => i64::MAX,
        }
    }

    /// Sorts what was found as the page shows it.
    pub(super) fn sort(&self, found: &mut [Listed]) {
        match self.order {
            RecordOrder::NewestFirst => found.sort_unstable_by_key(|listed| Reverse(listed.position)),
            RecordOrder::LatestArrival => found.sort_unstable_by_key(|listed| Reverse(listed.arrival)),
        }
    }
}

/// A record with its places in both orders.
pub(super) struct Listed {
    position: Position,
    arrival: Arrival,
    summary: RecordSummary,
}

/// Lists the records of one category or of all.
pub(crate) fn list(connection: &Connection, query: &Query) -> Result<Page, StoreError> {
    let mut found = Vec::new();
    let mut sources = SourceNames::new(connection);
    let one = query.category.map(|category| [category]);
    for category in one.as_ref().map_or(Category::ALL, |one| one.as_slice()) {
        match query.order {
            RecordOrder::NewestFirst => newest(connection, query, *category, &mut sources, &mut found)?,
            RecordOrder::LatestArrival => latest(connection, query, *category, &mut sources, &mut found)?,
        }
    }
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
        "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity, arrival
         FROM summary
         WHERE category = ?1 AND type = ?2 AND validity & ?3 = 0
         ORDER BY position DESC LIMIT ?4",
    )?;
    let (mut found, mut sources) = (Vec::new(), SourceNames::new(connection));
    for category in categories {
        for resource_type in types {
            let mut rows = statement.query((code(*category), resource_type, marks.to_bits(), most))?;
            while let Some(row) = rows.next()? {
                found.push(listed(row, &mut sources)?);
            }
        }
    }
    Query::default().sort(&mut found);
    Ok(found.into_iter().map(|listed| listed.summary).collect())
}

/// The newest of one category: one more than fit on the page, to know whether there is a next.
fn newest(
    connection: &Connection,
    query: &Query,
    category: Category,
    sources: &mut SourceNames<'_>,
    found: &mut Vec<Listed>,
) -> Result<(), StoreError> {
    let (first, last) = query.bounds();
    let mut statement = connection.prepare_cached(NEWEST)?;
    let mut rows = statement.query((code(category), first, last, query.page_size() + 1))?;
    while let Some(row) = rows.next()? {
        found.push(listed(row, sources)?);
    }
    Ok(())
}

/// What came last of one category; as many.
fn latest(
    connection: &Connection,
    query: &Query,
    category: Category,
    sources: &mut SourceNames<'_>,
    found: &mut Vec<Listed>,
) -> Result<(), StoreError> {
    let (first, last) = query.bounds();
    let mut statement = connection.prepare_cached(LATEST)?;
    let bounds = (code(category), query.arrived_before(), first, last, query.page_size() + 1);
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        found.push(listed(row, sources)?);
    }
    Ok(())
}

const NEWEST: &str =
    "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity, arrival
     FROM summary
     WHERE category = ?1 AND position BETWEEN ?2 AND ?3
     ORDER BY position DESC LIMIT ?4";

const LATEST: &str =
    "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity, arrival
     FROM summary INDEXED BY summary_by_arrival
     WHERE category = ?1 AND arrival < ?2 AND position BETWEEN ?3 AND ?4
     ORDER BY arrival DESC LIMIT ?5";

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

/// Reads position, record id, type, date, code, display, source, value, flag, status, validity and arrival, in this
/// order.
pub(super) fn listed(row: &Row<'_>, sources: &mut SourceNames<'_>) -> Result<Listed, StoreError> {
    let (position, arrival) = (Position::from_i64(row.get(0)?), Arrival::from_i64(row.get(11)?));
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
        arrived_at: arrival.time(),
    };
    Ok(Listed { position, arrival, summary })
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, StoreError> {
    Ok(row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?)
}

/// Sorts what was found and cuts it to a page.
pub(super) fn page(mut found: Vec<Listed>, query: &Query) -> Page {
    query.sort(&mut found);
    let more = found.len() > query.page_size();
    found.truncate(query.page_size());
    let end = |listed: &Listed| match query.order {
        RecordOrder::NewestFirst => PageEnd::Dated(listed.position),
        RecordOrder::LatestArrival => PageEnd::Arrived(listed.arrival),
    };
    let next = found.last().filter(|_| more).map(|listed| Cursor(end(listed)));
    Page { records: found.into_iter().map(|listed| listed.summary).collect(), next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_page_of_either_order_is_sorted_or_looked_for_row_by_row() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for (statement, by) in [(NEWEST, "PRIMARY KEY"), (LATEST, "INDEX summary_by_arrival")] {
            let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let limits = vec![1_i64; explained.parameter_count()];
            let plan: Vec<String> = explained
                .query_map(rusqlite::params_from_iter(limits), |row| row.get(3))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(plan.len(), 1, "{plan:?}");
            assert!(plan[0].starts_with("SEARCH summary") && plan[0].contains(by), "{plan:?}");
        }
    }
}
