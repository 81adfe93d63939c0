//! Shares as a person sees them.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{LinkId, Timestamp};
use keepwell_protocol::vault::LinkEntry;
use rusqlite::Connection;

use crate::error::WalletError;
use crate::store::links::{self, StoredLink};

/// Where a share stands by this wallet's word and clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShareState {
    /// The host serves it until it expires.
    Active,
    /// Not served until resumed.
    Paused,
    /// Ended by time.
    Expired,
    /// Ended by the patient.
    Revoked,
}

impl ShareState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A share as the patient sees it; the link is not in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShareSummary {
    /// The identifier by which it is paused or ended.
    pub id: LinkId,
    /// What the patient called it.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// How often it may be opened.
    pub opens: Option<u32>,
    /// Where it stands.
    pub state: ShareState,
    /// Whether the host knows; if not, it does what it did before until it is reached.
    pub is_told: bool,
    /// Whether what it shows follows the record while it lives.
    pub is_long_term: bool,
    /// Whether it opens only with its passcode.
    pub needs_passcode: bool,
    /// Where its grant on the ledger stands; none: it goes by the host's word alone. While it is pending the host does not
    /// open the share.
    pub ledger: Option<GrantState>,
}

/// What came of an attempt to open a share, as the host says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShareOutcome {
    /// The host gave out what is shared.
    Opened,
    /// The share's time was over.
    Expired,
    /// The patient had paused the share.
    Paused,
    /// The patient had ended the share.
    Revoked,
    /// The share had been opened as often as it may be.
    UsedUp,
    /// The passcode was wrong.
    PasscodeWrong,
    /// The passcode had been wrong as often as the host takes, and the share is over.
    Locked,
    /// The ledger did not show, or not lately, that the share's grant is in force.
    Unproved,
    /// The host gives a reason that this program does not know.
    Unknown,
}

impl ShareOutcome {
    /// The stable name, which is the host's own: `opened`, `expired`, `paused`, `revoked`, `used-up`,
    /// `passcode-wrong`, `locked`, `unproved`; else `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Expired => "expired",
            Self::Paused => "paused",
            Self::Revoked => "revoked",
            Self::UsedUp => "used-up",
            Self::PasscodeWrong => "passcode-wrong",
            Self::Locked => "locked",
            Self::Unproved => "unproved",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn parse(outcome: &str) -> Self {
        let all = [
            Self::Opened,
            Self::Expired,
            Self::Paused,
            Self::Revoked,
            Self::UsedUp,
            Self::PasscodeWrong,
            Self::Locked,
            Self::Unproved,
        ];
        all.into_iter().find(|one| one.as_str() == outcome).unwrap_or(Self::Unknown)
    }
}

pub(crate) fn all(connection: &Connection, now: Timestamp) -> Result<Vec<ShareSummary>, WalletError> {
    let untold = links::unacknowledged(connection)?;
    let mut shares: Vec<_> = links::all(connection)?
        .iter()
        .map(|link| summary(link, !untold.contains(&link.entry.id), now))
        .collect();
    shares.sort_unstable_by_key(|share| std::cmp::Reverse((share.created, share.id)));
    Ok(shares)
}

pub(crate) fn summary(link: &StoredLink, is_told: bool, now: Timestamp) -> ShareSummary {
    let LinkEntry { id, expires, opens, paused, revoked, .. } = link.entry;
    let state = match (revoked, now >= expires, paused) {
        (true, _, _) => ShareState::Revoked,
        (_, true, _) => ShareState::Expired,
        (_, _, true) => ShareState::Paused,
        _ => ShareState::Active,
    };
    let manifest = link.manifest.as_ref();
    ShareSummary {
        id,
        label: link.label.clone(),
        created: link.created,
        expires,
        opens,
        state,
        is_told,
        is_long_term: manifest.is_some_and(|manifest| manifest.followed.is_some()),
        needs_passcode: manifest.is_some_and(|manifest| manifest.needs_passcode),
        ledger: link.grant.as_ref().map(|grant| grant.state),
    }
}
