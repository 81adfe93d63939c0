//! The life of a grant as the wallet sees it, in one table.

use std::fmt;

/// Where a grant stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GrantState {
    /// Made here, not yet proved to be on the ledger.
    Pending,
    /// Proved to be on the ledger and in force.
    Active,
    /// Its time is over, or its transaction lapsed before the ledger took it.
    Expired,
    /// Revoked here; the ledger's proof is awaited.
    Revoking,
    /// Revoked, and proved so.
    Revoked,
}

/// What can happen to a grant.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GrantEvent {
    /// A proof shows it active.
    ProvedActive,
    /// Its time is over, or it was never included before its transaction lapsed.
    Expire,
    /// The patient decides to revoke.
    Revoke,
    /// A proof shows it revoked.
    ProvedRevoked,
    /// Another one of the same terms is made, which is to take its place; this one stays until that one stands.
    Extend,
}

/// The table has no such step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a grant that is {state} cannot be changed so")]
pub struct InvalidTransition {
    /// Where the grant stands.
    pub state: GrantState,
    /// What was to happen.
    pub event: GrantEvent,
}

impl GrantState {
    /// The five states in the order in which a grant can pass through them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Active, Self::Expired, Self::Revoking, Self::Revoked];

    /// The name in the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// The state after an event.
    ///
    /// # Errors
    /// [`InvalidTransition`] for every pair that the table does not name; nothing leads out of
    /// `Revoked` but a proof that says so again.
    ///
    /// ```
    /// use keepwell_protocol::consent::{GrantEvent, GrantState};
    ///
    /// assert_eq!(GrantState::Active.after(GrantEvent::Revoke), Ok(GrantState::Revoking));
    /// assert_eq!(GrantState::Revoking.after(GrantEvent::ProvedRevoked), Ok(GrantState::Revoked));
    /// assert!(GrantState::Revoked.after(GrantEvent::ProvedActive).is_err());
    /// ```
    pub fn after(self, event: GrantEvent) -> Result<Self, InvalidTransition> {
        use GrantEvent as E;
        Ok(match (self, event) {
            (Self::Pending | Self::Active, E::ProvedActive) => Self::Active,
            (Self::Pending | Self::Active | Self::Expired, E::Expire) => Self::Expired,
            // What ended by time may be read again if a clock was wrong: that it is over can be made certain.
            (Self::Pending | Self::Active | Self::Expired | Self::Revoking, E::Revoke) => Self::Revoking,
            // The ledger's word wins over any local state.
            (_, E::ProvedRevoked) => Self::Revoked,
            // The decision stands; the old proof only says that it has not arrived there yet.
            (Self::Revoking, E::ProvedActive) => Self::Revoking,
            // What is over is granted anew, and nobody is told that it went on.
            (Self::Pending | Self::Active, E::Extend) => self,
            (state, event) => return Err(InvalidTransition { state, event }),
        })
    }

    /// Whether a provider in this state may hold the keys of what is published next.
    pub fn is_entitled(self) -> bool {
        matches!(self, Self::Pending | Self::Active)
    }
}

impl fmt::Display for GrantState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_these_steps_and_no_other() {
        use GrantEvent as E;
        use GrantState as S;
        let events = [E::ProvedActive, E::Expire, E::Revoke, E::ProvedRevoked, E::Extend];
        let table = [
            (
                S::Pending,
                [Some(S::Active), Some(S::Expired), Some(S::Revoking), Some(S::Revoked), Some(S::Pending)],
            ),
            (
                S::Active,
                [Some(S::Active), Some(S::Expired), Some(S::Revoking), Some(S::Revoked), Some(S::Active)],
            ),
            (S::Expired, [None, Some(S::Expired), Some(S::Revoking), Some(S::Revoked), None]),
            (S::Revoking, [Some(S::Revoking), None, Some(S::Revoking), Some(S::Revoked), None]),
            (S::Revoked, [None, None, None, Some(S::Revoked), None]),
        ];
        for (state, row) in table {
            for (event, expected) in events.into_iter().zip(row) {
                assert_eq!(state.after(event).ok(), expected, "{state:?} {event:?}");
            }
            assert_eq!(GrantState::parse(state.as_str()), Some(state));
        }
        assert_eq!(S::ALL.iter().filter(|state| state.is_entitled()).count(), 2);
    }
}
