//! Spaces: what an owner has committed.

use keepwell_protocol::domain::{CompartmentId, GrantId, LinkId, Object, SpaceId};
use keepwell_protocol::vault::{GrantEntry, LinkEntry, Moved, SealedHead, SpaceGrant, SpaceView};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, number, timestamp, unsigned};
use crate::HostError;

/// The most compartments, grants and links of one space.
pub(super) const MOST_OF_A_KIND: i64 = 20_000;

/// The row of a space.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SpaceKey(pub(super) i64);

impl Store {
    /// Finds a space.
    pub(crate) fn space(&self, id: SpaceId) -> Result<Option<SpaceKey>, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT space FROM spaces WHERE id = ?1")?;
            Ok(query.query_row([id.as_bytes()], |row| row.get(0).map(SpaceKey)).optional()?)
        })
    }

    /// How many spaces there are.
    pub(crate) fn count_spaces(&self) -> Result<u64, HostError> {
        self.read(|db| Ok(number(db, "SELECT count(*) FROM spaces", [])?))
    }

    /// The version of the space; 0 before its first commit.
    pub(crate) fn space_version(&self, space: SpaceKey) -> Result<u64, HostError> {
        self.read(|db| Ok(version_and_moved(db, space)?.0))
    }

    /// About how many bytes [`Store::space_view`] has: heads, grants, and what each named link takes.
    pub(crate) fn view_bytes(&self, space: SpaceKey) -> Result<u64, HostError> {
        let query =
            "SELECT state_bytes + 136 * (SELECT count(*) FROM links WHERE space = ?1 AND path IS NOT NULL)
             FROM spaces WHERE space = ?1";
        self.read(|db| Ok(number(db, query, [space.0])?))
    }

    /// Everything the space holds but blobs.
    pub(crate) fn space_view(&self, space: SpaceKey) -> Result<SpaceView, HostError> {
        self.read(|db| {
            let (version, moved_to) = version_and_moved(db, space)?;
            let (heads, grants, links) = (heads(db, space)?, grants(db, space)?, links(db, space)?);
            Ok(SpaceView { version, heads, grants, links, moved_to })
        })
    }

    /// The version of the space and the head of one compartment, if it has one; nothing else.
    pub(crate) fn space_head(
        &self,
        space: SpaceKey,
        compartment: CompartmentId,
    ) -> Result<SpaceView, HostError> {
        self.read(|db| {
            let (version, moved_to) = version_and_moved(db, space)?;
            let head: Option<Vec<u8>> = db
                .prepare_cached(
                    "SELECT head FROM compartments WHERE space = ?1 AND id = ?2 AND head IS NOT NULL",
                )?
                .query_row(params![space.0, compartment.as_bytes()], |row| row.get(0))
                .optional()?;
            let heads = head.iter().map(|head| SealedHead::from_cbor(head)).collect::<Result<_, _>>()?;
            Ok(SpaceView { version, heads, grants: Vec::new(), links: Vec::new(), moved_to })
        })
    }

    /// Keeps the owner's note of where the space has gone, in the place of an earlier one.
    pub(crate) fn put_moved(&self, space: SpaceKey, moved: &Moved) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute("UPDATE spaces SET moved = ?2 WHERE space = ?1", params![space.0, moved.to_cbor()])?;
            Ok(())
        })
    }
}

fn version_and_moved(db: &Connection, space: SpaceKey) -> Result<(u64, Option<Moved>), HostError> {
    let (version, moved): (i64, Option<Vec<u8>>) = db
        .prepare_cached("SELECT version, moved FROM spaces WHERE space = ?1")?
        .query_row([space.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let moved = moved.as_deref().map(Moved::from_cbor).transpose()?;
    Ok((unsigned(version), moved))
}

fn heads(db: &Connection, space: SpaceKey) -> Result<Vec<SealedHead>, HostError> {
    let mut query =
        db.prepare_cached("SELECT head FROM compartments WHERE space = ?1 AND head IS NOT NULL ORDER BY id")?;
    let rows = query.query_map([space.0], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|head| Ok(SealedHead::from_cbor(&head?)?)).collect()
}

fn grants(db: &Connection, space: SpaceKey) -> Result<Vec<SpaceGrant>, HostError> {
    let mut query = db.prepare_cached("SELECT entry, dropped FROM grants WHERE space = ?1 ORDER BY id")?;
    let rows = query.query_map([space.0], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (entry, dropped) = row?;
        Ok(SpaceGrant { entry: GrantEntry::from_cbor(&entry)?, dropped })
    })
    .collect()
}

fn links(db: &Connection, space: SpaceKey) -> Result<Vec<LinkEntry>, HostError> {
    let mut query = db.prepare_cached(
        "SELECT path, id, expires, opens, paused, revoked, ledger_grant FROM links
         WHERE space = ?1 AND path IS NOT NULL ORDER BY id",
    )?;
    let rows = query.query_map([space.0], |row| {
        Ok(LinkEntry {
            path: row.get(0)?,
            id: LinkId::from_bytes(row.get(1)?),
            expires: timestamp(row.get(2)?),
            opens: row.get(3)?,
            paused: row.get(4)?,
            revoked: row.get(5)?,
            grant: row.get::<_, Option<[u8; 32]>>(6)?.map(GrantId::from_bytes),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
