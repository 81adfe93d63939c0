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
    looked: Mutex<Option<(Instant, Headroom)>>,
    loans: Mutex<Loans>,
}

/// What may be added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Headroom {
    /// There is room for anything.
    Free,
    /// What ends something, and what is lent for that.
    Reserve,
    /// What ends something and adds nothing.
    None,
}

/// What spaces without room added in the hours that began at these times, in bytes.
#[derive(Default)]
struct Loans {
    by_space: HashMap<SpaceKey, (Instant, u64)>,
    from_reserve: Option<(Instant, u64)>,
    /// By how many bytes the heads of spaces grew where nothing was lent, since the start.
    longer_numbers: HashMap<SpaceKey, u64>,
}

/// How long a look counts.
const LOOK: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// The most spaces whose loans are remembered.
const MOST_LOANS: usize = 100_000;
/// By how many bytes the heads of a space may grow in all where nothing is lent: the numbers in a head grow with its
/// version.
const LONGER_NUMBERS: u64 = 32;
/// What a row without content takes in the database, in bytes: a reference, or a compartment that has some.
const REFERENCE: u64 = 64;

impl Capacity {
    pub(crate) fn new(limits: Limits, home: PathBuf) -> Self {
        Self { limits, home, looked: Mutex::default(), loans: Mutex::default() }
    }

    fn headroom(&self, stored: impl FnOnce() -> Result<u64, HostError>) -> Result<Headroom, HostError> {
        let mut looked = lock(&self.looked);
        if let Some((_, room)) = looked.filter(|(at, _)| at.elapsed() < LOOK) {
            return Ok(room);
        }
        let (free, reserve) = (self.free()?, self.limits.free_bytes);
        let room = if free < reserve / 2 {
            Headroom::None
        } else if free < reserve || stored()? >= self.limits.total_bytes {
            Headroom::Reserve
        } else {
            Headroom::Free
        };
        if room != Headroom::Free {
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
    fn lend(&self, space: SpaceKey, added: u64, room: Headroom) -> bool {
        let mut loans = lock(&self.loans);
        if loans.by_space.len() >= MOST_LOANS {
            loans.by_space.retain(|_, (since, _)| since.elapsed() < HOUR);
        }
        let with_added = |before: Option<(Instant, u64)>| {
            let (since, bytes) =
                before.filter(|(since, _)| since.elapsed() < HOUR).unwrap_or((Instant::now(), 0));
            (since, bytes.saturating_add(added))
        };
        let of_space = with_added(loans.by_space.get(&space).copied());
        let of_reserve = with_added(loans.from_reserve);
        let is_within = added <= self.limits.lent_bytes
            && of_space.1 <= self.limits.lent_hour_bytes
            && loans.by_space.len() < MOST_LOANS;
        let is_lent = is_within
            && match room {
                Headroom::Free => true,
                Headroom::Reserve => of_reserve.1 <= self.limits.free_bytes / 4,
                Headroom::None => false,
            };
        if is_lent {
            loans.by_space.insert(space, of_space);
        }
        if is_lent && room == Headroom::Reserve {
            loans.from_reserve = Some(of_reserve);
        }
        is_lent
    }

    /// Lets heads grow by so many bytes, and references be added, where there is no room; false if that is too much.
    fn lend_growth(&self, space: SpaceKey, grown: u64, references: u64, room: Headroom) -> bool {
        let added = grown.saturating_add(references);
        if added == 0 || self.lend(space, added, room) {
            return true;
        }
        let numbers = &mut lock(&self.loans).longer_numbers;
        let longer = numbers.get(&space).copied().unwrap_or(0).saturating_add(grown);
        let is_numbers = references == 0 && longer <= LONGER_NUMBERS;
        if is_numbers {
            numbers.insert(space, longer);
        }
        is_numbers
    }
}

impl Service {
    fn headroom(&self) -> Result<Headroom, HostError> {
        self.capacity.headroom(|| self.store.total_bytes())
    }

    /// Refuses to take more when the host is full.
    pub(crate) fn ensure_room(&self) -> Result<(), Refusal> {
        if self.headroom()? == Headroom::Free { Ok(()) } else { Err(Refusal::HostFull) }
    }

    /// Refuses a reading where half of the reserve is gone: nothing is read that is not logged.
    pub(crate) fn ensure_logged(&self) -> Result<(), Refusal> {
        if self.headroom()? == Headroom::None { Err(Refusal::HostFull) } else { Ok(()) }
    }

    /// Whether what was refused is logged as well: only where there is room for anything, so that nobody fills what is
    /// kept for ends by asking in vain.
    pub(crate) fn logs_refusals(&self) -> Result<bool, Refusal> {
        Ok(self.headroom()? == Headroom::Free)
    }

    /// Refuses blobs for which there is no room; a little is left for a wallet that ends something.
    pub(crate) fn ensure_room_for(&self, space: SpaceKey, lengths: &[(BlobId, u64)]) -> Result<(), Refusal> {
        let added: u64 = lengths.iter().map(|(_, length)| length.saturating_add(BLOB_ROW)).sum();
        let held = self.store.stored_bytes(space)?.saturating_add(added);
        let (room, quota) = (self.headroom()?, self.capacity.limits.space_bytes);
        let refusal = match room {
            _ if held > quota => Refusal::SpaceFull,
            Headroom::Free => return Ok(()),
            Headroom::Reserve | Headroom::None => Refusal::HostFull,
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

    /// Says of a commit by how much its heads grow whether there is room for it; nothing where there is room for
    /// anything. Where the host is full, that is one which adds nothing to what it ends, but for what is lent.
    pub(crate) fn room_to_commit<'a>(
        &'a self,
        space: SpaceKey,
        commit: &'a Commit,
    ) -> Result<Option<impl FnOnce(u64) -> bool + use<'a>>, Refusal> {
        let room = self.headroom()?;
        let has_room = move |grown: u64| {
            let references = commit.references_added.iter().map(|added| 1 + added.blobs.len()).sum::<usize>();
            let references = u64::try_from(references).unwrap_or(u64::MAX).saturating_mul(REFERENCE);
            commit.only_ends() && self.capacity.lend_growth(space, grown, references, room)
        };
        Ok((room != Headroom::Free).then_some(has_room))
    }
}

fn and_a_sixteenth(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 16)
}

/// What a panicking holder left is whole: each of these is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
