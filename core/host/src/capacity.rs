//! How much a host may still take, and what it lends where it holds as much as it may.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keepwell_server::Limits;

use crate::HostError;
use crate::store::SpaceKey;

/// Whether there is room, looked at now and then.
pub(crate) struct Capacity {
    pub(crate) limits: Limits,
    home: PathBuf,
    looked: Mutex<Option<(Instant, Headroom)>>,
    loans: Mutex<Loans>,
}

/// What may be added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Headroom {
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

impl Capacity {
    pub(crate) fn new(limits: Limits, home: PathBuf) -> Self {
        Self { limits, home, looked: Mutex::default(), loans: Mutex::default() }
    }

    pub(crate) fn headroom(
        &self,
        stored: impl FnOnce() -> Result<u64, HostError>,
    ) -> Result<Headroom, HostError> {
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
    pub(crate) fn lend(&self, space: SpaceKey, added: u64, room: Headroom) -> bool {
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
    pub(crate) fn lend_growth(&self, space: SpaceKey, grown: u64, references: u64, room: Headroom) -> bool {
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

/// What a panicking holder left is whole: each of these is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
