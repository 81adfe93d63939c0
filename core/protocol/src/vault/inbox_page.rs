//! What waits for a provider, in pages.

use minicbor::{Decode, Encode};

use crate::domain::Object;

/// Sealed envelopes that wait for a provider: small ones first, and within a size class the oldest.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct InboxPage {
    /// The envelopes, at most 3 MB of them.
    #[n(0)]
    pub envelopes: Vec<minicbor::bytes::ByteVec>,
    /// Behind what the next page begins: a number higher than that behind which this one did. Absent on the
    /// last page.
    #[n(1)]
    pub next: Option<u64>,
}

impl Object for InboxPage {}
