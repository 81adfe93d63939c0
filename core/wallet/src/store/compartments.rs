//! Compartments: their epochs, who holds the keys of these, and the segments they are made of.

use keepwell_protocol::crypto::EpochKey;
use keepwell_protocol::domain::{CompartmentId, GrantId, Object, Timestamp};
use keepwell_protocol::vault::{Compartment, Holders, SealedHead, Segment, SegmentRef};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction, params};

use super::records::RecordRow;
use super::state_log::Guarded;
use super::state_object::StoredEpoch;
use super::{StoreError, column, state_log};

/// How the state log guards the epochs: an old page must not bring an old key back.
pub(crate) const GUARDED: Guarded =
    Guarded { written: "epoch", removed: "epoch-removed", rows: "SELECT compartment, log_seq FROM epoch" };

/// Whether the newest head says what a compartment holds, and whether the host has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// The host has the newest head, which says everything.
    None,
    /// Content or epoch are newer than the newest head.
    Content,
    /// The newest head says everything, but the host has yet to get it.
    Head,
}

/// A compartment as this wallet keeps it.
pub(crate) struct CompartmentRow {
    pub(crate) row: i64,
    /// Which it is.
    pub(crate) compartment: Compartment,
    pub(crate) id: CompartmentId,
    /// The newest epoch's key.
    pub(crate) epoch_key: EpochKey,
    /// The newest epoch, and the grants whose packet has carried its key.
    pub(crate) holders: Holders,
    /// The version of the newest head, 0 before the first.
    pub(crate) version: u64,
    /// The newest head.
    pub(crate) head: Option<SealedHead>,
    /// The head that the host has acknowledged last.
    pub(crate) host_head: Option<SealedHead>,
    /// What the host has yet to learn.
    pub(crate) change: Change,
}

/// A segment as this wallet keeps it.
pub(crate) struct SegmentRow {
    pub(crate) row: i64,
    /// What the head says of it.
    pub(crate) reference: SegmentRef,
}

const SELECT: &str = "SELECT compartment.id, label, identifier, version, head, host_head, changed, object
    FROM compartment JOIN epoch ON epoch.compartment = identifier";

impl CompartmentRow {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let label: String = row.get("label")?;
        let epoch: StoredEpoch = column::object(row, "object")?;
        let head = |name| match row.get_ref(name)? {
            ValueRef::Null => Ok(None),
            _ => column::object(row, name).map(Some),
        };
        Ok(Self {
            row: row.get("id")?,
            compartment: Compartment::parse(&label).ok_or(StoreError::Corrupt { part: "a compartment" })?,
            id: column::id(row, "identifier")?,
            epoch_key: epoch.key,
            holders: Holders { epoch: epoch.epoch, grants: epoch.holders.into_iter().collect() },
            version: column::number(row, "version")?,
            head: head("head")?,
            host_head: head("host_head")?,
            change: match row.get("changed")? {
                0 => Change::None,
                1 => Change::Content,
                _ => Change::Head,
            },
        })
    }

    /// The epoch as it is stored.
    pub(crate) fn epoch(&self) -> StoredEpoch {
        StoredEpoch {
            label: self.compartment.to_string(),
            epoch: self.holders.epoch,
            key: self.epoch_key.duplicate(),
            holders: self.holders.grants.iter().copied().collect(),
        }
    }
}

/// Every compartment, by label.
pub(crate) fn all(connection: &Connection) -> Result<Vec<CompartmentRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY label"))?;
    statement.query_and_then([], CompartmentRow::read)?.collect()
}

/// One compartment, if it has been made.
pub(crate) fn find(
    connection: &Connection,
    compartment: Compartment,
) -> Result<Option<CompartmentRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE label = ?1"))?;
    statement.query_and_then(params![compartment.to_string()], CompartmentRow::read)?.next().transpose()
}

