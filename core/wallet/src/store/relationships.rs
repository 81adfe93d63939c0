//! Relationships: one for each provider that the patient has granted to.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{AccountId, Object, ProviderId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, params};

use super::state_object::{ProviderStanding, Relationship};
use super::{StoreError, column};

/// Every relationship, by account.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Relationship>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT object FROM relationship ORDER BY account")?;
    statement.query_and_then([], |row| column::object(row, "object"))?.collect()
}

/// Every relationship as it is stored, by account.
pub(crate) fn objects(connection: &Connection) -> Result<Vec<(AccountId, Vec<u8>)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT account, object FROM relationship ORDER BY account")?;
    statement.query_and_then([], |row| Ok((column::id(row, "account")?, row.get("object")?)))?.collect()
}

/// The accounts and the provider of each.
pub(crate) fn providers(connection: &Connection) -> Result<BTreeMap<AccountId, ProviderId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT account, provider, object FROM relationship")?;
    let mut rows = statement.query([])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let provider = match row.get_ref("provider")? {
            // Written by 0.1.0.
            ValueRef::Null => column::object::<Relationship>(row, "object")?.provider,
            _ => column::id(row, "provider")?,
        };
        found.insert(column::id(row, "account")?, provider);
    }
    Ok(found)
}

/// The accounts whose provider may be published to, and the provider of each.
pub(crate) fn in_good_standing(
    connection: &Connection,
) -> Result<BTreeMap<AccountId, ProviderId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT account, provider, standing, object FROM relationship WHERE standing IS NOT 0",
    )?;
    let mut rows = statement.query([])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let account = column::id(row, "account")?;
        let provider = match row.get::<_, Option<i64>>("standing")? {
            Some(_) => column::id(row, "provider")?,
            // Written by 0.1.0.
            None => match column::object::<Relationship>(row, "object")? {
                known if known.standing == ProviderStanding::Active => known.provider,
                _ => continue,
            },
        };
        found.insert(account, provider);
    }
    Ok(found)
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
    let mut statement = connection
        .prepare_cached("SELECT object FROM relationship WHERE provider = ?1 OR provider IS NULL")?;
    let found = statement.query_and_then([provider.as_bytes()], |row| column::object(row, "object"))?;
    let found = found.collect::<Result<Vec<Relationship>, StoreError>>()?;
    Ok(found.into_iter().filter(|found| found.provider == provider).max_by_key(|found| found.index))
}

/// Stores a relationship, new or changed.
pub(crate) fn set(transaction: &Transaction<'_>, relationship: &Relationship) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO relationship (account, provider, standing, object) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            relationship.account.as_bytes(),
            relationship.provider.as_bytes(),
            relationship.standing == ProviderStanding::Active,
            relationship.to_cbor(),
        ])?;
    Ok(())
}
