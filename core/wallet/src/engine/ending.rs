//! What ends with a grant: its entry at the host, and the keys that it has.

use std::collections::BTreeMap;

use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::domain::{GrantId, Timestamp};
use rusqlite::{Connection, Transaction};

use crate::error::WalletError;
use crate::store::state_object::StoredGrant;
use crate::store::{StoreError, commits, compartments, grants, outbox};

/// Ends a grant that was not revoked yet: what ends it is queued, and nothing more is published to it.
pub(crate) fn revoke(
    transaction: &Transaction<'_>,
    grant: &StoredGrant,
    now: Timestamp,
) -> Result<GrantState, WalletError> {
    let state = grant.state.after(GrantEvent::Revoke)?;
    // What was to be sent about it, its own transaction too, is overtaken.
    outbox::end(transaction, grant.terms.account, grant.id(), &grant.revocation, now)?;
    let ended = StoredGrant { state, since: now, ..grant.clone() };
    grants::set(transaction, &ended, now)?;
    end(transaction, &ended)?;
    // A commit that was sealed and not sent may carry a packet for it.
    commits::clear_unsent(transaction)?;
    Ok(state)
}

/// The grants that stand, and are to end since another that replaces them is in use; those too that one of these was to
/// replace.
pub(crate) fn replaced(connection: &Connection) -> Result<Vec<StoredGrant>, StoreError> {
    let mut others: BTreeMap<GrantId, StoredGrant> =
        grants::all(connection)?.into_iter().map(|grant| (grant.id(), grant)).collect();
    let in_use = others.values().filter(|grant| grant.is_in_use());
    let mut next: Vec<GrantId> = in_use.filter_map(|grant| grant.replaces).collect();
    let mut replaced = Vec::new();
    while let Some(id) = next.pop() {
        let Some(former) = others.remove(&id) else { continue };
        next.extend(former.replaces);
        replaced.extend(Some(former).filter(|former| former.state.is_entitled()));
    }
    Ok(replaced)
}

/// Takes from a grant what it opens: the host is to drop it, and the next head of each of its
/// compartments is due, under a key that it never had.
pub(crate) fn end(transaction: &Transaction<'_>, grant: &StoredGrant) -> Result<(), WalletError> {
    let id = grant.id();
    grants::drop_entry(transaction, id)?;
    for compartment in grant.compartments() {
        if let Some(row) = compartments::find(transaction, compartment)?
            && row.holders.grants.contains(&id)
        {
            compartments::mark_changed(transaction, row.row)?;
        }
    }
    Ok(())
}

/// Ends every grant that is over at `time`, which is that of a verified header.
pub(crate) fn expire(
    transaction: &Transaction<'_>,
    time: Timestamp,
    now: Timestamp,
) -> Result<(), WalletError> {
    for standing in grants::live(transaction)?.into_iter().filter(|grant| time >= grant.not_after) {
        if let Some(grant) = grants::find(transaction, standing.id)? {
            let state = grant.state.after(GrantEvent::Expire)?;
            outbox::remove_about(transaction, grant.id())?;
            let ended = StoredGrant { state, since: now, ..grant };
            grants::set(transaction, &ended, now)?;
            grants::drop_entry(transaction, ended.id())?;
        }
    }
    Ok(())
}
