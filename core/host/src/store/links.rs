//! Share links: stored, named by a commit, opened, paused, ended.

use keepwell_protocol::crypto::PasscodeVerifier;
use keepwell_protocol::domain::{GrantId, LinkId, Object, Timestamp};
use keepwell_protocol::vault::{LinkAction, LinkState, LogEvent};
use rusqlite::{Connection, OptionalExtension, params};

use super::spaces::MOST_OF_A_KIND;
use super::{SpaceKey, Store, Transaction, access_log, seconds, signed};
use crate::HostError;

/// What became of a change to a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LinkChange {
    /// It is as asked, and this is what the link does now.
    Done(LinkState),
    /// There is no such link.
    Unknown,
    /// The link has ended, or holds other content.
    Conflict,
    /// The space holds as much as it may, in links or in all.
    Full,
}

/// The most links with content, and bytes of it, in one space.
const CAPACITY: (i64, i64) = (1_000, 256 * 1024 * 1024);

/// What a visitor of a link gets.
pub(crate) enum Opening {
    /// The sealed content; the visit counts and is in the log.
    Opened(Vec<u8>),
    /// Nothing, and the owner is to be told with this event.
    Refused(SpaceKey, LogEvent),
    /// Nothing now: there was no room for the content, and the visit does not count.
    NoRoom,
    /// Nothing: no commit ever named this path.
    Unknown,
}

impl Store {
    /// Stores the sealed content of a link that a commit is going to name, where the space then holds at most
    /// `space_bytes`. Until it is named nobody has seen it, so it may be put again; afterwards only the same.
    pub(crate) fn put_link(
        &self,
        space: SpaceKey,
        id: LinkId,
        put: &PutLink<'_>,
        space_bytes: u64,
        now: Timestamp,
    ) -> Result<LinkChange, HostError> {
        self.write(|tx| {
            let there = stored(tx, space, id)?;
            if let Some(there) = there.as_ref().filter(|there| there.is_named || there.is_revoked) {
                let same = there.is_manifest == put.manifest.is_some()
                    && there.content.as_deref() == Some(put.content);
                if !same {
                    return Ok(LinkChange::Conflict);
                }
                touch(tx, there.link, now)?;
                return state(tx, space, id);
            }
            if !has_room(tx, space, id, put.content, space_bytes)? {
                return Ok(LinkChange::Full);
            }
            let link: i64 = tx.query_row(
                "INSERT INTO links (space, id, stored) VALUES (?1, ?2, ?3)
                 ON CONFLICT (space, id) DO UPDATE SET stored = excluded.stored RETURNING link",
                params![space.0, id.as_bytes(), seconds(now)],
                |row| row.get(0),
            )?;
            let manifest = put.manifest.as_ref();
            let passcode = manifest.and_then(|manifest| manifest.passcode);
            tx.execute(
                "UPDATE links SET is_manifest = ?2, is_long_term = ?3, updated = ?4, passcode = ?5,
                     attempts_left = ?6, location_secret = ?7 WHERE link = ?1",
                params![
                    link,
                    manifest.is_some(),
                    manifest.is_some_and(|manifest| manifest.is_long_term),
                    manifest.map(|_| seconds(now)),
                    passcode.map(Object::to_cbor),
                    passcode.map(|_| WRONG_PASSCODES),
                    manifest.map(|manifest| manifest.location_secret),
                ],
            )?;
            set_content(tx, link, put.content)?;
            state(tx, space, id)
        })
    }

    /// Replaces the files of a link that may change, and leaves everything else of it as it is.
    pub(crate) fn replace_link_files(
        &self,
        space: SpaceKey,
        id: LinkId,
        content: &[u8],
        space_bytes: u64,
        now: Timestamp,
    ) -> Result<LinkChange, HostError> {
        self.write(|tx| {
            let Some(there) = stored(tx, space, id)? else { return Ok(LinkChange::Unknown) };
            if !there.is_long_term || there.is_revoked || there.content.is_none() {
                return Ok(LinkChange::Conflict);
            }
            if !has_room(tx, space, id, content, space_bytes)? {
                return Ok(LinkChange::Full);
            }
            // The same once more, by a client that never got the answer, is no change.
            if there.content.as_deref() != Some(content) {
                set_content(tx, there.link, content)?;
                tx.execute(
                    "UPDATE links SET updated = ?2 WHERE link = ?1",
                    params![there.link, seconds(now)],
                )?;
            }
            state(tx, space, id)
        })
    }

