//! Share links: what the host is to know of each, and what only the wallet knows.

use std::collections::BTreeSet;

use keepwell_protocol::consent::{GrantEvent, GrantState, LinkTerms};
use keepwell_protocol::domain::{AccountId, GrantId, LinkId, Object, RecordId, Scope, Slot, Timestamp};
use keepwell_protocol::vault::LinkEntry;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction, params};

use super::outbox::{self, Outgoing};
use super::state_object::grant_state;
use super::{StoreError, column};

/// Kind of the entries of the state log about links.
pub(crate) const LOGGED: &str = "share";

/// A share link as the wallet keeps it, also in `self`.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredLink {
    /// What the host is to know.
    #[n(0)]
    pub(crate) entry: LinkEntry,
    /// What the patient called it.
    #[n(1)]
    pub(crate) label: String,
    /// When it was made.
    #[n(2)]
    pub(crate) created: Timestamp,
    /// What there is to know of a link to a list of files; none: to one file.
    #[n(3)]
    pub(crate) manifest: Option<StoredManifest>,
    /// The grant on the ledger that it stands and ends with; none: it goes by the host's word alone.
    #[n(4)]
    pub(crate) grant: Option<LinkGrant>,
}

impl Object for StoredLink {}

impl StoredLink {
    /// What the ledger commits to where it is granted there.
    pub(crate) fn terms(&self) -> LinkTerms {
        let LinkEntry { id, path, expires, .. } = self.entry;
        LinkTerms { link: id, path, created: self.created, not_after: expires }
    }
}

/// The grant of a link, and all that is needed to prove and end it without the seed. Its id is in the entry.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct LinkGrant {
    /// The account, in which it is the only one.
    #[n(0)]
    pub(crate) account: AccountId,
    /// The salt of the commitment.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) salt: [u8; 32],
    /// Stands in the place of a reader.
    #[n(2)]
    pub(crate) slot: Slot,
    /// The transaction that grants.
    #[n(3)]
    pub(crate) transaction: ByteVec,
    /// Until when the ledger accepts that.
    #[n(4)]
    pub(crate) valid_until: Timestamp,
    /// The transaction that ends the grant, signed in advance.
    #[n(5)]
    pub(crate) revocation: ByteVec,
    /// Where it stands.
    #[cbor(n(6), with = "grant_state")]
    pub(crate) state: GrantState,
}

/// A link to a list of files. Its passcode is not kept: the host tells it from others by what it was given.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredManifest {
    /// Whether it asks for a passcode.
    #[n(0)]
    pub(crate) needs_passcode: bool,
    /// What its content follows; none: it stays as it is.
    #[n(1)]
    pub(crate) followed: Option<FollowedChoice>,
}

/// What was chosen to leave, so that it can be chosen again.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct FollowedChoice {
    /// The scopes as they were given.
    #[n(0)]
    pub(crate) scopes: Vec<Scope>,
    /// Whether it is a summary.
    #[n(1)]
    pub(crate) is_summary: bool,
    /// The stable names of the sensitive kinds that stay.
    #[n(2)]
    pub(crate) leave_out: Vec<String>,
    /// Whether identity numbers and photos leave.
    #[n(3)]
    pub(crate) with_numbers: bool,
    /// SHA-256 of what was chosen when the host was given it last.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(crate) chosen: [u8; 32],
    /// What the patient tells of themselves.
    #[n(5)]
    pub(crate) story: Option<String>,
    /// The records that hold the health cards which go along.
    #[cbor(n(6), default, skip_if = "Vec::is_empty")]
    pub(crate) cards: Vec<RecordId>,
}

/// Every link, by identifier.
pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredLink>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM link ORDER BY id")?;
    statement.query_and_then([], |row| column::object(row, "object"))?.collect()
}

pub(crate) fn find(connection: &Connection, id: LinkId) -> Result<Option<StoredLink>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM link WHERE id = ?1")?;
    statement.query_and_then([id.as_bytes()], |row| column::object(row, "object"))?.next().transpose()
}

/// The link that stands with this grant.
pub(crate) fn with_grant(connection: &Connection, grant: GrantId) -> Result<Option<StoredLink>, StoreError> {
    Ok(all(connection)?.into_iter().find(|link| link.entry.grant == Some(grant)))
}

