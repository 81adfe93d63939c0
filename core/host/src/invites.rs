//! Invitations: made by the operator beside the running host, used up by those who open a space.

use std::path::Path;

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::vault::{Invite, SpaceOpening};
use keepwell_server::lock_file;

use crate::answer::Call;
use crate::home::{DATABASE, LOCK};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{Admission, Store};
use crate::{HostError, Registration};

/// Makes an invitation to the host of this home, which may be serving, that opens `uses` spaces until `not_after`.
///
/// # Errors
/// [`HostError::NoHome`] if there is no host's home; [`HostError::Randomness`]; else that the database can't be
/// written.
pub fn invite(home: &Path, not_after: Timestamp, uses: u32, rng: &mut Rng) -> Result<Invite, HostError> {
    let database = home.join(DATABASE);
    if !database.exists() {
        return Err(HostError::NoHome);
    }
    let invite = Invite::generate(rng).map_err(|_| HostError::Randomness)?;
    let lock = lock_file(home, LOCK)?;
    // A program that is serving would not know what a newer form of its database is.
    let store = if lock.is_some() { Store::open(&database)? } else { Store::open_beside(&database)? };
    store.put_invite(invite.hash(), not_after, uses)?;
    Ok(invite)
}

impl Service {
    /// What the one who asks to open a space shows for it. Who is known is not asked.
    pub(crate) fn admission(&self, call: &Call) -> Result<Admission, Refusal> {
        let body = call.request.body.as_slice();
        match self.registration {
            Registration::Open => Ok(Admission::Everybody),
            // As up to 0.2.0.
            Registration::Invite if body.is_empty() => Ok(Admission::Invited(None)),
            Registration::Invite => {
                let opening =
                    SpaceOpening::from_cbor(body).map_err(|error| Refusal::Malformed(error.code()))?;
                Ok(Admission::Invited(opening.invite.map(|invite| invite.hash())))
            }
        }
    }
}
