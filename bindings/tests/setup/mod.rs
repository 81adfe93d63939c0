//! What the tests of the bindings share: a wallet in a folder, an app's device key and transport, real servers.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared by test files, each of which uses a part"
)]

mod device_key;
mod gate;
mod servers;

pub use device_key::{AppDeviceKey, Behaviour};
pub use gate::Gate;
pub use servers::{InvitingHost, ServerProcesses};

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keepwell::{
    Authentication, ImportSource, Pin, RecoveryWords, Wallet, WalletConfig, WalletError, create_wallet,
};
use keepwell_wallet::ImportOptions;

pub const PIN: &[u8] = b"305814";

/// A PIN that can be one.
pub fn typed_pin(digits: &[u8]) -> Arc<Pin> {
    Pin::new(digits.to_vec()).unwrap()
}

/// A folder with a wallet in it, and its device key.
pub struct Place {
    folder: tempfile::TempDir,
    pub device_key: Arc<AppDeviceKey>,
    pub words: Arc<RecoveryWords>,
}

impl Place {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            device_key: Arc::default(),
            words: RecoveryWords::generate().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self) -> WalletConfig {
        WalletConfig {
            home: self.path("home").to_str().unwrap().to_owned(),
            device_key: self.device_key.clone(),
            device_key_deadline: Some(Duration::from_millis(500)),
            http_client: None,
            accept_demonstration_ledger: true,
        }
    }

    pub fn create(&self) -> (Arc<Wallet>, Arc<Authentication>) {
        self.create_with(self.config())
    }

    pub fn create_with(&self, config: WalletConfig) -> (Arc<Wallet>, Arc<Authentication>) {
        let made = wait(create_wallet(config, self.words.clone(), typed_pin(PIN), None)).unwrap();
        (made.wallet, made.authentication)
    }
}

pub fn unlock(wallet: &Wallet) -> Result<Arc<Authentication>, WalletError> {
    wait(wallet.unlock(typed_pin(PIN), None))
}

/// Imports these lines of NDJSON, as from one hospital: what comes later may refer to the Patient of before.
pub fn import(wallet: &Wallet, lines: &str) {
    let source = ImportSource::Bytes { bytes: lines.as_bytes().to_vec() };
    let options = ImportOptions { source: Some("hospital".into()), patient: None };
    wait(wallet.import_records(source, options, None)).unwrap();
}

/// The patient of the demo.
pub fn sample_patient() -> PathBuf {
    repository().join("fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz")
}

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The call's result, which must come within the time that a person would wait.
pub fn wait<T>(call: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(120), call).await }).unwrap()
}

/// Waits until something has become true.
pub fn eventually(mut is_true: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never became true");
        std::thread::sleep(Duration::from_millis(20));
    }
}
