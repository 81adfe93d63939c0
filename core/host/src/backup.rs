//! A copy of a home, made while the host serves from it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use keepwell_server::{lock_file, make_home, private_file};
use rusqlite::{Connection, OpenFlags};
use url::Url;

use crate::HostError;
use crate::home::{BLOBS, COPYING, DATABASE, LOCK};
use crate::packs::Packs;
use crate::store::Store;

/// What a copy holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BackupReport {
    /// Spaces whose rows were copied.
    pub spaces: u64,
    /// Objects with sealed bytes.
    pub objects: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// Objects that the blob store has lost.
    pub lost: u64,
}

/// Copies the home and its blobs to `to`, as a home of the same form whose blobs lie in it.
///
/// First the database as it is at one moment, then the objects that it names: they never change, and none goes
/// while a copy is made. `to` is there only once it is whole; until then the copy grows in
/// `to` with `.partial` behind its name, of which a failure leaves nothing.
///
/// # Errors
/// [`HostError::BackupExists`] if there is something at `to`, as at a path that ends with `..`, or at the other name
/// something that is no half of a copy; [`HostError::NoHome`] if there is no host's home; [`HostError::Busy`] if it is
/// being copied already; else what could not be read or written.
pub fn backup(home: &Path, blobs_url: Option<&Url>, to: &Path) -> Result<BackupReport, HostError> {
    // A link that leads nowhere is something, too; and `..` is the folder above, whether or not it is found.
    if to.file_name().is_none() || to.symlink_metadata().is_ok() {
        return Err(HostError::BackupExists);
    }
    if !home.join(DATABASE).exists() {
        return Err(HostError::NoHome);
    }
    let _lock = lock_file(home, COPYING)?.ok_or(HostError::Busy)?;
    let partial = to.with_added_extension("partial");
    remove_partial(&partial)?;
    make_home(&partial)?;
    let copied = copy(home, blobs_url, &partial).and_then(|report| {
        fs::remove_file(partial.join(HALF))?;
        fs::rename(&partial, to)?;
        Ok(report)
    });
    if copied.is_err()
        && let Err(error) = fs::remove_dir_all(&partial)
    {
        tracing::warn!(%error, "half of a copy is left");
    }
    copied
}

/// Removes what a copy that was killed has left.
fn remove_partial(partial: &Path) -> Result<(), HostError> {
    match fs::symlink_metadata(partial) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(found) if found.is_dir() => {
            // A whole copy, and a home from which a host was started, may have that name as well.
            let is_half = partial.join(HALF).exists() && !partial.join(LOCK).exists();
            let is_empty = fs::read_dir(partial)?.next().is_none();
            if !is_half && !is_empty {
                return Err(HostError::BackupExists);
            }
            Ok(fs::remove_dir_all(partial)?)
        }
        Ok(_) => Err(HostError::BackupExists),
    }
}

fn copy(home: &Path, blobs_url: Option<&Url>, to: &Path) -> Result<BackupReport, HostError> {
    private_file(&to.join(HALF))?;
    let database = to.join(DATABASE);
    let file = private_file(&database)?;
    // One read transaction: what is written meanwhile is in the next copy.
    Connection::open_with_flags(home.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?
        .execute("VACUUM INTO ?1", [database.to_string_lossy()])?;
    file.sync_all()?;

    let from = Packs::open(blobs_url, &home.join(BLOBS))?;
    let packs = Packs::open(None, &to.join(BLOBS))?;
    let store = Store::open(&database)?;
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
    Ok(report)
}

/// The file that says of a folder that it is half of a copy.
const HALF: &str = "half-of-a-copy";
