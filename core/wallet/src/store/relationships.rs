//! Relationships: one for each provider that the patient has granted to.

use keepwell_protocol::domain::{AccountId, Object, ProviderId};
use rusqlite::{Connection, Transaction, params};

use super::state_object::Relationship;
use super::{StoreError, column};

/// Every relationship, by account.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Relationship>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM relationship ORDER BY account")?;
    statement.query_and_then([], |row| column::object(row, "object"))?.collect()
}

/// The relationship of an account.
pub(crate) fn find(connection: &Connection, account: AccountId) -> Result<Option<Relationship>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM relationship WHERE account = ?1")?;
    statement.query_and_then([account.as_bytes()], |row| column::object(row, "object"))?.next().transpose()
}

/// The newest relationship with a provider.
pub(crate) fn with_provider(
    connection: &Connection,
    provider: ProviderId,
) -> Result<Option<Relationship>, StoreError> {
    let all = all(connection)?;
    Ok(all.into_iter().filter(|found| found.provider == provider).max_by_key(|found| found.index))
}

/// Stores a relationship, new or changed.
pub(crate) fn set(transaction: &Transaction<'_>, relationship: &Relationship) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO relationship (account, object) VALUES (?1, ?2)")?
        .execute(params![relationship.account.as_bytes(), relationship.to_cbor()])?;
    Ok(())
}
