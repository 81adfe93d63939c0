//! Through whom the ledger is asked about providers and the wallet's own account.

use keepwell_protocol::domain::{GatewayId, Object, Timestamp};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, Transaction};

use super::settings::Setting;
use super::{StoreError, settings};

/// How it was asked last.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct StoredQuestions {
    /// The host that was the wallet's then.
    #[n(0)]
    pub(crate) host_url: String,
    /// The gateway that the host passes sealed questions on to; none: a gateway was asked directly.
    #[n(1)]
    pub(crate) gateway: Option<SealingGateway>,
}

impl Object for StoredQuestions {}

/// A gateway to which questions are sealed.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct SealingGateway {
    #[n(0)]
    pub(crate) id: GatewayId,
    /// Its key configuration (RFC 9458 §3.1), as the ledger proved it.
    #[n(1)]
    pub(crate) configuration: ByteVec,
    /// The time of the header that proved it; 0 once the gateway did not know it.
    #[n(2)]
    pub(crate) header_time: Timestamp,
}

/// How the ledger was asked last; none if it never was.
pub(crate) fn find(connection: &Connection) -> Result<Option<StoredQuestions>, StoreError> {
    let bytes = settings::read(connection, Setting::LedgerQuestions)?;
    Ok(bytes.map(|bytes| StoredQuestions::from_cbor(&bytes)).transpose()?)
}

/// Notes how it is asked.
pub(crate) fn set(transaction: &Transaction<'_>, questions: &StoredQuestions) -> Result<(), StoreError> {
    settings::write(transaction, Setting::LedgerQuestions, &questions.to_cbor())
}
