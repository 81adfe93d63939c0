//! The proof bundle: all that is needed to believe what the ledger holds under one key.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::{LightBlock, StoreRoots};
use crate::domain::Object;

/// A value under a key, or its absence, with the way from there to the validators' signatures.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ProofBundle {
    /// The form of this object.
    #[n(0)]
    pub format: u32,
    /// The name of the chain.
    #[n(1)]
    pub chain_id: String,
    /// The block whose header carries the app hash; the state is that after the block before it.
    #[n(2)]
    pub light_block: LightBlock,
    /// What the app hash stands for.
    #[n(3)]
    pub roots: StoreRoots,
    /// The key, as the tree knows it.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub key: Vec<u8>,
    /// The value; absent where there is nothing under the key.
    #[n(5)]
    pub value: Option<ByteVec>,
    /// The proof in the Jellyfish Merkle tree, in `jmt`'s Borsh form.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub proof: Vec<u8>,
}

impl Object for ProofBundle {}

impl ProofBundle {
    /// The form that is written here.
    pub const FORMAT: u32 = 1;
    /// The largest bundle, in bytes.
    pub const LONGEST: usize = 64 * 1_024;
}
