//! The wallet for Kotlin and Swift.
//!
//! Nothing happens here: each function is one call of `keepwell_wallet`, done on the wallet's own
//! thread. What is here beside that is what only a boundary needs: one error, cancelling, deadlines for
//! what the app implements, events, and locking when nobody is there.
#![allow(unsafe_code, reason = "the macros of uniffi write the functions that C calls")]

mod authentication;
mod auto_lock;
mod cancellation;
mod connection;
mod deliveries;
mod device_key;
mod error;
mod events;
mod foreign;
mod grants;
mod identifiers;
mod imports;
mod life;
#[cfg(feature = "http")]
mod own_transport;
mod people;
mod preview;
mod qr_code;
mod quarantine;
mod reading;
mod record_view;
mod records;
mod restore_report;
mod shares;
mod standing;
#[cfg(feature = "testing")]
mod testing;
mod transport;
mod wallet;
mod words;
mod worker;

pub use authentication::Authentication;
pub use cancellation::Cancellation;
pub use connection::Servers;
pub use device_key::{DeviceKey, DeviceKeyError};
pub use error::WalletError;
pub use events::{Event, LockReason, Observer, ObserverError, Subscription};
pub use grants::{GrantRequest, ProviderSelection, ProviderView};
pub use imports::{ImportOutcome, ImportSource};
pub use qr_code::{QrCode, qr_code};
pub use records::{ExportReport, RecordQuery};
pub use shares::{NewShare, SharedFile};
#[cfg(feature = "testing")]
pub use testing::{
    BarePage, tell_events, time_records, time_unlock, trigger_panic, trigger_panic_while_reading,
};
pub use transport::{HttpClient, HttpHeader, HttpRequest, HttpResponse, HttpTransportError};
pub use wallet::{
    OpenedWallet, QuizAnswer, RestoredWallet, Wallet, WalletConfig, create_wallet, restore_wallet,
};
pub use words::{RecoveryWords, suggest_words};

/// PINs and words cross in buffers of this library, which this clears when they are freed.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

uniffi::setup_scaffolding!("keepwell");
