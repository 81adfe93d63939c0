//! Where the space is now: a host that it has left says so, in its owner's words (flows.md §4.6).

use keepwell_net::{Clock, Reach};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::vault::SpaceView;

use super::from::RestoreFrom;
use crate::error::WalletError;
use crate::net::{HostClient, RemoteError};
use crate::store::held_keys::HeldKeys;

/// A space and the host that has it.
pub(crate) struct Found {
    pub(crate) host_url: String,
    pub(crate) view: SpaceView,
}

/// Finds the space of these keys, without its blobs, at the host that is named or where that says that it has
/// moved: never to a lower version, and over at most [`MOST_MOVES`] hosts.
///
/// A host that does not have the space, or an older one than the host before, is not followed: the move may not
/// have been carried out, and the ledger tells what is the newest.
///
/// # Errors
/// [`WalletError::SpaceMissing`] if the host that is named has no such space; [`WalletError::Remote`] if it, or
/// one that the space has moved to, can't be reached.
pub(crate) fn find(
    from: RestoreFrom<'_>,
    keys: &HeldKeys,
    clock: &dyn Clock,
    rng: &mut Rng,
) -> Result<Found, WalletError> {
    let mut view_at =
        |host_url: &str| match HostClient::new(from.network.transport, host_url, &keys.owner, clock)
            .space(rng)
        {
            Ok(view) if view.version > 0 => Ok(Some(view)),
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(WalletError::from(error)),
        };
    let host_url = from.servers.host_url.to_owned();
    let view = view_at(&host_url)?.ok_or(WalletError::SpaceMissing)?;
    let mut found = Found { host_url, view };
    for _ in 0..MOST_MOVES {
        let Some(host_url) = next_host(&found.view, keys)? else { break };
        match view_at(&host_url)? {
            Some(view) if view.version >= found.view.version => found = Found { host_url, view },
            _ => break,
        }
    }
    Ok(found)
}

/// The host that the space has moved to, if its owner says so of the version that is served or a later one.
fn next_host(view: &SpaceView, keys: &HeldKeys) -> Result<Option<String>, WalletError> {
    let Some(moved) = view.moved_to.as_ref().filter(|moved| moved.place.version >= view.version) else {
        return Ok(None);
    };
    if moved.verify(&keys.owner.public_key()).is_err() {
        return Ok(None);
    }
    Reach::Configured.check_text(&moved.place.url).map_err(RemoteError::from)?;
    Ok(Some(moved.place.url.clone()))
}

/// How many moves are followed.
const MOST_MOVES: usize = 4;
