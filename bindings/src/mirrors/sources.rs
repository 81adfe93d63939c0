//! What is left out of a pull from a clinic's server.

use keepwell_wallet::SkipReason;

/// Why something was left out of a pull.
#[uniffi::remote(Enum)]
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
