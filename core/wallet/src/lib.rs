//! The patient's side: encrypted store, network, and one facade.
//!
//! What an app or the command line calls is here; what lies below is not public, and everything takes and
//! gives plain data. Calls block; those that speak to a server take a [`Network`].
//!
//! Three types to know:
//! - [`Wallet`]: a wallet in its home folder. It is locked until a PIN and the device's key, or the recovery
//!   words, unlock it.
//! - [`DeviceKey`]: the secret that stays in this device, which the app brings; [`SoftwareDeviceKey`] keeps
//!   it in a file.
//! - [`FreshAuthentication`]: proof that the owner was here just now, for what must not happen without them:
//!   [`Wallet::grant`], [`Wallet::export`], [`Wallet::erase`].
//!
//! ```
//! # use keepwell_protocol::crypto::PinParameters;
//! use std::ops::ControlFlow;
//!
//! use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
//! use keepwell_protocol::crypto::{Pin, Rng};
//! use keepwell_wallet::{
//!     ImportFile, ImportOptions, NewWallet, Query, SoftwareDeviceKey, SystemClock, Wallet,
//! };
//!
//! # PinParameters::cost_least_in_this_thread();
//! let folder = tempfile::tempdir()?;
//! let device = Box::new(SoftwareDeviceKey::new(&folder.path().join("device.key")));
//! let (clock, mut rng) = (Box::new(SystemClock), Rng::system());
//! let (words, none) = (RecoveryWords::generate(&mut rng)?, Passphrase::none());
//! let (home, pin) = (folder.path().join("wallet"), Pin::choose("271828")?);
//! let new = NewWallet { home: &home, words: &words, passphrase: &none, pin: &pin, device, clock, rng };
//! let (mut wallet, _) = Wallet::create(new)?;
//!
//! let patient = br#"{"resourceType":"Patient","id":"7","birthDate":"1981-04-12"}"#;
//! let mut files = [ImportFile::from_bytes("patient.json", patient)];
//! wallet.import(&mut files, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
//! assert_eq!(wallet.records(&Query::default())?.records.len(), 1);
//!
//! wallet.lock();
//! assert!(wallet.records(&Query::default()).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod engine;
mod error;
mod facade;
mod net;
mod records_view;
mod restore;
mod store;

pub use engine::activity::{Activity, ActivityEvent, ActivityLog, GrantActivity, GrantRefusal};
pub use engine::authentication::FreshAuthentication;
pub use engine::evidence::{ReadReceipt, ReceiptFlaw, RequestFlaw, RequestProof};
pub use engine::granting::GrantRequest;
pub use engine::healing::Healing;
pub use engine::moving::ClinicTold;
pub use engine::online::{LedgerStatus, Network, Servers};
pub use engine::own_space::report::{AnchorDoubt, Missing, RestoreProgress, RestoreReport, StateKind};
pub use engine::provider_log_findings::{
    LogMembership, ProviderLog, ProviderLogFlaw, ProviderLogState, UnshownRead,
};
pub use engine::providers::{ProviderName, ProviderState, ProviderSummary, ProviderView};
pub use engine::sealing::LedgerQuestions;
pub use engine::sync::{QueuedFor, SyncOptions, SyncReport};
pub use error::{FoundPatient, SyncObstacle, WalletError};
pub use facade::{
    AccessRequestAnswer, Audit, AuditExport, AuditedEvent, AutoLock, BrokenFile, CardContents, Check,
    CheckFault, CheckName, Choices, ConnectionOffer, Export, ExposedVersion, Exposure, GrantChoice,
    GrantExtension, GrantProof, HeldCard, HostMove, ImportFile, ImportOptions, ImportReach, ImportReport,
    ImportSummary, InvalidConnection, KeptReceipt, LedgerRenewal, LedgerTrust, LinkForm, NewReads, NewShare,
    News, Notice, OwnerPerson, PreparedWallet, QuarantinedPart, QuizAnswer, ReadProof, Reader, RecordsRead,
    RetryRefusal, RetryReport, ShareFormat, ShareOpening, SharePreview, ShareRequest, SharedIdentityDetail,
    SignedRevocation, Snapshot, SourceRequest, SourceSync, SourceView, TimeStampProof, UndoReport, Wallet,
    check_quiz, find_providers, open_share,
};
pub use keepwell_net::{AnchorRefused, Clock, IssuerError, SystemClock};
pub use keepwell_source::{SkipReason, Skipped, SourceError};
pub use net::RemoteError;
pub use records_view::access_request::{AccessRequestState, AccessRequestView};
pub use records_view::attachment::Attachment;
pub use records_view::grant::{GrantView, StoppedBy};
pub use records_view::list::{CategoryCount, TypeCount};
pub use records_view::overview::{Current, LatestResult, Overview, ToDo, Trend};
pub use records_view::preview::{AccessPreview, PreviewedCategory, PreviewedRecord};
pub use records_view::record::{RecordView, ResultRow};
pub use records_view::sensitive::SensitiveRecord;
pub use records_view::share::{ShareOutcome, ShareState, ShareSummary};
pub use records_view::status::{AtRisk, Status};
pub use restore::{NewWallet, RestoreFrom};
pub use store::brands::FoundBrand;
pub use store::quarantine::{
    MAX_QUARANTINED_ITEM, MAX_QUARANTINED_ITEMS, MAX_QUARANTINED_TOTAL, QuarantinedItem,
};
pub use store::records::{
    Cursor, InvalidCursor, Page, Query, RecordOrder, RecordSummary, RecordVersion, VersionStanding,
};
pub use store::takeover::OtherWallet;
pub use store::time_stamps::TimeStampCounts;
pub use store::{DeviceKey, DeviceKeyError, DeviceKeyLevel, DeviceKeyPurpose, SoftwareDeviceKey, StoreError};
