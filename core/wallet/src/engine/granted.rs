//! What a transaction or a proof is about, and what becomes of the grant of a share link.

use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::domain::{GrantId, Timestamp};
use rusqlite::{Connection, Transaction};

use crate::error::WalletError;
use crate::store::links::{self, LinkGrant, StoredLink};
use crate::store::state_object::StoredGrant;
use crate::store::{StoreError, grants, outbox};

/// What a transaction or a proof is about, where it is not about the wallet's own account.
pub(crate) enum Granted {
    /// A provider may read.
    Provider(StoredGrant),
    /// Whoever has a link may read what lies behind it.
    Link(StoredLink, LinkGrant),
}

impl Granted {
    pub(crate) fn find(connection: &Connection, id: GrantId) -> Result<Option<Self>, StoreError> {
        if let Some(grant) = grants::find(connection, id)? {
            return Ok(Some(Self::Provider(grant)));
        }
        let link = links::with_grant(connection, id)?;
        Ok(link.and_then(|link| link.grant.clone().map(|grant| Self::Link(link, grant))))
    }

    pub(crate) fn state(&self) -> GrantState {
        match self {
            Self::Provider(grant) => grant.state,
            Self::Link(_, grant) => grant.state,
        }
    }
}

/// Takes over what became of a link's grant; returns its state after that. One that the ledger shows revoked is ended here,
/// too, whoever ended it.
pub(crate) fn apply(
    transaction: &Transaction<'_>,
    mut link: StoredLink,
    event: GrantEvent,
    now: Timestamp,
) -> Result<Option<GrantState>, WalletError> {
    let (Some(id), Some(grant)) = (link.entry.grant, link.grant.as_mut()) else { return Ok(None) };
    let was = grant.state;
    let Ok(state) = was.after(event) else { return Ok(Some(was)) };
    // What is being revoked goes on being handed in until that is proved.
    if state != GrantState::Revoking {
        outbox::remove_about(transaction, id)?;
    }
    if state != was {
        grant.state = state;
        if state == GrantState::Revoked && !link.entry.revoked {
            link.entry.revoked = true;
            links::set(transaction, &link, false, now)?;
        } else {
            links::set_grant_state(transaction, link.entry.id, state)?;
        }
    }
    Ok(Some(state))
}

/// Ends the grants of links whose time is over at `time`, which is that of a verified header.
pub(crate) fn expire(
    transaction: &Transaction<'_>,
    time: Timestamp,
    now: Timestamp,
) -> Result<(), WalletError> {
    for link in links::all(transaction)? {
        let is_granted = link.grant.as_ref().is_some_and(|grant| grant.state.is_entitled());
        if is_granted && time >= link.entry.expires {
            apply(transaction, link, GrantEvent::Expire, now)?;
        }
    }
    Ok(())
}

/// The number of the one grant in a link's account.
pub(crate) const ONLY: u32 = 0;
