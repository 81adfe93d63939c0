//! What a person does with a wallet: one file for each thing, plain data in and out.

mod activity;
mod anchor;
mod connect;
mod grants;
mod import;
mod online;
mod owner;
mod preview;
mod providers;
mod publish;
mod publishing;
mod records;
mod restore;
mod revoke;
mod share_selection;
mod shares;
mod sync;
mod unlock;
mod verify;
mod wallet;

pub use activity::{Activity, ActivityEvent};
pub use connect::{LedgerStatus, Servers};
pub use grants::{GrantRequest, GrantView};
pub use import::{ImportOptions, ImportReport, QuarantinedPart};
pub use online::Network;
pub use owner::FoundPatient;
pub use preview::PreviewedRecord;
pub use providers::{ProviderName, ProviderState, ProviderSummary, ProviderView};
pub use records::{CategoryCount, Export};
pub use restore::{RestoreFrom, RestoreReport};
pub use shares::{NewShare, ShareOpening, ShareRequest, ShareState, ShareSummary, TypeCount, open_share};
pub use sync::{SyncOptions, SyncReport};
pub use unlock::FreshAuthentication;
pub use verify::GrantProof;
pub use wallet::{Status, Wallet};
