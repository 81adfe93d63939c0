//! A ledger in memory for tests: any validators, any state, genuine headers, votes and proofs.
//!
//! The tree is built here from its definition and not by `jmt`, so that the two check each other.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use tendermint::block::header::Version;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Commit, CommitSig, Header, Id, parts};
use tendermint::vote::{Type, Vote};
use tendermint::{AppHash, Hash, Signature, Time, validator};

use super::validator::to_set;
use super::{
    APP_VERSIONS, AppState, BLOCK_PROTOCOL, Genesis, Governance, KeyProof, LightBlock, ProofBatch,
    ProofBundle, StateKey, StoreRoots, TrustAnchor, Validator,
};
use crate::crypto::{SigningKey, sha256, sha256_parts};
use crate::domain::{Object, Timestamp};

/// A ledger that does what a test says.
pub struct FakeLedger {
    chain_id: String,
    /// Seeds and powers of the validators of the next block, and of the one after it.
    present: Vec<(u8, u64)>,
    next: Vec<(u8, u64)>,
    height: u64,
    time: Timestamp,
    state: BTreeMap<Vec<u8>, Vec<u8>>,
    first: Option<TrustAnchor>,
}

/// A block before it is signed, to be changed by a test.
#[derive(Clone, Debug)]
pub struct FakeBlock {
    /// The header that the validators will sign.
    pub header: Header,
    /// The validators who may vote on it: seeds of their keys and powers.
    pub validators: Vec<(u8, u64)>,
    /// Those of the next block.
    pub next_validators: Vec<(u8, u64)>,
    /// What its app hash stands for.
    pub roots: StoreRoots,
    state: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl FakeLedger {
    /// A ledger whose validators have the keys of seeds 1, 2, 3 … and these powers.
    pub fn new(chain_id: &str, powers: &[u64], start: Timestamp) -> Self {
        let validators: Vec<_> = (1..).zip(powers.iter().copied()).collect();
        let mut ledger = Self {
            chain_id: chain_id.to_owned(),
            present: validators.clone(),
            next: validators,
            height: 0,
            time: start,
            state: BTreeMap::new(),
            first: None,
        };
        ledger.put(&StateKey::Governance, Some(ledger.governance().to_cbor()));
        let first = ledger.block(0);
        ledger.first = Some(TrustAnchor {
            format: TrustAnchor::FORMAT,
            genesis: Genesis {
                chain_id: ledger.chain_id.clone(),
                initial_time: start.0,
                validators: validators_of(&ledger.present),
                app_state: AppState { governance: ledger.governance() }.to_genesis(),
            },
            height: 1,
            header_hash: hash_bytes(first.header.hash()),
            time: start.0,
            validators: validators_of(&ledger.present),
            trusting_period: TrustAnchor::TRUSTING_PERIOD.0,
        });
        ledger
    }

    /// What a party is given: it trusts the first header.
    pub fn anchor(&self) -> TrustAnchor {
        #[expect(clippy::expect_used, reason = "set at the end of `new`")]
        self.first.clone().expect("the first header")
    }

    /// Writes or deletes a value; the next block's header carries it.
    pub fn put(&mut self, key: &StateKey, value: Option<Vec<u8>>) {
        match value {
            Some(value) => self.state.insert(key.to_bytes(), value),
            None => self.state.remove(&key.to_bytes()),
        };
    }

    /// Announces the validators of the block after the next: seeds of their keys and powers.
    pub fn change_validators(&mut self, validators: &[(u8, u64)]) {
        self.next = validators.to_vec();
    }

    /// Makes the next block, so many seconds after the last.
    pub fn block(&mut self, seconds: u64) -> FakeBlock {
        self.height += 1;
        self.time.0 += seconds;
        let roots =
            StoreRoots { state: Tree::new(&self.state).root(), log: sha256(b""), log_size: self.height };
        let block = self.unsigned(roots);
        self.present = self.next.clone();
        block
    }

    /// The proof of a key by a block that every validator signs.
    pub fn bundle(&self, block: &FakeBlock, key: &StateKey) -> Vec<u8> {
        block.bundle(key, block.light_block(|_| true)).to_cbor()
    }

    fn governance(&self) -> Governance {
        Governance { threshold: 1, keys: vec![SigningKey::from_seed(&[200; 32]).public_key()] }
    }

    #[expect(clippy::expect_used, reason = "every part is a constant or of fixed length")]
    fn unsigned(&self, roots: StoreRoots) -> FakeBlock {
        let set = set_of(&self.present);
        let next = set_of(&self.next);
        let time = i64::try_from(self.time.0).expect("a time of this century");
        let header = Header {
            version: Version { block: BLOCK_PROTOCOL, app: *APP_VERSIONS.start() },
            chain_id: self.chain_id.parse().expect("a chain id"),
            height: self.height.try_into().expect("a small height"),
            time: Time::from_unix_timestamp(time, 0).expect("a time of this century"),
            last_block_id: Some(id(sha256(&self.height.to_be_bytes()))),
            last_commit_hash: Some(Hash::Sha256(sha256(b"last commit"))),
            data_hash: Some(Hash::Sha256(sha256(b"data"))),
            validators_hash: set.hash(),
            next_validators_hash: next.hash(),
            consensus_hash: Hash::Sha256(sha256(b"parameters")),
            app_hash: AppHash::try_from(roots.app_hash().to_vec()).expect("a hash"),
            last_results_hash: Some(Hash::Sha256(sha256(b"results"))),
            evidence_hash: Some(Hash::Sha256(sha256(b"evidence"))),
            proposer_address: set.validators().first().expect("a validator").address,
        };
        FakeBlock {
            header,
            validators: self.present.clone(),
            next_validators: self.next.clone(),
            roots,
            state: self.state.clone(),
        }
    }
}

impl FakeBlock {
    /// The light block with the votes of those validators whose seed `signs` names.
    pub fn light_block(&self, signs: impl Fn(u8) -> bool) -> LightBlock {
        let set = set_of(&self.validators);
        let votes = set.validators().iter().map(|info| {
            let signer = self.validators.iter().find(|(seed, _)| address(*seed) == info.address);
            match signer {
                Some((seed, _)) if signs(*seed) => self.vote(*seed, info),
                _ => CommitSig::BlockIdFlagAbsent,
            }
        });
        self.light_block_of(votes.collect())
    }

