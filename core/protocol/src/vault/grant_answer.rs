//! What a host keeps of a grant and what it answers to a reader.

use minicbor::{Decode, Encode};

use super::SealedHead;
use crate::domain::{BlobId, CompartmentId, Duration, GrantId, Object, Slot, Timestamp};

/// What a host must know of a grant to serve it; it knows no terms.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GrantEntry {
    /// The grant that the entry is for.
    #[n(0)]
    pub grant: GrantId,
    /// Hash of the reader key; must equal the ledger's.
    #[n(1)]
    pub slot: Slot,
    /// What the reader may fetch, sorted.
    #[n(2)]
    pub compartments: Vec<CompartmentId>,
    /// Served until before this second.
    #[n(3)]
    pub not_after: Timestamp,
    /// How old the ledger's word may be.
    #[n(4)]
    pub max_staleness: Duration,
    /// The grant's epoch keys, sealed to the provider: a [`Packet`](super::Packet).
    #[cbor(n(5), with = "minicbor::bytes")]
    pub packet: Vec<u8>,
}

impl Object for GrantEntry {}

/// The answer to a reader whose grant is in force.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GrantAnswer {
    /// The ledger's proof of the grant's state, to be verified by the reader.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub bundle: Vec<u8>,
    /// The grant's epoch keys, sealed to the provider: a [`Packet`](super::Packet).
    #[cbor(n(1), with = "minicbor::bytes")]
    pub packet: Vec<u8>,
    /// The heads of the grant's compartments.
    #[n(2)]
    pub heads: Vec<SealedHead>,
}

impl Object for GrantAnswer {}

/// A reader's request for blobs.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct BlobRequest {
    /// Which, at most 1,000.
    #[n(0)]
    pub blobs: Vec<BlobId>,
    /// The reader's receipt for exactly these, sealed for the patient.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub receipt: Vec<u8>,
}

impl Object for BlobRequest {}

impl BlobRequest {
    /// The most blobs in one request.
    pub const LIMIT: usize = 1_000;
}

/// Sealed bytes: what is uploaded, and what is answered in the order that was asked.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct Blobs(#[n(0)] pub Vec<minicbor::bytes::ByteVec>);

impl Object for Blobs {}

impl Blobs {
    /// The most bytes of sealed content in one batch of more than one blob.
    pub const BATCH_BYTES: usize = 4_000_000;
}

/// Blobs by name: what an owner asks for, what an upload is answered with, and which envelopes a
/// provider has dealt with.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct BlobIds(#[n(0)] pub Vec<BlobId>);

impl Object for BlobIds {}

impl BlobIds {
    /// The most names in one list.
    pub const LIMIT: usize = 10_000;
}

/// How every server says no.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ErrorBody {
    /// The code by which programs know the refusal.
    #[n(0)]
    pub code: String,
    /// The reason for whoever reads a log.
    #[n(1)]
    pub sentence: String,
    /// The ledger's proof, where the reason is the grant's state.
    #[n(2)]
    pub bundle: Option<minicbor::bytes::ByteVec>,
    /// The present version of the space, where the reason is a version conflict.
    #[n(3)]
    pub version: Option<u64>,
}

impl Object for ErrorBody {}
