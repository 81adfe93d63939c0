//! A wallet in a temporary folder, and the servers it talks to on loopback ports.

use std::ops::ControlFlow;

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_wallet::{
    FreshAuthentication, ImportFile, ImportOptions, NewWallet, SoftwareDeviceKey, SystemClock, Wallet,
};
use tempfile::TempDir;

/// The PIN of every wallet here.
pub(crate) fn pin() -> Pin {
    Pin::parse("739164").unwrap()
}

/// A wallet in a folder of its own.
pub(crate) struct Patient {
    /// The folder.
    pub(crate) home: TempDir,
    /// The wallet.
    pub(crate) wallet: Wallet,
    /// The proof that its owner is here.
    pub(crate) fresh: FreshAuthentication,
}

impl Patient {
    /// A new wallet.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (wallet, fresh) = Wallet::create(NewWallet {
            home: &home.path().join("wallet"),
            words: &RecoveryWords::generate(&mut Rng::system()).unwrap(),
            passphrase: &Passphrase::none(),
            pin: &pin(),
            device: Box::new(SoftwareDeviceKey::new(&home.path().join("device.key"))),
            clock: Box::new(SystemClock),
            rng: Rng::system(),
        })
        .unwrap();
        Self { home, wallet, fresh }
    }

    /// Takes a file.
    pub(crate) fn import(&mut self, file: &[u8]) -> keepwell_wallet::ImportReport {
        let mut file = [ImportFile::from_bytes("", file)];
        self.wallet.import(&mut file, &ImportOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap()
    }
}