    /// The light block with exactly these votes.
    #[expect(clippy::expect_used, reason = "header and commit have one height")]
    pub fn light_block_of(&self, votes: Vec<CommitSig>) -> LightBlock {
        let commit = Commit {
            height: self.header.height,
            round: 0_u16.into(),
            block_id: id(hash_bytes(self.header.hash())),
            signatures: votes,
        };
        let signed = SignedHeader::new(self.header.clone(), commit).expect("one height");
        LightBlock::new(signed, &set_of(&self.validators), &set_of(&self.next_validators))
    }

    /// A genuine vote on this block's header, by the key of `seed` in the name of `info`.
    #[expect(clippy::expect_used, reason = "every part is a constant or of fixed length")]
    pub fn vote(&self, seed: u8, info: &validator::Info) -> CommitSig {
        let vote = Vote {
            vote_type: Type::Precommit,
            height: self.header.height,
            round: 0_u16.into(),
            block_id: Some(id(hash_bytes(self.header.hash()))),
            timestamp: Some(self.header.time),
            validator_address: info.address,
            validator_index: 0_u32.try_into().expect("an index"),
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let bytes = vote.into_signable_vec(self.header.chain_id.clone());
        let signature = SigningKey::from_seed(&[seed; 32]).sign_raw(&bytes);
        CommitSig::BlockIdFlagCommit {
            validator_address: info.address,
            timestamp: self.header.time,
            signature: Signature::new(signature.as_bytes()).expect("64 bytes"),
        }
    }

    /// The validators in the order in which they vote.
    pub fn set(&self) -> validator::Set {
        set_of(&self.validators)
    }

    /// The proofs of many keys by this light block.
    pub fn batch(&self, keys: &[StateKey], light_block: LightBlock) -> ProofBatch {
        let tree = Tree::new(&self.state);
        let proofs = keys
            .iter()
            .map(|key| {
                let bytes = key.to_bytes();
                let value = self.state.get(&bytes).cloned();
                KeyProof { key: *key, value, proof: tree.prove(&bytes) }
            })
            .collect();
        ProofBatch { light_block, roots: self.roots, proofs }
    }

    /// The proof of a key by this light block.
    pub fn bundle(&self, key: &StateKey, light_block: LightBlock) -> ProofBundle {
        let key = key.to_bytes();
        ProofBundle {
            format: ProofBundle::FORMAT,
            chain_id: self.header.chain_id.to_string(),
            light_block,
            roots: self.roots,
            value: self.state.get(&key).cloned().map(ByteVec::from),
            proof: Tree::new(&self.state).prove(&key),
            key,
        }
    }
}

/// The state tree from its definition: an empty subtree is a constant, one with a single leaf is
/// that leaf, any other is a node of its halves by the next bit of the hash of the key.
struct Tree(BTreeMap<[u8; 32], [u8; 32]>);

type Leaves<'a> = Vec<(&'a [u8; 32], &'a [u8; 32])>;

impl Tree {
    fn new(state: &BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        Self(state.iter().map(|(key, value)| (sha256(key), sha256(value))).collect())
    }

