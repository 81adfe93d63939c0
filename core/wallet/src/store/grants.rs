//! Grants: each with everything that proves, delivers and ends it, and what the host is to know of it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{AccountId, CompartmentId, Duration, GrantId, Object, Slot, Timestamp};
use keepwell_protocol::vault::GrantEntry;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, params};

use super::state_log::Guarded;
use super::state_object::StoredGrant;
use super::{StoreError, column, state_log};

/// How the state log guards the table.
pub(crate) const GUARDED: Guarded =
    Guarded { written: "grant", removed: "grant-removed", rows: "SELECT id, log_seq FROM consent_grant" };

/// What the host is to know of a grant, and whether it does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EntryState {
    /// The host has the entry, or has dropped it.
    Told,
    /// An entry or a drop is to be told.
    ToTell,
    /// A new packet is to be sealed first.
    ToPack,
}

/// What the host has yet to learn of one grant.
pub(crate) struct EntryChange {
    pub(crate) grant: GrantId,
    /// Its entry; `None`: it is dropped.
    pub(crate) entry: Option<GrantEntry>,
}

/// What every publication asks of a grant that stands.
pub(crate) struct LiveGrant {
    pub(crate) id: GrantId,
    pub(crate) account: AccountId,
    /// The blinded reader.
    pub(crate) slot: Slot,
    /// It ends with this second.
    pub(crate) not_after: Timestamp,
    /// How old the ledger's word may be.
    pub(crate) max_staleness: Duration,
    /// Until when the ledger takes its transaction.
    pub(crate) valid_until: Timestamp,
    /// Whether the ledger was proved to have it.
    pub(crate) is_proved: bool,
    /// What it opens, sorted.
    pub(crate) compartments: Vec<CompartmentId>,
    /// Whether a compartment serves it alone.
    pub(crate) is_private: bool,
}

/// The grants that are pending or active, by identifier; whether their time is over is not asked.
pub(crate) fn live(connection: &Connection) -> Result<Vec<LiveGrant>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, account, slot, not_after, max_staleness, compartments, is_private,
                iif(state = 'pending', object, NULL) AS pending
         FROM consent_grant WHERE state IN ('pending', 'active') ORDER BY id",
    )?;
    statement
        .query_and_then([], |row| {
            let compartments = row.get_ref("compartments")?.as_blob().map_err(rusqlite::Error::from)?;
            let pending: Option<StoredGrant> = match row.get_ref("pending")? {
                ValueRef::Null => None,
                _ => Some(column::object(row, "pending")?),
            };
            let (compartments, _) = compartments.as_chunks::<{ CompartmentId::LEN }>();
            Ok(LiveGrant {
                id: column::id(row, "id")?,
                account: column::id(row, "account")?,
                slot: column::id(row, "slot")?,
                not_after: column::time(row, "not_after")?,
                max_staleness: Duration(column::number(row, "max_staleness")?),
                is_proved: pending.is_none(),
                valid_until: pending.map_or(Timestamp(0), |grant| grant.valid_until),
                compartments: compartments.iter().map(|id| CompartmentId::from_bytes(*id)).collect(),
                is_private: row.get("is_private")?,
            })
        })?
        .collect()
}

/// Every grant as it is stored, by identifier.
pub(crate) fn objects(connection: &Connection) -> Result<Vec<(GrantId, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, object FROM consent_grant ORDER BY id")?;
    statement.query_and_then([], |row| Ok((column::id(row, "id")?, row.get("object")?)))?.collect()
}

/// Every grant, by identifier.
pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredGrant>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM consent_grant ORDER BY id")?;
    statement.query_and_then([], |row| column::object(row, "object"))?.collect()
}

pub(crate) fn find(connection: &Connection, id: GrantId) -> Result<Option<StoredGrant>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM consent_grant WHERE id = ?1")?;
    statement.query_and_then([id.as_bytes()], |row| column::object(row, "object"))?.next().transpose()
}

/// Stores a grant, new or changed, and logs that.
pub(crate) fn set(
    transaction: &Transaction<'_>,
    grant: &StoredGrant,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = grant.id();
    let state = grant.state.as_str().as_bytes();
    let log_seq = state_log::append(transaction, now, GUARDED.written, id.as_bytes(), state)?;
    let terms = &grant.terms;
    let compartments: Vec<u8> = terms.compartments.iter().flat_map(|one| *one.id.as_bytes()).collect();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO consent_grant VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id.as_bytes(),
            column::stored(log_seq),
            grant.state.as_str(),
            terms.account.as_bytes(),
            grant.slot.as_bytes(),
            column::stored(terms.not_after.0),
            column::stored(terms.max_staleness.0),
            compartments,
            grant.private_compartment().is_some(),
            grant.to_cbor(),
        ])?;
    Ok(())
}

