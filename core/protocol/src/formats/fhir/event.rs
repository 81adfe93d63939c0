//! What a reader of an input is asked and told.

use super::{
    error::Quarantine,
    export::{ExportedState, ExportedVersion},
    kind::Kind,
};
#[cfg(feature = "crypto")]
use crate::formats::shc::CardClaims;

/// How much of an input is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of one resource, and of one document that is not known to be a Bundle.
    pub resource_bytes: u64,
    /// Bytes that a gzip stream may unpack to.
    pub unpacked_bytes: u64,
    /// How many times its size a gzip stream may unpack to.
    pub gzip_ratio: u64,
    /// Up to this many unpacked bytes the ratio is not looked at.
    pub gzip_free_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resource_bytes: 50_000_000,
            unpacked_bytes: 8_000_000_000,
            gzip_ratio: 200,
            gzip_free_bytes: 64_000_000,
        }
    }
}

/// One resource of an input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource<'a> {
    /// The resource from its `{` to its `}`, byte for byte; of a health card with the references that lead where it
    /// is now.
    pub bytes: &'a [u8],
    /// Its address, where the Bundle gives one that no other resource in it has.
    pub full_url: Option<&'a str>,
    /// Which history Bundle of the input it is in, from 0. Of two versions of one record in the same
    /// one the earlier is the newer, elsewhere the later.
    pub history: Option<u64>,
    /// What a wallet's export says of it.
    pub exported: Option<&'a ExportedVersion>,
    /// Who issued the health card that it came in.
    pub issuer: Option<&'a str>,
    /// Which one of the input, from 0: the line of NDJSON, or the entry or parameter of a Bundle or of
    /// Parameters, counted through those within.
    pub index: u64,
}

#[cfg(feature = "crypto")]
/// A health card of which everything can be read; whether its issuer signed it was not looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Card<'a> {
    /// Which one of the input, counted as for [`Resource`].
    pub index: u64,
    /// What it says of itself.
    pub claims: &'a CardClaims,
}

/// A document of HL7's Clinical Document Architecture, of which records were made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Document<'a> {
    /// What it calls itself.
    pub title: Option<&'a str>,
    /// How many records were made of it, beside the one that holds it.
    pub derived: u64,
}

/// An Apple Health export, of which records were made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Measurements {
    /// Measurements that the records are made of.
    pub taken: u64,
    /// Measurements and workouts of kinds that are not taken.
    pub left: u64,
    /// How many records were made: one for each day, kind and source, and for each blood pressure.
    pub records: u64,
}

/// An entry of a history Bundle that says that a resource was deleted at its source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deleted<'a> {
    /// The address of what was deleted.
    pub full_url: Option<&'a str>,
    /// Its type, where the request names one.
    pub resource_type: Option<&'a str>,
    /// Its id, where the request names one.
    pub id: Option<&'a str>,
    /// `response.lastModified`: when it was deleted, as written.
    pub last_modified: Option<&'a str>,
    /// Which history Bundle it is in, counted as for [`Resource`].
    pub history: Option<u64>,
    /// Which one of the input, counted as for [`Resource`].
    pub index: u64,
}

/// What a server said instead of a resource, or about its answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outcome<'a> {
    /// Which one of the input, counted as for [`Resource`].
    pub index: u64,
    /// The HTTP status of the entry, as written.
    pub status: Option<&'a str>,
    /// The OperationOutcome, if there is one.
    pub bytes: Option<&'a [u8]>,
}

/// Where a Bundle lies among the pages of an answer: addresses as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Page<'a> {
    /// The address of this page: link `self`.
    pub own: Option<&'a str>,
    /// The address of the page behind it.
    pub next: Option<&'a str>,
    /// The address of the page before it.
    pub previous: Option<&'a str>,
}

/// What the receiver is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A resource that is taken as it was received.
    Resource(Resource<'a>),
    /// A health card, whose resources follow: first a DocumentReference that holds the card itself.
    #[cfg(feature = "crypto")]
    Card(Card<'a>),
    /// A document, whose resources follow: first a DocumentReference that holds the document itself, byte for byte.
    Document(Document<'a>),
    /// An Apple Health export, whose records came before.
    Measurements(Measurements),
    /// A part that is not taken; the rest is.
    Quarantined {
        /// Which one of the input, counted as for [`Resource`].
        index: u64,
        /// What is wrong with it.
        reason: Quarantine,
        /// What it is: [`Kind::Resource`] for a resource, [`Kind::Text`] for a line that is not JSON,
        /// [`Kind::JsonOther`] for JSON of another kind, else the kind of the whole input.
        kind: Kind,
        /// The address that its Bundle gives it.
        full_url: Option<&'a str>,
        /// The part as it was received; `None` where it is the whole input or larger than is kept.
        bytes: Option<&'a [u8]>,
    },
    /// A resource was deleted at its source.
    Deleted(Deleted<'a>),
    /// A server's word about its answer, which is no record.
    Outcome(Outcome<'a>),
    /// The links of a Bundle that ended.
    Page(Page<'a>),
    /// What a wallet's export says beside its records.
    Exported(&'a [ExportedState]),
    /// How far the reading is.
    Progress {
        /// Bytes of the input so far, before unpacking.
        bytes: u64,
    },
}

/// What an input was, at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// What it turned out to be.
    pub kind: Kind,
    /// Whether it was packed with gzip.
    pub gzip: bool,
    /// Whether it began with a UTF-8 byte order mark.
    pub byte_order_mark: bool,
    /// `Bundle.type` of the last Bundle that is in no other, as written.
    pub bundle_type: Option<String>,
    /// Resources given to the receiver.
    pub resources: u64,
    /// Parts that were not taken.
    pub quarantined: u64,
    /// Entries of Bundles that are in no other.
    pub entries: u64,
    /// Those of them that carry no resource: deletions, responses.
    pub entries_without_resource: u64,
    /// What servers said about their answers, see [`Event::Outcome`].
    pub outcomes: u64,
    /// Resources whose `fullUrl` another resource of the Bundle has already; they go without.
    pub full_url_clashes: u64,
    /// Lines of NDJSON that are not blank.
    pub lines: u64,
    /// Lines of NDJSON that are not JSON.
    pub bad_lines: u64,
}
