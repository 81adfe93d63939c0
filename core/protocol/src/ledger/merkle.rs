//! Merkle trees of hashes as transparency logs have them (RFC 6962 §2.1), and proofs that something is in one.

use crate::crypto::sha256_parts;

/// A tree over hashes that are all here.
#[derive(Clone, Debug)]
pub struct MerkleTree {
    /// Of each level its nodes, the leaves first. The last one without a neighbour goes up as it is.
    levels: Vec<Vec<[u8; 32]>>,
}

impl MerkleTree {
    /// The tree over these entries; nothing where there are none.
    pub fn new<T: AsRef<[u8]>>(entries: &[T]) -> Option<Self> {
        if entries.is_empty() {
            return None;
        }
        let mut level: Vec<[u8; 32]> = entries.iter().map(|entry| merkle_leaf(entry.as_ref())).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(2).map(|pair| match *pair {
                [left, right] => merkle_node(&left, &right),
                [alone, ..] => alone,
                [] => [0; 32],
            });
            let above = above.collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Some(Self { levels })
    }

    /// The root hash.
    pub fn root(&self) -> [u8; 32] {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_default()
    }

    /// The hashes beside the way from an entry to the root, from below; nothing where there is no such entry.
    pub fn path(&self, index: usize) -> Option<Vec<[u8; 32]>> {
        self.levels.first()?.get(index)?;
        let beside =
            self.levels.iter().enumerate().filter_map(|(level, nodes)| nodes.get((index >> level) ^ 1));
        Some(beside.copied().collect())
    }
}

/// The hash of an entry.
pub fn merkle_leaf(entry: &[u8]) -> [u8; 32] {
    sha256_parts(&[&[LEAF], entry])
}

/// The hash of two subtrees.
pub fn merkle_node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256_parts(&[&[NODE], left, right])
}

/// The root of the tree of `size` entries in which the entry with this hash stands at `index`, if the path is one
/// (RFC 9162 §2.1.3.2).
pub fn merkle_root_over(leaf: [u8; 32], index: u64, size: u64, path: &[[u8; 32]]) -> Option<[u8; 32]> {
    let (mut at, mut last) = (index, size.checked_sub(1)?);
    if at > last {
        return None;
    }
    let mut root = leaf;
    for beside in path {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = merkle_node(beside, &root);
            while at % 2 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            root = merkle_node(&root, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

/// RFC 6962 §2.1: a leaf can never be read as a node.
const LEAF: u8 = 0;
const NODE: u8 = 1;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        leaf_idx: u64,
        tree_size: u64,
        root: String,
        leaf_hash: String,
        proof: Option<Vec<String>>,
        desc: String,
        want_err: bool,
    }

    #[test]
    fn agrees_with_the_proofs_that_transparency_logs_publish() {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/merkle/rfc6962-inclusion.jsonl");
        let hash = |text: &String| <[u8; 32]>::try_from(STANDARD.decode(text).unwrap());
        let mut seen = (0, 0);
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let vector: Vector = serde_json::from_str(line).unwrap();
            let path = vector.proof.iter().flatten().map(hash).collect::<Result<Vec<_>, _>>();
            let holds = match (hash(&vector.leaf_hash), hash(&vector.root), path) {
                (Ok(leaf), Ok(root), Ok(path)) => {
                    merkle_root_over(leaf, vector.leaf_idx, vector.tree_size, &path) == Some(root)
                }
                // What is no hash proves nothing.
                _ => false,
            };
            assert_eq!(holds, !vector.want_err, "{}, {}", vector.desc, line);
            if holds { seen.0 += 1 } else { seen.1 += 1 }
        }
        assert!(seen.0 >= 6 && seen.1 >= 80, "{seen:?}");
    }

    #[test]
    fn every_entry_of_a_tree_is_proved_at_its_place_alone() {
        assert!(MerkleTree::new::<[u8; 1]>(&[]).is_none());
        for size in 1..=70_u64 {
            let entries: Vec<_> = (0..size).map(u64::to_be_bytes).collect();
            let tree = MerkleTree::new(&entries).unwrap();
            for index in 0..size {
                let path = tree.path(usize::try_from(index).unwrap()).unwrap();
                let leaf = merkle_leaf(&index.to_be_bytes());
                let root = Some(tree.root());
                assert_eq!(merkle_root_over(leaf, index, size, &path), root, "{index} of {size}");
                assert_ne!(merkle_root_over(leaf, index ^ 1, size, &path), root, "{index} of {size}");
                assert_ne!(merkle_root_over(tree.root(), index, size, &path), root.filter(|_| size > 1));
                let longer = [path.as_slice(), &[leaf]].concat();
                assert_eq!(merkle_root_over(leaf, index, size, &longer), None);
            }
            assert!(tree.path(usize::try_from(size).unwrap()).is_none());
        }
    }
}
