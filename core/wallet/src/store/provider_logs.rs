//! Providers' own access logs: how far each was verified, and the entries that are about this wallet.

use keepwell_protocol::consent::ProviderLogEntry;
use keepwell_protocol::domain::{AccountId, Object, ProviderId, Timestamp};
use keepwell_protocol::ledger::MerkleLog;
use rusqlite::{Connection, Transaction, params};

use super::{StoreError, column};

/// How far a log was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VerifiedLog {
    /// From when on each request for records is in it, by the provider's clock.
    pub(crate) began: Timestamp,
    pub(crate) log: MerkleLog,
    /// When the ledger recorded the checkpoint by which it was verified.
    pub(crate) recorded: Timestamp,
}

/// An entry that is about this wallet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OwnEntry {
    /// Where it stands in the log, from 0.
    pub(crate) position: u64,
    pub(crate) account: AccountId,
    /// Among the entries about the account, from 0.
    pub(crate) number: u64,
    pub(crate) entry: ProviderLogEntry,
}

/// How far the log of a provider was verified; none where it never was.
pub(crate) fn find(connection: &Connection, provider: ProviderId) -> Result<Option<VerifiedLog>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT began, log, recorded FROM provider_log WHERE provider = ?1")?;
    let mut rows = statement.query([provider.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let log: MerkleLog = column::object(row, "log")?;
    if !log.is_well_formed() {
        return Err(StoreError::Corrupt { part: "a provider's log" });
    }
    let (began, recorded) = (column::time(row, "began")?, column::time(row, "recorded")?);
    Ok(Some(VerifiedLog { began, log, recorded }))
}

/// The entries about this wallet in the log of a provider, as they stand there.
pub(crate) fn entries(connection: &Connection, provider: ProviderId) -> Result<Vec<OwnEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, account, number, entry FROM provider_log_entry WHERE provider = ?1 ORDER BY position",
    )?;
    let rows = statement.query_and_then([provider.as_bytes()], |row| {
        Ok(OwnEntry {
            position: column::number(row, "position")?,
            account: column::id(row, "account")?,
            number: column::number(row, "number")?,
            entry: column::object(row, "entry")?,
        })
    })?;
    rows.collect()
}

/// Notes how far a log was verified, and what was found on the way.
pub(crate) fn advance(
    transaction: &Transaction<'_>,
    provider: ProviderId,
    verified: &VerifiedLog,
    found: &[OwnEntry],
) -> Result<(), StoreError> {
    transaction.prepare_cached("INSERT OR REPLACE INTO provider_log VALUES (?1, ?2, ?3, ?4)")?.execute(
        params![
            provider.as_bytes(),
            column::stored(verified.began.0),
            verified.log.to_cbor(),
            column::stored(verified.recorded.0)
        ],
    )?;
    let mut insert = transaction
        .prepare_cached("INSERT OR REPLACE INTO provider_log_entry VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for own in found {
        insert.execute(params![
            provider.as_bytes(),
            column::stored(own.position),
            own.account.as_bytes(),
            column::stored(own.number),
            own.entry.to_cbor()
        ])?;
    }
    Ok(())
}
