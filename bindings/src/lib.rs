//! The wallet for Kotlin and Swift.
//!
//! Nothing happens here: each function is one call of `keepwell_wallet`, done on the wallet's own
//! thread. What is here beside that is what only a boundary needs: one error, cancelling, deadlines for
//! what the app implements, events, and locking when nobody is there.
#![allow(unsafe_code, reason = "the macros of uniffi write the functions that C calls")]

mod activity;
mod authentication;
mod calls;
mod cancellation;
mod connection;
mod error;
mod foreign;
mod grants;
mod imports;
mod mirrors;
mod people;
mod preview;
mod qr_code;
mod quarantine;
mod records;
mod shares;
#[cfg(feature = "testing")]
mod testing;
mod thread;
mod wallet;
mod words;

pub use authentication::Authentication;
pub use cancellation::Cancellation;
pub use connection::Servers;
pub use error::WalletError;
pub use foreign::{
    DeviceKey, DeviceKeyError, Event, HttpClient, HttpHeader, HttpRequest, HttpResponse, HttpTransportError,
    LockReason, Observer, ObserverError,
};
pub use grants::{GrantRequest, ProviderSelection, ProviderView};
pub use imports::{ImportOutcome, ImportSource};
pub use qr_code::{QrCode, qr_code};
pub use records::{ExportReport, RecordQuery};
pub use shares::{NewShare, SharedFile};
#[cfg(feature = "testing")]
pub use testing::{
    BarePage, tell_events, time_records, time_unlock, trigger_panic, trigger_panic_while_reading,
};
pub use thread::Subscription;
pub use wallet::{
    OpenedWallet, QuizAnswer, RestoredWallet, Wallet, WalletConfig, create_wallet, restore_wallet,
};
pub use words::{RecoveryWords, suggest_words};

/// PINs and words cross in buffers of this library, which this clears when they are freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

uniffi::setup_scaffolding!("keepwell");
