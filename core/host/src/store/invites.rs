//! Invitations, by the hashes of their secrets, and the spaces that were opened by them.

use keepwell_protocol::domain::{SpaceId, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{Store, Transaction, seconds, timestamp};
use crate::HostError;

/// Who may open a space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admission {
    /// Whoever asks may open a space.
    Everybody,
    /// Whoever has an invitation; the hash of the one that was shown.
    Invited(Option<[u8; 32]>),
}

/// Why a space is not opened.
#[derive(Debug)]
pub(crate) enum OpenRefused {
    /// No invitation was shown.
    NotInvited,
    /// This host made no such invitation, or forgot it.
    UnknownInvite,
    /// The time of the invitation is over.
    LapsedInvite,
    /// It has opened as many spaces as it may.
    UsedInvite,
    /// The host failed.
    Host(HostError),
}

impl From<rusqlite::Error> for OpenRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Host(error.into())
    }
}

impl Store {
    /// Keeps an invitation that opens so many spaces before its time is over.
    pub(crate) fn put_invite(
        &self,
        hash: [u8; 32],
        not_after: Timestamp,
        uses: u32,
    ) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute("INSERT INTO invites VALUES (?1, ?2, ?3)", params![hash, seconds(not_after), uses])?;
            Ok(())
        })
    }

    /// Opens a space, once; opening it again asks for nothing and changes nothing.
    pub(crate) fn open_space(
        &self,
        id: SpaceId,
        admission: Admission,
        now: Timestamp,
    ) -> Result<(), OpenRefused> {
        self.write(|tx| {
            let opened = tx.execute(
                "INSERT INTO spaces (id, opened) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
                params![id.as_bytes(), seconds(now)],
            )?;
            match admission {
                Admission::Invited(invite) if opened == 1 => use_invite(tx, invite, now),
                _ => Ok(()),
            }
        })
    }
}

/// Takes one space off an invitation.
fn use_invite(tx: &Transaction<'_>, invite: Option<[u8; 32]>, now: Timestamp) -> Result<(), OpenRefused> {
    let hash = invite.ok_or(OpenRefused::NotInvited)?;
    let found: Option<(i64, u32)> = tx
        .query_row("SELECT not_after, uses FROM invites WHERE hash = ?1", [hash], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (not_after, uses) = found.ok_or(OpenRefused::UnknownInvite)?;
    if uses == 0 {
        return Err(OpenRefused::UsedInvite);
    }
    if now >= timestamp(not_after) {
        return Err(OpenRefused::LapsedInvite);
    }
    tx.execute("UPDATE invites SET uses = uses - 1 WHERE hash = ?1", [hash])?;
    Ok(())
}
