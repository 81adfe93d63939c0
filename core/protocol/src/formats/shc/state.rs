//! What can be said of a card.

/// What can be said of a card.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CardState {
    /// Its issuer signed it, and it holds.
    Verified,
    /// The keys of its issuer are not at hand.
    UnknownIssuer,
    /// Its issuer does not name the key that it is signed with.
    UnknownKey,
    /// Its issuer can revoke it, and whether that was done is not known.
    UnknownRevocation,
    /// It was changed, or somebody else signed it.
    Broken,
    /// Its issuer revoked it.
    Revoked,
    /// It holds no more.
    Expired,
    /// It does not hold yet.
    NotYetValid,
}

impl CardState {
    /// The name by which the command line knows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::UnknownIssuer => "unknown-issuer",
            Self::UnknownKey => "unknown-key",
            Self::UnknownRevocation => "unknown-revocation",
            Self::Broken => "broken",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
        }
    }
}