/// What the host is to know of a grant now; it has yet to learn it.
pub(crate) fn set_entry(transaction: &Transaction<'_>, entry: &GrantEntry) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO grant_entry (id, changed, entry) VALUES (?1, 1, ?2)")?
        .execute(params![entry.grant.as_bytes(), entry.to_cbor()])?;
    Ok(())
}

/// A grant needs a new packet before the host is told of it again.
pub(crate) fn mark_to_pack(transaction: &Transaction<'_>, id: GrantId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE grant_entry SET changed = 2 WHERE id = ?1 AND entry IS NOT NULL")?
        .execute(params![id.as_bytes()])?;
    Ok(())
}

/// Of these grants, which a host that is behind serves again, those that were dropped are to be dropped again.
pub(crate) fn drop_again(
    transaction: &Transaction<'_>,
    served: impl Iterator<Item = GrantId>,
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "UPDATE grant_entry SET changed = 1 WHERE id = ?1 AND entry IS NULL AND changed = 0",
    )?;
    for grant in served {
        statement.execute([grant.as_bytes()])?;
    }
    Ok(())
}

/// Everything is to be told again, to a host that lost it.
pub(crate) fn tell_all_entries(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("UPDATE grant_entry SET changed = 1 WHERE changed = 0", [])?;
    Ok(())
}

/// How it stands with each grant's entry; a grant that never had one is not in it.
pub(crate) fn entry_states(connection: &Connection) -> Result<BTreeMap<GrantId, EntryState>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, changed FROM grant_entry")?;
    statement
        .query_and_then([], |row| {
            let state = match row.get("changed")? {
                0 => EntryState::Told,
                1 => EntryState::ToTell,
                _ => EntryState::ToPack,
            };
            Ok((column::id(row, "id")?, state))
        })?
        .collect()
}

/// Whether a grant that was ended is not at the host: it has acknowledged the drop, or was never told of it.
pub(crate) fn is_dropped(connection: &Connection, id: GrantId) -> Result<bool, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM grant_entry WHERE id = ?1 AND (changed != 0 OR entry IS NOT NULL)")?;
    Ok(!statement.exists([id.as_bytes()])?)
}

/// The host is to drop a grant.
pub(crate) fn drop_entry(transaction: &Transaction<'_>, id: GrantId) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE grant_entry SET changed = 1, entry = NULL WHERE id = ?1 AND entry IS NOT NULL",
        )?
        .execute(params![id.as_bytes()])?;
    Ok(())
}

/// What the host has yet to learn, by identifier.
pub(crate) fn entry_changes(connection: &Connection) -> Result<Vec<EntryChange>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, entry FROM grant_entry WHERE changed = 1 ORDER BY id")?;
    statement
        .query_and_then([], |row| {
            let entry = match row.get_ref("entry")? {
                ValueRef::Null => None,
                _ => Some(column::object(row, "entry")?),
            };
            Ok(EntryChange { grant: column::id(row, "id")?, entry })
        })?
        .collect()
}

/// The host has learned this entry; one that was replaced since stays to be told.
pub(crate) fn acknowledge_entry(transaction: &Transaction<'_>, entry: &GrantEntry) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE grant_entry SET changed = 0 WHERE id = ?1 AND entry = ?2")?
        .execute(params![entry.grant.as_bytes(), entry.to_cbor()])?;
    Ok(())
}

/// The host has dropped this grant.
pub(crate) fn acknowledge_drop(transaction: &Transaction<'_>, id: GrantId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE grant_entry SET changed = 0 WHERE id = ?1 AND entry IS NULL")?
        .execute(params![id.as_bytes()])?;
    Ok(())
}

/// Sets what the host is to know of a grant by what it serves and whether the grant `stands`: what is over is dropped,
/// what it lacks is packed anew.
pub(crate) fn settle_entry(
    transaction: &Transaction<'_>,
    grant: GrantId,
    served: Option<&GrantEntry>,
    stands: bool,
) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM grant_entry WHERE id = ?1")?.execute([grant.as_bytes()])?;
    match served {
        None => Ok(()),
        Some(served) => {
            restore_entry(transaction, grant, Some(served))?;
            if stands { Ok(()) } else { drop_entry(transaction, grant) }
        }
    }
}

/// As the host has it already, when a wallet is restored from there.
pub(crate) fn restore_entry(
    transaction: &Transaction<'_>,
    grant: GrantId,
    entry: Option<&GrantEntry>,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO grant_entry (id, changed, entry) VALUES (?1, 0, ?2)")?
        .execute(params![grant.as_bytes(), entry.map(Object::to_cbor)])?;
    Ok(())
}
