//! Where a wallet is restored: the folder that an interrupted restore left, if it is of the same words.

use std::path::Path;

use keepwell_net::Clock;
use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{Pin, Rng};

use super::staged::Staged;
use crate::error::WalletError;
use crate::store::{DeviceKey, Home, Opened, Slots, Store, StoreError, WalletFiles};

/// What slots are made from.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    pub(crate) words: &'a RecoveryWords,
    pub(crate) passphrase: &'a Passphrase,
    /// The new PIN, also where an earlier try had another.
    pub(crate) pin: &'a Pin,
}

impl Staged {
    /// Goes on with the restore of these words that was broken off in `home`, or begins one; what was
    /// fetched by other words, or does not open, is removed.
    ///
    /// # Errors
    /// [`StoreError::WalletExists`]; [`StoreError`] if the files or the device's key can't be used.
    pub(crate) fn to_restore(
        home: &Path,
        secrets: Secrets<'_>,
        device: Box<dyn DeviceKey>,
        clock: Box<dyn Clock>,
        mut rng: Rng,
    ) -> Result<Self, WalletError> {
        let home = Home::lock(home)?;
        if home.wallet().exist() {
            return Err(StoreError::WalletExists.into());
        }
        let files = home.restored();
        match reopen(files.files(), secrets, device.as_ref(), clock.as_ref(), &mut rng) {
            Ok(opened) => Ok(Self { home, files, device, clock, rng, opened }),
            Err(error) if is_about_the_place(&error) => Err(error.into()),
            Err(_) => Self::begin_to_restore(home, secrets, device, clock, rng),
        }
    }

    /// Removes what was fetched and begins again.
    pub(crate) fn begin_again(self, secrets: Secrets<'_>) -> Result<Self, WalletError> {
        let Self { home, device, clock, rng, .. } = self;
        Self::begin_to_restore(home, secrets, device, clock, rng)
    }

    fn begin_to_restore(
        home: Home,
        secrets: Secrets<'_>,
        device: Box<dyn DeviceKey>,
        clock: Box<dyn Clock>,
        rng: Rng,
    ) -> Result<Self, WalletError> {
        let files = home.begin_restored()?;
        let Secrets { words, passphrase, pin } = secrets;
        Self::begin(home, files, words, passphrase, pin, device, clock, rng)
    }
}

/// Opens what an interrupted restore left, by its words, and gives it the new PIN.
///
/// The slots are made anew and not replaced: the state log is going to hold the numbers that it had in
/// the lost wallet, so nothing is appended to it here.
fn reopen(
    files: &WalletFiles,
    secrets: Secrets<'_>,
    device: &dyn DeviceKey,
    clock: &dyn Clock,
    rng: &mut Rng,
) -> Result<Opened, StoreError> {
    let slots = Slots::read(files.clone())?;
    let wallet = slots.wallet();
    let found = slots.open_with_words(&secrets.words.seed(secrets.passphrase), device, rng)?;
    let opened = found.opened;
    if found.device_was_lost {
        Store::reseal(files, wallet, &opened.key, &opened.secret, rng)?;
    }
    let slots = Slots::create(files.clone(), wallet, &opened, secrets.pin, device, rng)?;
    let secret = opened.secret.duplicate();
    Store::open(files.clone(), wallet, &opened.key, secret, slots.revision(), clock.now(), rng)?;
    Ok(opened)
}

/// Whether an error says nothing about what an interrupted restore left.
fn is_about_the_place(error: &StoreError) -> bool {
    match error {
        StoreError::Busy
        | StoreError::UnsafePlace { .. }
        | StoreError::DiskFull
        | StoreError::ReadOnly
        | StoreError::Pin(_)
        | StoreError::DeviceKey(_)
        | StoreError::Io(_)
        | StoreError::Sqlite(_) => true,
        StoreError::NoWallet
        | StoreError::WalletExists
        | StoreError::Missing
        | StoreError::NotEncrypted
        | StoreError::Corrupt { .. }
        | StoreError::OtherWallet
        | StoreError::RolledBack { .. }
        | StoreError::TooNew { .. }
        | StoreError::WrongPin { .. }
        | StoreError::PinDelayed { .. }
        | StoreError::PinSlotDestroyed
        | StoreError::WrongWords
        | StoreError::Crypto(_) => false,
    }
}
