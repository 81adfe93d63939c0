//! What was decided, append only: grants, revocations, epochs, slots, anchors.
//!
//! Each entry is bound to the one before by its hash. The pages of the database are authenticated
//! but not fresh: an old page, or the whole old file, verifies. So the end of the log is sealed
//! outside the file (`sealed_head`), and rows whose loss or return would undo a decision name the
//! entry that wrote them (see [`Guarded`]).

use std::collections::BTreeMap;

use keepwell_protocol::crypto::{self, Label};
use keepwell_protocol::domain::{Object, Timestamp};
use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::StoreError;

/// One decision of the wallet, chained by its hash to the one before.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct Entry {
    /// 1, 2, 3 …
    #[n(0)]
    pub(crate) seq: u64,
    /// When it was decided, by this device's clock.
    #[n(1)]
    pub(crate) time: Timestamp,
    /// What sort of decision, such as `grant`.
    #[n(2)]
    pub(crate) kind: String,
    /// About what: an id.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) subject: Vec<u8>,
    /// The rest, as the kind defines it.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(crate) body: Vec<u8>,
}

impl Object for Entry {}

/// The end of the log.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub(crate) struct Head {
    /// How many transactions have appended to the log.
    #[n(0)]
    pub(crate) generation: u64,
    /// Hash of the last entry; zeros for an empty log.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) root: [u8; 32],
}

impl Object for Head {}

/// A table of current state that must agree with the log, row by row.
///
/// Each row names the entry that last wrote it: the newest one of this kind about the row's id.
/// The table has no index but its primary key, so that what is checked is what is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guarded {
    /// Kind of the entries that write a row.
    pub(crate) written: &'static str,
    /// Kind of the entries that remove one.
    pub(crate) removed: &'static str,
    /// Gives id and seq of the entry for every row: `SELECT id, log_seq FROM …`.
    pub(crate) rows: &'static str,
}

/// Appends an entry and returns its seq, which the rows that it writes carry.
pub(crate) fn append(
    transaction: &Transaction<'_>,
    now: Timestamp,
    kind: &str,
    subject: &[u8],
    body: &[u8],
) -> Result<u64, StoreError> {
    let (seq, before) = last(transaction)?;
    let entry =
        Entry { seq: seq + 1, time: now, kind: kind.into(), subject: subject.into(), body: body.into() };
    transaction.prepare_cached("INSERT INTO state_log VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute((
        entry.seq,
        entry.time.0,
        kind,
        subject,
        body,
        link(&before, &entry),
    ))?;
    Ok(entry.seq)
}

/// The entries after `seq`, oldest first, at most `limit`.
pub(crate) fn entries_after(connection: &Connection, seq: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, time, kind, subject, body FROM state_log WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let entries = statement.query_map((seq, limit), entry)?.collect::<Result<_, _>>()?;
    Ok(entries)
}

/// The entries of one kind about one subject, oldest first.
pub(crate) fn entries_about(
    connection: &Connection,
    kind: &str,
    subject: &[u8],
) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, time, kind, subject, body FROM state_log WHERE kind = ?1 AND subject = ?2 ORDER BY seq",
    )?;
    Ok(statement.query_map((kind, subject), entry)?.collect::<Result<_, _>>()?)
}

/// The end of the log, as of the last commit.
pub(super) fn head(connection: &Connection) -> Result<Head, StoreError> {
    Ok(newest_head(connection)?.0)
}

/// Ends a transaction's part of the log, if it has one. The store calls it before each commit.
pub(super) fn close_generation(transaction: &Transaction<'_>) -> Result<Head, StoreError> {
    let (seq, root) = last(transaction)?;
    let (head, closed) = newest_head(transaction)?;
    if seq == closed {
        return Ok(head);
    }
    let head = Head { generation: head.generation + 1, root };
    transaction.prepare_cached("INSERT INTO state_head VALUES (?1, ?2, ?3)")?.execute((
        head.generation,
        seq,
        root,
    ))?;
    Ok(head)
}

/// For each kind and subject, the seq of the newest entry.
pub(super) type Newest = BTreeMap<(String, Vec<u8>), u64>;

