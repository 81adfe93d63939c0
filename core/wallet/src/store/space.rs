//! Where this wallet is connected, and how far its space at the host is.

use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::{TrustAnchor, TrustedState};
use rusqlite::{Connection, Transaction, params};

use super::settings::Setting;
use super::{StoreError, column, settings};

/// The servers of this wallet and what is known of them.
pub(crate) struct ConnectionRow {
    /// A gateway of the ledger.
    pub(crate) ledger_url: String,
    pub(crate) host_url: String,
    /// What the user brought to trust the ledger by.
    pub(crate) anchor: TrustAnchor,
    /// The newest header that was verified.
    pub(crate) trusted: TrustedState,
    /// The version that the host has acknowledged.
    pub(crate) space_version: u64,
    /// Hash of the `self` head of that version.
    pub(crate) self_head: Option<[u8; 32]>,
    /// The version at the host where that is another: the next commit starts from there.
    pub(crate) base: Option<u64>,
}

impl ConnectionRow {
    /// The version that the host is thought to be at.
    pub(crate) fn host_version(&self) -> u64 {
        self.base.unwrap_or(self.space_version)
    }
}

/// Reads the connection; `None` while the wallet works on its own.
pub(crate) fn connection(connection: &Connection) -> Result<Option<ConnectionRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT ledger_url, host_url, trust_anchor, trusted_state, space_version, self_head, base FROM connection",
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
        base: row.get::<_, Option<i64>>("base")?.map(i64::unsigned_abs),
    }))
}

/// Stores where the wallet is connected.
pub(crate) fn connect(transaction: &Transaction<'_>, row: &ConnectionRow) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO connection (id, ledger_url, host_url, trust_anchor, trusted_state, space_version, self_head, base)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.ledger_url,
            row.host_url,
            row.anchor.to_json().into_bytes(),
            row.trusted.to_cbor(),
            column::stored(row.space_version),
            row.self_head,
            row.base.map(column::stored),
        ],
    )?;
    Ok(())
}

/// Stores the newest verified header.
pub(crate) fn set_trusted(connection: &Connection, trusted: &TrustedState) -> Result<(), StoreError> {
    connection.execute("UPDATE connection SET trusted_state = ?1", params![trusted.to_cbor()])?;
    Ok(())
}

/// Stores by which gateway and from which anchor the ledger is verified from now on.
pub(crate) fn set_ledger(
    transaction: &Transaction<'_>,
    ledger_url: &str,
    anchor: &TrustAnchor,
    trusted: &TrustedState,
) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE connection SET ledger_url = ?1, trust_anchor = ?2, trusted_state = ?3",
        params![ledger_url, anchor.to_json().into_bytes(), trusted.to_cbor()],
    )?;
    Ok(())
}

/// Records that the host has acknowledged a version.
pub(crate) fn set_version(
    transaction: &Transaction<'_>,
    version: u64,
    self_head: &[u8; 32],
) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE connection SET space_version = ?1, self_head = ?2, base = NULL",
        params![column::stored(version), self_head],
    )?;
    Ok(())
}

/// Records at which version the host is while this wallet is ahead: the next commit starts from there and
/// leads to the version after `space_version`.
pub(crate) fn set_base(
    transaction: &Transaction<'_>,
    base: u64,
    space_version: u64,
) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE connection SET base = ?1, space_version = ?2",
        params![column::stored(base), column::stored(space_version)],
    )?;
    Ok(())
}

/// Stores at which host the space is from now on.
pub(crate) fn set_host(transaction: &Transaction<'_>, host_url: &str) -> Result<(), StoreError> {
    transaction.execute("UPDATE connection SET host_url = ?1", [host_url])?;
    Ok(())
}

/// Records that the host is at `space_version` after all.
pub(crate) fn clear_base(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("UPDATE connection SET base = NULL", [])?;
    settings::write(transaction, Setting::HealingWaits, &[0])
}

/// What was found at a host that is behind, as long as nobody was told: its version, how many pieces it lost, how
/// many bytes of records those are.
pub(crate) fn unreported_healing(connection: &Connection) -> Result<Option<[u64; 3]>, StoreError> {
    let bytes = settings::read(connection, Setting::HealingUnreported)?.unwrap_or_default();
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(<[[u8; 8]; 3]>::try_from(numbers).ok().map(|numbers| numbers.map(u64::from_be_bytes)))
}

/// Notes what was found at a host that is behind; `None`: it was told.
pub(crate) fn set_unreported_healing(
    transaction: &Transaction<'_>,
    found: Option<[u64; 3]>,
) -> Result<(), StoreError> {
    let bytes = found.map(|numbers| numbers.map(u64::to_be_bytes).concat()).unwrap_or_default();
    settings::write(transaction, Setting::HealingUnreported, &bytes)
}

/// When the host answered last.
pub(crate) fn reached(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let bytes = settings::read(connection, Setting::HostReached)?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map(u64::from_be_bytes).map(Timestamp))
}

/// Notes that the host answered.
pub(crate) fn set_reached(transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StoreError> {
    settings::write(transaction, Setting::HostReached, &now.0.to_be_bytes())
}

/// When the host was asked last whether it has every blob whole.
pub(crate) fn checked(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let bytes = settings::read(connection, Setting::HostChecked)?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map(u64::from_be_bytes).map(Timestamp))
}

/// Notes that the host was asked whether it has every blob whole.
pub(crate) fn set_checked(transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StoreError> {
    settings::write(transaction, Setting::HostChecked, &now.0.to_be_bytes())
}

/// Whether making the host whole waits for the owner to agree.
pub(crate) fn is_healing_waiting(connection: &Connection) -> Result<bool, StoreError> {
    Ok(settings::read(connection, Setting::HealingWaits)?.is_some_and(|value| value == [1]))
}

/// Notes whether making the host whole waits for the owner to agree.
pub(crate) fn set_healing_waiting(transaction: &Transaction<'_>, waits: bool) -> Result<(), StoreError> {
    settings::write(transaction, Setting::HealingWaits, &[u8::from(waits)])
}

/// Whether this wallet goes on from a space that was not proved to be the newest.
pub(crate) fn is_unproved(connection: &Connection) -> Result<bool, StoreError> {
    Ok(settings::read(connection, Setting::SpaceUnproved)?.is_some_and(|value| value == [1]))
}

/// Notes whether this wallet goes on from a space that was not proved to be the newest.
pub(crate) fn set_unproved(transaction: &Transaction<'_>, unproved: bool) -> Result<(), StoreError> {
    settings::write(transaction, Setting::SpaceUnproved, &[u8::from(unproved)])
}
