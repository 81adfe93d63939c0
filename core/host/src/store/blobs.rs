//! Which blobs there are and where they lie.
//!
//! The blobs of one upload lie one after the other in one object, a pack: a wallet of ten thousand
//! records is a handful of objects, each written and synced once.

use keepwell_protocol::domain::{BlobId, GrantId, Slot, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{SpaceKey, Store, number, seconds, signed, unsigned};
use crate::HostError;

/// The row of a pack.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct PackId(pub(super) i64);

/// Where one blob lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Located {
    /// The row of the blob.
    pub(crate) row: i64,
    /// The hash that its bytes must have.
    pub(crate) id: BlobId,
    /// The pack's name.
    pub(crate) pack: String,
    /// Its first byte in the pack.
    pub(crate) start: u64,
    /// Its length in bytes.
    pub(crate) bytes: u64,
    /// It was once found damaged, and may be again or not.
    pub(crate) damaged: bool,
}

/// A blob as a check of everything comes across it.
pub(crate) struct StoredBlob {
    pub(crate) place: Located,
    /// The row of its space.
    pub(crate) space: i64,
    /// Nothing refers to it.
    pub(crate) is_loose: bool,
}

/// A pack that lies in the blob store and is not yet known here.
pub(crate) struct NewPack {
    /// Under which it lies in the blob store: 32 hexadecimal digits.
    pub(crate) name: String,
    /// Its blobs and their lengths, in order.
    pub(crate) blobs: Vec<(BlobId, u64)>,
}

/// What a blob counts beside its bytes, for its row: as in the triggers of `0006_sizes.sql`.
pub(crate) const BLOB_ROW: u64 = 128;

impl Store {
    /// Which of `blobs` the space lacks or is known to hold damaged. The others are kept for another thirty
    /// days from now.
    pub(crate) fn missing_blobs(
        &self,
        space: SpaceKey,
        blobs: &[BlobId],
        now: Timestamp,
    ) -> Result<Vec<bool>, HostError> {
        self.write(|tx| {
            let mut touch = tx.prepare_cached(
                "UPDATE blobs SET loose_since = iif(loose_since IS NULL, NULL, ?3)
                 WHERE space = ?1 AND id = ?2 AND damaged = 0",
            )?;
            blobs
                .iter()
                .map(|id| Ok(touch.execute(params![space.0, id.as_bytes(), seconds(now)])? == 0))
                .collect()
        })
    }

    /// How many bytes the space holds: its blobs, heads, grants and links, and what rows of blobs and references take.
    pub(crate) fn stored_bytes(&self, space: SpaceKey) -> Result<u64, HostError> {
        let query = "SELECT stored_bytes FROM spaces WHERE space = ?1";
        self.read(|db| Ok(number(db, query, [space.0])?))
    }

    /// How many bytes all spaces hold.
    pub(crate) fn total_bytes(&self) -> Result<u64, HostError> {
        self.read(|db| Ok(number(db, "SELECT coalesce(sum(stored_bytes), 0) FROM spaces", [])?))
    }

    /// Makes the blobs of a pack known: new ones, not yet referred to by anything, and those whose bytes
    /// were damaged, in the place of these.
    pub(crate) fn add_pack(&self, space: SpaceKey, pack: &NewPack, now: Timestamp) -> Result<(), HostError> {
        self.write(|tx| {
            let total: u64 = pack.blobs.iter().map(|(_, bytes)| bytes).sum();
            tx.execute("INSERT INTO packs (name, bytes) VALUES (?1, ?2)", params![pack.name, signed(total)])?;
            let row = tx.last_insert_rowid();
            let mut start = 0;
            let mut put = tx.prepare_cached(
                "INSERT INTO blobs (space, id, pack, start, bytes, loose_since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (space, id) DO UPDATE SET
                     pack = excluded.pack, start = excluded.start, bytes = excluded.bytes, damaged = 0,
                     loose_since = iif(loose_since IS NULL, NULL, excluded.loose_since)
                 WHERE damaged = 1",
            )?;
            for (id, bytes) in &pack.blobs {
                put.execute(params![space.0, id.as_bytes(), row, start, signed(*bytes), seconds(now)])?;
                start += signed(*bytes);
            }
            Ok(())
        })
    }

