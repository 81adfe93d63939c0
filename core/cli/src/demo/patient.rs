//! The patient of the story and their wallet.

use std::path::Path;

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_wallet::{FreshAuthentication, NewWallet, SoftwareDeviceKey, SystemClock, Wallet};

use crate::failure::Failure;

/// The PIN of everybody in the story.
pub(super) const PIN: &str = "271828";

/// The patient, with the wallet open.
pub(super) struct Patient {
    pub(super) wallet: Wallet,
    /// What a fresh authentication gave; each command of the command line has its own.
    pub(super) fresh: FreshAuthentication,
    /// What the patient wrote down.
    pub(super) words: RecoveryWords,
}

impl Patient {
    /// Makes a wallet with new words.
    pub(super) fn create(home: &Path) -> Result<Self, Failure> {
        let mut rng = Rng::system();
        let words = RecoveryWords::generate(&mut rng)?;
        let (passphrase, pin, clock) = (Passphrase::none(), Pin::choose(PIN)?, Box::new(SystemClock));
        let (wallet, fresh) = Wallet::create(NewWallet {
            home,
            words: &words,
            passphrase: &passphrase,
            pin: &pin,
            device: device_key(home)?,
            clock,
            rng,
        })?;
        Ok(Self { wallet, fresh, words })
    }
}

pub(super) fn device_key(home: &Path) -> Result<Box<SoftwareDeviceKey>, Failure> {
    Ok(Box::new(SoftwareDeviceKey::new(&home.join("device.key"))))
}
