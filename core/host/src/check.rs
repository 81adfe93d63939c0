//! Reading everything that a host holds, and noting what is damaged.

use std::collections::BTreeSet;
use std::path::Path;

use keepwell_server::lock_file;
use url::Url;

use crate::HostError;
use crate::home::{BLOBS, DATABASE, LOCK};
use crate::packs::Packs;
use crate::store::{Store, StoredBlob};

/// What was found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CheckReport {
    /// Blobs that were read.
    pub blobs: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// Those that are lost, or whose bytes do not hash to their id.
    pub damaged: u64,
    /// Spaces that have one of these.
    pub spaces_damaged: u64,
}

/// How many blobs are looked up at once.
const AT_ONCE: usize = 256;

/// Reads and hashes every blob of a home, also while a host serves from it. With `repair` what is damaged is
/// noted, so that no commit relies on it until its owner has sent it again; a wallet finds out by itself within a
/// week.
///
/// # Errors
/// [`HostError::NoHome`] if there is no host's home; [`HostError::Busy`] if it is to be repaired while a host serves
/// from it.
pub fn check(home: &Path, blobs_url: Option<&Url>, repair: bool) -> Result<CheckReport, HostError> {
    let database = home.join(DATABASE);
    if !database.exists() {
        return Err(HostError::NoHome);
    }
    let lock = lock_file(home, LOCK)?;
    let store = match lock {
        Some(_) => Store::open(&database)?,
        None if repair => return Err(HostError::Busy),
        None => Store::open_to_read(&database)?,
    };
    let packs = Packs::open(blobs_url, &home.join(BLOBS))?;
    let (mut report, mut spaces) = (CheckReport::default(), BTreeSet::new());
    let mut after = 0;
    loop {
        let batch = store.blobs_after(after, AT_ONCE)?;
        let Some(last) = batch.last() else { break };
        after = last.place.row;
        for StoredBlob { place, space, is_loose } in batch {
            let is_sound = |place| {
                Ok::<_, HostError>(packs.read(std::slice::from_ref(place))?.iter().all(Option::is_some))
            };
            let mut sound = is_sound(&place)?;
            if !sound {
                // The host may have moved it since it was located, or dropped it.
                match store.blobs_after(place.row - 1, 1)?.pop() {
                    Some(now) if now.place.row == place.row => sound = is_sound(&now.place)?,
                    _ => continue,
                }
            }
            report.blobs += 1;
            report.bytes += place.bytes;
            // What was noted and is used no more goes with the sweep: there is nothing left to do about it.
            let is_given_up = place.damaged && is_loose;
            if !sound && !is_given_up {
                report.damaged += 1;
                spaces.insert(space);
                tracing::error!(blob = %place.id, pack = %place.pack, "a blob is lost or damaged");
            }
            if repair && sound == place.damaged {
                store.note_condition(&[(place, sound)])?;
            }
        }
    }
    report.spaces_damaged = spaces.len() as u64;
    Ok(report)
}