/// Recomputes the whole log and compares its end with what was sealed.
///
/// One generation more than was sealed is a crash between the commit and the sealing.
///
/// # Errors
/// [`StoreError::RolledBack`] if the log ends before the sealed head, or elsewhere;
/// [`StoreError::Corrupt`] if the chain is broken.
pub(super) fn verify(connection: &Connection, sealed: Head) -> Result<(Head, Newest), StoreError> {
    let mut heads = connection.prepare("SELECT generation, seq, root FROM state_head ORDER BY generation")?;
    let mut heads = heads.query([])?;
    let mut entries =
        connection.prepare("SELECT seq, time, kind, subject, body, hash FROM state_log ORDER BY seq")?;
    let mut entries = entries.query([])?;
    let broken = || StoreError::Corrupt { part: "the state log" };

    let mut newest = Newest::new();
    let mut head = EMPTY;
    let mut at_sealed = EMPTY;
    let mut seq = 0;
    while let Some(row) = heads.next()? {
        let (generation, last): (u64, u64) = (row.get(0)?, row.get(1)?);
        let mut hash = head.root;
        while seq < last {
            let row = entries.next()?.ok_or_else(broken)?;
            let entry = entry(row)?;
            hash = link(&hash, &entry);
            if entry.seq != seq + 1 || row.get::<_, [u8; 32]>(5)? != hash {
                return Err(broken());
            }
            seq = entry.seq;
            newest.insert((entry.kind, entry.subject), seq);
        }
        if generation != head.generation + 1 || row.get::<_, [u8; 32]>(2)? != hash {
            return Err(broken());
        }
        head = Head { generation, root: hash };
        if generation == sealed.generation {
            at_sealed = head;
        }
    }
    if entries.next()?.is_some() {
        return Err(broken());
    }
    if at_sealed != sealed || head.generation > sealed.generation + 1 {
        return Err(StoreError::RolledBack { found: head.generation, sealed: sealed.generation });
    }
    Ok((head, newest))
}

/// Compares the rows of a guarded table with the newest entries about them.
///
/// # Errors
/// [`StoreError::RolledBack`] if a row is missing, was removed, or is not the newest.
pub(super) fn verify_rows(
    connection: &Connection,
    head: Head,
    newest: &Newest,
    table: &Guarded,
) -> Result<(), StoreError> {
    let removed = |subject: &[u8]| newest.get(&(table.removed.to_owned(), subject.to_vec())).copied();
    let mut expected: BTreeMap<&[u8], u64> = newest
        .iter()
        .filter(|((kind, subject), seq)| kind == table.written && removed(subject) < Some(**seq))
        .map(|((_, subject), seq)| (subject.as_slice(), *seq))
        .collect();
    let mut statement = connection.prepare(table.rows)?;
    let mut rows = statement.query([])?;
    let mut replayed = false;
    while let Some(row) = rows.next()? {
        let (id, seq): (Vec<u8>, u64) = (row.get(0)?, row.get(1)?);
        replayed |= expected.remove(id.as_slice()) != Some(seq);
    }
    if replayed || !expected.is_empty() {
        return Err(StoreError::RolledBack { found: head.generation, sealed: head.generation });
    }
    Ok(())
}

