//! What a reader of an input is asked and told.

use super::{error::Quarantine, kind::Kind};

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
    /// The resource from its `{` to its `}`, byte for byte.
    pub bytes: &'a [u8],
    /// Its address, where the Bundle gives one that no other resource in it has.
    pub full_url: Option<&'a str>,
    /// Which one of the input, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
}

/// What the receiver is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A resource.
    Resource(Resource<'a>),
    /// A part that is not taken; the rest is.
    Quarantined {
        /// Which one of the input, counted as for [`Resource`].
        index: u64,
        /// Why.
        reason: Quarantine,
    },
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
    /// `Bundle.type` of the last Bundle, as written.
    pub bundle_type: Option<String>,
    /// Resources given to the receiver.
    pub resources: u64,
    /// Parts that were not taken.
    pub quarantined: u64,
    /// Entries of Bundles.
    pub entries: u64,
    /// Entries that carry no resource: deletions, responses.
    pub entries_without_resource: u64,
    /// Resources whose `fullUrl` another resource of the Bundle has already; they go without.
    pub full_url_clashes: u64,
    /// Lines of NDJSON that are not blank.
    pub lines: u64,
    /// Lines of NDJSON that are not JSON.
    pub bad_lines: u64,
}
