//! The ledger as every party sees it: transactions, state, proofs and how they are verified.
//!
//! No engine and no network: what makes blocks and serves them is `keepwell-ledger`.

mod anchor;
mod anchor_fingerprint;
mod batch;
mod body;
mod bundle;
mod card;
mod equivocation;
mod error;
mod existence;
#[cfg(any(test, feature = "testing"))]
mod fake;
mod gateway;
mod governing;
mod grant_receipt;
mod kind;
mod light_block;
mod merkle;
mod merkle_log;
mod network_state;
mod provider_code;
mod revocation_code;
mod roots;
mod state;
mod transaction;
mod trust;
mod validator;
mod verdict;
mod verify;

pub use anchor::{AnchorError, AppState, Genesis, TrustAnchor};
pub use anchor_fingerprint::{AnchorFingerprint, InvalidAnchorFingerprint};
pub use batch::{KeyProof, ProofBatch, ProofRequest, verify_batch};
pub use body::{
    Amend, Close, Grant, GrantNewAccount, RegisterProvider, Revoke, RotateKey, SuspendProvider, Transaction,
    UpdateProvider,
};
pub use bundle::ProofBundle;
pub use card::{Card, CardError, SignedCard};
pub use equivocation::{Equivocated, Equivocation, verify_equivocation, verify_signed};
pub use error::ProofError;
pub use existence::{
    BatchReceipt, EntryGroup, EntryReceipt, Existence, ExistenceProof, GroupPlace, batch_entry, path_bytes,
    verify_entry, verify_existence,
};
#[cfg(any(test, feature = "testing"))]
pub use fake::{FakeBlock, FakeLedger};
pub use gateway::{ChainStatus, Directory, DirectoryEntry, EngineStopped, GatewayIds};
pub use governing::{
    Action, AnchorBatch, AuditCheckpoint, GovernanceAction, MoveChain, SetAggregator, SetBlockSize,
    SetGateway, SetGovernance, SetValidator, UpdateGateway, Upgrade,
};
pub use grant_receipt::{GrantReceipt, RecordedGrant, verify_grant_receipt};
pub use kind::Kind;
pub use light_block::LightBlock;
pub use merkle::{MerkleTree, merkle_leaf, merkle_node, merkle_root_over};
pub use merkle_log::MerkleLog;
pub use network_state::{
    ActionsTaken, AggregatorRecord, AuditRecord, BlockSize, GatewayRecord, KeyConfiguration, NextChain,
    PlannedUpgrade, ValidatorSet,
};
pub use provider_code::ProviderCode;
pub use revocation_code::RevocationCode;
pub use roots::{StoreRoots, TreeHasher};
pub use state::{
    AccountRecord, AccountStatus, Governance, GrantRecord, GrantStatus, ProviderRecord, ProviderStatus,
    StateKey, SweepHorizon,
};
pub use transaction::{SignedTransaction, Signer, TransactionError, TransactionSignature};
pub use trust::{TrustPolicy, TrustedState};
pub use validator::{Validator, may_fail};
pub use verdict::{LedgerVerdict, ledger_verdict};
pub use verify::{APP_VERSIONS, BLOCK_PROTOCOL, Verified, VerifiedHeader, verify, verify_light_block};
