//! Who asked for what in a space, for its owner.

use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::vault::{LogEntry, LogEvent, LogPage};
use rusqlite::params;

use super::{SpaceKey, Store, Transaction, seconds, unsigned};
use crate::HostError;

/// The most entries, and about the most bytes, of one page.
const PAGE: (usize, usize) = (500, 1_000_000);

impl Store {
    /// Writes one entry.
    pub(crate) fn log(
        &self,
        space: SpaceKey,
        now: Timestamp,
        event: LogEvent,
        request: Option<Vec<u8>>,
    ) -> Result<(), HostError> {
        self.write(|tx| append(tx, space, now, event, request))
    }

    /// The entries after `after`, oldest first.
    pub(crate) fn log_page(&self, space: SpaceKey, after: u64) -> Result<LogPage, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT entry FROM access_log WHERE space = ?1 AND sequence > ?2 ORDER BY sequence",
            )?;
            let mut rows = query.query(params![space.0, i64::try_from(after).unwrap_or(i64::MAX)])?;
            let mut page = LogPage { entries: Vec::new(), more: false };
            let mut bytes = 0;
            while let Some(row) = rows.next()? {
                if page.entries.len() >= PAGE.0 || bytes >= PAGE.1 {
                    page.more = true;
                    break;
                }
                let entry: Vec<u8> = row.get(0)?;
                bytes += entry.len();
                page.entries.push(LogEntry::from_cbor(&entry)?);
            }
            Ok(page)
        })
    }
}

/// Writes one entry as part of what it tells about.
pub(super) fn append(
    tx: &Transaction<'_>,
    space: SpaceKey,
    time: Timestamp,
    event: LogEvent,
    request: Option<Vec<u8>>,
) -> Result<(), HostError> {
    let sequence: i64 = tx
        .prepare_cached(
            "UPDATE spaces SET log_sequence = log_sequence + 1 WHERE space = ?1 RETURNING log_sequence",
        )?
        .query_row([space.0], |row| row.get(0))?;
    let entry = LogEntry { sequence: unsigned(sequence), time, event, request: request.map(Into::into) };
    tx.prepare_cached("INSERT INTO access_log VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        space.0,
        sequence,
        seconds(time),
        entry.to_cbor()
    ])?;
    Ok(())
}
