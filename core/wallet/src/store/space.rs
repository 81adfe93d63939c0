//! Where this wallet is connected, and how far its space at the host is.

use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::{TrustAnchor, TrustedState};
use rusqlite::{Connection, Transaction, params};

use super::{StoreError, column};

/// The servers of this wallet and what is known of them.
pub(crate) struct ConnectionRow {
    /// A gateway of the ledger.
    pub(crate) ledger_url: String,
    /// The host.
    pub(crate) host_url: String,
    /// What the user brought to trust the ledger by.
    pub(crate) anchor: TrustAnchor,
    /// The newest header that was verified.
    pub(crate) trusted: TrustedState,
    /// The version that the host has acknowledged.
    pub(crate) space_version: u64,
    /// Hash of the `self` head of that version.
    pub(crate) self_head: Option<[u8; 32]>,
}

/// Reads the connection; `None` while the wallet works on its own.
pub(crate) fn connection(connection: &Connection) -> Result<Option<ConnectionRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT ledger_url, host_url, trust_anchor, trusted_state, space_version, self_head FROM connection",
    )?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let self_head = match row.get_ref("self_head")? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(*column::bytes32(row, "self_head")?),
    };
    Ok(Some(ConnectionRow {
        ledger_url: row.get("ledger_url")?,
        host_url: row.get("host_url")?,
        anchor: TrustAnchor::parse(row.get_ref("trust_anchor")?.as_blob().map_err(rusqlite::Error::from)?)
            .map_err(|_| StoreError::Corrupt { part: "the trust anchor" })?,
        trusted: column::object(row, "trusted_state")?,
        space_version: column::number(row, "space_version")?,
        self_head,
    }))
}

/// Stores where the wallet is connected.
pub(crate) fn connect(transaction: &Transaction<'_>, row: &ConnectionRow) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO connection (id, ledger_url, host_url, trust_anchor, trusted_state, space_version, self_head)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            row.ledger_url,
            row.host_url,
            row.anchor.to_json().into_bytes(),
            row.trusted.to_cbor(),
            column::stored(row.space_version),
            row.self_head,
        ],
    )?;
    Ok(())
}

/// Stores the newest verified header.
pub(crate) fn set_trusted(connection: &Connection, trusted: &TrustedState) -> Result<(), StoreError> {
    connection.execute("UPDATE connection SET trusted_state = ?1", params![trusted.to_cbor()])?;
    Ok(())
}

/// Records that the host has acknowledged a version.
pub(crate) fn set_version(
    transaction: &Transaction<'_>,
    version: u64,
    self_head: &[u8; 32],
) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE connection SET space_version = ?1, self_head = ?2",
        params![column::stored(version), self_head],
    )?;
    Ok(())
}
