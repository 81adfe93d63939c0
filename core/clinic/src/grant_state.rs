//! Where a grant stands for the provider.

use std::fmt;

/// Where a grant stands for the provider.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GrantState {
    /// Its first second has not come.
    Pending,
    /// In force, by a fresh proof.
    Active,
    /// Over by time.
    Expired,
    /// Ended by the patient, as a proof shows.
    Revoked,
    /// No fresh proof says that it is in force, so nothing is to be read under it.
    Unproved,
}

impl GrantState {
    const ALL: [Self; 5] = [Self::Pending, Self::Active, Self::Expired, Self::Revoked, Self::Unproved];

    /// The name in the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Unproved => "unproved",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether it can still come to be in force, or is.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Expired | Self::Revoked)
    }
}

impl fmt::Display for GrantState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for GrantState {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
