//! What a restore came to.

use keepwell_protocol::domain::{Category, Timestamp};

/// What came back, and what did not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RestoreReport {
    /// Eight hex characters by which its owner knows the wallet.
    pub fingerprint: String,
    /// The URL of the host that has the space: the one that was named, or where that says it has moved.
    pub host: String,
    /// Records that are back.
    pub records: u64,
    /// Grants that are back.
    pub grants: u64,
    /// Share links that are back.
    pub shares: u64,
    /// As of which version of the space.
    pub version: u64,
    /// As of when that version was made.
    pub time: Timestamp,
    /// Whether the ledger vouches for that version or one shortly before; if not, nothing is published
    /// under the old numbers, and [`Missing::Anchor`] says why.
    pub anchored: bool,
    /// As of when the ledger does: the time of a header that was at most an hour old.
    pub anchored_as_of: Option<Timestamp>,
    /// How many gateways said so.
    pub gateways: u32,
    /// What is not back or not certain, each kind once.
    pub missing: Vec<Missing>,
}

/// How far a restore is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RestoreProgress {
    /// Sealed bytes of records that are here, those of an earlier try among them.
    pub bytes: u64,
    /// Sealed bytes of all records that are to come back.
    pub total: u64,
}

/// Something that is not back, or not certain.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Missing {
    /// Versions of records that are not at the host, or are damaged there.
    Versions {
        /// Their category; none where only a grant of its own scope listed them.
        category: Option<Category>,
        /// Versions, at least one.
        count: u64,
    },
    /// Versions of records that only a newer program reads.
    NewerVersions {
        /// Versions, at least one.
        count: u64,
    },
    /// Lists of versions that are not at the host, or are damaged there: those of their records that no
    /// other list names are not back.
    Lists {
        /// The category that they belong to; none: to a grant of its own scope.
        category: Option<Category>,
        /// How many entries they had.
        entries: u64,
    },
    /// Lists of the wallet's own state that are not at the host, or are damaged there.
    StateLists {
        /// How many entries they had.
        entries: u64,
    },
    /// Objects of the wallet's own state that are not at the host, or are damaged there.
    State {
        /// What they are about.
        kind: StateKind,
        /// Objects, at least one.
        count: u64,
    },
    /// Objects of the wallet's own state that a newer program wrote and this one leaves as they are.
    NewerState {
        /// Objects, at least one.
        count: u64,
    },
    /// Sets of records that nothing readable names, so that they can't be opened.
    Compartments {
        /// Sets, at least one.
        count: u64,
    },
    /// Grants that the ledger has and this state does not know; they can be revoked by number.
    UnknownGrants {
        /// Grants, at least one.
        count: u64,
    },
    /// Grants about which the ledger was not heard; they are as this state has them.
    UnprovedGrants {
        /// Grants, at least one.
        count: u64,
    },
    /// The proof that this is the newest state.
    Anchor {
        /// Why there is none.
        because: AnchorDoubt,
    },
}

/// What an object of the wallet's own state is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum StateKind {
    /// The relationship with a provider: its account and card.
    Relationship,
    /// A grant: its terms, and the revocation that was signed in advance.
    Grant,
    /// Who holds the keys of a set of records; its next publication is under a new one.
    Epoch,
    /// What a share link was called; the link itself can be ended.
    Link,
    /// A part of the history of decisions.
    Log,
    /// How far the ledger knows this wallet.
    Anchor,
    /// Who the owner is.
    Owner,
    /// What came with an import.
    Delivery,
    /// Which wallet of these words acts.
    Takeover,
    /// It can't be told.
    Unknown,
}

/// Why the ledger does not vouch for a state.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AnchorDoubt {
    /// The ledger holds no anchor of this wallet: it never had one, or it lapsed.
    Absent,
    /// What the ledger said was more than an hour old.
    Stale,
    /// No gateway was reached.
    Unreached,
    /// What a gateway answered does not verify.
    Unproved,
    /// What the ledger holds is not this state, and the note of what it was given is lost.
    Unrecorded,
    /// The trust anchor file is too old to verify anything by.
    TrustExpired,
    /// The ledger's time is more than five minutes ahead of this device's clock.
    ClockSuspect,
}

impl RestoreReport {
    /// Adds to what is missing, counting each kind once.
    pub(crate) fn add(&mut self, missing: Missing) {
        let known = self.missing.iter_mut().any(|known| known.add(missing));
        if !known && missing.count() > 0 {
            self.missing.push(missing);
            self.missing.sort_unstable();
        }
    }
}

impl Missing {
    /// How many, of whatever it counts; 1 for what is there once.
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Versions { count, .. }
            | Self::State { count, .. }
            | Self::NewerVersions { count }
            | Self::NewerState { count }
            | Self::Compartments { count }
            | Self::UnknownGrants { count }
            | Self::UnprovedGrants { count } => count,
            Self::Lists { entries, .. } | Self::StateLists { entries } => entries,
            Self::Anchor { .. } => 1,
        }
    }

    /// Adds another of the same kind; false if it is of another.
    fn add(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::Versions { category, count }, Self::Versions { category: same, count: more })
                if *category == same =>
            {
                *count += more;
            }
            (Self::Lists { category, entries }, Self::Lists { category: same, entries: more })
                if *category == same =>
            {
                *entries += more;
            }
            (Self::State { kind, count }, Self::State { kind: same, count: more }) if *kind == same => {
                *count += more;
            }
            (Self::StateLists { entries: count }, Self::StateLists { entries: more })
            | (Self::NewerVersions { count }, Self::NewerVersions { count: more })
            | (Self::NewerState { count }, Self::NewerState { count: more })
            | (Self::Compartments { count }, Self::Compartments { count: more })
            | (Self::UnknownGrants { count }, Self::UnknownGrants { count: more })
            | (Self::UnprovedGrants { count }, Self::UnprovedGrants { count: more }) => *count += more,
            _ => return false,
        }
        true
    }
}
