//! Full-text search, in the same orders and pages as a list.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use keepwell_protocol::domain::{Category, SearchTerm, search_terms};
use rusqlite::Connection;

use super::list::{self, Page, Query, RecordOrder, SourceNames};
use super::position::{category_at, code};
use super::words;
use crate::store::StoreError;

/// Finds the records that have all the terms of `text`, whatever characters it holds: words by their
/// beginning, what is written without blanks by any part.
pub(crate) fn search(connection: &Connection, text: &str, query: &Query) -> Result<Page, StoreError> {
    let Some(terms) = expression(connection, text)? else { return Ok(Page::default()) };
    let expression = match query.category {
        Some(category) => format!("category : c{} AND text : ({terms})", code(category)),
        None => format!("text : ({terms})"),
    };
    match query.order {
        RecordOrder::NewestFirst => newest(connection, &expression, query),
        RecordOrder::LatestArrival => latest(connection, &expression, query),
    }
}

fn newest(connection: &Connection, expression: &str, query: &Query) -> Result<Page, StoreError> {
    // By rowid, which is the position: newest first without looking at every hit, as ranking would.
    let mut statement = connection.prepare_cached(
        "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity, arrival
         FROM word
         CROSS JOIN summary ON summary.category = (word.rowid & 31) AND summary.position = word.rowid
         WHERE word MATCH ?1 AND word.rowid BETWEEN ?2 AND ?3
         ORDER BY word.rowid DESC LIMIT ?4",
    )?;
    let (first, last) = query.bounds();
    let mut sources = SourceNames::new(connection);
    let mut rows = statement.query((expression, first, last, query.page_size() + 1))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(list::listed(row, &mut sources)?);
    }
    Ok(list::page(found, query))
}

/// The index of words knows hits by their position alone: what came last is gone through until a page of it are hits.
fn latest(connection: &Connection, expression: &str, query: &Query) -> Result<Page, StoreError> {
    let (first, last) = query.bounds();
    let mut statement = connection
        .prepare_cached("SELECT rowid FROM word WHERE word MATCH ?1 AND rowid BETWEEN ?2 AND ?3")?;
    let mut hits: BTreeMap<Option<Category>, HashSet<i64>> = BTreeMap::new();
    let mut rows = statement.query((expression, first, last))?;
    while let Some(row) = rows.next()? {
        let position: i64 = row.get(0)?;
        hits.entry(category_at(position)).or_default().insert(position);
    }
    let mut latest = connection.prepare_cached(
        "SELECT position FROM summary INDEXED BY summary_by_arrival
         WHERE category = ?1 AND arrival < ?2 ORDER BY arrival DESC",
    )?;
    let mut one = connection.prepare_cached(
        "SELECT position, record_id, type, date, code, display, source, value, flag, status, validity, arrival
         FROM summary WHERE category = ?1 AND position = ?2",
    )?;
    let (mut found, mut sources) = (Vec::new(), SourceNames::new(connection));
    for (category, hits) in hits {
        let category = category.map(code);
        let mut wanted = hits.len().min(query.page_size() + 1);
        let mut rows = latest.query((category, query.arrived_before()))?;
        while wanted > 0
            && let Some(row) = rows.next()?
        {
            let position: i64 = row.get(0)?;
            if hits.contains(&position) {
                let mut row = one.query((category, position))?;
                let row = row.next()?.ok_or(StoreError::Corrupt { part: "a summary" })?;
                found.push(list::listed(row, &mut sources)?);
                wanted -= 1;
            }
        }
    }
    Ok(list::page(found, query))
}

/// What has all the terms of a text, in the language of FTS5; none if there is no term or no record has one.
///
/// Terms hold letters and digits alone, so that nothing in them is an operator.
fn expression(connection: &Connection, text: &str) -> Result<Option<String>, StoreError> {
    let mut all = Vec::new();
    for term in search_terms(text).into_iter().take(MOST_TERMS) {
        let beginnings = match &term {
            // What has a word with its article has it without, too.
            SearchTerm::Word { forms } => forms.last().map(std::slice::from_ref).unwrap_or_default(),
            SearchTerm::Run { pieces } if pieces.len() == 1 => pieces,
            SearchTerm::Run { pieces } => {
                // The last letter alone is in the piece before.
                let pieces = pieces.iter().take((pieces.len() - 1).min(MOST_PIECES));
                all.push(format!("\"{}\"", pieces.map(String::as_str).collect::<Vec<_>>().join(" ")));
                continue;
            }
        };
        let mut any = beginning_with(connection, beginnings)?;
        if any.is_empty() {
            // Only then: what is spelled so in one language is another word in the next.
            any = beginning_with(connection, &term.respelled())?;
        }
        if any.is_empty() {
            return Ok(None);
        }
        all.push(format!("({})", any.into_iter().collect::<Vec<_>>().join(" OR ")));
    }
    Ok((!all.is_empty()).then(|| all.join(" AND ")))
}

/// The words of the index that begin in one of these ways, in the language of FTS5.
fn beginning_with(connection: &Connection, beginnings: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let mut any = BTreeSet::new();
    for beginning in beginnings {
        let words = words::beginning_with(connection, beginning, MOST_WORDS)?;
        if words.len() > MOST_WORDS {
            any.insert(format!("\"{beginning}\" *"));
        } else {
            any.extend(words.iter().map(|word| format!("\"{word}\"")));
        }
    }
    Ok(any)
}

/// More terms narrow no search that a person makes.
const MOST_TERMS: usize = 32;
/// The most of a run that is looked for.
const MOST_PIECES: usize = 64;
/// Words that a beginning may stand for; where there are more, every hit is looked at.
const MOST_WORDS: usize = 64;
