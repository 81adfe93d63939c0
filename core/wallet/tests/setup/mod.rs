//! A wallet in a folder of its own, as every test here needs one.

#![allow(dead_code, unreachable_pub, reason = "shared by test files, each of which uses a part")]

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keepwell_protocol::crypto::words::{Language, Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::domain::Timestamp;
use keepwell_wallet::{
    Clock, FreshAuthentication, ImportOptions, ImportReport, Query, RecordSummary, SoftwareDeviceKey, Wallet,
    WalletError,
};

/// A clock that a test turns.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicU64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000)))
    }
}

impl TestClock {
    pub fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// A folder, the clock and the PIN of the wallet in it.
pub struct Place {
    dir: tempfile::TempDir,
    pub clock: TestClock,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), clock: TestClock::default() }
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home().join("wallet").join(name)
    }

    pub fn create(&self) -> (Wallet, FreshAuthentication) {
        create(&self.home(), &self.clock, 1)
    }

    pub fn open(&self) -> Result<Wallet, WalletError> {
        Wallet::open(&self.home(), device(&self.home()), Box::new(self.clock.clone()), Rng::system())
    }

    pub fn unlock(&self) -> Result<(Wallet, FreshAuthentication), WalletError> {
        let mut wallet = self.open()?;
        let fresh = wallet.unlock(&pin())?;
        Ok((wallet, fresh))
    }

    /// The code of the error that unlocking ends in.
    pub fn refusal(&self) -> &'static str {
        self.unlock().map(|_| ()).unwrap_err().code()
    }
}

pub fn pin() -> Pin {
    Pin::parse("739174").unwrap()
}

/// The recovery words of one of the wallets here; they have no passphrase.
pub fn words(of: u8) -> RecoveryWords {
    RecoveryWords::from_entropy(&[of; 32], Language::English).unwrap()
}

pub fn device(home: &Path) -> Box<SoftwareDeviceKey> {
    Box::new(SoftwareDeviceKey::open_or_create(&home.join("device.key"), &mut Rng::system()).unwrap())
}

pub fn create(home: &Path, clock: &TestClock, of: u8) -> (Wallet, FreshAuthentication) {
    let (words, passphrase, clock) = (words(of), Passphrase::none(), Box::new(clock.clone()));
    Wallet::create(home, &words, &passphrase, &pin(), device(home), clock, Rng::system()).unwrap()
}

pub fn import(wallet: &mut Wallet, bytes: &[u8]) -> Result<ImportReport, WalletError> {
    import_as(wallet, bytes, &ImportOptions::default())
}

pub fn import_as(
    wallet: &mut Wallet,
    bytes: &[u8],
    options: &ImportOptions,
) -> Result<ImportReport, WalletError> {
    let bytes = bytes.to_vec();
    let mut open = || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
    wallet.import(&mut open, options, &mut |_| ControlFlow::Continue(()))
}

pub fn list(wallet: &Wallet) -> Vec<RecordSummary> {
    let mut query = Query { limit: 1_000, ..Query::default() };
    let mut all = Vec::new();
    loop {
        let page = wallet.records(&query).unwrap();
        all.extend(page.records);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return all,
        }
    }
}

/// The folder with the sample records, or none where it is absent; in CI it must be there.
pub fn data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let data = std::env::var_os("KEEPWELL_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if data.join("fhir/expected.json").exists() {
        return Some(data);
    }
    assert!(std::env::var_os("CI").is_none(), "no sample records: set KEEPWELL_DATA");
    println!("skipped: no sample records, see KEEPWELL_DATA");
    None
}
