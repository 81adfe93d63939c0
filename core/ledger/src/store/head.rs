//! What the state is after a block.

use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::{MerkleLog, StoreRoots};
use minicbor::{Decode, Encode};

/// What the state is after a block.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Head {
    /// The block; 0 before the first.
    #[n(0)]
    pub height: u64,
    /// The version of the tree: it counts blocks that changed something, since the tree wants
    /// versions without gaps.
    #[n(1)]
    pub version: u64,
    /// Root of the tree.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub state_root: [u8; 32],
    /// The log of accepted transactions.
    #[n(3)]
    pub log: MerkleLog,
    /// How many keys the state has.
    #[n(4)]
    pub records: u64,
}

impl Object for Head {}

impl Head {
    /// The two roots of this state.
    pub fn roots(&self) -> StoreRoots {
        StoreRoots { state: self.state_root, log: self.log.root(), log_size: self.log.size() }
    }

    /// The hash that the next header carries.
    pub fn app_hash(&self) -> [u8; 32] {
        self.roots().app_hash()
    }
}
