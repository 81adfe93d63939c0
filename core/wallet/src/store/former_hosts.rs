//! Hosts that the wallet has left and that have yet to be told so.

use keepwell_protocol::domain::{Object, Timestamp};
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction};

use super::settings::Setting;
use super::{StoreError, settings};

/// A host that the wallet has left.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct FormerHost {
    #[n(0)]
    pub(crate) url: String,
    /// When the wallet left.
    #[n(1)]
    pub(crate) left: Timestamp,
    /// When it was asked last and gave no answer; zero: never.
    #[n(2)]
    pub(crate) tried: Timestamp,
}

/// The hosts that have yet to be told where the space is.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct FormerHosts {
    /// The version with which the space begins at the host that the wallet has now.
    #[n(0)]
    pub(crate) begins: u64,
    /// In the order in which it left them.
    #[n(1)]
    pub(crate) hosts: Vec<FormerHost>,
}

impl Object for FormerHosts {}

pub(crate) fn read(connection: &Connection) -> Result<FormerHosts, StoreError> {
    match settings::read(connection, Setting::FormerHosts)? {
        Some(bytes) => Ok(FormerHosts::from_cbor(&bytes)?),
        None => Ok(FormerHosts::default()),
    }
}

pub(crate) fn write(transaction: &Transaction<'_>, former: &FormerHosts) -> Result<(), StoreError> {
    settings::write(transaction, Setting::FormerHosts, &former.to_cbor())
}
