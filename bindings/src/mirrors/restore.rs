//! What a restore came to.

use keepwell_protocol::domain::Category;
use keepwell_wallet::{AnchorDoubt, Missing, RestoreReport, StateKind};

use super::Instant;

/// What came back, and what did not.
#[uniffi::remote(Record)]
pub struct RestoreReport {
    /// Eight hex characters by which its owner knows the wallet.
    pub fingerprint: String,
    /// The URL of the host that has the space: the one that was named, or where that says it has moved.
    pub host: String,
    pub records: u64,
    pub grants: u64,
    pub shares: u64,
    /// As of which version of the space.
    pub version: u64,
    /// As of when that version was made.
    pub time: Instant,
    /// Whether the ledger vouches for that version or one shortly before; if not, what is missing says why.
    pub anchored: bool,
    /// As of when the ledger does: the time of a header that was at most an hour old.
    pub anchored_as_of: Option<Instant>,
    /// How many gateways said so.
    pub gateways: u32,
    /// What is not back or not certain, each kind once.
    pub missing: Vec<Missing>,
}

/// Something that is not back, or not certain; counts are at least one.
#[uniffi::remote(Enum)]
pub enum Missing {
    /// Versions of records that are not at the host, or are damaged there.
    Versions {
        /// Their category; none where only a grant of its own scope listed them.
        category: Option<Category>,
        count: u64,
    },
    /// Versions of records that only a newer program reads.
    NewerVersions { count: u64 },
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
    State { kind: StateKind, count: u64 },
    /// Objects of the wallet's own state that a newer program wrote and this one leaves as they are.
    NewerState { count: u64 },
    /// Sets of records that nothing readable names, so that they can't be opened.
    Compartments { count: u64 },
    /// Grants that the ledger has and this state does not know; they can be revoked by number.
    UnknownGrants { count: u64 },
    /// Grants about which the ledger was not heard; they are as this state has them.
    UnprovedGrants { count: u64 },
    /// The proof that this is the newest state.
    Anchor { because: AnchorDoubt },
}

/// What an object of the wallet's own state is about.
#[uniffi::remote(Enum)]
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
    /// Which references stand for the owner.
    Owner,
    Delivery,
    /// Which wallet of these words acts.
    Takeover,
    /// It can't be told.
    Unknown,
}

/// Why the ledger does not vouch for a state.
#[uniffi::remote(Enum)]
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
