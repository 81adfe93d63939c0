//! Time stamps: what is to be proved to have existed, and what of it the ledger has recorded.
//!
//! Here alone: a wallet that was restored has none of them. A proof that was written to a file holds without them.

use keepwell_protocol::domain::{EntryHash, Object, Timestamp};
use keepwell_protocol::ledger::{EntryGroup, EntryReceipt, batch_entry};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{StoreError, column};

/// The SHA-256 of a document, and its salt.
pub(crate) type Salted = ([u8; 32], [u8; 32]);

/// An entry that the ledger has not recorded, as far as this wallet knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Waiting {
    pub(crate) stamp: i64,
    pub(crate) entry: EntryHash,
    /// Whether a gateway took it.
    pub(crate) is_handed_in: bool,
}

/// How a document stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// It was to be stamped, and the ledger has not recorded it.
    Waiting,
    /// It is proved to have existed by this time; `proof` is an encoded `ExistenceProof`.
    Proved { time: Timestamp, proof: Vec<u8> },
}

/// How many documents wait, and how many are proved.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TimeStampCounts {
    /// Documents that the ledger has not recorded yet.
    pub waiting: u64,
    /// Documents of which there is a proof.
    pub proved: u64,
}

/// Whether a document of this SHA-256 was to be stamped.
pub(crate) fn contains(connection: &Connection, document: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("SELECT 1 FROM stamped WHERE document = ?1")?.exists([document])?)
}

/// Notes documents, each of which is new here, to be stamped as one entry.
pub(crate) fn add(transaction: &Transaction<'_>, salted: &[Salted]) -> Result<(), StoreError> {
    let Some(group) = group(salted) else { return Ok(()) };
    transaction
        .prepare_cached("INSERT INTO time_stamp (entry) VALUES (?1)")?
        .execute([group.entry().as_bytes()])?;
    let stamp = transaction.last_insert_rowid();
    let mut statement = transaction
        .prepare_cached("INSERT INTO stamped (document, stamp, place, salt) VALUES (?1, ?2, ?3, ?4)")?;
    for (place, (document, salt)) in (0_i64..).zip(salted) {
        statement.execute(params![document, stamp, place, salt])?;
    }
    Ok(())
}

/// What the ledger has not recorded, oldest first.
pub(crate) fn waiting(connection: &Connection) -> Result<Vec<Waiting>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, entry, handed_in IS NOT NULL AS is_handed_in FROM time_stamp WHERE receipt IS NULL ORDER BY id",
    )?;
    let rows = statement.query_and_then([], |row| {
        Ok(Waiting {
            stamp: row.get("id")?,
            entry: column::id(row, "entry")?,
            is_handed_in: row.get("is_handed_in")?,
        })
    })?;
    rows.collect()
}

/// Notes that a gateway took an entry.
pub(crate) fn set_handed_in(
    transaction: &Transaction<'_>,
    stamp: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE time_stamp SET handed_in = coalesce(handed_in, ?2) WHERE id = ?1")?
        .execute(params![stamp, column::stored(now.0)])?;
    Ok(())
}

/// Keeps what was verified of an entry.
pub(crate) fn set_receipt(
    transaction: &Transaction<'_>,
    stamp: i64,
    receipt: &EntryReceipt,
    time: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE time_stamp SET receipt = ?2, time = ?3 WHERE id = ?1")?
        .execute(params![stamp, receipt.to_cbor(), column::stored(time.0)])?;
    Ok(())
}

/// How a document of this SHA-256 stands; none if it was never to be stamped.
pub(crate) fn standing(connection: &Connection, document: &[u8; 32]) -> Result<Option<Standing>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT stamp, place, salt FROM stamped WHERE document = ?1")?;
    let found = statement.query_and_then([document], |row| {
        let salt = *column::bytes32(row, "salt")?;
        Ok::<_, StoreError>((row.get::<_, i64>("stamp")?, column::number(row, "place")?, salt))
    })?;
    let Some((stamp, place, salt)) = found.into_iter().next().transpose()? else { return Ok(None) };
    let recorded = connection
        .prepare_cached("SELECT receipt, time FROM time_stamp WHERE id = ?1 AND receipt IS NOT NULL")?
        .query_row([stamp], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))
        .optional()?;
    let Some((receipt, time)) = recorded else { return Ok(Some(Standing::Waiting)) };
    let receipt = EntryReceipt::from_cbor(&receipt)?;
    let group = group(&together(connection, stamp)?).ok_or(DAMAGED)?;
    let proof = receipt.into_proof(salt, group.place(place)).to_cbor();
    Ok(Some(Standing::Proved { time: Timestamp(time), proof }))
}

/// How many documents wait, and how many are proved.
pub(crate) fn counts(connection: &Connection) -> Result<TimeStampCounts, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FILTER (WHERE receipt IS NULL), count(receipt)
         FROM stamped CROSS JOIN time_stamp ON time_stamp.id = stamped.stamp",
    )?;
    Ok(statement.query_row([], |row| Ok(TimeStampCounts { waiting: row.get(0)?, proved: row.get(1)? }))?)
}

/// The documents of one entry with their salts, by place.
fn together(connection: &Connection, stamp: i64) -> Result<Vec<Salted>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT document, salt FROM stamped WHERE stamp = ?1 ORDER BY place")?;
    let rows = statement.query_and_then([stamp], |row| {
        Ok((*column::bytes32(row, "document")?, *column::bytes32(row, "salt")?))
    })?;
    rows.collect()
}

fn group(salted: &[Salted]) -> Option<EntryGroup> {
    let hashes: Vec<_> = salted.iter().map(|(document, salt)| batch_entry(salt, document)).collect();
    EntryGroup::new(&hashes)
}

const DAMAGED: StoreError = StoreError::Corrupt { part: "a time stamp" };
