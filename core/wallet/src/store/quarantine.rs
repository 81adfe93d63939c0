//! What could not be read yet, kept as it was received until it can be or its owner drops it.

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{DeliveryId, QuarantineId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{Kind, READER_VERSION};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::{StoreError, column};

/// Bytes of one item at most.
pub const MAX_QUARANTINED_ITEM: u64 = 50_000_000;

/// Bytes of all items together at most.
pub const MAX_QUARANTINED_TOTAL: u64 = 500_000_000;

/// The most items that the quarantine keeps.
pub const MAX_QUARANTINED_ITEMS: u64 = 100_000;

/// Bytes of what is tried again at a time.
const MOST_OUTDATED_BYTES: u64 = 16_000_000;

/// The reason of what was moved to quarantine by hand.
pub(crate) const BY_HAND: &str = "ByHand";

/// One item in quarantine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuarantinedItem {
    /// SHA-256 of its bytes.
    pub id: QuarantineId,
    /// The name of the file that it came in.
    pub file: String,
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON. `None` for a whole file, and for a
    /// record that was moved here by hand.
    pub index: Option<u64>,
    /// Why: the code of a reading error or of a part that is not taken, or `ByHand`.
    pub reason: String,
    /// What it is.
    pub kind: Kind,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it came.
    pub received: Timestamp,
    /// The source that was named for it.
    pub source: Option<String>,
    /// The record that it is, where it was moved here by hand.
    pub record: Option<RecordId>,
}

/// Something to keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) file: &'a str,
    /// Which one of the file; none where it is the whole of it, or a record.
    pub(crate) index: Option<u64>,
    pub(crate) reason: &'static str,
    pub(crate) kind: Kind,
    pub(crate) source: Option<&'a str>,
    pub(crate) full_url: Option<&'a str>,
    /// The record that it is, where it is moved here by hand.
    pub(crate) record: Option<RecordId>,
    pub(crate) content: &'a [u8],
}

/// Keeps what one import could not read, within the limits.
pub(crate) struct Keeper<'t> {
    transaction: &'t Transaction<'t>,
    now: Timestamp,
    items: u64,
    bytes: u64,
}

impl<'t> Keeper<'t> {
    pub(crate) fn new(transaction: &'t Transaction<'t>, now: Timestamp) -> Result<Self, StoreError> {
        let (items, bytes): (i64, i64) =
            transaction.query_row("SELECT count(*), coalesce(sum(bytes), 0) FROM quarantine", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let unsigned = |number| u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Self { transaction, now, items: unsigned(items), bytes: unsigned(bytes) })
    }

    /// Keeps an item and gives its id, also where it lies here already; `None` if that is too much.
    pub(crate) fn keep(&mut self, incoming: &Incoming<'_>) -> Result<Option<QuarantineId>, StoreError> {
        let id = QuarantineId::from_bytes(crypto::sha256(incoming.content));
        let is_here = self
            .transaction
            .prepare_cached("SELECT 1 FROM quarantine WHERE id = ?1")?
            .exists([id.as_bytes()])?;
        let record = incoming.record.map(|record| *record.as_bytes());
        if is_here {
            self.transaction
                .prepare_cached("UPDATE quarantine SET record = coalesce(?2, record) WHERE id = ?1")?
                .execute((id.as_bytes(), record))?;
            return Ok(Some(id));
        }
        let bytes = incoming.content.len() as u64;
        let total = self.bytes.saturating_add(bytes);
        let is_too_much = bytes > MAX_QUARANTINED_ITEM
            || total > MAX_QUARANTINED_TOTAL
            || self.items >= MAX_QUARANTINED_ITEMS;
        // What is moved here by hand was in the wallet before.
        if is_too_much && record.is_none() {
            return Ok(None);
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO quarantine
                     (id, file, place, reason, kind, received, reader, source, full_url, bytes, content, record)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                id.as_bytes(),
                incoming.file,
                incoming.index.map(column::stored),
                incoming.reason,
                incoming.kind.as_str(),
                column::stored(self.now.0),
                READER_VERSION,
                incoming.source,
                incoming.full_url,
                column::stored(bytes),
                incoming.content,
                record,
            ))?;
        (self.items, self.bytes) = (self.items + 1, total);
        Ok(Some(id))
    }
}

/// Everything in quarantine, in the order in which it came.
pub(crate) fn all(connection: &Connection) -> Result<Vec<QuarantinedItem>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY number"))?;
    statement.query_and_then([], item)?.collect()
}

/// One item, if it is there.
pub(crate) fn find(connection: &Connection, id: QuarantineId) -> Result<Option<QuarantinedItem>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    statement.query_and_then([id.as_bytes()], item)?.next().transpose()
}

/// Whatever [`item`] reads.
const SELECT: &str = "SELECT id, file, place, reason, kind, received, source, record, bytes FROM quarantine";

