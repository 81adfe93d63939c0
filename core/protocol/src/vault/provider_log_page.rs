//! A provider's own access log at the host of its inbox: handed in and given out as bytes, which the log's hash is of.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::domain::Object;

/// Entries that follow on one another: as a provider hands them in, and as anybody gets them.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ProviderLogPage {
    /// Where the first of them stands in the log, from 0.
    #[n(0)]
    pub first: u64,
    /// The entries, each an encoded `ProviderLogEntry`, the log's first one a `ProviderLogStart`.
    #[n(1)]
    pub entries: Vec<ByteVec>,
}

impl Object for ProviderLogPage {}

/// What a host says once it has taken entries.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ProviderLogTaken {
    /// How many entries it has of the log: where the next ones begin.
    #[n(0)]
    pub size: u64,
}

impl Object for ProviderLogTaken {}