/// One compartment by its row.
pub(crate) fn find_by_row(connection: &Connection, row: i64) -> Result<CompartmentRow, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE compartment.id = ?1"))?;
    let found = statement.query_and_then([row], CompartmentRow::read)?.next().transpose()?;
    found.ok_or(StoreError::Corrupt { part: "a compartment" })
}

/// Makes a compartment with its first epoch and returns its row.
pub(crate) fn create(
    transaction: &Transaction<'_>,
    id: CompartmentId,
    epoch: &StoredEpoch,
    now: Timestamp,
) -> Result<i64, StoreError> {
    transaction.execute(
        "INSERT INTO compartment (label, identifier) VALUES (?1, ?2)",
        params![epoch.label, id.as_bytes()],
    )?;
    let row = transaction.last_insert_rowid();
    set_epoch(transaction, id, epoch, now)?;
    Ok(row)
}

/// Forgets a compartment that nobody reads any more, and its segments.
pub(crate) fn remove(
    transaction: &Transaction<'_>,
    compartment: &CompartmentRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM segment WHERE compartment = ?1", [compartment.row])?;
    transaction.execute("DELETE FROM record_about_nobody WHERE compartment = ?1", [compartment.row])?;
    transaction.execute("DELETE FROM epoch WHERE compartment = ?1", [compartment.id.as_bytes()])?;
    transaction.execute("DELETE FROM compartment WHERE id = ?1", [compartment.row])?;
    state_log::append(transaction, now, GUARDED.removed, compartment.id.as_bytes(), &[])?;
    Ok(())
}

/// Stores the newest epoch and who holds its key, and logs that.
pub(crate) fn set_epoch(
    transaction: &Transaction<'_>,
    id: CompartmentId,
    epoch: &StoredEpoch,
    now: Timestamp,
) -> Result<(), StoreError> {
    let body = epoch.epoch.to_be_bytes();
    let log_seq = state_log::append(transaction, now, GUARDED.written, id.as_bytes(), &body)?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO epoch (compartment, log_seq, object) VALUES (?1, ?2, ?3)")?
        .execute(params![id.as_bytes(), column::stored(log_seq), epoch.to_cbor()])?;
    Ok(())
}

/// Forgets what a compartment consists of and its head, and what a host has of it.
pub(crate) fn clear(transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM segment WHERE compartment = ?1", [row])?;
    transaction.execute("DELETE FROM record_about_nobody WHERE compartment = ?1", [row])?;
    transaction
        .execute("UPDATE compartment SET head = NULL, host_head = NULL, changed = 1 WHERE id = ?1", [row])?;
    Ok(())
}

/// The next head has a version above this one.
pub(crate) fn raise_version(transaction: &Transaction<'_>, row: i64, version: u64) -> Result<(), StoreError> {
    transaction.execute(
        "UPDATE compartment SET version = ?2, changed = 1 WHERE id = ?1 AND version < ?2",
        params![row, column::stored(version)],
    )?;
    Ok(())
}

/// Marks that the head no longer says what the compartment holds.
pub(crate) fn mark_changed(transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE compartment SET changed = 1 WHERE id = ?1 AND changed <> 1")?
        .execute(params![row])?;
    Ok(())
}

/// Stores the newest head, which the host has yet to get.
pub(crate) fn set_head(transaction: &Transaction<'_>, row: i64, head: &SealedHead) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE compartment SET version = ?2, head = ?3, changed = 2 WHERE id = ?1")?
        .execute(params![row, column::stored(head.version), head.to_cbor()])?;
    Ok(())
}

/// The host has this head; if there is a newer one, it has yet to get that.
pub(crate) fn acknowledge_head(transaction: &Transaction<'_>, head: &SealedHead) -> Result<(), StoreError> {
    let bytes = head.to_cbor();
    transaction
        .prepare_cached("UPDATE compartment SET host_head = ?2 WHERE identifier = ?1")?
        .execute(params![head.compartment.as_bytes(), bytes])?;
    transaction
        .prepare_cached(
            "UPDATE compartment SET changed = 0 WHERE identifier = ?1 AND head = ?2 AND changed = 2",
        )?
        .execute(params![head.compartment.as_bytes(), bytes])?;
    Ok(())
}

