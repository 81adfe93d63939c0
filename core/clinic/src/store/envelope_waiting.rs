//! Envelopes at the host that could not be judged yet.

use keepwell_protocol::domain::{BlobId, Timestamp};
use rusqlite::params;

use super::{Store, seconds, timestamp};
use crate::ClinicError;

impl Store {
    /// Since when an envelope could not be judged: from now on, if not before.
    pub(crate) fn waiting_since(&self, id: BlobId, now: Timestamp) -> Result<Timestamp, ClinicError> {
        self.connection.execute(
            "INSERT OR IGNORE INTO envelope_waiting VALUES (?1, ?2)",
            params![id.as_bytes(), seconds(now)],
        )?;
        let first: i64 = self.connection.query_row(
            "SELECT first_seen FROM envelope_waiting WHERE id = ?1",
            [id.as_bytes()],
            |row| row.get(0),
        )?;
        Ok(timestamp(first))
    }

    /// Whether an envelope was asked about before, in vain.
    pub(crate) fn has_waited(&self, id: BlobId) -> Result<bool, ClinicError> {
        let mut query =
            self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM envelope_waiting WHERE id = ?1)")?;
        Ok(query.query_row([id.as_bytes()], |row| row.get(0))?)
    }

    /// How many wait.
    pub(crate) fn count_waiting(&self) -> Result<i64, ClinicError> {
        Ok(self.connection.query_row("SELECT count(*) FROM envelope_waiting", [], |row| row.get(0))?)
    }

    /// Forgets that an envelope waited.
    pub(crate) fn stop_waiting(&mut self, ids: &[BlobId]) -> Result<(), ClinicError> {
        self.write(|tx| {
            for id in ids {
                tx.prepare_cached("DELETE FROM envelope_waiting WHERE id = ?1")?.execute([id.as_bytes()])?;
            }
            Ok(())
        })
    }
}
