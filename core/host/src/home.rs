//! What lies in a home: the names of its files, and its locks.

use std::path::Path;

use keepwell_server::lock_file;

use crate::HostError;

/// The lock that keeps a second process out of a home.
pub(crate) const LOCK: &str = "lock";

/// The lock that is held while a home is copied.
pub(crate) const COPYING: &str = "backup.lock";
/// The database of a home.
pub(crate) const DATABASE: &str = "host.sqlite";
/// The folder of a home where sealed bytes lie, unless they lie elsewhere.
pub(crate) const BLOBS: &str = "blobs";

/// Says whether a home is being copied.
pub(crate) fn is_copied(home: &Path) -> Result<bool, HostError> {
    Ok(lock_file(home, COPYING)?.is_none())
}