    /// Pauses, resumes or ends a link at once.
    pub(crate) fn change_link(
        &self,
        space: SpaceKey,
        id: LinkId,
        action: LinkAction,
    ) -> Result<LinkChange, HostError> {
        self.write(|tx| {
            let ended: Option<bool> = tx
                .query_row(
                    "SELECT revoked FROM links WHERE space = ?1 AND id = ?2",
                    params![space.0, id.as_bytes()],
                    |row| row.get(0),
                )
                .optional()?;
            let change = match (ended, action) {
                (None, _) => return Ok(LinkChange::Unknown),
                (Some(true), LinkAction::Resume) => return Ok(LinkChange::Conflict),
                (_, LinkAction::Pause) => "UPDATE links SET paused = 1 WHERE space = ?1 AND id = ?2",
                (_, LinkAction::Resume) => "UPDATE links SET paused = 0 WHERE space = ?1 AND id = ?2",
                (_, LinkAction::Revoke) => "UPDATE links SET revoked = 1 WHERE space = ?1 AND id = ?2",
            };
            tx.execute(change, params![space.0, id.as_bytes()])?;
            if action == LinkAction::Revoke {
                drop_content(tx, space, id)?;
            }
            state(tx, space, id)
        })
    }

    /// The grant on the ledger with which a link stands; none for one that has none, or that is not served anyway.
    pub(crate) fn link_grant(&self, path: &[u8; 32], now: Timestamp) -> Result<Option<LinkGrant>, HostError> {
        self.read(|db| {
            let link = find(db, path)?.filter(|link| !link.ends_locations(now));
            Ok(link
                .and_then(|link| link.grant.map(|grant| LinkGrant { space: link.space, id: link.id, grant })))
        })
    }

    /// Ends a link whose grant the ledger has proved revoked, which is final.
    pub(crate) fn end_link_with_grant(&self, link: &LinkGrant) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE links SET revoked = 1 WHERE space = ?1 AND id = ?2",
                params![link.space.0, link.id.as_bytes()],
            )?;
            Ok(drop_content(tx, link.space, link.id)?)
        })
    }

    /// Opens a link for a visitor, counting the visit and writing it into the log at once; `make_room` is asked
    /// for room for so many bytes of content before that is read.
    ///
    /// Only a link that looks open waits for others who write; then it is judged again, in its turn.
    pub(crate) fn open_link(
        &self,
        path: &[u8; 32],
        recipient: &str,
        now: Timestamp,
        make_room: impl FnOnce(u64) -> bool,
    ) -> Result<Opening, HostError> {
        let found = self.read(|db| {
            let Some(link) = find(db, path)?.filter(|link| !link.is_manifest) else {
                return Ok(Found::Nothing);
            };
            if let Some(reason) = link.refusal(now) {
                return Ok(Found::Closed(link, reason));
            }
            let length = db
                .prepare_cached("SELECT length(content) FROM link_contents WHERE link = ?1")?
                .query_row([link.link], |row| row.get(0))
                .optional()?;
            if !length.is_none_or(make_room) {
                return Ok(Found::NoRoom);
            }
            let content = db
                .prepare_cached("SELECT content FROM link_contents WHERE link = ?1")?
                .query_row([link.link], |row| row.get(0))
                .optional()?;
            Ok(content.map_or(Found::Closed(link, EXPIRED), Found::Open))
        })?;
        let content = match found {
            Found::NoRoom => return Ok(Opening::NoRoom),
            Found::Nothing => return Ok(Opening::Unknown),
            Found::Closed(link, reason) => {
                return Ok(Opening::Refused(link.space, link.event(recipient, reason)));
            }
            Found::Open(content) => content,
        };
        self.write(|tx| {
            let Some(link) = find(tx, path)? else { return Ok(Opening::Unknown) };
            if let Some(reason) = link.refusal(now) {
                return Ok(Opening::Refused(link.space, link.event(recipient, reason)));
            }
            tx.prepare_cached("UPDATE links SET opened = opened + 1 WHERE link = ?1")?
                .execute([link.link])?;
            access_log::append(tx, link.space, now, link.event(recipient, "opened"), None)?;
            Ok(Opening::Opened(content))
        })
    }
}

