//! A copy of a home, made while the host serves from it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Runtime;
use url::Url;

use crate::HostError;
use crate::packs::Packs;
use crate::store::Store;

/// What a copy holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BackupReport {
    /// Spaces.
    pub spaces: u64,
    /// Objects with sealed bytes.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that the blob store has lost.
    pub lost: u64,
}

/// Copies the home and its blobs to `to`, as a home of the same form whose blobs lie in it.
///
/// First the database as it is at one moment, then the objects that it names: they never change, and stay for an
/// hour after the last blob in them has gone. `to` is there only once it is whole.
///
/// # Errors
/// [`HostError::BackupExists`] if there is something at `to`; [`HostError::NoHome`] if there is no host's home;
/// else what could not be read or written.
pub fn backup(home: &Path, blobs_url: Option<&Url>, to: &Path) -> Result<BackupReport, HostError> {
    if to.exists() {
        return Err(HostError::BackupExists);
    }
    let database = home.join(DATABASE);
    if !database.exists() {
        return Err(HostError::NoHome);
    }
    let partial = to.with_added_extension("partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    std::fs::create_dir_all(&partial)?;
    let copy = partial.join(DATABASE);
    // One read transaction: what is written meanwhile is in the next copy.
    Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_ONLY)?
        .execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    std::fs::File::open(&copy)?.sync_all()?;

    let runtime = Runtime::new()?;
    let from = Packs::open(blobs_url, &home.join(BLOBS), runtime.handle().clone())?;
    let packs = Packs::open(None, &partial.join(BLOBS), runtime.handle().clone())?;
    let store = Store::open(&copy)?;
    let mut report = BackupReport { spaces: store.count_spaces()?, ..BackupReport::default() };
    for name in store.packs_in_use()? {
        match from.whole(&name)? {
            Some(object) => {
                report.objects += 1;
                report.bytes += object.len() as u64;
                packs.put(&name, vec![object])?;
            }
            None => report.lost += 1,
        }
    }
    drop(store);
    std::fs::rename(&partial, to)?;
    Ok(report)
}

/// The database of a home.
pub(crate) const DATABASE: &str = "host.sqlite";
/// The folder of a home where sealed bytes lie, unless they lie elsewhere.
pub(crate) const BLOBS: &str = "blobs";
