//! The words that records have, each once: what the beginning of a word may be the beginning of.
//!
//! The search index finds whole words newest first without looking at every hit; it does not find beginnings
//! so. With the words at hand a beginning becomes the few words that it stands for.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use keepwell_protocol::domain::{is_indexed_as_written, search_terms};
use rusqlite::{Connection, Transaction};

use crate::store::StoreError;

/// Words on their way into the store.
#[derive(Default)]
pub(super) struct Words {
    hasher: RandomState,
    /// Lines and words that were met before; most records say what others say.
    met: HashSet<u64>,
    new: BTreeSet<String>,
}

impl Words {
    /// The text as the search index takes it: it splits where anything but ASCII letters and digits stands.
    pub(super) fn take<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if self.met.len() > MOST_MET {
            self.met.clear();
        }
        if is_indexed_as_written(text) {
            for line in text.lines() {
                if self.met.insert(self.hasher.hash_one(line)) {
                    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
                    words
                        .filter(|word| !word.is_empty())
                        .for_each(|word| self.note(word.to_ascii_lowercase()));
                }
            }
            return Cow::Borrowed(text);
        }
        let mut indexed = String::with_capacity(text.len());
        for term in search_terms(text) {
            for word in term.indexed() {
                indexed.push_str(word);
                indexed.push(' ');
                self.note(word.clone());
            }
        }
        Cow::Owned(indexed)
    }

    fn note(&mut self, word: String) {
        // A line of one word is no word yet.
        if self.met.insert(self.hasher.hash_one((WORD, &word))) {
            self.new.insert(word);
        }
    }

    /// Writes the words that are new.
    pub(super) fn flush(&mut self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let mut add = transaction.prepare_cached("INSERT OR IGNORE INTO known_word VALUES (?1)")?;
        for word in std::mem::take(&mut self.new) {
            add.execute([word])?;
        }
        Ok(())
    }
}

/// The words that begin with `beginning`, one more than `most` at most.
pub(super) fn beginning_with(
    connection: &Connection,
    beginning: &str,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT word FROM known_word WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT ?3",
    )?;
    let words =
        statement.query_map((beginning, format!("{beginning}{}", char::MAX), most + 1), |row| row.get(0))?;
    Ok(words.collect::<Result<_, _>>()?)
}

/// Tells a word from a line in what was met.
const WORD: u8 = 1;
/// Some 2 MB.
const MOST_MET: usize = 1 << 17;
