//! The folder in which a ledger lives, whichever engine makes its blocks: for one process at a time.

use std::fs;
use std::path::{Path, PathBuf};

use keepwell_protocol::ledger::{AppState, Genesis};
use keepwell_server::{FileLock, lock_file, make_home};

use crate::LedgerError;

/// A folder that nobody else uses as long as this lives.
pub(crate) struct HomeFolder {
    path: PathBuf,
    /// Held, not read: its lock says that this home is in use.
    _lock: FileLock,
}

impl HomeFolder {
    /// Takes the folder, and makes it where it is not there.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] if another process has it; otherwise what the system says.
    pub(crate) fn take(path: &Path) -> Result<Self, LedgerError> {
        make_home(path)?;
        // One spelling: by it a CometBFT that was left behind is recognised.
        let path = fs::canonicalize(path)?;
        let lock = lock_file(&path, "lock")?.ok_or(LedgerError::Busy)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The state and what is served of it.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("ledger.redb")
    }
}

/// The state before the first block, as a genesis has it.
///
/// # Errors
/// [`LedgerError::Home`] if it is of another form.
pub(crate) fn app_state(genesis: &Genesis) -> Result<AppState, LedgerError> {
    AppState::parse_genesis(&genesis.app_state).map_err(|_| LedgerError::Home)
}
