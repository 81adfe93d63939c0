//! Two headers that the ledger has for one height, as this wallet has seen them. Here alone.

use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::Equivocation;
use rusqlite::{Connection, Transaction};

use super::settings::Setting;
use super::{StoreError, settings};

/// What shows it, an encoded [`Equivocation`], if this wallet has seen that.
pub(crate) fn find(connection: &Connection) -> Result<Option<Vec<u8>>, StoreError> {
    settings::read(connection, Setting::Equivocation)
}

/// Keeps it. The first stays: what comes after it shows no more.
pub(crate) fn keep(transaction: &Transaction<'_>, equivocation: &Equivocation) -> Result<(), StoreError> {
    if find(transaction)?.is_none() {
        settings::write(transaction, Setting::Equivocation, &equivocation.to_cbor())?;
    }
    Ok(())
}

/// The owner trusts the ledger anew.
pub(crate) fn forget(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    settings::remove(transaction, Setting::Equivocation)
}
