//! How much a host holds, and what it still takes when it holds as much as it may.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keepwell_protocol::domain::BlobId;
use keepwell_protocol::vault::Commit;
use keepwell_server::Limits;

use crate::HostError;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{BLOB_ROW, SpaceBounds, SpaceKey};

/// Whether there is room, looked at now and then.
pub(crate) struct Capacity {
    pub(crate) limits: Limits,
    home: PathBuf,
    looked: Mutex<Option<(Instant, Room)>>,
    lent: Mutex<Lent>,
}

/// What may be added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Room {
    /// Anything.
    Free,
    /// What ends something, and what is lent for that.
    Reserve,
    /// What ends something and adds nothing.
    None,
}

/// What spaces without room uploaded in the hours that began at these times, in bytes.
#[derive(Default)]
struct Lent {
    by_space: HashMap<SpaceKey, (Instant, u64)>,
    from_reserve: Option<(Instant, u64)>,
}

/// How long a look counts.
const LOOK: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// The most spaces whose loans are remembered.
const MOST_LENT: usize = 100_000;
/// By how many bytes a head may grow in a commit that adds nothing: its numbers grow with its version.
const LONGER_NUMBERS: u64 = 32;
/// What a reference takes in the database, in bytes, as it is counted.
const REFERENCE: u64 = 64;

impl Capacity {
    pub(crate) fn new(limits: Limits, home: PathBuf) -> Self {
        Self { limits, home, looked: Mutex::default(), lent: Mutex::default() }
    }

    fn room(&self, stored: impl FnOnce() -> Result<u64, HostError>) -> Result<Room, HostError> {
        let mut looked = lock(&self.looked);
        if let Some((_, room)) = looked.filter(|(at, _)| at.elapsed() < LOOK) {
            return Ok(room);
        }
        let (free, reserve) = (self.free()?, self.limits.free_bytes);
        let room = if free < reserve / 2 {
            Room::None
        } else if free < reserve || stored()? >= self.limits.total_bytes {
            Room::Reserve
        } else {
            Room::Free
        };
        if room != Room::Free {
            tracing::error!(code = "HostFull", free, "only what ends something is taken");
        }
        *looked = Some((Instant::now(), room));
        Ok(room)
    }

    /// How many bytes of the home's disk are free.
    pub(crate) fn free(&self) -> Result<u64, HostError> {
        let disk = rustix::fs::statvfs(&self.home).map_err(std::io::Error::from)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Lets a space without room add a little, of the reserve where `room` says so; false if it has had as much.
    fn lend(&self, space: SpaceKey, added: u64, room: Room) -> bool {
        let mut lent = lock(&self.lent);
        if lent.by_space.len() >= MOST_LENT {
            lent.by_space.retain(|_, (since, _)| since.elapsed() < HOUR);
        }
        let with_added = |before: Option<(Instant, u64)>| {
            let (since, bytes) =
                before.filter(|(since, _)| since.elapsed() < HOUR).unwrap_or((Instant::now(), 0));
            (since, bytes.saturating_add(added))
        };
        let of_space = with_added(lent.by_space.get(&space).copied());
        let of_reserve = with_added(lent.from_reserve);
        let is_within = added <= self.limits.lent_bytes
            && of_space.1 <= self.limits.lent_hour_bytes
            && lent.by_space.len() < MOST_LENT;
        let is_lent = is_within
            && match room {
                Room::Free => true,
                Room::Reserve => of_reserve.1 <= self.limits.free_bytes / 4,
                Room::None => false,
            };
        if is_lent {
            lent.by_space.insert(space, of_space);
        }
        if is_lent && room == Room::Reserve {
            lent.from_reserve = Some(of_reserve);
        }
        is_lent
    }
}

impl Service {
    fn room(&self) -> Result<Room, HostError> {
        self.capacity.room(|| self.store.total_bytes())
    }

    /// Refuses to take more when the host is full.
    pub(crate) fn ensure_room(&self) -> Result<(), Refusal> {
        if self.room()? == Room::Free { Ok(()) } else { Err(Refusal::HostFull) }
    }

    /// Refuses blobs for which there is no room; a little is left for a wallet that ends something.
    pub(crate) fn ensure_room_for(&self, space: SpaceKey, lengths: &[(BlobId, u64)]) -> Result<(), Refusal> {
        let added: u64 = lengths.iter().map(|(_, length)| length.saturating_add(BLOB_ROW)).sum();
        let held = self.store.stored_bytes(space)?.saturating_add(added);
        let (room, quota) = (self.room()?, self.capacity.limits.space_bytes);
        let refusal = match room {
            _ if held > quota => Refusal::SpaceFull,
            Room::Free => return Ok(()),
            Room::Reserve | Room::None => Refusal::HostFull,
        };
        let is_lent = held <= and_a_sixteenth(quota) && self.capacity.lend(space, added, room);
        if is_lent { Ok(()) } else { Err(refusal) }
    }

    /// How much the space may hold behind a commit that adds to it.
    pub(crate) fn bounds_of(&self, commit: &Commit) -> SpaceBounds {
        let Limits { space_bytes, space_state_bytes, .. } = self.capacity.limits;
        let state = if commit.only_ends() { and_a_sixteenth(space_state_bytes) } else { space_state_bytes };
        SpaceBounds { stored: and_a_sixteenth(space_bytes), state }
    }

    /// Refuses a commit for which there is no room: where the host is full, one that adds anything to what it ends,
    /// but for what is lent.
    pub(crate) fn ensure_room_to_commit(&self, space: SpaceKey, commit: &Commit) -> Result<(), Refusal> {
        let room = self.room()?;
        if room == Room::Free {
            return Ok(());
        }
        if !commit.only_ends() {
            return Err(Refusal::HostFull);
        }
        let grown = self.store.head_growth(space, commit)?;
        let references: usize = commit.references_added.iter().map(|added| added.blobs.len()).sum();
        let references = u64::try_from(references).unwrap_or(u64::MAX).saturating_mul(REFERENCE);
        let added = grown.saturating_sub(LONGER_NUMBERS).saturating_add(references);
        if added == 0 || self.capacity.lend(space, added, room) { Ok(()) } else { Err(Refusal::HostFull) }
    }
}

fn and_a_sixteenth(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 16)
}

/// What a panicking holder left is whole: each of these is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
