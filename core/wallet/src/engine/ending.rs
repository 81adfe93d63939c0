//! What ends with a grant: its entry at the host, and the keys that it has.

use keepwell_protocol::consent::GrantEvent;
use keepwell_protocol::domain::Timestamp;
use rusqlite::Transaction;

use crate::error::WalletError;
use crate::store::state_object::StoredGrant;
use crate::store::{compartments, grants, outbox};

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
