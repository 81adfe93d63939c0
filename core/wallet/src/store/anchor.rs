//! The wallet's grant to itself, by which the ledger knows how far its space is.

use keepwell_protocol::domain::{AccountId, Day, Object, Timestamp};
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction};

use super::settings::Setting;
use super::{StoreError, settings};

/// A `self` head that the ledger was given.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub(crate) struct Anchored {
    #[n(0)]
    pub(crate) version: u64,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) head: [u8; 32],
}

/// The grant of the wallet to itself, by which the ledger knows how far its space is.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredAnchor {
    /// The wallet's own account on the ledger.
    #[n(0)]
    pub(crate) account: AccountId,
    /// The number of the grant in it.
    #[n(1)]
    pub(crate) number: u32,
    /// The version of the grant that was last sent to the ledger.
    #[n(2)]
    pub(crate) version: u32,
    /// Its last day.
    #[n(3)]
    pub(crate) not_after: Day,
    /// What was last sent, newest last, at most two.
    #[n(4)]
    pub(crate) recent: Vec<Anchored>,
}

impl Object for StoredAnchor {}

/// The grant of the wallet to itself, once it was made.
pub(crate) fn find(connection: &Connection) -> Result<Option<StoredAnchor>, StoreError> {
    let bytes = settings::read(connection, Setting::Anchor)?;
    Ok(bytes.map(|bytes| StoredAnchor::from_cbor(&bytes)).transpose()?)
}

/// Stores the grant of the wallet to itself.
pub(crate) fn set(transaction: &Transaction<'_>, anchor: &StoredAnchor) -> Result<(), StoreError> {
    settings::write(transaction, Setting::Anchor, &anchor.to_cbor())
}

/// There is no grant of the wallet to itself.
pub(crate) fn forget(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    settings::remove(transaction, Setting::Anchor)
}

/// When the anchor is to move because of a change that it does not cover; none if it covers all.
pub(crate) fn due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let bytes = settings::read(connection, Setting::AnchorDue)?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map(u64::from_be_bytes).filter(|due| *due > 0).map(Timestamp))
}

/// Stores when the anchor is to move; `None`: it covers everything.
pub(crate) fn set_due(transaction: &Transaction<'_>, due: Option<Timestamp>) -> Result<(), StoreError> {
    settings::write(transaction, Setting::AnchorDue, &due.map_or(0, |due| due.0).to_be_bytes())
}
