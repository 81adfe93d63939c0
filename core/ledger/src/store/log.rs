//! The log of accepted transactions as a Merkle tree (RFC 6962 §2.1), kept as its perfect subtrees.

use keepwell_protocol::crypto::{sha256, sha256_parts};
use minicbor::{Decode, Encode};

/// The log so far: enough to append and to say its root.
#[derive(Clone, Debug, Default, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Log {
    #[n(0)]
    size: u64,
    /// Roots of the perfect subtrees, the largest first.
    #[n(1)]
    peaks: Vec<Node>,
}

#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
struct Node(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl Log {
    /// How many transactions the log has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the bytes of a transaction as the next leaf.
    pub fn push(&mut self, transaction: &[u8]) {
        let mut node = sha256_parts(&[&[LEAF], transaction]);
        // Each trailing one of the size is a subtree as large as the one that grows here.
        for _ in 0..self.size.trailing_ones() {
            if let Some(Node(left)) = self.peaks.pop() {
                node = sha256_parts(&[&[NODE], &left, &node]);
            }
        }
        self.peaks.push(Node(node));
        self.size += 1;
    }

    /// The Merkle tree hash.
    pub fn root(&self) -> [u8; 32] {
        let joined = self.peaks.iter().rev().map(|Node(peak)| *peak);
        joined.reduce(|right, left| sha256_parts(&[&[NODE], &left, &right])).unwrap_or_else(|| sha256(b""))
    }
}

const LEAF: u8 = 0;
const NODE: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn root_of(leaves: &[Vec<u8>]) -> [u8; 32] {
        let mut log = Log::default();
        leaves.iter().for_each(|leaf| log.push(leaf));
        assert_eq!(log.size(), u64::try_from(leaves.len()).unwrap());
        log.root()
    }

    #[test]
    fn has_the_roots_that_transparency_logs_publish() {
        #[derive(serde::Deserialize)]
        struct Vectors {
            leaf_inputs: Vec<String>,
            roots_by_tree_size: Vec<String>,
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/merkle/rfc6962-roots.json");
        let vectors: Vectors = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let leaves: Vec<_> = vectors.leaf_inputs.iter().map(|leaf| hex::decode(leaf).unwrap()).collect();
        assert_eq!(vectors.roots_by_tree_size.len(), leaves.len() + 1);
        for (size, root) in vectors.roots_by_tree_size.iter().enumerate() {
            assert_eq!(hex::encode(root_of(&leaves[..size])), *root, "{size}");
        }
    }

    #[test]
    fn follows_the_definition_at_every_size() {
        // RFC 6962 §2.1, as it is written there.
        fn definition(leaves: &[Vec<u8>]) -> [u8; 32] {
            match leaves {
                [] => sha256(b""),
                [leaf] => sha256_parts(&[&[0], leaf]),
                leaves => {
                    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                    sha256_parts(&[&[1], &definition(left), &definition(right)])
                }
            }
        }
        let leaves: Vec<_> = (0..130_u32).map(|leaf| leaf.to_be_bytes().to_vec()).collect();
        for size in 0..=leaves.len() {
            assert_eq!(root_of(&leaves[..size]), definition(&leaves[..size]), "{size}");
        }
    }
}
