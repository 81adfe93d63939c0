//! Grants as their readers see them.

use keepwell_protocol::domain::{GrantId, Object, Slot};
use keepwell_protocol::vault::{GrantEntry, SealedHead};
use rusqlite::{Connection, OptionalExtension, params};

use super::{SpaceKey, Store};
use crate::HostError;

/// A grant, found by a reader who holds the key of its slot.
pub(crate) struct ReaderGrant {
    /// Where it belongs.
    pub(crate) space: SpaceKey,
    /// What the owner committed.
    pub(crate) entry: GrantEntry,
    /// The owner has dropped it.
    pub(crate) dropped: bool,
    /// The ledger was once seen to say that it is revoked.
    pub(crate) revoked: bool,
}

impl Store {
    /// Finds a grant by its id and its reader.
    ///
    /// A grant id is public on the ledger and no space owns it, so that nobody can occupy one; the
    /// first space to name it for this reader is the one that knew it before the ledger did.
    pub(crate) fn reader_grant(&self, grant: GrantId, slot: Slot) -> Result<Option<ReaderGrant>, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT space, entry, dropped, revoked FROM grants WHERE id = ?1 AND slot = ?2
                 ORDER BY grant_key LIMIT 1",
            )?;
            let row = query
                .query_row(params![grant.as_bytes(), slot.as_bytes()], |row| {
                    Ok((SpaceKey(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get(2)?, row.get(3)?))
                })
                .optional()?;
            row.map(|(space, entry, dropped, revoked)| {
                Ok(ReaderGrant { space, entry: GrantEntry::from_cbor(&entry)?, dropped, revoked })
            })
            .transpose()
        })
    }

    /// Remembers that the ledger has proved a grant revoked, which is final.
    pub(crate) fn mark_revoked(&self, grant: GrantId) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute("UPDATE grants SET revoked = 1 WHERE id = ?1", [grant.as_bytes()])?;
            Ok(())
        })
    }

    /// The heads that a grant opens, sorted by compartment.
    pub(crate) fn reader_heads(&self, grant: GrantId, slot: Slot) -> Result<Vec<SealedHead>, HostError> {
        self.read(|db| {
            let Some((grant, _)) = reader_row(db, grant, slot)? else { return Ok(Vec::new()) };
            let mut query = db.prepare_cached(
                "SELECT c.head FROM grant_compartments g JOIN compartments c USING (compartment)
                 WHERE g.grant_key = ?1 AND c.head IS NOT NULL ORDER BY c.id",
            )?;
            let rows = query.query_map([grant], |row| row.get::<_, Vec<u8>>(0))?;
            rows.map(|head| Ok(SealedHead::from_cbor(&head?)?)).collect()
        })
    }
}

/// The row and space of a reader's grant.
pub(super) fn reader_row(
    db: &Connection,
    grant: GrantId,
    slot: Slot,
) -> rusqlite::Result<Option<(i64, SpaceKey)>> {
    db.prepare_cached(
        "SELECT grant_key, space FROM grants WHERE id = ?1 AND slot = ?2 ORDER BY grant_key LIMIT 1",
    )?
    .query_row(params![grant.as_bytes(), slot.as_bytes()], |row| Ok((row.get(0)?, SpaceKey(row.get(1)?))))
    .optional()
}
