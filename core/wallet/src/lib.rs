//! The patient's side: encrypted store, network, and one facade.
//!
//! [`Wallet`] is everything that an app or the command line calls; its methods take and give plain
//! data. What lies below is not public.

mod error;
mod facade;
mod net;
mod store;

pub use error::WalletError;
pub use facade::{
    AccessPreview, Activity, ActivityEvent, AnchorDoubt, AtRisk, BrokenFile, CategoryCount, ClinicTold,
    Export, FoundPatient, FreshAuthentication, GrantProof, GrantRequest, GrantView, Healing, HostMove,
    ImportFile, ImportOptions, ImportReach, ImportReport, ImportSummary, LedgerRenewal, LedgerStatus,
    LedgerTrust, Missing, Network, NewShare, NewWallet, Notice, OwnerPerson, PreviewedCategory,
    PreviewedRecord, ProviderName, ProviderState, ProviderSummary, ProviderView, QuarantinedPart, QueuedFor,
    ReadReceipt, Reader, ReceiptFlaw, RecordVersion, RecordView, RequestFlaw, RequestProof, RestoreFrom,
    RestoreProgress, RestoreReport, ResultRow, RetryRefusal, RetryReport, Servers, ShareOpening,
    ShareRequest, ShareState, ShareSummary, StateKind, Status, StoppedBy, SyncOptions, SyncReport, TypeCount,
    UndoReport, VersionStanding, Wallet, open_share,
};
pub use keepwell_net::{AnchorRefused, Clock, SystemClock};
pub use net::RemoteError;
pub use store::quarantine::{
    MAX_QUARANTINED_ITEM, MAX_QUARANTINED_ITEMS, MAX_QUARANTINED_TOTAL, QuarantinedItem,
};
pub use store::records::{Cursor, InvalidCursor, Page, Query, RecordSummary};
pub use store::takeover::OtherWallet;
pub use store::{DeviceKey, DeviceKeyError, DeviceKeyLevel, SoftwareDeviceKey, StoreError};
