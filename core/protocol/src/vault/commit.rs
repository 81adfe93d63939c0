//! Commits: the one way in which a wallet's space at a host changes, all or nothing.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use super::{GrantEntry, LinkEntry, SealedHead};
use crate::domain::{BlobId, CompartmentId, GrantId, Object};

/// Why a commit is refused whatever the space holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CommitError {
    /// A compartment, grant or link is named twice.
    #[error("a commit names each compartment, grant and link at most once")]
    Repeated,
    /// More entries than a commit may have.
    #[error("a commit has at most {limit} entries of a kind")]
    TooMany {
        /// [`Commit::LIMIT`], for the message.
        limit: usize,
    },
    /// The version that it leads to is not above the one that it starts from.
    #[error("a commit leads to a higher version than the one it starts from")]
    BaseNotBefore,
}

impl CommitError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Repeated => "CommitRepeated",
            Self::TooMany { .. } => "CommitTooMany",
            Self::BaseNotBefore => "CommitBase",
        }
    }
}

/// Blobs that a compartment refers to, beginning or ceasing with this commit.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct References {
    /// The compartment that begins or ceases to refer.
    #[n(0)]
    pub compartment: CompartmentId,
    /// The blobs that are referred to, by hash.
    #[n(1)]
    pub blobs: Vec<BlobId>,
}

/// One change of a space, from the version before it to its own.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Commit {
    /// The version of the space after this commit; refused unless the space is at [`Commit::starts_from`].
    #[n(0)]
    pub version: u64,
    /// New heads; always with one for `self`.
    #[n(1)]
    pub heads: Vec<SealedHead>,
    /// Grants whose entry or packet is new; an entry replaces the one before it.
    #[n(2)]
    pub grants_added: Vec<GrantEntry>,
    /// Grants that may no longer read. The host keeps id and slot to answer with the reason.
    #[n(3)]
    pub grants_dropped: Vec<GrantId>,
    /// Share links that are new or changed.
    #[n(4)]
    pub links: Vec<LinkEntry>,
    /// Blobs that compartments begin to refer to; each must be there.
    #[n(5)]
    pub references_added: Vec<References>,
    /// Blobs that compartments no longer refer to.
    #[n(6)]
    pub references_removed: Vec<References>,
    /// Compartments that nobody reads any more, dropped with all their references.
    #[n(7)]
    pub compartments_dropped: Vec<CompartmentId>,
    /// The version of the space before this commit; absent: one less than `version`. A wallet that heals
    /// its host, or goes on from a space not proved newest, skips versions with it (flows.md §2.5).
    #[n(8)]
    pub base: Option<u64>,
}

impl Object for Commit {}

impl Commit {
    /// The most entries of one kind.
    pub const LIMIT: usize = 10_000;

    /// A commit to `version` from the one before it, with new heads and nothing else.
    pub fn new(version: u64, heads: Vec<SealedHead>) -> Self {
        Self {
            version,
            heads,
            grants_added: Vec::new(),
            grants_dropped: Vec::new(),
            links: Vec::new(),
            references_added: Vec::new(),
            references_removed: Vec::new(),
            compartments_dropped: Vec::new(),
            base: None,
        }
    }

    /// The version at which the space must be: `base`, or one less than `version`; none below version 1.
    pub fn starts_from(&self) -> Option<u64> {
        self.base.or_else(|| self.version.checked_sub(1))
    }

    /// Whether it ends something and adds nothing but the wallet's own state, which says so: taken where
    /// there is no room for more.
    pub fn only_ends(&self) -> bool {
        let ends = !(self.grants_dropped.is_empty()
            && self.links.is_empty()
            && self.compartments_dropped.is_empty());
        ends && self.grants_added.is_empty()
            && self.heads.len() <= 1
            && self.links.iter().all(|link| link.revoked)
    }

    /// Checks what holds for every commit.
    ///
    /// # Errors
    /// [`CommitError`] says what is wrong.
    pub fn check(&self) -> Result<(), CommitError> {
        fn unique<T: Ord>(items: impl Iterator<Item = T>) -> Result<(), CommitError> {
            let mut seen = BTreeSet::new();
            for item in items {
                if !seen.insert(item) {
                    return Err(CommitError::Repeated);
                }
                if seen.len() > Commit::LIMIT {
                    return Err(CommitError::TooMany { limit: Commit::LIMIT });
                }
            }
            Ok(())
        }
        if self.base.is_some_and(|base| base >= self.version) {
            return Err(CommitError::BaseNotBefore);
        }
        unique(self.heads.iter().map(|head| head.compartment))?;
        unique(self.grants_added.iter().map(|entry| entry.grant).chain(self.grants_dropped.iter().copied()))?;
        unique(self.links.iter().map(|link| link.id))?;
        unique(self.references_added.iter().map(|references| references.compartment))?;
        unique(self.references_removed.iter().map(|references| references.compartment))?;
        unique(self.compartments_dropped.iter().chain(self.heads.iter().map(|head| &head.compartment)))
    }
}
