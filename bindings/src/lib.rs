//! The wallet for Kotlin and Swift.
//!
//! No rule about records, grants or shares is decided here. What is, is what a boundary needs: when the wallet locks
//! by itself, how long an app's answer is waited for, how often progress is told. [`Wallet`] is what an
//! app holds, [`WalletConfig`] what it brings, [`WalletError`] how a call fails.
//!
//! - `wallet` makes, opens, locks and releases a wallet; `authentication`, `secrets`, `words` and `cancellation` are
//!   what an app holds beside it.
//! - `calls` brings a call to the wallet's thread and its answer back; `thread` is that thread, the one that
//!   reads beside it, locking when nobody is there, events and transports.
//! - `foreign` is what the app implements, called with a deadline: its device's key, HTTP, a file
//!   that the library can't open itself, to read or to write, an observer.
//! - `mirrors` are the core's plain data; `error` maps every failure of the core in one place.
//! - All other files are forwards, one topic each.
//!
//! ```
//! use keepwell::{ImportOutcome, ImportSource, Pin, RecordQuery, RecoveryWords, WalletError, create_wallet};
//! # use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
//! # use keepwell::{DeviceKey, DeviceKeyError, WalletConfig};
//! # use keepwell_wallet::DeviceKeyPurpose as Purpose;
//! # #[derive(Default)]
//! # struct NoKey(AtomicU64);
//! # #[async_trait::async_trait]
//! # impl DeviceKey for NoKey {
//! #     async fn wrap(&self, _: Purpose, _: Vec<u8>, secret: Vec<u8>) -> Result<Vec<u8>, DeviceKeyError> {
//! #         Ok(secret)
//! #     }
//! #     async fn unwrap(&self, _: Purpose, _: Vec<u8>, wrapped: Vec<u8>) -> Result<Vec<u8>, DeviceKeyError> {
//! #         Ok(wrapped)
//! #     }
//! #     async fn delete(&self, _: Purpose) -> Result<(), DeviceKeyError> { Ok(()) }
//! #     async fn counter(&self) -> Result<u64, DeviceKeyError> { Ok(self.0.load(Ordering::SeqCst)) }
//! #     async fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
//! #         self.0.store(value, Ordering::SeqCst);
//! #         Ok(())
//! #     }
//! #     async fn level(&self) -> Result<keepwell_wallet::DeviceKeyLevel, DeviceKeyError> {
//! #         Ok(keepwell_wallet::DeviceKeyLevel::Software)
//! #     }
//! # }
//! # let home = tempfile::tempdir().unwrap();
//! # let config = WalletConfig {
//! #     home: home.path().to_str().unwrap().to_owned(),
//! #     device_key: Arc::new(NoKey::default()),
//! #     device_key_deadline: None,
//! #     http_client: None,
//! #     accept_demonstration_ledger: false,
//! # };
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! // `config` names a folder and the app's device key; a passphrase may come beside the words.
//! let (words, pin) = (RecoveryWords::generate()?, Pin::new(b"271828".to_vec())?);
//! let wallet = create_wallet(config, words, pin, None).await?.wallet;
//! let bytes = br#"{"resourceType": "AllergyIntolerance", "id": "1"}"#.to_vec();
//! let imported = wallet.import_records(ImportSource::Bytes { bytes }, Default::default(), None).await?;
//! assert!(matches!(imported, ImportOutcome::Imported { report } if report.added == 1));
//! let query = RecordQuery { limit: 50, ..RecordQuery::default() };
//! assert_eq!(wallet.records(query.clone()).await?.records.len(), 1);
//! wallet.lock().await?;
//! assert_eq!(wallet.records(query).await, Err(WalletError::Locked));
//! # Ok::<(), WalletError>(())
//! # }).unwrap();
//! ```
#![allow(unsafe_code, reason = "the macros of uniffi write the functions that C calls")]

mod access_requests;
mod activity;
mod audit;
mod authentication;
mod calls;
mod cancellation;
mod choices;
mod connection;
mod connection_offer;
mod error;
mod evidence;
mod foreign;
mod grants;
mod imports;
mod mirrors;
mod overview;
mod people;
mod preview;
#[cfg(feature = "pdf")]
mod printing;
mod qr_code;
mod quarantine;
mod reasons;
mod records;
mod safety;
mod secrets;
mod servers;
mod shares;
mod sources;
#[cfg(feature = "testing")]
mod testing;
mod thread;
mod trust;
mod typed_words;
mod wallet;
mod words;
mod words_quiz;

pub use audit::AuditExportReport;
pub use authentication::Authentication;
pub use cancellation::Cancellation;
pub use choices::choices;
pub use connection::LedgerQuestions;
pub use connection_offer::{ConnectionOffer, read_connection};
pub use error::WalletError;
pub use evidence::{DecisionReceipt, RecordTimeStamp, RecordedDecision};
pub use foreign::{
    DeviceKey, DeviceKeyError, Event, ExportSink, ExportSinkError, HttpClient, HttpHeader, HttpRequest,
    HttpResponse, HttpTransportError, ImportStream, ImportStreamError, LockReason, Observer, ObserverError,
};
pub use grants::{GrantExtension, GrantRequest, ProviderSelection, ProviderView, find_providers};
pub use imports::{ImportOutcome, ImportSource};
pub use qr_code::{QrCode, qr_code};
pub use quarantine::QuarantinedItem;
pub use reasons::{
    ArgumentReason, ConnectionReason, DeviceKeyReason, FileReason, GrantReason, LinkReason, NotFoundReason,
    OfflineReason, PinReason, ProviderReason, QuarantineReason, ServerReason, ShareReason, StorageReason,
    UntrustedReason, WordsReason,
};
pub use records::{ExportReport, RecordQuery};
pub use secrets::{Passphrase, Pin};
pub use servers::Servers;
pub use shares::{
    ManifestRequest, NewShare, ShareLinkPreview, ShareRequest, SharedFile, check_share_passcode,
    read_share_link, share_link_for_browser,
};
pub use sources::{SkippedRecords, SourceOutcome, SourceSync, SourceView};
#[cfg(feature = "testing")]
pub use testing::{
    BarePage, tell_events, time_records, time_unlock, trigger_panic, trigger_panic_while_reading,
};
pub use thread::Subscription;
pub use trust::{LedgerRenewal, read_anchor_fingerprint};
pub use typed_words::{TypedWord, TypedWordState, TypedWords, read_typed_words};
pub use wallet::{
    OpenedWallet, QuizAnswer, RestoredWallet, Wallet, WalletConfig, create_wallet, restore_wallet,
};
pub use words::{RecoveryWords, suggest_words};

/// PINs and words cross in buffers of this library, which this clears when they are freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

uniffi::setup_scaffolding!("keepwell");
