//! Lists and search of the records that are there, made anew: what an older program wrote is kept by none.

use keepwell_protocol::domain::RecordId;
use keepwell_protocol::formats::fhir::ResourceHead;
use rusqlite::Transaction;

use super::index::{Index, IndexRow};
use super::position::Position;
use crate::store::StoreError;

/// Moves every record of `summary_before` to where it stands by this program, and drops that table.
///
/// What lists show was read from the record when it came; a record that this program can't read keeps it.
pub(crate) fn reindex(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut index = Index::new(transaction);
    let mut statement = transaction.prepare(
        "SELECT summary_before.position, record_id, source, version.seq, version.bytes
         FROM summary_before
         CROSS JOIN version ON version.seq = (summary_before.position >> 5 & 1073741823)
         ORDER BY summary_before.category, summary_before.position",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let corrupt = StoreError::Corrupt { part: "a record" };
        let before = Position::from_i64(row.get(0)?);
        let (seq, bytes): (u32, Vec<u8>) = (row.get(3)?, row.get(4)?);
        let Some(category) = before.category() else { return Err(corrupt) };
        let head = ResourceHead::read(&bytes).map_err(|_| corrupt)?;
        let position = Position::new(head.date.as_ref(), seq, category);
        if position != before {
            transaction
                .prepare_cached("UPDATE version SET position = ?2 WHERE seq = ?1")?
                .execute((seq, position.as_i64()))?;
        }
        index.add(IndexRow::new(position, RecordId::from_bytes(row.get(1)?), row.get(2)?, &head))?;
    }
    index.flush()?;
    drop(rows);
    drop(statement);
    Ok(transaction.execute_batch("DROP TABLE summary_before")?)
}
