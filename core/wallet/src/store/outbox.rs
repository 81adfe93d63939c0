//! What is to be sent besides commits: ledger transactions and envelopes, oldest first.

use keepwell_protocol::domain::{AccountId, GrantId, Timestamp};
use rusqlite::{Connection, Row, Transaction, params};

use super::{StoreError, column};

/// What kind of thing is to be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outgoing {
    /// A signed transaction, to the ledger.
    Transaction,
    /// The envelope of a grant, to its provider; built when it is sent.
    Envelope,
}

impl Outgoing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Envelope => "envelope",
        }
    }

    fn parse(name: &str) -> Result<Self, StoreError> {
        [Self::Transaction, Self::Envelope]
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or(StoreError::Corrupt { part: "the outbox" })
    }
}

/// One thing to be sent.
#[derive(Clone, Debug)]
pub(crate) struct OutboxRow {
    pub(crate) row: i64,
    /// What kind of thing.
    pub(crate) kind: Outgoing,
    /// The account that it is about.
    pub(crate) account: AccountId,
    /// The grant that it is about.
    pub(crate) grant: GrantId,
    /// The transaction; empty for an envelope.
    pub(crate) body: Vec<u8>,
    /// When it was queued.
    pub(crate) queued: Timestamp,
    /// When it was last taken by a server.
    pub(crate) last_sent: Option<Timestamp>,
    /// Whether somebody may have been handed it, or the one in whose place it is.
    pub(crate) tried: bool,
}

impl OutboxRow {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            row: row.get("id")?,
            kind: Outgoing::parse(&row.get::<_, String>("kind")?)?,
            account: column::id(row, "account")?,
            grant: column::id(row, "subject")?,
            body: row.get("body")?,
            queued: column::time(row, "queued")?,
            last_sent: row.get::<_, Option<i64>>("last_sent")?.map(|time| Timestamp(time.unsigned_abs())),
            tried: row.get("tried")?,
        })
    }

    /// Whether what ends a grant waits for one of these: for a transaction of its account that is before it,
    /// where nobody was ever handed the grant. The ledger takes the numbers of an account in order, so that
    /// the one before could not be included any more.
    pub(crate) fn waits(&self, rows: &[Self]) -> bool {
        let is_before = |other: &Self| {
            other.kind == Outgoing::Transaction && other.account == self.account && other.row < self.row
        };
        !self.tried && rows.iter().any(is_before)
    }
}

/// Queues a transaction or an envelope.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    kind: Outgoing,
    account: AccountId,
    grant: GrantId,
    body: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO outbox (kind, account, subject, body, queued, tried) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        )?
        .execute(params![kind.as_str(), account.as_bytes(), grant.as_bytes(), body, column::stored(now.0)])?;
    Ok(())
}

/// Queues what ends a grant in the place of what was to make it, or by itself where that has done its work.
///
/// One that nobody was ever handed keeps its turn among those of its account; see [`OutboxRow::waits`].
pub(crate) fn end(
    transaction: &Transaction<'_>,
    account: AccountId,
    grant: GrantId,
    revocation: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let replaced = transaction
        .prepare_cached(
            "UPDATE outbox SET body = ?2, queued = ?3, last_sent = NULL
             WHERE subject = ?1 AND kind = 'transaction'",
        )?
        .execute(params![grant.as_bytes(), revocation, column::stored(now.0)])?;
    transaction
        .prepare_cached("DELETE FROM outbox WHERE subject = ?1 AND kind = 'envelope'")?
        .execute([grant.as_bytes()])?;
    if replaced == 0 {
        add(transaction, Outgoing::Transaction, account, grant, revocation, now)?;
        transaction
            .prepare_cached("UPDATE outbox SET tried = 1 WHERE subject = ?1")?
            .execute([grant.as_bytes()])?;
    }
    Ok(())
}

/// Everything that is queued, oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<OutboxRow>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM outbox ORDER BY id")?;
    statement.query_and_then([], OutboxRow::read)?.collect()
}

/// How many of a kind are to be sent or to be proved; not what waits for a provider to be in good standing again.
pub(crate) fn count(connection: &Connection, kind: Outgoing) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM outbox WHERE kind = ?1 AND (last_sent IS NOT NULL
                 OR subject NOT IN (SELECT id FROM consent_grant WHERE state IN ('pending', 'active'))
                 OR account NOT IN (SELECT account FROM relationship WHERE standing = 0))",
        )?
        .query_row([kind.as_str()], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// How many transactions are queued, sent or not.
pub(crate) fn count_transactions(connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM outbox WHERE kind = 'transaction'")?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Whether a transaction about a grant is queued.
pub(crate) fn has_transaction_about(connection: &Connection, grant: GrantId) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM outbox WHERE subject = ?1 AND kind = 'transaction'")?;
    Ok(statement.exists([grant.as_bytes()])?)
}

/// Whether the envelope of a grant is queued.
pub(crate) fn has_envelope_about(connection: &Connection, grant: GrantId) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM outbox WHERE subject = ?1 AND kind = 'envelope'")?;
    Ok(statement.exists([grant.as_bytes()])?)
}

/// Notes that these are handed to somebody now, whatever becomes of it.
pub(crate) fn mark_tried(
    transaction: &Transaction<'_>,
    rows: impl Iterator<Item = i64>,
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached("UPDATE outbox SET tried = 1 WHERE id = ?1")?;
    for row in rows {
        statement.execute([row])?;
    }
    Ok(())
}

/// Notes that a server has taken it.
pub(crate) fn mark_sent(connection: &Connection, row: i64, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE outbox SET last_sent = ?2 WHERE id = ?1")?
        .execute(params![row, column::stored(now.0)])?;
    Ok(())
}

/// Forgets one that has done its work.
pub(crate) fn remove(connection: &Connection, row: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([row])?;
    Ok(())
}

/// Forgets everything queued about a grant.
pub(crate) fn remove_about(transaction: &Transaction<'_>, grant: GrantId) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM outbox WHERE subject = ?1")?.execute([grant.as_bytes()])?;
    Ok(())
}

/// Forgets the transactions queued about a grant, which have done their work.
pub(crate) fn remove_transactions_about(
    transaction: &Transaction<'_>,
    grant: GrantId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM outbox WHERE subject = ?1 AND kind = 'transaction'")?
        .execute([grant.as_bytes()])?;
    Ok(())
}
