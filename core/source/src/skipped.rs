//! What was left out of a pull, and why.

/// A type of records that was left out, or of which not everything came, or may have come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Skipped {
    /// The type, as FHIR names it.
    pub resource_type: String,
    /// The category of it, where the server wants one.
    pub category: Option<&'static str>,
    /// Why.
    pub reason: SkipReason,
}

/// Why something was left out of a pull.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SkipReason {
    /// The server refuses it.
    Refused,
    /// The server wants to be asked in a way that is not known of this type.
    ParameterRequired,
    /// The server failed.
    ServerFailed,
    /// The server has too much to do, for longer than anybody waits.
    Busy,
    /// What came is no page of records.
    Malformed,
    /// A page of other types than was asked for; those were left out.
    OtherType,
    /// A page is too large, or all pages are together.
    TooLarge,
    /// The next page is said to be at another server.
    OtherServer,
    /// The pages lead in a circle.
    RepeatedPage,
    /// There are more pages than any patient has.
    TooManyPages,
    /// The pages changed while they were read, so that something may be missing; the search is made again the next time.
    ChangedPages,
    /// The server gives the type by category only, and what came is of those that are known here: what it has under none of
    /// them, if there is any, did not come. Nothing failed.
    OtherCategories,
    /// The server was not reached.
    Unreachable,
    /// The authorization ended before.
    AuthorizationEnded,
}

impl SkipReason {
    /// Whether the same may be answered in a while: a search goes on where it was.
    pub(crate) fn may_pass(self) -> bool {
        matches!(self, Self::ServerFailed | Self::Busy) || self.ends_all()
    }

    /// Whether nothing else is to be had either.
    pub fn ends_all(self) -> bool {
        matches!(self, Self::AuthorizationEnded | Self::Unreachable)
    }

    /// The word for it, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::ParameterRequired => "parameter-required",
            Self::ServerFailed => "server-failed",
            Self::Busy => "busy",
            Self::Malformed => "malformed",
            Self::OtherType => "other-type",
            Self::TooLarge => "too-large",
            Self::OtherServer => "other-server",
            Self::RepeatedPage => "repeated-page",
            Self::TooManyPages => "too-many-pages",
            Self::ChangedPages => "changed-pages",
            Self::OtherCategories => "other-categories",
            Self::Unreachable => "unreachable",
            Self::AuthorizationEnded => "authorization-ended",
        }
    }
}
