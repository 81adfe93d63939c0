//! What the host has yet to learn: sealed bytes, references to them, and the commit that names them.

use keepwell_protocol::domain::{BlobId, CompartmentId};
use keepwell_protocol::vault::References;
use rusqlite::{Connection, Row, Transaction, params};

use super::{StoreError, column};

/// A commit that was made and perhaps sent.
pub(crate) struct PendingCommit {
    /// The version that the space has after it.
    pub(crate) version: u64,
    /// Hash of its `self` head, by which it is recognised at the host.
    pub(crate) self_head: [u8; 32],
    /// The encoded commit.
    pub(crate) bytes: Vec<u8>,
}

/// Queues sealed bytes for the host.
pub(crate) fn queue_upload(
    transaction: &Transaction<'_>,
    id: BlobId,
    bytes: &[u8],
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO upload (blob, bytes) VALUES (?1, ?2)")?
        .execute(params![id.as_bytes(), bytes])?;
    Ok(())
}

/// The first queued uploads that fit into one batch of `limit` bytes and `count` blobs; one at least if there are any.
pub(crate) fn next_uploads(
    connection: &Connection,
    limit: usize,
    count: usize,
) -> Result<Vec<(BlobId, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT blob, bytes FROM upload ORDER BY id")?;
    let mut rows = statement.query([])?;
    let (mut batch, mut total) = (Vec::new(), 0_usize);
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get("bytes")?;
        total = total.saturating_add(bytes.len());
        if batch.len() >= count || (total > limit && !batch.is_empty()) {
            break;
        }
        batch.push((column::id(row, "blob")?, bytes));
    }
    Ok(batch)
}

/// Forgets an upload that the host has, or that nothing refers to any more.
pub(crate) fn remove_upload(transaction: &Transaction<'_>, id: BlobId) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM upload WHERE blob = ?1")?.execute(params![id.as_bytes()])?;
    Ok(())
}

/// Notes that a compartment begins to refer to a blob.
pub(crate) fn add_reference(
    transaction: &Transaction<'_>,
    compartment: CompartmentId,
    blob: BlobId,
) -> Result<(), StoreError> {
    change_reference(transaction, compartment, blob, true)
}

/// Notes that a compartment no longer refers to a blob; one that the host never heard of is not
/// uploaded at all.
pub(crate) fn remove_reference(
    transaction: &Transaction<'_>,
    compartment: CompartmentId,
    blob: BlobId,
) -> Result<(), StoreError> {
    let mut statement = transaction
        .prepare_cached("DELETE FROM reference_change WHERE compartment = ?1 AND blob = ?2 AND added = 1")?;
    if statement.execute(params![compartment.as_bytes(), blob.as_bytes()])? == 1 {
        return remove_upload(transaction, blob);
    }
    change_reference(transaction, compartment, blob, false)
}

fn change_reference(
    transaction: &Transaction<'_>,
    compartment: CompartmentId,
    blob: BlobId,
    added: bool,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO reference_change (compartment, blob, added) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![compartment.as_bytes(), blob.as_bytes(), added])?;
    Ok(())
}

fn forget_references(transaction: &Transaction<'_>, compartment: CompartmentId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM reference_change WHERE compartment = ?1")?
        .execute(params![compartment.as_bytes()])?;
    Ok(())
}

/// The host is to drop a compartment with everything that it refers to.
pub(crate) fn drop_compartment(
    transaction: &Transaction<'_>,
    compartment: CompartmentId,
) -> Result<(), StoreError> {
    forget_references(transaction, compartment)?;
    transaction
        .prepare_cached("INSERT OR IGNORE INTO dropped_compartment (compartment) VALUES (?1)")?
        .execute([compartment.as_bytes()])?;
    Ok(())
}

/// The compartments that the host is to drop.
pub(crate) fn dropped_compartments(connection: &Connection) -> Result<Vec<CompartmentId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT compartment FROM dropped_compartment ORDER BY compartment")?;
    statement.query_and_then([], |row| column::id(row, "compartment"))?.collect()
}

/// The host has dropped a compartment.
pub(crate) fn acknowledge_dropped_compartment(
    transaction: &Transaction<'_>,
    compartment: CompartmentId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM dropped_compartment WHERE compartment = ?1")?
        .execute([compartment.as_bytes()])?;
    Ok(())
}

/// The references that begin (`added`) or cease, by compartment.
pub(crate) fn references(connection: &Connection, added: bool) -> Result<Vec<References>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT compartment, blob FROM reference_change WHERE added = ?1 ORDER BY compartment, blob",
    )?;
    let mut rows = statement.query(params![added])?;
    let mut all: Vec<References> = Vec::new();
    while let Some(row) = rows.next()? {
        let (compartment, blob) = (column::id(row, "compartment")?, column::id(row, "blob")?);
        match all.last_mut() {
            Some(last) if last.compartment == compartment => last.blobs.push(blob),
            _ => all.push(References { compartment, blobs: vec![blob] }),
        }
    }
    Ok(all)
}