    fn root(&self) -> [u8; 32] {
        hash_of(&self.0.iter().collect::<Leaves<'_>>(), 0)
    }

    /// The proof in `jmt`'s Borsh form: a leaf if there is one, then the siblings from below.
    fn prove(&self, key: &[u8]) -> Vec<u8> {
        let wanted = sha256(key);
        let mut here: Leaves<'_> = self.0.iter().collect();
        let mut siblings = Vec::new();
        let mut depth = 0;
        while here.len() > 1 {
            let (left, right): (Leaves<'_>, Leaves<'_>) =
                here.into_iter().partition(|leaf| !bit(leaf.0, depth));
            let (same, other) = if bit(&wanted, depth) { (right, left) } else { (left, right) };
            depth += 1;
            siblings.push(match other.as_slice() {
                [] => vec![0],
                [(key, value)] => [&[2], key.as_slice(), value.as_slice()].concat(),
                leaves => {
                    let (left, right) = halves(leaves, depth);
                    [&[1], left.as_slice(), right.as_slice()].concat()
                }
            });
            here = same;
        }
        let leaf = match here.as_slice() {
            [(key, value)] => [&[1], key.as_slice(), value.as_slice()].concat(),
            _ => vec![0],
        };
        let count = u32::try_from(siblings.len()).unwrap_or(u32::MAX).to_le_bytes();
        siblings.reverse();
        [leaf, count.to_vec(), siblings.concat()].concat()
    }
}

fn hash_of(leaves: &[(&[u8; 32], &[u8; 32])], depth: usize) -> [u8; 32] {
    match leaves {
        [] => *b"SPARSE_MERKLE_PLACEHOLDER_HASH__",
        [(key, value)] => sha256_parts(&[b"JMT::LeafNode", *key, *value]),
        leaves => {
            let (left, right) = halves(leaves, depth);
            sha256_parts(&[b"JMT::IntrnalNode", &left, &right])
        }
    }
}

fn halves(leaves: &[(&[u8; 32], &[u8; 32])], depth: usize) -> ([u8; 32], [u8; 32]) {
    let (left, right): (Leaves<'_>, Leaves<'_>) =
        leaves.iter().copied().partition(|leaf| !bit(leaf.0, depth));
    (hash_of(&left, depth + 1), hash_of(&right, depth + 1))
}

fn bit(hash: &[u8; 32], depth: usize) -> bool {
    hash.get(depth / 8).is_some_and(|byte| byte & (0x80 >> (depth % 8)) != 0)
}

fn validators_of(seeds: &[(u8, u64)]) -> Vec<Validator> {
    let key = |seed: u8| *SigningKey::from_seed(&[seed; 32]).public_key().as_bytes();
    seeds.iter().map(|(seed, power)| Validator { key: key(*seed), power: *power }).collect()
}

#[expect(clippy::expect_used, reason = "a test names each seed once and gives it power")]
fn set_of(seeds: &[(u8, u64)]) -> validator::Set {
    to_set(&validators_of(seeds)).expect("a sound set")
}

#[expect(clippy::expect_used, reason = "a key that was just made")]
fn address(seed: u8) -> tendermint::account::Id {
    let key = SigningKey::from_seed(&[seed; 32]).public_key();
    tendermint::PublicKey::from_raw_ed25519(key.as_bytes()).expect("a key").into()
}

#[expect(clippy::expect_used, reason = "one part with a hash")]
fn id(hash: [u8; 32]) -> Id {
    let parts = parts::Header::new(1, Hash::Sha256(sha256(b"parts"))).expect("one part");
    Id { hash: Hash::Sha256(hash), part_set_header: parts }
}

fn hash_bytes(hash: Hash) -> [u8; 32] {
    match hash {
        Hash::Sha256(hash) => hash,
        Hash::None => [0; 32],
    }
}
