//! Why nothing may be read under a grant, as a code, a sentence and a state of the grant.

use std::fmt;

use keepwell_protocol::ledger::LedgerVerdict;

use crate::grant_state::GrantState;

/// Why nothing may be read under a grant now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It has not begun, or the ledger does not know it yet.
    Pending,
    /// Its time is over.
    Expired,
    /// The patient ended it.
    Revoked,
    /// What is known of the ledger is too old to tell.
    Stale,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "GrantPending",
            Self::Expired => "GrantExpired",
            Self::Revoked => "GrantRevoked",
            Self::Stale => "LedgerStale",
        }
    }

    /// Why a grant that stands so on the ledger is not in force; none if it is.
    pub(crate) const fn of(verdict: LedgerVerdict) -> Option<Self> {
        match verdict {
            LedgerVerdict::InForce => None,
            LedgerVerdict::Revoked => Some(Self::Revoked),
            LedgerVerdict::Expired => Some(Self::Expired),
            LedgerVerdict::Absent => Some(Self::Pending),
            LedgerVerdict::Stale | LedgerVerdict::FromFuture => Some(Self::Stale),
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        [Self::Pending, Self::Expired, Self::Revoked, Self::Stale].into_iter().find(|it| it.code() == code)
    }

    pub(crate) const fn state(self) -> GrantState {
        match self {
            Self::Pending => GrantState::Pending,
            Self::Expired => GrantState::Expired,
            Self::Revoked => GrantState::Revoked,
            Self::Stale => GrantState::Unproved,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "the grant is not in force yet",
            Self::Expired => "the grant has ended",
            Self::Revoked => "the grant was revoked",
            Self::Stale => "the ledger's last word is too old",
        })
    }
}
