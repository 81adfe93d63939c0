//! What goes with time.

use keepwell_protocol::domain::{Duration, Timestamp};
use rusqlite::params;

use super::{Located, PackId, Store, blobs, seconds, signed};
use crate::HostError;

/// How long a blob without reference, an ended grant, link or invitation, and a fetched envelope stay.
const KEPT: Duration = Duration::days(30);
/// How long a link may wait for the commit that names it.
const UNNAMED_LINK: Duration = Duration::days(1);
/// How long an envelope waits for a provider that never comes.
const UNFETCHED: Duration = Duration::days(400);
/// How long the access log goes back.
const LOG: Duration = Duration::days(730);
/// How long an object is still there for readers that were already told where to look.
const RETIRED_PACK: Duration = Duration::hours(1);

/// The times by this machine's clock after which things go.
const DATED: [(&str, &str); 6] = [
    ("blobs", "loose_since"),
    ("packs", "retired"),
    ("links", "stored"),
    ("envelopes", "received"),
    ("envelopes", "fetched"),
    ("access_log", "time"),
];

/// A pack with holes, and what must be carried over before it can go.
pub(crate) struct Rewrite {
    /// The row of the pack that is retired then.
    pub(crate) pack: PackId,
    /// What still lies in it, in its order.
    pub(crate) blobs: Vec<Located>,
}

impl Store {
    /// Forgets everything whose time is over; what a clock that was ahead has dated begins now. Sealed bytes go with [`Store::packs_with_holes`].
    pub(crate) fn sweep(&self, now: Timestamp) -> Result<(), HostError> {
        let before = |kept: Duration| seconds(now.saturating_sub(kept));
        self.write(|tx| {
            for (table, time) in DATED {
                tx.execute(&format!("UPDATE {table} SET {time} = ?1 WHERE {time} > ?1"), [seconds(now)])?;
            }
            tx.execute("DELETE FROM blobs WHERE loose_since < ?1", [before(KEPT)])?;
            tx.execute("DELETE FROM grants WHERE not_after < ?1", [before(KEPT)])?;
            tx.execute(
                "DELETE FROM links WHERE iif(path IS NULL, stored < ?1, expires < ?2)",
                [before(UNNAMED_LINK), before(KEPT)],
            )?;
            tx.execute(
                "DELETE FROM link_contents WHERE link IN (SELECT link FROM links WHERE expires < ?1)",
                [before(UNNAMED_LINK)],
            )?;
            tx.execute(
                "UPDATE links SET passcode = NULL, location_secret = NULL WHERE expires < ?1 AND is_manifest = 1",
                [before(UNNAMED_LINK)],
            )?;
            tx.execute(
                "DELETE FROM envelopes WHERE fetched < ?1 OR received < ?2",
                [before(KEPT), before(UNFETCHED)],
            )?;
            tx.execute("DELETE FROM invites WHERE not_after < ?1", [before(KEPT)])?;
            tx.execute("DELETE FROM access_log WHERE time < ?1", [before(LOG)])?;
            Ok(())
        })
    }

    /// The packs in which bytes lie that belong to no blob any more.
    pub(crate) fn packs_with_holes(&self) -> Result<Vec<Rewrite>, HostError> {
        self.read(|db| {
            let mut packs = db.prepare(
                "SELECT p.pack FROM packs p WHERE p.retired IS NULL AND p.bytes >
                 (SELECT coalesce(sum(b.bytes), 0) FROM blobs b WHERE b.pack = p.pack)",
            )?;
            let mut located = db.prepare(&blobs::select_located("", "WHERE b.pack = ?1 ORDER BY b.start"))?;
            let rows = packs.query_map([], |row| row.get::<_, i64>(0))?;
            rows.map(|row| {
                let pack = row?;
                let blobs = located.query_map([pack], blobs::located)?.collect::<Result<_, _>>()?;
                Ok(Rewrite { pack: PackId(pack), blobs })
            })
            .collect()
        })
    }

    /// Moves the blobs of a rewritten pack to their new place, where there is one.
    pub(crate) fn replace_pack(
        &self,
        rewrite: &Rewrite,
        new_name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), HostError> {
        self.write(|tx| {
            if let Some(name) = new_name {
                tx.execute("INSERT INTO packs (name, bytes) VALUES (?1, 0)", [name])?;
                let pack = tx.last_insert_rowid();
                let mut start: i64 = 0;
                for blob in &rewrite.blobs {
                    tx.prepare_cached("UPDATE blobs SET pack = ?2, start = ?3 WHERE blob = ?1")?
                        .execute([blob.row, pack, start])?;
                    start += signed(blob.bytes);
                }
                tx.execute("UPDATE packs SET bytes = ?2 WHERE pack = ?1", [pack, start])?;
            }
            tx.execute(
                "UPDATE packs SET retired = ?2 WHERE pack = ?1",
                params![rewrite.pack.0, seconds(now)],
            )?;
            Ok(())
        })
    }

    /// The packs that nobody can be reading any more.
    pub(crate) fn retired_packs(&self, now: Timestamp) -> Result<Vec<(PackId, String)>, HostError> {
        self.read(|db| {
            let mut query = db.prepare("SELECT pack, name FROM packs WHERE retired < ?1")?;
            let rows = query.query_map([seconds(now.saturating_sub(RETIRED_PACK))], |row| {
                Ok((PackId(row.get(0)?), row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets a pack whose object is gone.
    pub(crate) fn forget_pack(&self, pack: PackId) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute("DELETE FROM packs WHERE pack = ?1", [pack.0])?;
            Ok(())
        })
    }

    /// Says whether an object in the blob store belongs to this host's packs.
    pub(crate) fn knows_pack(&self, name: &str) -> Result<bool, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM packs WHERE name = ?1)")?;
            Ok(query.query_row([name], |row| row.get(0))?)
        })
    }
}
