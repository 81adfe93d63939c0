//! What a person does with a wallet: one file for each thing, plain data in and out.

mod activity;
pub(crate) mod connect;
mod deliveries;
mod export_history;
mod grants;
mod import;
mod naming;
mod people;
mod quarantine;
mod reader;
pub(crate) mod records;
pub(crate) mod revoke;
mod share_selection;
pub(crate) mod shares;
mod takeover;
mod trust;
pub(crate) mod unlock;
mod verify;
pub(crate) mod wallet;

pub use activity::{Activity, ActivityEvent};
pub use connect::{LedgerStatus, Servers};
pub use deliveries::{ImportReach, ImportSummary, RecordVersion, UndoReport, VersionStanding};
pub use grants::{GrantRequest, GrantView, StoppedBy};
pub use import::{
    BrokenFile, FoundPatient, ImportFile, ImportOptions, ImportReport, Notice, QuarantinedPart,
};
pub use people::OwnerPerson;
pub use quarantine::{RetryRefusal, RetryReport};
pub use reader::Reader;
pub use records::{CategoryCount, Export};
pub use shares::{NewShare, ShareOpening, ShareRequest, ShareState, ShareSummary, TypeCount, open_share};
pub use trust::{LedgerRenewal, LedgerTrust};
pub use unlock::FreshAuthentication;
pub use verify::GrantProof;
pub use wallet::{AtRisk, NewWallet, Status, Wallet};