fn item(row: &Row<'_>) -> Result<QuarantinedItem, StoreError> {
    let kind: String = row.get("kind")?;
    let record: Option<Vec<u8>> = row.get("record")?;
    let kind = Kind::from_name(&kind).ok_or(StoreError::Corrupt { part: "a kind of file" })?;
    Ok(QuarantinedItem {
        id: column::id(row, "id")?,
        file: row.get("file")?,
        index: row.get::<_, Option<i64>>("place")?.map(i64::unsigned_abs),
        reason: row.get("reason")?,
        kind,
        bytes: column::number(row, "bytes")?,
        received: column::time(row, "received")?,
        source: row.get("source")?,
        record: record
            .map(|id| RecordId::try_from(id.as_slice()))
            .transpose()
            .map_err(|_| StoreError::Corrupt { part: "an identifier" })?,
    })
}

/// What an item is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Content {
    /// Its bytes, as received.
    pub(crate) bytes: Vec<u8>,
    /// The address that its Bundle gave it.
    pub(crate) full_url: Option<String>,
}

/// The bytes of an item, and the address that it came with.
pub(crate) fn content(connection: &Connection, id: QuarantineId) -> Result<Option<Content>, StoreError> {
    let found = connection
        .prepare_cached("SELECT content, full_url FROM quarantine WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| Ok(Content { bytes: row.get(0)?, full_url: row.get(1)? }))
        .optional()?;
    Ok(found)
}

/// How many items there are.
pub(crate) fn count(connection: &Connection) -> Result<u64, StoreError> {
    let count: i64 = connection.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Removes an item; whether it was there.
pub(crate) fn remove(transaction: &Transaction<'_>, id: QuarantineId) -> Result<bool, StoreError> {
    Ok(transaction.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?.execute([id.as_bytes()])? > 0)
}

/// Notes with which import items came; `None` for one that is not listed.
pub(crate) fn note_delivery(
    transaction: &Transaction<'_>,
    ids: impl Iterator<Item = QuarantineId>,
    delivery: Option<DeliveryId>,
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR IGNORE INTO quarantine_delivery SELECT number, ?2 FROM quarantine WHERE id = ?1",
    )?;
    let delivery = delivery.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    for id in ids {
        statement.execute((id.as_bytes(), &delivery))?;
    }
    Ok(())
}

/// How many items came with this import and no other, but for those that were moved here by hand, too.
pub(crate) fn count_of(connection: &Connection, delivery: DeliveryId) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM quarantine WHERE {ONLY_WITH}");
    let count: i64 = connection.query_row(&sql, [delivery.as_bytes()], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Removes those items for good, and says how many.
pub(crate) fn take_back(transaction: &Transaction<'_>, delivery: DeliveryId) -> Result<u64, StoreError> {
    let removed =
        transaction.execute(&format!("DELETE FROM quarantine WHERE {ONLY_WITH}"), [delivery.as_bytes()])?;
    transaction.execute("DELETE FROM quarantine_delivery WHERE delivery = ?1", [delivery.as_bytes()])?;
    Ok(removed as u64)
}

/// That an item came with the import `?1` alone.
const ONLY_WITH: &str = "record IS NULL
     AND number IN (SELECT item FROM quarantine_delivery WHERE delivery = ?1)
     AND number NOT IN (SELECT item FROM quarantine_delivery WHERE delivery <> ?1)";

/// Items that an older reader could not read, in the order in which they came: at most 256, and of at most 16 MB
/// beside the first.
pub(crate) fn outdated(connection: &Connection) -> Result<Vec<QuarantinedItem>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{SELECT} WHERE reader < ?1 AND record IS NULL ORDER BY number LIMIT 256"
    ))?;
    let (mut items, mut left) = (Vec::new(), MOST_OUTDATED_BYTES);
    for found in statement.query_and_then([READER_VERSION], item)? {
        let found = found?;
        match left.checked_sub(found.bytes) {
            Some(rest) => left = rest,
            None if items.is_empty() => left = 0,
            None => break,
        }
        items.push(found);
    }
    Ok(items)
}

/// The records that were moved here by hand.
pub(crate) fn records(connection: &Connection) -> Result<Vec<RecordId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT record FROM quarantine WHERE record IS NOT NULL")?;
    statement.query_and_then([], |row| column::id(row, "record"))?.collect()
}

