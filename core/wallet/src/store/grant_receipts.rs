//! What the ledger recorded of this wallet's grants, as evidence.
//!
//! Here alone: a wallet that was restored asks anew, of what the ledger still has.

use keepwell_protocol::domain::{GrantId, Object, Timestamp};
use keepwell_protocol::ledger::{GrantReceipt, GrantStatus};
use rusqlite::{Connection, Transaction, params};

use super::{StoreError, column};

/// An encoded receipt and the time of its header.
pub(crate) type Kept = (Vec<u8>, Timestamp);

/// Whether the ledger was asked what it recorded of this, and answered.
pub(crate) fn is_known(
    connection: &Connection,
    grant: GrantId,
    status: GrantStatus,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM grant_receipt WHERE subject = ?1 AND state = ?2")?
        .exists(params![grant.as_bytes(), status.as_str()])?)
}

/// Keeps what the ledger answered; without a receipt that there is none to be had. The first one stays.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    grant: GrantId,
    status: GrantStatus,
    receipt: Option<&GrantReceipt>,
    time: Timestamp,
) -> Result<(), StoreError> {
    let receipt = receipt.map(Object::to_cbor);
    transaction
        .prepare_cached(
            "INSERT INTO grant_receipt (subject, state, receipt, time) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (subject, state) DO NOTHING",
        )?
        .execute(params![grant.as_bytes(), status.as_str(), receipt, column::stored(time.0)])?;
    Ok(())
}

/// What is kept of a grant that came to this.
pub(crate) fn find(
    connection: &Connection,
    grant: GrantId,
    status: GrantStatus,
) -> Result<Option<Kept>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT receipt, time FROM grant_receipt WHERE subject = ?1 AND state = ?2 AND receipt IS NOT NULL",
    )?;
    let mut rows = statement.query(params![grant.as_bytes(), status.as_str()])?;
    rows.next()?.map(|row| Ok((row.get("receipt")?, column::time(row, "time")?))).transpose()
}
