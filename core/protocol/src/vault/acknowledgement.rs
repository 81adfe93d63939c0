//! Acknowledgements: how a host says what it did; only that counts (flows.md §17).
//!
//! They carry no signature: whoever can answer in the host's place can lie in one. What they end is
//! taking somebody else's "200 OK" for the host's word; the proof is the next look at the space.
//! An upload is acknowledged by [`super::BlobIds`], an envelope and a transaction by their identifier.

use minicbor::{Decode, Encode};

use super::{Commit, LinkAction};
use crate::crypto;
use crate::domain::{LinkId, Object};

/// The space is there.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SpaceOpened {
    /// The version of its last commit; 0: none yet.
    #[n(0)]
    pub version: u64,
}

impl Object for SpaceOpened {}

/// A commit is in force, since just now or since an earlier try.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct CommitTaken {
    /// The version of the space.
    #[n(0)]
    pub version: u64,
    /// SHA-256 of the encoded commit.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

impl Object for CommitTaken {}

impl CommitTaken {
    /// The acknowledgement that a commit gets, from the commit and its encoding.
    pub fn of(commit: &Commit, encoded: &[u8]) -> Self {
        Self { version: commit.version, hash: crypto::sha256(encoded) }
    }
}

/// What a share link does at the host.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum LinkState {
    /// Stored, and not served until a commit names it.
    #[n(0)]
    Waiting,
    /// Served, until it expires.
    #[n(1)]
    Active,
    /// Not served until resumed.
    #[n(2)]
    Paused,
    /// Ended for ever; no commit makes it active again.
    #[n(3)]
    Revoked,
}

impl LinkState {
    /// Whether a link of this state is as `action` makes it.
    ///
    /// ```
    /// use keepwell_protocol::vault::{LinkAction, LinkState};
    /// assert!(LinkState::Revoked.follows(LinkAction::Revoke));
    /// assert!(!LinkState::Active.follows(LinkAction::Revoke));
    /// ```
    pub fn follows(self, action: LinkAction) -> bool {
        match action {
            LinkAction::Pause => self == Self::Paused,
            LinkAction::Resume => matches!(self, Self::Active | Self::Waiting),
            LinkAction::Revoke => self == Self::Revoked,
        }
    }
}

/// A link was stored, paused, resumed or ended.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LinkChanged {
    /// The link that was stored or changed.
    #[n(0)]
    pub id: LinkId,
    /// What it does from now on.
    #[n(1)]
    pub state: LinkState,
}

impl Object for LinkChanged {}
