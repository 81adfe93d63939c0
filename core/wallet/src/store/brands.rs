//! Lists of clinics that have a server.

use keepwell_protocol::domain::{Timestamp, fold, words};
use keepwell_source::Brand;
use rusqlite::{Connection, Transaction, params};

use super::{StoreError, column};

/// A clinic of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundBrand {
    /// What it is called.
    pub name: String,
    /// Where it is, one place to a line.
    pub place: String,
    /// The base address of its FHIR server.
    pub address: String,
    /// When the list was taken in that says so.
    pub listed: Timestamp,
}

/// Puts a list in the place of the one of the same name.
pub(crate) fn put(
    transaction: &Transaction<'_>,
    list: &str,
    brands: &[Brand],
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(
        "DELETE FROM fhir_brand WHERE list = (SELECT id FROM fhir_brand_list WHERE name = ?1)",
        [list],
    )?;
    transaction.execute(
        "INSERT INTO fhir_brand_list (name, imported) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET imported = excluded.imported",
        params![list, column::stored(now.0)],
    )?;
    let row: i64 =
        transaction.query_row("SELECT id FROM fhir_brand_list WHERE name = ?1", [list], |row| row.get(0))?;
    let mut add = transaction.prepare_cached("INSERT INTO fhir_brand VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for Brand { name, aliases, places, address } in brands {
        let place = places.join("\n");
        let text = [name, &aliases.join(" "), &place].map(String::as_str).join(" ");
        add.execute(params![row, name, place, searched(&text), address])?;
    }
    Ok(())
}

/// The clinics of which each word of `text` begins a word of name or place, by name: at most `limit`.
pub(crate) fn find(connection: &Connection, text: &str, limit: u32) -> Result<Vec<FoundBrand>, StoreError> {
    let sought = searched(text);
    let sought: Vec<&str> = sought.split_ascii_whitespace().take(MOST_WORDS).collect();
    // A word has letters and digits, no `%` and no `_`.
    let conditions: String =
        (1..=sought.len()).map(|number| format!(" AND brand.words LIKE ?{number}")).collect();
    let mut statement = connection.prepare(&format!(
        "SELECT DISTINCT brand.name, brand.place, brand.address, list.imported
         FROM fhir_brand AS brand CROSS JOIN fhir_brand_list AS list ON list.id = brand.list
         WHERE 1{conditions} ORDER BY brand.name, brand.place, brand.address LIMIT {limit}"
    ))?;
    let patterns = sought.iter().map(|word| format!("% {word}%"));
    let rows = statement.query_and_then(rusqlite::params_from_iter(patterns), |row| {
        Ok(FoundBrand {
            name: row.get(0)?,
            place: row.get(1)?,
            address: row.get(2)?,
            listed: column::time(row, "imported")?,
        })
    })?;
    rows.collect()
}

/// Words that are looked for; SQLite bounds how many conditions a question has.
const MOST_WORDS: usize = 32;

/// The folded words of a text, a blank before each.
fn searched(text: &str) -> String {
    words(&fold(text)).map(|word| format!(" {word}")).collect()
}
