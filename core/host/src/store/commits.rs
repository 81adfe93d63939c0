//! Commits: one change of a space, all of it or nothing.

use keepwell_protocol::domain::{BlobId, CompartmentId, GrantId, LinkId, Object, Timestamp};
use keepwell_protocol::vault::{Commit, CommitTaken, GrantEntry, LinkEntry};
use rusqlite::{OptionalExtension, params};

use super::spaces::MOST_OF_A_KIND;
use super::{SpaceKey, Store, Transaction, links, seconds, signed, unsigned};
use crate::HostError;

/// How many bytes a space may hold behind a commit that adds some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpaceBounds {
    /// Of all that the space stores, rows included.
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
    /// The host has no room for what it adds.
    NoRoom,
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
    /// Applies a commit, all of it or nothing. Where there is little room, `has_room` is asked for it, with the bytes
    /// by which the heads get longer: only of a commit that comes from the version of the space.
    ///
    /// The same commit sent again, by a client that never got the answer, succeeds without effect.
    pub(crate) fn commit(
        &self,
        space: SpaceKey,
        commit: &Commit,
        encoded: &[u8],
        bounds: SpaceBounds,
        now: Timestamp,
        has_room: Option<impl FnOnce(u64) -> bool>,
    ) -> Result<CommitTaken, CommitRefused> {
        let taken = CommitTaken::of(commit, encoded);
        self.write(|tx| {
            let (version, last): (i64, Option<Vec<u8>>) =
                tx.query_row("SELECT version, last_commit FROM spaces WHERE space = ?1", [space.0], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let version = unsigned(version);
            if commit.version == version && last.as_deref() == Some(taken.hash.as_slice()) {
                return Ok(taken);
            }
            let next = i64::try_from(commit.version).map_err(|_| CommitRefused::Version(version))?;
            if commit.starts_from() != Some(version) {
                return Err(CommitRefused::Version(version));
            }
            if let Some(has_room) = has_room
                && !has_room(head_growth(tx, space, commit)?)
            {
                return Err(CommitRefused::NoRoom);
            }
            let before = sizes(tx, space)?;
            apply(tx, space, commit, now)?;
            let after = sizes(tx, space)?;
            // What makes a space smaller is taken however much is left.
            let is_over = |before, after, most| after > before && after > signed(most);
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

/// By how many bytes the heads of a commit are longer than those that they replace.
fn head_growth(tx: &Transaction<'_>, space: SpaceKey, commit: &Commit) -> rusqlite::Result<u64> {
    let mut query = tx.prepare_cached(
        "SELECT coalesce(sum(length(head)), 0) FROM compartments WHERE space = ?1 AND id = ?2",
    )?;
    commit.heads.iter().try_fold(0u64, |grown, head| {
        let before: i64 = query.query_row(params![space.0, head.compartment.as_bytes()], |row| row.get(0))?;
        let (before, after) = (unsigned(before), head.to_cbor().len() as u64);
        Ok(grown.saturating_add(after.saturating_sub(before)))
    })
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
    // What takes away makes no row: such a commit is taken where there is no room.
    for references in &commit.references_removed {
        let Some(compartment) = known_compartment(tx, space, references.compartment)? else { continue };
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

/// The row of a compartment; it begins to exist when it is first mentioned.
fn compartment(tx: &Transaction<'_>, space: SpaceKey, id: CompartmentId) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO compartments (space, id) VALUES (?1, ?2) ON CONFLICT (space, id) DO NOTHING",
    )?
    .execute(params![space.0, id.as_bytes()])?;
    known_compartment(tx, space, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// The row of a compartment that was mentioned before.
fn known_compartment(
    tx: &Transaction<'_>,
    space: SpaceKey,
    id: CompartmentId,
) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("SELECT compartment FROM compartments WHERE space = ?1 AND id = ?2")?
        .query_row(params![space.0, id.as_bytes()], |row| row.get(0))
        .optional()
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
    if link.revoked {
        // By its id alone, and nothing is added, not even a path. A link that is already over needs no content: its
        // commit may come after the host forgot it.
        tx.execute(
            "UPDATE links SET revoked = 1, paused = ?3 WHERE space = ?1 AND id = ?2",
            params![space.0, link.id.as_bytes(), link.paused],
        )?;
        return Ok(links::drop_content(tx, space, link.id)?);
    }
    let taken: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM links WHERE path = ?3 AND NOT (space = ?1 AND id = ?2))",
        params![space.0, link.id.as_bytes(), link.path],
        |row| row.get(0),
    )?;
    if taken {
        return Err(CommitRefused::LinkMissing(link.id));
    }
    let changed = tx.execute(
        "UPDATE links SET path = ?3, expires = ?4, opens = ?5, paused = ?6, ledger_grant = ?7
         WHERE space = ?1 AND id = ?2 AND (path IS NULL OR path = ?3)",
        params![
            space.0,
            link.id.as_bytes(),
            link.path,
            seconds(link.expires),
            link.opens,
            link.paused,
            link.grant.as_ref().map(GrantId::as_bytes),
        ],
    )?;
    if changed == 1 { Ok(()) } else { Err(CommitRefused::LinkMissing(link.id)) }
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
    let Some(compartment) = known_compartment(tx, space, id)? else { return Ok(()) };
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
