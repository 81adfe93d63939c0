//! Envelopes at the host that could not be judged yet.

use keepwell_protocol::domain::{BlobId, Timestamp};
use rusqlite::params;

use super::database::{Store, seconds, timestamp};
use crate::ClinicError;

impl Store {
    /// Notes that an envelope could not be judged; answers since when, by a time that was agreed on: from `agreed`
    /// on, if not before. The end of time where there never was one.
    pub(crate) fn waiting_since(
        &self,
        id: BlobId,
        agreed: Option<Timestamp>,
    ) -> Result<Timestamp, ClinicError> {
        let mut note = self.connection.prepare_cached(
            "INSERT INTO envelope_waiting VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET first_seen = min(first_seen, excluded.first_seen) RETURNING first_seen",
        )?;
        let since = seconds(agreed.unwrap_or(Timestamp(u64::MAX)));
        let first: i64 = note.query_row(params![id.as_bytes(), since], |row| row.get(0))?;
        Ok(timestamp(first))
    }

    /// Whether an envelope was asked about before, in vain.
    pub(crate) fn has_waited(&self, id: BlobId) -> Result<bool, ClinicError> {
        let mut query =
            self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM envelope_waiting WHERE id = ?1)")?;
        Ok(query.query_row([id.as_bytes()], |row| row.get(0))?)
    }

    /// How many envelopes were asked about in vain and are still at the host.
    pub(crate) fn count_waiting(&self) -> Result<u64, ClinicError> {
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
