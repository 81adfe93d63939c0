//! A log that only grows, as a Merkle tree (RFC 6962 §2.1), kept as its perfect subtrees: the ledger's own of accepted
//! transactions, and a provider's of accesses.

use minicbor::{Decode, Encode};

use super::{merkle_leaf, merkle_node};
use crate::crypto::sha256;
use crate::domain::Object;

/// The log so far: enough to append and to say its root.
#[derive(Clone, Debug, Default, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct MerkleLog {
    #[n(0)]
    size: u64,
    /// Roots of the perfect subtrees, the largest first.
    #[n(1)]
    peaks: Vec<Node>,
}

#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
struct Node(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl Object for MerkleLog {}

impl MerkleLog {
    /// How many entries the log has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the bytes of an entry as the next leaf.
    pub fn push(&mut self, entry: &[u8]) {
        let mut node = merkle_leaf(entry);
        // Each trailing one of the size is a subtree as large as the one that grows here.
        for _ in 0..self.size.trailing_ones() {
            if let Some(Node(left)) = self.peaks.pop() {
                node = merkle_node(&left, &node);
            }
        }
        self.peaks.push(Node(node));
        self.size += 1;
    }

    /// Whether it has as many subtrees as its size says: what comes of another file may not.
    pub fn is_well_formed(&self) -> bool {
        usize::try_from(self.size.count_ones()) == Ok(self.peaks.len())
    }

    /// The Merkle tree hash.
    pub fn root(&self) -> [u8; 32] {
        let joined = self.peaks.iter().rev().map(|Node(peak)| *peak);
        joined.reduce(|right, left| merkle_node(&left, &right)).unwrap_or_else(|| sha256(b""))
    }

    /// The hashes beside the way from one of the entries that are appended to this log to the root of the log
    /// with all of them, from below (RFC 6962 §2.1.1). `at` counts among those appended.
    pub fn path_after(&self, appended: &[&[u8]], at: usize) -> Vec<[u8; 32]> {
        let leaves: Vec<_> = appended.iter().map(|entry| merkle_leaf(entry)).collect();
        let Ok(count) = u64::try_from(leaves.len()) else { return Vec::new() };
        let Ok(at) = u64::try_from(at) else { return Vec::new() };
        let grown = Grown { before: self, leaves: &leaves };
        let (mut low, mut high, wanted) = (0, self.size + count, self.size + at);
        let mut path = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if wanted < middle {
                path.push(grown.root(middle, high));
                high = middle;
            } else {
                path.push(grown.root(low, middle));
                low = middle;
            }
        }
        path.reverse();
        path
    }
}

/// A log and the hashes of what is appended to it.
struct Grown<'a> {
    before: &'a MerkleLog,
    leaves: &'a [[u8; 32]],
}

impl Grown<'_> {
    /// The root over the entries from `low` to before `high`, as the tree is split. One that lies before what is
    /// appended, beside the way to something that is, is one of the perfect subtrees.
    fn root(&self, low: u64, high: u64) -> [u8; 32] {
        if high <= self.before.size {
            return self.peak_at(low);
        }
        if high - low == 1 {
            let at = usize::try_from(low - self.before.size).ok();
            return at.and_then(|at| self.leaves.get(at)).copied().unwrap_or_default();
        }
        let middle = low + split(high - low);
        merkle_node(&self.root(low, middle), &self.root(middle, high))
    }

    fn peak_at(&self, low: u64) -> [u8; 32] {
        let (mut start, mut left) = (0, self.before.size);
        for Node(peak) in &self.before.peaks {
            if start == low {
                return *peak;
            }
            let size = 1 << left.ilog2();
            (start, left) = (start + size, left - size);
        }
        [0; 32]
    }
}

/// How many of `size` entries, at least two, are in the left subtree: the largest power of two below.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256_parts;
    use crate::ledger::merkle_root_over;

    #[test]
    fn whatever_is_appended_is_proved_in_the_log_that_it_makes() {
        for before in 0..40_u64 {
            for count in [1_u64, 2, 3, 7, 8, 21] {
                let entries: Vec<_> = (0..before + count).map(|leaf| leaf.to_be_bytes().to_vec()).collect();
                let (old, new) = entries.split_at(usize::try_from(before).unwrap());
                let mut log = MerkleLog::default();
                old.iter().for_each(|leaf| log.push(leaf));
                let appended: Vec<&[u8]> = new.iter().map(Vec::as_slice).collect();
                let root = Some(root_of(&entries));
                for at in 0..count {
                    let path = log.path_after(&appended, usize::try_from(at).unwrap());
                    let leaf = merkle_leaf(&(before + at).to_be_bytes());
                    let over = merkle_root_over(leaf, before + at, before + count, &path);
                    assert_eq!(over, root, "{at} of {count} after {before}");
                }
            }
        }
    }

    fn root_of(leaves: &[Vec<u8>]) -> [u8; 32] {
        let mut log = MerkleLog::default();
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
