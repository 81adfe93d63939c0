//! What a gateway answers besides proofs and light blocks.

use minicbor::{Decode, Encode};

use crate::domain::{GatewayId, Object, ProviderId, Timestamp};

/// A provider as a gateway lists it: a hint where to look, proved by nothing.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct DirectoryEntry {
    /// The id to look up, and to prove, on the ledger.
    #[n(0)]
    pub provider: ProviderId,
    /// The name on the provider's card.
    #[n(1)]
    pub name: String,
    /// The place on the provider's card.
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

/// The gateways to which a host passes sealed questions on; their keys are to be proved.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct GatewayIds(#[n(0)] pub Vec<GatewayId>);

impl Object for GatewayIds {}

/// What a gateway says of its chain, proved by nothing.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ChainStatus {
    /// The name of the chain.
    #[n(0)]
    pub chain_id: String,
    /// The height of the newest block.
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
    /// Why no blocks are made at present; absent while they are.
    #[n(5)]
    pub stopped: Option<EngineStopped>,
}

/// Why a ledger makes no blocks at present.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum EngineStopped {
    /// Its disk is full; it goes on by itself when there is room.
    #[n(0)]
    DiskFull,
    /// Its disk does not take what is written; it tries again.
    #[n(1)]
    Storage,
    /// Its clock was turned; it goes on when the clock is right again, or after a restart.
    #[n(2)]
    ClockTurned,
    /// It cannot go on.
    #[n(3)]
    Ended,
    /// No block has come to it for 90 s: too few validators answer each other, or it is cut off from them. It goes on by
    /// itself when that is over.
    #[n(4)]
    Halted,
    /// It reads blocks that others have made already, or cannot serve those that it has yet.
    #[n(5)]
    CatchingUp,
}

impl EngineStopped {
    /// In words, as operators are told.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DiskFull => "disk full",
            Self::Storage => "disk error",
            Self::ClockTurned => "the clock was turned",
            Self::Ended => "damaged",
            Self::Halted => "no block has come for 90 s",
            Self::CatchingUp => "it is catching up",
        }
    }
}

impl Object for ChainStatus {}
