//! Spaces: what an owner has committed.

use keepwell_protocol::domain::{BlobId, CompartmentId, LinkId, Object, SpaceId, Timestamp};
use keepwell_protocol::vault::{
    Commit, CommitTaken, GrantEntry, LinkEntry, Moved, SealedHead, SpaceGrant, SpaceView,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, Transaction, seconds, timestamp};
use crate::HostError;

/// The row of a space.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SpaceKey(pub(super) i64);

/// How many bytes a space may hold behind a commit that adds some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpaceBounds {
    /// Of everything.
    pub(crate) stored: u64,
    /// Of heads and grants.
    pub(crate) state: u64,
}

/// Why a commit changes nothing.
#[derive(Debug)]
pub(crate) enum CommitRefused {
    /// The space is at this version.
    Version(u64),
    /// It refers to a blob that is not there.
    BlobMissing(BlobId),
    /// It names a link whose content is not there, or under another path.
    LinkMissing(LinkId),
    /// The space would hold more than it may, in bytes or of a kind.
    Full,
    /// The host failed.
    Host(HostError),
}

impl From<rusqlite::Error> for CommitRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Host(error.into())
    }
}

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
        self.read(|db| {
            let count: i64 = db.query_row("SELECT count(*) FROM spaces", [], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// The version of the space; 0 before its first commit.
    pub(crate) fn space_version(&self, space: SpaceKey) -> Result<u64, HostError> {
        self.read(|db| Ok(version_and_moved(db, space)?.0))
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

    /// By how many bytes the heads of a commit are longer than those that they replace.
    pub(crate) fn head_growth(&self, space: SpaceKey, commit: &Commit) -> Result<u64, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT coalesce(sum(length(head)), 0) FROM compartments WHERE space = ?1 AND id = ?2",
            )?;
            commit.heads.iter().try_fold(0u64, |grown, head| {
                let before: i64 =
                    query.query_row(params![space.0, head.compartment.as_bytes()], |row| row.get(0))?;
                let (before, after) = (u64::try_from(before).unwrap_or(0), head.to_cbor().len() as u64);
                Ok(grown.saturating_add(after.saturating_sub(before)))
            })
        })
    }

    /// Applies a commit, all of it or nothing.
    ///
    /// The same commit sent again, by a client that never got the answer, succeeds without effect.
    pub(crate) fn commit(
        &self,
        space: SpaceKey,
        commit: &Commit,
        encoded: &[u8],
        bounds: SpaceBounds,
        now: Timestamp,
    ) -> Result<CommitTaken, CommitRefused> {
        let taken = CommitTaken::of(commit, encoded);
        self.write(|tx| {
            let (version, last): (i64, Option<Vec<u8>>) =
                tx.query_row("SELECT version, last_commit FROM spaces WHERE space = ?1", [space.0], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let version = u64::try_from(version).unwrap_or(0);
            if commit.version == version && last.as_deref() == Some(taken.hash.as_slice()) {
                return Ok(taken);
            }
            let next = i64::try_from(commit.version).map_err(|_| CommitRefused::Version(version))?;
            if commit.starts_from() != Some(version) {
                return Err(CommitRefused::Version(version));
            }
            let before = sizes(tx, space)?;
            apply(tx, space, commit, now)?;
            let after = sizes(tx, space)?;
            // What makes a space smaller is taken however much is left.
            let is_over = |before, after, most| after > before && after > super::blobs::signed(most);
            if is_over(before.0, after.0, bounds.stored) || is_over(before.1, after.1, bounds.state) {
                return Err(CommitRefused::Full);
            }
            tx.execute(
                "UPDATE spaces SET version = ?2, last_commit = ?3 WHERE space = ?1",
                params![space.0, next, taken.hash],
            )?;
            Ok(taken)
        })
    }
}

/// What the space holds: bytes of everything, and of heads and grants.
fn sizes(tx: &Transaction<'_>, space: SpaceKey) -> rusqlite::Result<(i64, i64)> {
    tx.prepare_cached("SELECT stored_bytes, state_bytes FROM spaces WHERE space = ?1")?
        .query_row([space.0], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn apply(
    tx: &Transaction<'_>,
    space: SpaceKey,
    commit: &Commit,
    now: Timestamp,
) -> Result<(), CommitRefused> {
    for head in &commit.heads {
        let compartment = compartment(tx, space, head.compartment)?;
        tx.prepare_cached("UPDATE compartments SET head = ?2 WHERE compartment = ?1")?
            .execute(params![compartment, head.to_cbor()])?;
    }
    for entry in &commit.grants_added {
        put_grant(tx, space, entry)?;
    }
    for grant in &commit.grants_dropped {
        tx.execute(
            "UPDATE grants SET dropped = 1 WHERE space = ?1 AND id = ?2",
            params![space.0, grant.as_bytes()],
        )?;
    }
    for link in &commit.links {
        name_link(tx, space, link)?;
    }
    for references in &commit.references_removed {
        let compartment = compartment(tx, space, references.compartment)?;
        for blob in &references.blobs {
            remove_reference(tx, space, compartment, *blob, now)?;
        }
    }
    for references in &commit.references_added {
        let compartment = compartment(tx, space, references.compartment)?;
        for blob in &references.blobs {
            add_reference(tx, space, compartment, *blob)?;
        }
    }
    for dropped in &commit.compartments_dropped {
        drop_compartment(tx, space, *dropped, now)?;
    }
    let most: i64 = tx.query_row(
        "SELECT max((SELECT count(*) FROM compartments WHERE space = ?1),
                    (SELECT count(*) FROM grants WHERE space = ?1),
                    (SELECT count(*) FROM links WHERE space = ?1))",
        [space.0],
        |row| row.get(0),
    )?;
    if most > MOST_OF_A_KIND { Err(CommitRefused::Full) } else { Ok(()) }
}

/// The most compartments, grants and links of one space.
const MOST_OF_A_KIND: i64 = 20_000;

/// The row of a compartment; it begins to exist when it is first mentioned.
fn compartment(tx: &Transaction<'_>, space: SpaceKey, id: CompartmentId) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO compartments (space, id) VALUES (?1, ?2) ON CONFLICT (space, id) DO NOTHING",
    )?
    .execute(params![space.0, id.as_bytes()])?;
    tx.prepare_cached("SELECT compartment FROM compartments WHERE space = ?1 AND id = ?2")?
        .query_row(params![space.0, id.as_bytes()], |row| row.get(0))
}

