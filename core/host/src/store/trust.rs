//! The newest header of the ledger that this host has verified.

use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::TrustedState;
use rusqlite::OptionalExtension;

use super::Store;
use crate::HostError;

impl Store {
    /// What was verified last, if anything ever was.
    pub(crate) fn trusted(&self) -> Result<Option<TrustedState>, HostError> {
        self.read(|db| {
            let row: Option<Vec<u8>> =
                db.query_row("SELECT trusted FROM ledger", [], |row| row.get(0)).optional()?;
            Ok(row.map(|state| TrustedState::from_cbor(&state)).transpose()?)
        })
    }

    /// Remembers what was verified.
    pub(crate) fn put_trusted(&self, state: &TrustedState) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute("INSERT OR REPLACE INTO ledger VALUES (1, ?1)", [state.to_cbor()])?;
            Ok(())
        })
    }
}
