//! A wallet in a temporary folder, and the servers it talks to on loopback ports.

use std::io::Cursor;
use std::ops::ControlFlow;

use keepwell_protocol::crypto::{Pin, Rng, Seed};
use keepwell_wallet::{FreshAuthentication, ImportOptions, SoftwareDeviceKey, SystemClock, Wallet};
use tempfile::TempDir;
use zeroize::Zeroizing;

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
        let seed = Seed::from_bytes(&Rng::system().array().unwrap());
        let words = Zeroizing::new("bench".to_owned());
        let (wallet, fresh) = Wallet::create(
            &home.path().join("wallet"),
            seed,
            words,
            &pin(),
            Box::new(
                SoftwareDeviceKey::open_or_create(&home.path().join("device.key"), &mut Rng::system())
                    .unwrap(),
            ),
            Box::new(SystemClock),
            Rng::system(),
        )
        .unwrap();
        Self { home, wallet, fresh }
    }

    /// Takes a file.
    pub(crate) fn import(&mut self, file: &[u8]) -> keepwell_wallet::ImportReport {
        let mut open = || Ok(Box::new(Cursor::new(file.to_vec())) as Box<dyn std::io::Read>);
        self.wallet.import(&mut open, &ImportOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap()
    }
}
