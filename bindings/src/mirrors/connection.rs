//! Servers as the wallet knows them, and what a sync came to.

use keepwell_protocol::domain::GrantId;
use keepwell_protocol::ledger::AnchorFingerprint;
use keepwell_wallet::{
    Healing, LedgerStatus, LedgerTrust, OtherWallet, SyncObstacle, SyncOptions, SyncReport,
};

use super::Instant;
use crate::error::WalletError;
use crate::reasons::ArgumentReason;

/// A ledger as this wallet has verified it.
#[uniffi::remote(Record)]
pub struct LedgerStatus {
    pub chain_id: String,
    /// The newest verified height.
    pub height: u64,
    pub time: Instant,
    /// Whether one signer makes it: a demonstration.
    pub is_embedded: bool,
}

/// What the ledger is verified by after a renewal.
#[uniffi::remote(Record)]
pub struct LedgerTrust {
    /// The newest header that was verified.
    pub ledger: LedgerStatus,
    /// Of the anchor that the wallet had.
    pub old: AnchorFingerprint,
    /// Of the anchor that it has now.
    pub new: AnchorFingerprint,
}

/// How to sync.
#[uniffi::remote(Record)]
pub struct SyncOptions {
    /// Move the wallet's anchor on the ledger now.
    #[uniffi(default = false)]
    pub anchor: bool,
    /// How long to wait at most for the ledger to show what was sent; for a revocation that a server has
    /// taken, long enough to try another way.
    pub wait: std::time::Duration,
    /// Send a host that lost its content everything again, however much it is.
    #[uniffi(default = false)]
    pub heal: bool,
}

/// What a sync came to.
#[uniffi::remote(Record)]
pub struct SyncReport {
    /// Commits, transactions and envelopes that a server took.
    pub sent: u64,
    /// Grants of which the ledger said something new.
    pub received: u64,
    /// What is still to be sent or to be proved.
    pub queued: u64,
    /// What was verified of the ledger last; none while the wallet works on its own.
    pub ledger: Option<LedgerStatus>,
    /// Why not everything was done: the first thing that stood in the way, as the error that a call of its own throws.
    pub offline: Option<SyncObstacle>,
    /// When the host answered last, by this device's clock.
    pub host_reached: Option<Instant>,
    /// What was found at a host that had lost what it acknowledged.
    pub healing: Option<Healing>,
    /// What was taken over from another wallet of the same words.
    pub other_wallet: Option<OtherWallet>,
    /// Grants that get nothing new, since nothing was proved of them for three days.
    pub lapsed: Vec<GrantId>,
}

uniffi::custom_type!(SyncObstacle, WalletError, {
    remote,
    lower: |obstacle| obstacle.error().into(),
    // It only goes out.
    try_lift: |_error| Err(WalletError::invalid(ArgumentReason::InvalidText).into()),
});

/// What was taken over from another wallet of the same words.
#[uniffi::remote(Record)]
pub struct OtherWallet {
    /// Record versions that were not here.
    pub records: u64,
    /// Grants that were not here.
    pub grants: u64,
    /// Shares that were not here.
    pub shares: u64,
    /// Providers to whom both had granted under one number: the other wallet's grant stands, and the one made
    /// here, of which nobody had heard, is to be made again.
    pub grants_lost: Vec<String>,
    /// What the other wallet had published and the host does not have: objects, lists and record versions.
    pub missing: u64,
}

/// What was found at a host that is behind what it had acknowledged, and what follows.
#[uniffi::remote(Record)]
pub struct Healing {
    /// The version at which the host is; 0: it was emptied.
    pub host_version: u64,
    /// The version that it had acknowledged.
    pub wallet_version: u64,
    /// Pieces that it has lost or finds damaged.
    pub lost: u64,
    /// How many bytes of records those are: they are sealed and sent again.
    pub bytes: u64,
    /// What the patient called the live shares that ended with it: they can't be put there again.
    pub shares_ended: Vec<String>,
    /// Nothing was sent again yet, for it is more than 20 MB and nobody agreed.
    pub is_waiting: bool,
}