/// Updates in place, so that the first space to name a grant stays the first.
fn put_grant(tx: &Transaction<'_>, space: SpaceKey, entry: &GrantEntry) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO grants (space, id, slot, entry, not_after) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (space, id) DO UPDATE SET
             slot = excluded.slot, entry = excluded.entry, not_after = excluded.not_after, dropped = 0",
        params![
            space.0,
            entry.grant.as_bytes(),
            entry.slot.as_bytes(),
            entry.to_cbor(),
            seconds(entry.not_after)
        ],
    )?;
    let grant: i64 = tx.query_row(
        "SELECT grant_key FROM grants WHERE space = ?1 AND id = ?2",
        params![space.0, entry.grant.as_bytes()],
        |row| row.get(0),
    )?;
    tx.execute("DELETE FROM grant_compartments WHERE grant_key = ?1", [grant])?;
    for id in &entry.compartments {
        let compartment = compartment(tx, space, *id)?;
        tx.execute("INSERT OR IGNORE INTO grant_compartments VALUES (?1, ?2)", [grant, compartment])?;
    }
    Ok(())
}

/// Puts a stored link in force, changes it or ends it; what has ended stays ended.
fn name_link(tx: &Transaction<'_>, space: SpaceKey, link: &LinkEntry) -> Result<(), CommitRefused> {
    let taken: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM links WHERE path = ?3 AND NOT (space = ?1 AND id = ?2))",
        params![space.0, link.id.as_bytes(), link.path],
        |row| row.get(0),
    )?;
    if taken {
        return Err(CommitRefused::LinkMissing(link.id));
    }
    let changed = tx.execute(
        "UPDATE links SET path = ?3, expires = ?4, opens = ?5, paused = ?6, revoked = max(revoked, ?7)
         WHERE space = ?1 AND id = ?2 AND (path IS NULL OR path = ?3)",
        params![
            space.0,
            link.id.as_bytes(),
            link.path,
            seconds(link.expires),
            link.opens,
            link.paused,
            link.revoked
        ],
    )?;
    if changed == 1 && link.revoked {
        super::links::drop_content(tx, space, link.id)?;
    }
    // A link that is already over needs no content: its commit may come after the host forgot it.
    if changed == 1 || link.revoked { Ok(()) } else { Err(CommitRefused::LinkMissing(link.id)) }
}

fn add_reference(
    tx: &Transaction<'_>,
    space: SpaceKey,
    compartment: i64,
    id: BlobId,
) -> Result<(), CommitRefused> {
    let blob: Option<i64> = tx
        .prepare_cached(
            "UPDATE blobs SET loose_since = NULL WHERE space = ?1 AND id = ?2 AND damaged = 0 RETURNING blob",
        )?
        .query_row(params![space.0, id.as_bytes()], |row| row.get(0))
        .optional()?;
    let blob = blob.ok_or(CommitRefused::BlobMissing(id))?;
    tx.prepare_cached("INSERT OR IGNORE INTO blob_references VALUES (?1, ?2)")?
        .execute([compartment, blob])?;
    Ok(())
}

fn remove_reference(
    tx: &Transaction<'_>,
    space: SpaceKey,
    compartment: i64,
    id: BlobId,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "DELETE FROM blob_references WHERE compartment = ?1
         AND blob = (SELECT blob FROM blobs WHERE space = ?2 AND id = ?3)",
    )?
    .execute(params![compartment, space.0, id.as_bytes()])?;
    tx.prepare_cached(
        "UPDATE blobs SET loose_since = ?3 WHERE space = ?1 AND id = ?2 AND loose_since IS NULL
         AND NOT EXISTS (SELECT 1 FROM blob_references WHERE blob = blobs.blob)",
    )?
    .execute(params![space.0, id.as_bytes(), seconds(now)])?;
    Ok(())
}

fn drop_compartment(
    tx: &Transaction<'_>,
    space: SpaceKey,
    id: CompartmentId,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let compartment = compartment(tx, space, id)?;
    tx.execute(
        "UPDATE blobs SET loose_since = ?2
         WHERE blob IN (SELECT blob FROM blob_references WHERE compartment = ?1)
         AND NOT EXISTS (SELECT 1 FROM blob_references WHERE blob = blobs.blob AND compartment <> ?1)",
        params![compartment, seconds(now)],
    )?;
    tx.execute("DELETE FROM blob_references WHERE compartment = ?1", [compartment])?;
    tx.execute("DELETE FROM compartments WHERE compartment = ?1", [compartment])?;
    Ok(())
}

fn version_and_moved(db: &Connection, space: SpaceKey) -> Result<(u64, Option<Moved>), HostError> {
    let (version, moved): (i64, Option<Vec<u8>>) = db
        .prepare_cached("SELECT version, moved FROM spaces WHERE space = ?1")?
        .query_row([space.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let moved = moved.as_deref().map(Moved::from_cbor).transpose()?;
    Ok((u64::try_from(version).unwrap_or(0), moved))
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
        "SELECT path, id, expires, opens, paused, revoked FROM links
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
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
