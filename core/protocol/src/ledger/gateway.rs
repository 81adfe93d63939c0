//! What a gateway answers besides proofs and light blocks.

use minicbor::{Decode, Encode};

use crate::domain::{Object, ProviderId, Timestamp};

/// A provider as a gateway lists it: a hint where to look, proved by nothing.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct DirectoryEntry {
    /// The provider.
    #[n(0)]
    pub provider: ProviderId,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Where it is.
    #[n(2)]
    pub place: String,
}

/// A page of the gateway's list of providers, by ascending identifier.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Directory {
    /// At most [`Directory::MOST`]; fewer means that there are no more.
    #[n(0)]
    pub providers: Vec<DirectoryEntry>,
}

impl Object for DirectoryEntry {}
impl Object for Directory {}

impl Directory {
    /// The most entries on one page.
    pub const MOST: usize = 100;
}

/// What a gateway says of its chain, proved by nothing.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ChainStatus {
    /// The name of the chain.
    #[n(0)]
    pub chain_id: String,
    /// The newest height.
    #[n(1)]
    pub height: u64,
    /// The time of its header.
    #[n(2)]
    pub time: Timestamp,
    /// How many validators there are.
    #[n(3)]
    pub validators: u32,
    /// How many keys the state has.
    #[n(4)]
    pub records: u64,
}

impl Object for ChainStatus {}