/// A link that stands with a grant on the ledger.
pub(crate) struct LinkGrant {
    pub(crate) space: SpaceKey,
    pub(crate) id: LinkId,
    pub(crate) grant: GrantId,
}

/// The content of a link as its owner sends it.
pub(crate) struct PutLink<'a> {
    /// One sealed file, or the encoding of a list of them.
    pub(crate) content: &'a [u8],
    /// Of a list of files, what else there is to know.
    pub(crate) manifest: Option<PutManifest<'a>>,
}

/// What a list of files is put with.
pub(crate) struct PutManifest<'a> {
    pub(crate) is_long_term: bool,
    pub(crate) passcode: Option<&'a PasscodeVerifier>,
    pub(crate) location_secret: [u8; 32],
}

/// How many wrong passcodes a link takes in all its life, whatever right ones come between.
const WRONG_PASSCODES: u32 = 10;

/// A link that is there, whoever may see it.
struct StoredLink {
    link: i64,
    is_named: bool,
    is_revoked: bool,
    is_manifest: bool,
    is_long_term: bool,
    content: Option<Vec<u8>>,
}

fn stored(tx: &Transaction<'_>, space: SpaceKey, id: LinkId) -> rusqlite::Result<Option<StoredLink>> {
    tx.query_row(
        "SELECT link, path IS NOT NULL, revoked, is_manifest, is_long_term, content
         FROM links LEFT JOIN link_contents USING (link) WHERE space = ?1 AND id = ?2",
        params![space.0, id.as_bytes()],
        |row| {
            Ok(StoredLink {
                link: row.get(0)?,
                is_named: row.get(1)?,
                is_revoked: row.get(2)?,
                is_manifest: row.get(3)?,
                is_long_term: row.get(4)?,
                content: row.get(5)?,
            })
        },
    )
    .optional()
}

