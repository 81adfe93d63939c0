//! Visits of share links that lead to a list of files: the passcode, the list, and where each file lies.

use keepwell_protocol::crypto::PasscodeVerifier;
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::vault::{LinkFiles, LogEvent};
use rusqlite::OptionalExtension;

use super::links::find;
use super::{SpaceKey, Store, access_log, timestamp, unsigned};
use crate::HostError;

/// What a visitor of a list of files meets first.
pub(crate) enum ManifestFound {
    /// Nothing: no commit ever named this path, or it leads to one file.
    Unknown,
    /// Nothing, and the owner is to be told with this event.
    Refused(SpaceKey, LogEvent),
    /// The list may be read.
    Open,
    /// It is asked for a passcode.
    Guarded { verifier: PasscodeVerifier, attempts_left: u32 },
}

/// The files behind a link.
pub(crate) enum LinkFilesFound {
    /// There are none, or the link is not open.
    Nothing,
    /// There was no room for them.
    NoRoom,
    /// These.
    Found(ListedFiles),
}

/// A list of files as it is stored.
pub(crate) struct ListedFiles {
    pub(crate) files: LinkFiles,
    pub(crate) updated: Timestamp,
    pub(crate) can_change: bool,
    pub(crate) location_secret: [u8; 32],
}

/// What became of a visit of a list of files.
pub(crate) enum ManifestVisit {
    /// There is nothing.
    Unknown,
    /// The link is not open any more, and the owner is to be told with this event.
    Refused(SpaceKey, LogEvent),
    /// It counts and is in the log.
    Opened,
    /// It has cost one of the wrong passcodes that the link takes, and is in the log; so many are left.
    WrongPasscode(u32),
}

impl Store {
    /// What asks a visitor of a list of files for a passcode, and whether the list is open at all.
    pub(crate) fn find_manifest(
        &self,
        path: &[u8; 32],
        recipient: &str,
        now: Timestamp,
    ) -> Result<ManifestFound, HostError> {
        self.read(|db| {
            let Some(link) = find(db, path)?.filter(|link| link.is_manifest) else {
                return Ok(ManifestFound::Unknown);
            };
            if let Some(reason) = link.refusal(now) {
                return Ok(ManifestFound::Refused(link.space, link.event(recipient, reason)));
            }
            let verifier = db
                .prepare_cached("SELECT passcode FROM links WHERE link = ?1")?
                .query_row([link.link], |row| row.get::<_, Option<Vec<u8>>>(0))?;
            Ok(match verifier {
                None => ManifestFound::Open,
                Some(verifier) => ManifestFound::Guarded {
                    verifier: PasscodeVerifier::from_cbor(&verifier)?,
                    attempts_left: link.attempts_left(),
                },
            })
        })
    }

    /// The list of files under a path, of whatever state; `make_room` is asked for room for its bytes.
    pub(crate) fn link_files(
        &self,
        path: &[u8; 32],
        now: Timestamp,
        make_room: impl FnOnce(u64) -> bool,
    ) -> Result<LinkFilesFound, HostError> {
        self.read(|db| {
            let listed = db
                .prepare_cached(
                    "SELECT link, updated, is_long_term, location_secret, length(content)
                     FROM links JOIN link_contents USING (link) WHERE path = ?1 AND is_manifest = 1",
                )?
                .query_row([path], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, i64>(4)?))
                })
                .optional()?;
            let Some((link, updated, can_change, location_secret, bytes)) = listed else {
                return Ok(LinkFilesFound::Nothing);
            };
            // Where a file lies is told to whoever opened the list: what ends that ends this.
            let is_closed = find(db, path)?.is_none_or(|link| link.ends_locations(now));
            if is_closed {
                return Ok(LinkFilesFound::Nothing);
            }
            if !make_room(unsigned(bytes)) {
                return Ok(LinkFilesFound::NoRoom);
            }
            let link: i64 = link;
            let content: Vec<u8> = db
                .prepare_cached("SELECT content FROM link_contents WHERE link = ?1")?
                .query_row([link], |row| row.get(0))?;
            let files = LinkFiles::from_cbor(&content)?;
            Ok(LinkFilesFound::Found(ListedFiles {
                files,
                updated: timestamp(updated),
                can_change,
                location_secret,
            }))
        })
    }

    /// Settles a visit of a list of files, in one step and on the disk before anybody is answered: whoever guesses at
    /// once with others, or while the host is killed, spends what every guess costs.
    pub(crate) fn settle_manifest_visit(
        &self,
        path: &[u8; 32],
        recipient: &str,
        is_passcode_right: bool,
        now: Timestamp,
    ) -> Result<ManifestVisit, HostError> {
        self.write(|tx| {
            let Some(link) = find(tx, path)?.filter(|link| link.is_manifest) else {
                return Ok(ManifestVisit::Unknown);
            };
            if let Some(reason) = link.refusal(now) {
                return Ok(ManifestVisit::Refused(link.space, link.event(recipient, reason)));
            }
            if is_passcode_right {
                tx.prepare_cached("UPDATE links SET opened = opened + 1 WHERE link = ?1")?
                    .execute([link.link])?;
                access_log::append(tx, link.space, now, link.event(recipient, "opened"), None)?;
                return Ok(ManifestVisit::Opened);
            }
            let left = tx
                .prepare_cached(
                    "UPDATE links SET attempts_left = max(attempts_left - 1, 0) WHERE link = ?1
                     RETURNING attempts_left",
                )?
                .query_row([link.link], |row| row.get(0))?;
            access_log::append(tx, link.space, now, link.event(recipient, "passcode-wrong"), None)?;
            Ok(ManifestVisit::WrongPasscode(left))
        })
    }
}
