//! How much there is in all.

use super::{Store, unsigned};
use crate::HostError;

/// How much a host holds.
pub(crate) struct Totals {
    pub(crate) spaces: u64,
    /// Of sealed records.
    pub(crate) bytes: u64,
    pub(crate) envelopes: u64,
}

impl Store {
    /// Counts spaces, their bytes and what waits in inboxes, for the metrics.
    pub(crate) fn totals(&self) -> Result<Totals, HostError> {
        self.read(|db| {
            let counts = "SELECT count(*), coalesce(sum(stored_bytes), 0), (SELECT count(*) FROM envelopes) FROM spaces";
            let (spaces, bytes, envelopes): (i64, i64, i64) =
                db.query_row(counts, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let [spaces, bytes, envelopes] =
                [spaces, bytes, envelopes].map(unsigned);
            Ok(Totals { spaces, bytes, envelopes })
        })
    }
}