/// Stores a link, new or changed; `told`: the host knows of it already. With a link that is revoked its grant ends: what
/// ends that on the ledger is queued.
pub(crate) fn set(
    transaction: &Transaction<'_>,
    link: &StoredLink,
    told: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut link = link.clone();
    if let (true, Some(id), Some(grant)) = (link.entry.revoked, link.entry.grant, link.grant.as_mut())
        && grant.state < GrantState::Revoking
        && let Ok(state) = grant.state.after(GrantEvent::Revoke)
    {
        grant.state = state;
        outbox::end(transaction, grant.account, id, &grant.revocation, now)?;
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO link (id, changed, object) VALUES (?1, ?2, ?3)")?
        .execute(params![link.entry.id.as_bytes(), !told, link.to_cbor()])?;
    Ok(())
}

/// Queues what is still to be sent of a link's grant by its state, and nothing else about it.
pub(crate) fn requeue_grant(
    transaction: &Transaction<'_>,
    id: LinkId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(StoredLink { entry, grant: Some(grant), .. }) = find(transaction, id)? else { return Ok(()) };
    let Some(id) = entry.grant else { return Ok(()) };
    match grant.state {
        GrantState::Pending if outbox::has_transaction_about(transaction, id)? => Ok(()),
        GrantState::Pending => {
            outbox::add(transaction, Outgoing::Transaction, grant.account, id, &grant.transaction, now)
        }
        GrantState::Revoking => outbox::end(transaction, grant.account, id, &grant.revocation, now),
        GrantState::Active | GrantState::Expired | GrantState::Revoked => {
            outbox::remove_about(transaction, id)
        }
    }
}

/// Notes where the grant of a link stands, of which the host learns nothing.
pub(crate) fn set_grant_state(
    transaction: &Transaction<'_>,
    id: LinkId,
    state: GrantState,
) -> Result<(), StoreError> {
    let Some(mut link) = find(transaction, id)? else { return Ok(()) };
    if let Some(grant) = link.grant.as_mut() {
        grant.state = state;
        update_object(transaction, &link)?;
    }
    Ok(())
}

fn update_object(transaction: &Transaction<'_>, link: &StoredLink) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE link SET object = ?2 WHERE id = ?1")?
        .execute(params![link.entry.id.as_bytes(), link.to_cbor()])?;
    Ok(())
}

/// Notes what a link shows now; what the host is to know of it stays as it is.
pub(crate) fn set_chosen(
    transaction: &Transaction<'_>,
    id: LinkId,
    chosen: [u8; 32],
) -> Result<(), StoreError> {
    let Some(mut link) = find(transaction, id)? else { return Ok(()) };
    if let Some(followed) = link.manifest.as_mut().and_then(|manifest| manifest.followed.as_mut()) {
        followed.chosen = chosen;
        update_object(transaction, &link)?;
    }
    Ok(())
}

/// Whether the host does with a link what was decided, by a commit or by its own word.
pub(crate) fn is_acknowledged(connection: &Connection, id: LinkId) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM link WHERE id = ?1 AND changed <> 1")?;
    Ok(statement.exists([id.as_bytes()])?)
}

/// Whether a commit that the host has names a link as it is.
pub(crate) fn is_committed(connection: &Connection, id: LinkId) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM link WHERE id = ?1 AND changed = 0")?;
    Ok(statement.exists([id.as_bytes()])?)
}

/// The links with which the host still does what it did before.
pub(crate) fn unacknowledged(connection: &Connection) -> Result<BTreeSet<LinkId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM link WHERE changed = 1")?;
    statement.query_and_then([], |row| column::id(row, "id"))?.collect()
}

/// The host has done this by its own word; the commit that names it is still to come.
pub(crate) fn note_acknowledged(transaction: &Transaction<'_>, entry: &LinkEntry) -> Result<(), StoreError> {
    if find(transaction, entry.id)?.is_some_and(|link| link.entry == *entry) {
        transaction
            .prepare_cached("UPDATE link SET changed = 2 WHERE id = ?1 AND changed = 1")?
            .execute([entry.id.as_bytes()])?;
    }
    Ok(())
}

/// The links of which a commit has yet to tell the host something, by identifier.
pub(crate) fn changed(connection: &Connection) -> Result<Vec<StoredLink>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM link WHERE changed > 0 ORDER BY id")?;
    statement.query_and_then([], |row| column::object(row, "object"))?.collect()
}

/// The host has learned this; what changed since stays to be told.
pub(crate) fn acknowledge(transaction: &Transaction<'_>, entry: &LinkEntry) -> Result<(), StoreError> {
    if find(transaction, entry.id)?.is_some_and(|link| link.entry == *entry) {
        transaction
            .prepare_cached("UPDATE link SET changed = 0 WHERE id = ?1")?
            .execute([entry.id.as_bytes()])?;
    }
    Ok(())
}
