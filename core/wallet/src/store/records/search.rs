//! Full-text search, newest first, in the same pages as a list.

use rusqlite::Connection;

use super::list::{self, Page, Query, SourceNames};
use super::position::code;
use crate::store::StoreError;

/// Finds the records that have all the words of `text`, whatever characters it holds.
pub(crate) fn search(connection: &Connection, text: &str, query: &Query) -> Result<Page, StoreError> {
    let Some(words) = words(text) else { return Ok(Page::default()) };
    let expression = match query.category {
        Some(category) => format!("category : c{} AND text : ({words})", code(category)),
        None => format!("text : ({words})"),
    };
    // By rowid, which is the position: newest first without looking at every hit, as ranking would.
    let mut statement = connection.prepare_cached(
        "SELECT position, record_id, type, date, code, display, source
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
        found.push(list::summary(row, &mut sources)?);
    }
    Ok(list::page(found, query))
}

/// Each word as an FTS5 string, so that nothing in it is an operator; none if there is no word.
///
/// FTS5 takes a quote within a string doubled, and its text as ended by NUL.
fn words(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MOST_WORDS)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// More words narrow no search that a person makes.
const MOST_WORDS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_becomes_a_word() {
        for (text, expression) in [
            ("blood pressure", Some(r#""blood" "pressure""#)),
            (r#"a"b"#, Some(r#""a""b""#)),
            ("NEAR(a b)", Some(r#""NEAR(a" "b)""#)),
            ("text:x*", Some(r#""text:x*""#)),
            ("x\0y\u{7}z", Some(r#""x" "y" "z""#)),
            (r#""* ) - ^"#, None),
            ("", None),
        ] {
            assert_eq!(words(text).as_deref(), expression, "{text:?}");
        }
    }
}