/// Whether the space may hold that content of a link in the place of what is there.
fn has_room(
    tx: &Transaction<'_>,
    space: SpaceKey,
    id: LinkId,
    content: &[u8],
    space_bytes: u64,
) -> rusqlite::Result<bool> {
    // Of all others: what is put again takes the place of what was there.
    let (count, bytes, stored): (i64, i64, i64) = tx.query_row(
        "SELECT count(*) FILTER (WHERE id <> ?2), coalesce(sum(length(content)) FILTER (WHERE id <> ?2), 0),
             (SELECT stored_bytes FROM spaces WHERE space = ?1)
             - coalesce(sum(length(content)) FILTER (WHERE id = ?2), 0)
         FROM links JOIN link_contents USING (link) WHERE space = ?1",
        params![space.0, id.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let added = length(content);
    let others = "SELECT count(*) FROM links WHERE space = ?1 AND id <> ?2";
    let others: i64 = tx.query_row(others, params![space.0, id.as_bytes()], |row| row.get(0))?;
    Ok(count < CAPACITY.0
        && others < MOST_OF_A_KIND
        && bytes.saturating_add(added) <= CAPACITY.1
        && stored.saturating_add(added) <= signed(space_bytes))
}

fn set_content(tx: &Transaction<'_>, link: i64, content: &[u8]) -> rusqlite::Result<()> {
    // Not `OR REPLACE`, which would take the old content out without counting it.
    tx.execute(
        "INSERT INTO link_contents VALUES (?1, ?2) ON CONFLICT (link) DO UPDATE SET content = excluded.content",
        params![link, content],
    )?;
    Ok(())
}

fn touch(tx: &Transaction<'_>, link: i64, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute("UPDATE links SET stored = ?2 WHERE link = ?1", params![link, seconds(now)])?;
    Ok(())
}

/// What a reader finds under a path.
enum Found {
    Nothing,
    NoRoom,
    Closed(Link, &'static str),
    Open(Vec<u8>),
}

pub(super) fn find(db: &Connection, path: &[u8; 32]) -> rusqlite::Result<Option<Link>> {
    db.prepare_cached(
        "SELECT link, space, id, expires, opens, opened, paused, revoked, is_manifest, attempts_left, ledger_grant
         FROM links WHERE path = ?1",
    )?
    .query_row([path], |row| {
        Ok(Link {
            link: row.get(0)?,
            space: SpaceKey(row.get(1)?),
            id: LinkId::from_bytes(row.get(2)?),
            expires: row.get(3)?,
            opens: row.get(4)?,
            opened: row.get(5)?,
            paused: row.get(6)?,
            revoked: row.get(7)?,
            is_manifest: row.get(8)?,
            attempts_left: row.get(9)?,
            grant: row.get::<_, Option<[u8; 32]>>(10)?.map(GrantId::from_bytes),
        })
    })
    .optional()
}

/// Forgets the content of a link that has ended, and what its passcode could be guessed by.
pub(super) fn drop_content(tx: &Transaction<'_>, space: SpaceKey, id: LinkId) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM link_contents WHERE link = (SELECT link FROM links WHERE space = ?1 AND id = ?2)",
        params![space.0, id.as_bytes()],
    )?;
    tx.execute(
        "UPDATE links SET passcode = NULL, location_secret = NULL WHERE space = ?1 AND id = ?2",
        params![space.0, id.as_bytes()],
    )?;
    Ok(())
}

/// What a link that is there does now.
fn state(tx: &Transaction<'_>, space: SpaceKey, id: LinkId) -> Result<LinkChange, HostError> {
    let (named, paused, revoked) = tx.query_row(
        "SELECT path IS NOT NULL, paused, revoked FROM links WHERE space = ?1 AND id = ?2",
        params![space.0, id.as_bytes()],
        |row| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?)),
    )?;
    Ok(LinkChange::Done(match (named, paused, revoked) {
        (_, _, true) => LinkState::Revoked,
        (_, true, false) => LinkState::Paused,
        (true, false, false) => LinkState::Active,
        (false, false, false) => LinkState::Waiting,
    }))
}

/// Why a link that is over by time does not open; its content goes a day later.
const EXPIRED: &str = "expired";

fn length(content: &[u8]) -> i64 {
    i64::try_from(content.len()).unwrap_or(i64::MAX)
}

/// A link that a commit has named.
pub(super) struct Link {
    pub(super) link: i64,
    pub(super) space: SpaceKey,
    id: LinkId,
    expires: i64,
    opens: Option<i64>,
    opened: i64,
    paused: bool,
    revoked: bool,
    pub(super) is_manifest: bool,
    attempts_left: Option<u32>,
    grant: Option<GrantId>,
}

impl Link {
    pub(super) fn event(&self, recipient: &str, outcome: &str) -> LogEvent {
        LogEvent::LinkOpened { link: self.id, recipient: recipient.to_owned(), outcome: outcome.to_owned() }
    }

    pub(super) fn attempts_left(&self) -> u32 {
        self.attempts_left.unwrap_or_default()
    }

    /// Whether what was told of it is over: that it is used up ends nothing for those who used it.
    pub(super) fn ends_locations(&self, now: Timestamp) -> bool {
        self.revoked || self.paused || self.expires <= seconds(now)
    }

    pub(super) fn refusal(&self, now: Timestamp) -> Option<&'static str> {
        if self.revoked {
            Some("revoked")
        } else if self.expires <= seconds(now) {
            Some(EXPIRED)
        } else if self.paused {
            Some("paused")
        } else if self.opens.is_some_and(|limit| self.opened >= limit) {
            Some("used-up")
        } else if self.attempts_left == Some(0) {
            Some("locked")
        } else {
            None
        }
    }
}