/// Seq and hash of the last entry.
fn last(connection: &Connection) -> Result<(u64, [u8; 32]), StoreError> {
    let last = connection
        .prepare_cached("SELECT seq, hash FROM state_log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(last.unwrap_or((0, EMPTY.root)))
}

/// The newest closed generation, and the seq of its last entry.
fn newest_head(connection: &Connection) -> Result<(Head, u64), StoreError> {
    let newest = connection
        .prepare_cached("SELECT generation, seq, root FROM state_head ORDER BY generation DESC LIMIT 1")?
        .query_row([], |row| Ok((Head { generation: row.get(0)?, root: row.get(2)? }, row.get(1)?)))
        .optional()?;
    Ok(newest.unwrap_or((EMPTY, 0)))
}

fn link(before: &[u8; 32], entry: &Entry) -> [u8; 32] {
    crypto::hash(Label::StateLog, &[before, &entry.to_cbor()])
}

fn entry(row: &rusqlite::Row<'_>) -> Result<Entry, rusqlite::Error> {
    Ok(Entry {
        seq: row.get(0)?,
        time: Timestamp(row.get(1)?),
        kind: row.get(2)?,
        subject: row.get(3)?,
        body: row.get(4)?,
    })
}

/// The kind of the entries about the device's slots; the body is the revision, 8 bytes big-endian.
pub(crate) const SLOTS: &str = "slots";
/// The head of an empty log.
const EMPTY: Head = Head { generation: 0, root: [0; 32] };

#[cfg(test)]
mod tests {
    use super::*;

    const GRANTS: Guarded =
        Guarded { written: "grant", removed: "grant-gone", rows: "SELECT id, log_seq FROM sample" };

    /// A log in which grant 1 was made, changed, and grant 2 made and removed, one transaction each.
    fn sample() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::schema::migrate(&mut connection).unwrap();
        connection.execute_batch("CREATE TABLE sample (id BLOB PRIMARY KEY, log_seq INTEGER)").unwrap();
        change(&mut connection, "grant", 1, b"active");
        change(&mut connection, "grant", 2, b"active");
        change(&mut connection, "grant", 1, b"revoked");
        change(&mut connection, "grant-gone", 2, b"");
        connection
    }

    fn change(connection: &mut Connection, kind: &str, subject: u8, body: &[u8]) -> Head {
        let transaction = connection.transaction().unwrap();
        let seq = append(&transaction, Timestamp(7), kind, &[subject], body).unwrap();
        transaction.execute("DELETE FROM sample WHERE id = ?1", [[subject]]).unwrap();
        if kind == "grant" {
            transaction.execute("INSERT INTO sample VALUES (?1, ?2)", ([subject], seq)).unwrap();
        }
        let head = close_generation(&transaction).unwrap();
        transaction.commit().unwrap();
        head
    }

    fn heads(connection: &Connection) -> Vec<Head> {
        let mut statement =
            connection.prepare("SELECT generation, root FROM state_head ORDER BY generation").unwrap();
        let heads = statement.query_map([], |row| Ok(Head { generation: row.get(0)?, root: row.get(1)? }));
        heads.unwrap().map(Result::unwrap).collect()
    }

    fn code(connection: &Connection, sealed: Head) -> &'static str {
        let verified = verify(connection, sealed)
            .and_then(|(head, newest)| verify_rows(connection, head, &newest, &GRANTS));
        verified.map_or_else(|error| error.code(), |()| "ok")
    }

    #[test]
    fn the_sealed_head_must_be_the_last_or_the_one_before() {
        let connection = sample();
        let heads = heads(&connection);
        assert_eq!(heads.len(), 4);
        assert_eq!(code(&connection, heads[3]), "ok");
        assert_eq!(code(&connection, heads[2]), "ok");
        assert_eq!(code(&connection, heads[1]), "StorageRolledBack");
        assert_eq!(code(&connection, EMPTY), "StorageRolledBack");
        assert_eq!(code(&connection, Head { generation: 5, ..heads[3] }), "StorageRolledBack");
        assert_eq!(code(&connection, Head { root: heads[0].root, ..heads[3] }), "StorageRolledBack");
    }

    #[test]
    fn several_entries_of_one_transaction_are_one_generation() {
        let mut connection = sample();
        let before = head(&connection).unwrap();
        let transaction = connection.transaction().unwrap();
        for number in 0..3 {
            append(&transaction, Timestamp(8), "epoch", &[number], b"").unwrap();
        }
        let after = close_generation(&transaction).unwrap();
        assert_eq!(close_generation(&transaction).unwrap(), after, "nothing to close");
        transaction.commit().unwrap();
        assert_eq!(after.generation, before.generation + 1);
        assert_eq!(code(&connection, before), "ok");
        assert_eq!(entries_after(&connection, 5, 9).unwrap().len(), 2);
    }

    #[test]
    fn a_change_of_any_column_breaks_the_chain() {
        for change in [
            "UPDATE state_log SET time = 8 WHERE seq = 2",
            "UPDATE state_log SET kind = 'grant-gone' WHERE seq = 2",
            "UPDATE state_log SET subject = x'09' WHERE seq = 2",
            "UPDATE state_log SET body = x'09' WHERE seq = 3",
            "UPDATE state_log SET hash = zeroblob(32) WHERE seq = 3",
            "UPDATE state_log SET seq = 9 WHERE seq = 4",
            "DELETE FROM state_log WHERE seq = 2",
            "DELETE FROM state_log WHERE seq = 4",
            "DELETE FROM state_head WHERE generation = 2",
            "DELETE FROM state_head WHERE generation = 4",
            "UPDATE state_head SET root = zeroblob(32) WHERE generation = 1",
        ] {
            let connection = sample();
            let sealed = head(&connection).unwrap();
            assert_eq!(connection.execute(change, []).unwrap(), 1);
            assert_eq!(code(&connection, sealed), "StorageCorrupt", "{change}");
        }
    }

    #[test]
    fn a_row_that_came_back_stayed_away_or_is_old_is_a_rollback() {
        for change in [
            "UPDATE sample SET log_seq = 1 WHERE id = x'01'", // as before it was revoked
            "DELETE FROM sample WHERE id = x'01'",
            "INSERT INTO sample VALUES (x'02', 2)", // removed since
            "INSERT INTO sample VALUES (x'03', 3)", // never logged
        ] {
            let connection = sample();
            let sealed = head(&connection).unwrap();
            assert_eq!(connection.execute(change, []).unwrap(), 1);
            assert_eq!(code(&connection, sealed), "StorageRolledBack", "{change}");
        }
    }
}
