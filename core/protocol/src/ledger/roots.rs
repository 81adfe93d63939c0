//! The app hash: one hash over the roots of the state tree and of the transaction log.

use minicbor::{Decode, Encode};

use crate::crypto;
use crate::domain::Object;

/// The two roots that one app hash stands for.
///
/// The app hash is CometBFT's hash of the map { `log`: root ‖ size, `state`: root }: a Merkle tree
/// of two leaves, as ICS-23's Tendermint specification reads it.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct StoreRoots {
    /// Root of the Jellyfish Merkle tree of the state.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub state: [u8; 32],
    /// Root of the log of accepted transactions (RFC 6962 §2.1).
    #[cbor(n(1), with = "minicbor::bytes")]
    pub log: [u8; 32],
    /// How many transactions the log has.
    #[n(2)]
    pub log_size: u64,
}

impl Object for StoreRoots {}

impl StoreRoots {
    /// The hash over these roots, as the header carries it.
    pub fn app_hash(&self) -> [u8; 32] {
        let log = leaf(b"log", &[&self.log, &self.log_size.to_be_bytes()]);
        let state = leaf(b"state", &[&self.state]);
        crypto::sha256_parts(&[&[NODE], &log, &state])
    }
}

/// The leaf of a short key: both lengths fit in one byte.
fn leaf(key: &[u8], value: &[&[u8]]) -> [u8; 32] {
    let value_hash = crypto::sha256_parts(value);
    let key_length = u8::try_from(key.len()).unwrap_or(u8::MAX);
    crypto::sha256_parts(&[&[LEAF, key_length], key, &[32], &value_hash])
}

// RFC 6962 §2.1: a leaf can never be read as a node.
const LEAF: u8 = 0;
const NODE: u8 = 1;

/// SHA-256 for the state tree.
///
/// Buffers what it is given, which is a value or two hashes.
#[derive(Clone, Debug, Default)]
pub struct TreeHasher(Vec<u8>);

impl jmt::SimpleHasher for TreeHasher {
    fn new() -> Self {
        Self::default()
    }

    fn update(&mut self, data: &[u8]) {
        self.0.extend_from_slice(data);
    }

    fn finalize(self) -> [u8; 32] {
        crypto::sha256(&self.0)
    }
}