/// Notes that this reader could not read an item either.
pub(crate) fn note_tried(transaction: &Transaction<'_>, id: QuarantineId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE quarantine SET reader = ?2 WHERE id = ?1")?
        .execute((id.as_bytes(), READER_VERSION))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(content: &[u8]) -> Incoming<'_> {
        Incoming {
            file: "a.json",
            index: Some(3),
            reason: "TooDeep",
            kind: Kind::Resource,
            source: Some("clinic"),
            full_url: None,
            record: None,
            content,
        }
    }

    #[test]
    fn keeps_each_item_once_and_gives_it_back() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let mut keeper = Keeper::new(&transaction, Timestamp(7)).unwrap();
        let id = keeper.keep(&incoming(b"{}")).unwrap().unwrap();
        assert_eq!(keeper.keep(&incoming(b"{}")).unwrap(), Some(id));
        assert_ne!(keeper.keep(&incoming(b"[]")).unwrap(), Some(id));
        assert_eq!(count(&transaction).unwrap(), 2);
        let found = find(&transaction, id).unwrap().unwrap();
        assert_eq!(found, all(&transaction).unwrap()[0]);
        assert_eq!(
            (found.file.as_str(), found.index, found.kind, found.bytes),
            ("a.json", Some(3), Kind::Resource, 2)
        );
        let expected = Content { bytes: b"{}".to_vec(), full_url: None };
        assert_eq!(content(&transaction, id).unwrap(), Some(expected));
        assert!(remove(&transaction, id).unwrap() && !remove(&transaction, id).unwrap());
        assert_eq!((find(&transaction, id).unwrap(), content(&transaction, id).unwrap()), (None, None));
    }

    #[test]
    fn keeps_no_more_than_the_limits_allow() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let mut keeper = Keeper::new(&transaction, Timestamp(7)).unwrap();
        keeper.bytes = MAX_QUARANTINED_TOTAL - 1;
        assert!(keeper.keep(&incoming(b"{}")).unwrap().is_none());
        assert!(keeper.keep(&incoming(b"1")).unwrap().is_some());
        (keeper.bytes, keeper.items) = (0, MAX_QUARANTINED_ITEMS);
        assert!(keeper.keep(&incoming(b"2")).unwrap().is_none());
        // What is here already needs no room.
        assert!(keeper.keep(&incoming(b"1")).unwrap().is_some());
    }

    #[test]
    fn an_import_that_is_taken_back_takes_what_it_alone_brought() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let mut keeper = Keeper::new(&transaction, Timestamp(7)).unwrap();
        let mut keep = |content: &[u8]| keeper.keep(&incoming(content)).unwrap().unwrap();
        let (alone, both, unlisted, older) = (keep(b"1"), keep(b"2"), keep(b"3"), keep(b"4"));
        let by_hand = Incoming { record: Some(RecordId::from_bytes([5; 32])), ..incoming(b"5") };
        let by_hand = keeper.keep(&by_hand).unwrap().unwrap();
        let (first, second) = (DeliveryId::from_bytes([1; 16]), DeliveryId::from_bytes([2; 16]));
        let note = |ids: &[QuarantineId], delivery| {
            note_delivery(&transaction, ids.iter().copied(), delivery).unwrap();
        };
        note(&[alone, both, unlisted, by_hand], Some(first));
        note(&[both], Some(second));
        note(&[unlisted], None);
        assert_eq!((count_of(&transaction, first).unwrap(), count_of(&transaction, second).unwrap()), (1, 0));
        assert_eq!(take_back(&transaction, first).unwrap(), 1);
        let left = || all(&transaction).unwrap().into_iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(left(), [both, unlisted, older, by_hand]);
        // The other that brought it is the only one now.
        assert_eq!(take_back(&transaction, second).unwrap(), 1);
        assert_eq!(left(), [unlisted, older, by_hand]);
        assert_eq!(take_back(&transaction, second).unwrap(), 0);
    }

    #[test]
    fn a_later_reader_is_told_what_an_older_one_could_not_read() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let id = Keeper::new(&transaction, Timestamp(7)).unwrap().keep(&incoming(b"{}")).unwrap().unwrap();
        assert!(outdated(&transaction).unwrap().is_empty());
        transaction.execute("UPDATE quarantine SET reader = reader - 1", []).unwrap();
        assert_eq!(outdated(&transaction).unwrap()[0].id, id);
        note_tried(&transaction, id).unwrap();
        assert!(outdated(&transaction).unwrap().is_empty());
    }

    #[test]
    fn no_more_is_tried_again_at_a_time_than_a_person_waits_for() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let mut keeper = Keeper::new(&transaction, Timestamp(7)).unwrap();
        let ids: Vec<_> = (0..300_u16)
            .map(|number| keeper.keep(&incoming(&number.to_be_bytes())).unwrap().unwrap())
            .collect();
        transaction.execute("UPDATE quarantine SET reader = reader - 1", []).unwrap();
        let tried = || -> Vec<_> { outdated(&transaction).unwrap().iter().map(|item| item.id).collect() };
        assert_eq!(tried(), ids[..256]);
        for (bytes, count) in [(8_000_000, 2), (8_000_001, 1), (50_000_000, 1)] {
            transaction.execute("UPDATE quarantine SET bytes = ?1", [bytes]).unwrap();
            assert_eq!(tried(), ids[..count], "{bytes}");
        }
    }
}
