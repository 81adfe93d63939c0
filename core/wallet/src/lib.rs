//! The patient's side: encrypted store, network, and one facade.
//!
//! [`Wallet`] is everything that an app or the command line calls; its methods take and give plain
//! data. What lies below is not public.

mod engine;
mod error;
mod facade;
mod net;
mod records_view;
mod restore;
mod store;

pub use engine::authentication::FreshAuthentication;
pub use engine::evidence::{ReadReceipt, ReceiptFlaw, RequestFlaw, RequestProof};
pub use engine::healing::Healing;
pub use engine::moving::ClinicTold;
pub use engine::online::{LedgerStatus, Network, Servers};
pub use engine::own_space::report::{AnchorDoubt, Missing, RestoreProgress, RestoreReport, StateKind};
pub use engine::providers::{ProviderName, ProviderState, ProviderSummary, ProviderView};
pub use engine::sync::{QueuedFor, SyncOptions, SyncReport};
pub use error::{FoundPatient, WalletError};
pub use facade::{
    Activity, ActivityEvent, AtRisk, BrokenFile, Export, GrantChoice, GrantProof, GrantRequest, GrantView,
    HostMove, ImportFile, ImportOptions, ImportReach, ImportReport, ImportSummary, LedgerRenewal,
    LedgerTrust, NewShare, NewWallet, News, Notice, OwnerPerson, QuarantinedPart, QuizAnswer, Reader,
    RetryRefusal, RetryReport, ShareOpening, ShareRequest, ShareState, ShareSummary, Status, StoppedBy,
    UndoReport, Wallet, open_share,
};
pub use keepwell_net::{AnchorRefused, Clock, SystemClock};
pub use net::RemoteError;
pub use records_view::list::{CategoryCount, TypeCount};
pub use records_view::preview::{AccessPreview, PreviewedCategory, PreviewedRecord};
pub use records_view::record::{RecordView, ResultRow};
pub use restore::RestoreFrom;
pub use store::quarantine::{
    MAX_QUARANTINED_ITEM, MAX_QUARANTINED_ITEMS, MAX_QUARANTINED_TOTAL, QuarantinedItem,
};
pub use store::records::{Cursor, InvalidCursor, Page, Query, RecordSummary, RecordVersion, VersionStanding};
pub use store::takeover::OtherWallet;
pub use store::{DeviceKey, DeviceKeyError, DeviceKeyLevel, SoftwareDeviceKey, StoreError};
