//! A wallet in a folder of its own, as every test here needs one.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keepwell_protocol::crypto::words::{Language, Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::domain::Timestamp;
use keepwell_wallet::{
    Clock, FreshAuthentication, ImportFile, ImportOptions, ImportReport, NewWallet, Query, RecordSummary,
    SoftwareDeviceKey, Wallet, WalletError,
};

/// These tests once more, as another process; under the emulator that runs them, where one does (`dev.d/arm64`).
pub(crate) fn this_program() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "exec $KEEPWELL_EMULATOR \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    command
}

/// A clock that a test turns: what the wall shows, and for how long the device has been on.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>, Arc<AtomicU64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000)), Arc::new(AtomicU64::new(5_000)))
    }
}

impl TestClock {
    /// Time passes.
    pub(crate) fn forward(&self, seconds: u64) {
        self.turn_forward(seconds);
        self.1.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Somebody turns the clock on the wall.
    pub(crate) fn turn_forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Somebody turns the clock on the wall.
    pub(crate) fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.1.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) {
        self.forward(duration.as_secs());
    }
}

/// A folder, the clock and the PIN of the wallet in it.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    pub(crate) clock: TestClock,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), clock: TestClock::default() }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home().join("wallet").join(name)
    }

    pub(crate) fn create(&self) -> (Wallet, FreshAuthentication) {
        create(&self.home(), &self.clock, 1)
    }

    pub(crate) fn open(&self) -> Result<Wallet, WalletError> {
        Wallet::open(&self.home(), device(&self.home()), Box::new(self.clock.clone()), Rng::system())
    }

    pub(crate) fn unlock(&self) -> Result<(Wallet, FreshAuthentication), WalletError> {
        let mut wallet = self.open()?;
        let fresh = wallet.unlock(&pin())?;
        Ok((wallet, fresh))
    }

    /// The code of the error that unlocking ends in.
    pub(crate) fn refusal(&self) -> &'static str {
        self.unlock().map(|_| ()).unwrap_err().code()
    }
}

pub(crate) fn pin() -> Pin {
    Pin::parse("739174").unwrap()
}

/// The recovery words of one of the wallets here; they have no passphrase.
pub(crate) fn words(of: u8) -> RecoveryWords {
    RecoveryWords::from_entropy(&[of; 32], Language::English).unwrap()
}

pub(crate) fn device(home: &Path) -> Box<SoftwareDeviceKey> {
    Box::new(SoftwareDeviceKey::new(&home.join("device.key")))
}

pub(crate) fn create(home: &Path, clock: &TestClock, of: u8) -> (Wallet, FreshAuthentication) {
    let (words, passphrase, clock) = (words(of), Passphrase::none(), Box::new(clock.clone()));
    Wallet::create(NewWallet {
        home,
        words: &words,
        passphrase: &passphrase,
        pin: &pin(),
        device: device(home),
        clock,
        rng: Rng::system(),
    })
    .unwrap()
}

/// Imports as from one hospital: what comes later may refer to the Patient of before.
pub(crate) fn import(wallet: &mut Wallet, bytes: &[u8]) -> Result<ImportReport, WalletError> {
    let options = ImportOptions { source: Some("hospital".into()), patient: None };
    import_as(wallet, bytes, &options)
}

pub(crate) fn import_as(
    wallet: &mut Wallet,
    bytes: &[u8],
    options: &ImportOptions,
) -> Result<ImportReport, WalletError> {
    wallet.import(&mut [ImportFile::from_bytes("", bytes)], options, &mut |_| ControlFlow::Continue(()))
}

pub(crate) fn list(wallet: &Wallet) -> Vec<RecordSummary> {
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
