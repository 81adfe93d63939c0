//! Which wallet of the same recovery words acts on the space.

use keepwell_protocol::domain::{Object, Timestamp};
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction};

use super::settings::Setting;
use super::{StoreError, settings};

/// Which wallet of these words acts on the space: each restore, and each move to a new device, is the
/// next, and the one before publishes nothing any more.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredTakeover {
    /// 1, 2, 3 …; the wallet that was made first has none.
    #[n(0)]
    pub(crate) number: u32,
    /// When it took over.
    #[n(1)]
    pub(crate) time: Timestamp,
}

impl Object for StoredTakeover {}

/// What was taken over from another wallet of the same words.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct OtherWallet {
    /// Record versions that were not here.
    #[n(0)]
    pub records: u64,
    /// Grants that were not here.
    #[n(1)]
    pub grants: u64,
    /// Shares that were not here.
    #[n(2)]
    pub shares: u64,
    /// Providers to whom both had granted under one number: the other wallet's grant stands, and the one made here,
    /// of which nobody had heard, is to be made again.
    #[n(3)]
    pub grants_lost: Vec<String>,
    /// What the other wallet had published and the host does not have: objects, lists and record versions.
    #[n(4)]
    pub missing: u64,
}

impl Object for OtherWallet {}

/// The takeover by which this wallet acts on its space; none if it made the space itself.
pub(crate) fn find(connection: &Connection) -> Result<Option<StoredTakeover>, StoreError> {
    let bytes = settings::read(connection, Setting::Takeover)?;
    Ok(bytes.map(|bytes| StoredTakeover::from_cbor(&bytes)).transpose()?)
}

/// Stores the takeover by which this wallet acts.
pub(crate) fn set(transaction: &Transaction<'_>, takeover: &StoredTakeover) -> Result<(), StoreError> {
    settings::write(transaction, Setting::Takeover, &takeover.to_cbor())
}

/// What was taken over from another wallet of the same words, as long as nobody was told.
pub(crate) fn unreported(connection: &Connection) -> Result<Option<OtherWallet>, StoreError> {
    let bytes = settings::read(connection, Setting::OtherWallet)?.filter(|bytes| !bytes.is_empty());
    Ok(bytes.map(|bytes| OtherWallet::from_cbor(&bytes)).transpose()?)
}

/// Notes what was taken over from another wallet of the same words; `None`: it was told.
pub(crate) fn set_unreported(
    transaction: &Transaction<'_>,
    taken: Option<&OtherWallet>,
) -> Result<(), StoreError> {
    settings::write(transaction, Setting::OtherWallet, &taken.map(Object::to_cbor).unwrap_or_default())
}

/// Whether another wallet of the same words has taken over, so that this one publishes nothing any more.
pub(crate) fn is_over(connection: &Connection) -> Result<bool, StoreError> {
    Ok(settings::read(connection, Setting::TakenOver)?.is_some())
}

/// Another wallet of the same words has taken over.
pub(crate) fn set_over(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    settings::write(transaction, Setting::TakenOver, &[1])
}
