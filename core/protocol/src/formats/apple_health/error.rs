//! Why an Apple Health export cannot be read.

/// Why an Apple Health export cannot be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum AppleHealthError {
    /// It is not well-formed XML, or another kind of document than its first element said.
    #[error("the Apple Health export is cut off or damaged: export it again")]
    Syntax,
    /// It refers to an entity of its own, which could say anything.
    #[error("the Apple Health export uses an entity of its own, which is not read: export it again")]
    Entity,
    /// Over 500,000 records would be made of it, over 10,000 sources or units are named, or an element is over 1 MB or nested over 100.
    #[error("the Apple Health export says more than is taken")]
    TooLarge,
}

impl AppleHealthError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Syntax => "AppleHealthSyntax",
            Self::Entity => "AppleHealthEntity",
            Self::TooLarge => "AppleHealthTooLarge",
        }
    }
}
