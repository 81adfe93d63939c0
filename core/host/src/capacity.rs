//! How much a host holds, and what it still takes when it holds as much as it may.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keepwell_protocol::domain::BlobId;

use crate::HostError;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::SpaceKey;

/// How much a host holds, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quotas {
    /// Of sealed records in one space.
    pub space: u64,
    /// Of sealed records in all.
    pub total: u64,
    /// How much of the disk stays free, for what ends something.
    pub keep_free: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { space: 16 << 30, total: u64::MAX, keep_free: 256 << 20 }
    }
}

/// Whether there is room, looked at now and then.
pub(crate) struct Capacity {
    pub(crate) quotas: Quotas,
    home: PathBuf,
    looked: Mutex<Option<(Instant, bool)>>,
    /// What each space uploaded without room, since when.
    lent: Mutex<HashMap<SpaceKey, (Instant, u64)>>,
}

/// How long a look counts.
const LOOK: Duration = Duration::from_secs(1);

/// The most bytes that a space without room uploads at once, and in an hour: those of the wallet's own state,
/// which name what has ended.
const LENT: (u64, u64) = (256 * 1024, 1024 * 1024);
const HOUR: Duration = Duration::from_secs(3600);
/// The most spaces whose loans are remembered.
const MOST_LENT: usize = 100_000;

impl Capacity {
    pub(crate) fn new(quotas: Quotas, home: PathBuf) -> Self {
        Self { quotas, home, looked: Mutex::default(), lent: Mutex::default() }
    }

    /// Whether something may be added; else only what ends something is taken.
    pub(crate) fn has_room(
        &self,
        stored: impl FnOnce() -> Result<u64, HostError>,
    ) -> Result<bool, HostError> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, has_room)) = looked.filter(|(at, _)| at.elapsed() < LOOK) {
            return Ok(has_room);
        }
        let disk = rustix::fs::statvfs(&self.home).map_err(std::io::Error::from)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let has_room = free >= self.quotas.keep_free && stored()? < self.quotas.total;
        if !has_room {
            tracing::error!(code = "HostFull", free, "only what ends something is taken");
        }
        *looked = Some((Instant::now(), has_room));
        Ok(has_room)
    }

    /// Lets a space without room upload a little; false if it did so already.
    fn lend(&self, space: SpaceKey, added: u64) -> bool {
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        if lent.len() >= MOST_LENT {
            lent.retain(|_, (since, _)| since.elapsed() < HOUR);
        }
        let (since, bytes) = lent
            .get(&space)
            .copied()
            .filter(|(since, _)| since.elapsed() < HOUR)
            .unwrap_or((Instant::now(), 0));
        let bytes = bytes.saturating_add(added);
        let is_lent = added <= LENT.0 && bytes <= LENT.1 && lent.len() < MOST_LENT;
        if is_lent {
            lent.insert(space, (since, bytes));
        }
        is_lent
    }
}

impl Service {
    /// Refuses to take more when the host is full.
    pub(crate) fn ensure_room(&self) -> Result<(), Refusal> {
        if self.capacity.has_room(|| self.store.total_bytes())? { Ok(()) } else { Err(Refusal::HostFull) }
    }

    /// Refuses blobs for which there is no room; a little is left for a wallet that ends something.
    pub(crate) fn ensure_room_for(&self, space: SpaceKey, lengths: &[(BlobId, u64)]) -> Result<(), Refusal> {
        let added: u64 = lengths.iter().map(|(_, length)| length).sum();
        let is_over = self.store.stored_bytes(space)?.saturating_add(added) > self.capacity.quotas.space;
        match if is_over { Err(Refusal::SpaceFull) } else { self.ensure_room() } {
            Err(Refusal::SpaceFull | Refusal::HostFull) if self.capacity.lend(space, added) => Ok(()),
            ensured => ensured,
        }
    }
}