/// The host has none of the heads, or older ones: each is due again as it is.
pub(crate) fn forget_host_heads(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("UPDATE compartment SET host_head = NULL", [])?;
    transaction.execute("UPDATE compartment SET changed = 2 WHERE changed = 0 AND head IS NOT NULL", [])?;
    Ok(())
}

/// Every head is due again, with a version that is higher by so many.
pub(crate) fn skip_versions(transaction: &Transaction<'_>, versions: u64) -> Result<(), StoreError> {
    transaction
        .execute("UPDATE compartment SET version = version + ?1, changed = 1", [column::stored(versions)])?;
    Ok(())
}

/// The segments of a compartment, oldest first, without their entries.
pub(crate) fn segments(connection: &Connection, compartment: i64) -> Result<Vec<SegmentRow>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, blob, key, count FROM segment WHERE compartment = ?1 ORDER BY id")?;
    statement
        .query_and_then(params![compartment], |row| {
            let reference = SegmentRef {
                blob: column::id(row, "blob")?,
                key: column::bytes32(row, "key")?.into(),
                count: column::number(row, "count")?,
            };
            Ok(SegmentRow { row: row.get("id")?, reference })
        })?
        .collect()
}

/// The entries of one segment.
pub(crate) fn entries(connection: &Connection, segment: i64) -> Result<Segment, StoreError> {
    let mut statement = connection.prepare_cached("SELECT entries FROM segment WHERE id = ?1")?;
    let mut rows = statement.query(params![segment])?;
    let row = rows.next()?.ok_or(StoreError::Corrupt { part: "a segment" })?;
    column::object(row, "entries")
}

/// Adds a sealed segment.
pub(crate) fn add_segment(
    transaction: &Transaction<'_>,
    compartment: i64,
    reference: &SegmentRef,
    entries: &Segment,
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO segment (compartment, blob, key, count, entries) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![
        compartment,
        reference.blob.as_bytes(),
        reference.key.expose(),
        reference.count,
        entries.to_cbor(),
    ])?;
    Ok(())
}

/// Puts a segment that was sealed again in the place of what the host has lost.
pub(crate) fn replace_segment(
    transaction: &Transaction<'_>,
    segment: i64,
    reference: &SegmentRef,
) -> Result<(), StoreError> {
    transaction.prepare_cached("UPDATE segment SET blob = ?2, key = ?3 WHERE id = ?1")?.execute(params![
        segment,
        reference.blob.as_bytes(),
        reference.key.expose()
    ])?;
    Ok(())
}

/// Removes a segment that was merged into another.
pub(crate) fn remove_segment(transaction: &Transaction<'_>, segment: i64) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM segment WHERE id = ?1")?.execute(params![segment])?;
    Ok(())
}

/// The compartments in which a record about no patient lies, in its own right or by reference.
pub(crate) fn with_record_about_nobody(
    connection: &Connection,
    record: RecordRow,
) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT compartment FROM record_about_nobody WHERE record = ?1")?;
    let rows = statement.query_map([record], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that a record about no patient lies in a compartment; false if that was noted already.
pub(crate) fn add_about_nobody(
    transaction: &Transaction<'_>,
    compartment: i64,
    record: RecordRow,
) -> Result<bool, StoreError> {
    let mut statement = transaction
        .prepare_cached("INSERT OR IGNORE INTO record_about_nobody (compartment, record) VALUES (?1, ?2)")?;
    Ok(statement.execute(params![compartment, record])? == 1)
}

/// Stands for holders of a key who are not known: never entitled.
pub(crate) const SOMEBODY: GrantId = GrantId::from_bytes([0; 32]);
