//! Records by the beginning of their id.

use keepwell_protocol::domain::{IdPrefix, RecordId};
use rusqlite::Connection;

use crate::store::StoreError;

/// The records whose id begins so, at most `most`, in the order of ids.
pub(crate) fn beginning_with(
    connection: &Connection,
    prefix: &IdPrefix,
    most: usize,
) -> Result<Vec<RecordId>, StoreError> {
    begin(connection, prefix.as_str(), most)
}

/// Records whose id begins with the first characters of this one, for somebody who mistyped the others.
pub(crate) fn near(
    connection: &Connection,
    prefix: &IdPrefix,
    most: usize,
) -> Result<Vec<RecordId>, StoreError> {
    let start = prefix.as_str().get(..SURELY_TYPED).unwrap_or_default();
    begin(connection, start, most)
}

/// The fewest characters of an id, 8 or more, that name this record and no other.
pub(crate) fn shortest(connection: &Connection, id: &RecordId) -> Result<String, StoreError> {
    let text = id.to_string();
    for length in IdPrefix::SHORTEST..text.len() {
        let start = text.get(..length).unwrap_or(&text);
        if begin(connection, start, 2)?.len() < 2 {
            return Ok(start.to_owned());
        }
    }
    Ok(text)
}

/// By the first 64 bits of the id, which are a key; what is longer is compared.
fn begin(connection: &Connection, start: &str, most: usize) -> Result<Vec<RecordId>, StoreError> {
    let bound = |fill: char| {
        let digits: String = start.chars().chain(std::iter::repeat(fill)).take(16).collect();
        u64::from_str_radix(&digits, 16).unwrap_or_default().cast_signed()
    };
    let mut statement = connection.prepare_cached(
        "SELECT version.content
         FROM content_key CROSS JOIN version ON version.seq = content_key.version
         WHERE content_key.hash BETWEEN ?1 AND ?2 AND version.number = 1 AND lower(hex(version.content)) GLOB ?3
         ORDER BY content_key.hash LIMIT ?4",
    )?;
    let ids = statement.query_map((bound('0'), bound('f'), format!("{start}*"), most), |row| {
        Ok(RecordId::from_bytes(row.get(0)?))
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// How many characters of an id that is not there are taken to be right.
const SURELY_TYPED: usize = 4;