/// The blobs that the host was never told of.
pub(crate) fn uncommitted_blobs(connection: &Connection) -> Result<Vec<BlobId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT blob FROM reference_change WHERE added = 1")?;
    statement.query_and_then([], |row| column::id(row, "blob"))?.collect()
}

/// No compartment begins to refer to a blob that the host has lost.
pub(crate) fn forget_added(transaction: &Transaction<'_>, blob: BlobId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM reference_change WHERE blob = ?1 AND added = 1")?
        .execute([blob.as_bytes()])?;
    Ok(())
}

/// Forgets the references that an acknowledged commit has told the host.
pub(crate) fn clear_references(
    transaction: &Transaction<'_>,
    references: &[References],
    added: bool,
) -> Result<(), StoreError> {
    let mut statement = transaction
        .prepare_cached("DELETE FROM reference_change WHERE compartment = ?1 AND blob = ?2 AND added = ?3")?;
    for References { compartment, blobs } in references {
        for blob in blobs {
            statement.execute(params![compartment.as_bytes(), blob.as_bytes(), added])?;
        }
    }
    Ok(())
}

/// Puts a commit in the place of every one that was made for the same version and never sent.
pub(crate) fn set_pending(transaction: &Transaction<'_>, commit: &PendingCommit) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM pending_commit WHERE sent = 0", [])?;
    transaction.execute(
        "INSERT INTO pending_commit (version, self_head, bytes) VALUES (?1, ?2, ?3)",
        params![column::stored(commit.version), commit.self_head, commit.bytes],
    )?;
    Ok(())
}

/// The commits that may have reached the host, oldest first.
pub(crate) fn sent(connection: &Connection) -> Result<Vec<PendingCommit>, StoreError> {
    pending(connection, true)
}

/// The commit that was made and not sent yet.
pub(crate) fn unsent(connection: &Connection) -> Result<Option<PendingCommit>, StoreError> {
    Ok(pending(connection, false)?.pop())
}

/// Whether the host has yet to learn something, as far as the tables tell without sealing anything.
pub(crate) fn is_behind(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM pending_commit UNION ALL SELECT 1 FROM grant_entry WHERE changed > 0
             UNION ALL SELECT 1 FROM link WHERE changed > 0 UNION ALL SELECT 1 FROM reference_change
             UNION ALL SELECT 1 FROM dropped_compartment UNION ALL SELECT 1 FROM lost_blob
             UNION ALL SELECT 1 FROM compartment WHERE changed > 0 AND label <> 'self'
             UNION ALL SELECT 1 FROM connection WHERE base IS NOT NULL OR space_version = 0
             UNION ALL SELECT 1 FROM consent_grant WHERE state IN ('pending', 'active')
                 AND id NOT IN (SELECT id FROM grant_entry)
                 AND account NOT IN (SELECT account FROM relationship WHERE standing = 0)",
        )?
        .exists([])?)
}

/// Notes, before it is sent, that the newest commit may reach the host.
pub(crate) fn mark_sent(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("UPDATE pending_commit SET sent = 1 WHERE sent = 0", [])?;
    Ok(())
}

/// Forgets the commit that was made and not sent.
pub(crate) fn clear_unsent(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM pending_commit WHERE sent = 0", [])?;
    Ok(())
}

/// Forgets a commit that the host has refused for good.
pub(crate) fn forget(transaction: &Transaction<'_>, version: u64) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM pending_commit WHERE version = ?1", [column::stored(version)])?;
    Ok(())
}

/// Forgets everything that was to be told, as where it is decided anew what a host has to learn.
pub(crate) fn forget_all(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    for table in ["upload", "reference_change", "dropped_compartment", "pending_commit"] {
        transaction.execute(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(())
}

/// Forgets every commit once one of them is acknowledged.
pub(crate) fn clear_pending(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM pending_commit", [])?;
    Ok(())
}

fn pending(connection: &Connection, sent: bool) -> Result<Vec<PendingCommit>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT version, self_head, bytes FROM pending_commit WHERE sent = ?1 ORDER BY id")?;
    statement
        .query_and_then(params![sent], |row: &Row<'_>| {
            Ok(PendingCommit {
                version: column::number(row, "version")?,
                self_head: *column::bytes32(row, "self_head")?,
                bytes: row.get("bytes")?,
            })
        })?
        .collect()
}
