//! Why a file does not name an authority, or authorities make no network.

/// A file is not what an authority says of itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadMember {
    /// It is not JSON of this form.
    #[error("the file has not the name, validator, node and address of an authority")]
    Malformed,
    /// Two say the same name, key, node or address.
    #[error("two authorities have the same name, key, node or address")]
    Twice,
}

impl BadMember {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "MemberMalformed",
            Self::Twice => "MemberTwice",
        }
    }
}
