//! What is still taken where a host holds as much as it may: what ends something.

use keepwell_protocol::domain::BlobId;
use keepwell_protocol::vault::Commit;
use keepwell_server::Limits;

use crate::HostError;
use crate::capacity::Headroom;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{BLOB_ROW, SpaceBounds, SpaceKey};

/// What a row without content takes in the database, in bytes: a reference, or a compartment that has some.
const REFERENCE: u64 = 64;

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