    /// Where each of the owner's blobs lies; absent for one that the space lacks.
    pub(crate) fn locate_for_owner(
        &self,
        space: SpaceKey,
        blobs: &[BlobId],
    ) -> Result<Vec<Option<Located>>, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached(&select_located("", "WHERE b.space = ?1 AND b.id = ?2"))?;
            blobs
                .iter()
                .map(|id| Ok(query.query_row(params![space.0, id.as_bytes()], located).optional()?))
                .collect()
        })
    }

    /// The next blobs behind a row, each with its space.
    pub(crate) fn blobs_after(&self, after: i64, count: usize) -> Result<Vec<StoredBlob>, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached(&select_located(
                ", b.space, b.loose_since IS NOT NULL",
                "WHERE b.blob > ?1 ORDER BY b.blob LIMIT ?2",
            ))?;
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let rows = query.query_map([after, count], |row| {
                Ok(StoredBlob { place: located(row)?, space: row.get(6)?, is_loose: row.get(7)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The names of the packs in which blobs lie.
    pub(crate) fn packs_in_use(&self) -> Result<Vec<String>, HostError> {
        self.read(|db| {
            let mut query = db.prepare(
                "SELECT name FROM packs WHERE EXISTS (SELECT 1 FROM blobs WHERE blobs.pack = packs.pack) ORDER BY name",
            )?;
            let rows = query.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes of blobs whether their bytes, at these places, were found to be what the ids say.
    pub(crate) fn note_condition(&self, found: &[(Located, bool)]) -> Result<(), HostError> {
        self.write(|tx| {
            let mut note = tx.prepare_cached(
                "UPDATE blobs SET damaged = ?4 WHERE blob = ?1 AND start = ?2 AND damaged <> ?4
                 AND pack = (SELECT pack FROM packs WHERE name = ?3)",
            )?;
            for (place, sound) in found {
                note.execute(params![place.row, signed(place.start), place.pack, !sound])?;
            }
            Ok(())
        })
    }

    /// Where blobs lie for a reader: only those to which a compartment of its grant refers.
    pub(crate) fn locate_for_reader(
        &self,
        grant: GrantId,
        slot: Slot,
        blobs: &[BlobId],
    ) -> Result<Option<Vec<Located>>, HostError> {
        self.read(|db| {
            let Some((grant, space)) = super::grants::reader_row(db, grant, slot)? else {
                return Ok(None);
            };
            let mut query = db.prepare_cached(&select_located(
                "",
                "WHERE b.space = ?1 AND b.id = ?2 AND EXISTS (
                     SELECT 1 FROM blob_references r JOIN grant_compartments g USING (compartment)
                     WHERE r.blob = b.blob AND g.grant_key = ?3)",
            ))?;
            blobs
                .iter()
                .map(|id| Ok(query.query_row(params![space.0, id.as_bytes(), grant], located).optional()?))
                .collect()
        })
    }
}

/// A query for blobs as [`located`] reads them, with `more` columns behind.
pub(super) fn select_located(more: &str, rest: &str) -> String {
    format!(
        "SELECT b.blob, b.id, p.name, b.start, b.bytes, b.damaged{more}
         FROM blobs b JOIN packs p USING (pack) {rest}"
    )
}

pub(super) fn located(row: &rusqlite::Row<'_>) -> rusqlite::Result<Located> {
    Ok(Located {
        row: row.get(0)?,
        id: BlobId::from_bytes(row.get(1)?),
        pack: row.get(2)?,
        start: unsigned(row.get(3)?),
        bytes: unsigned(row.get(4)?),
        damaged: row.get(5)?,
    })
}
