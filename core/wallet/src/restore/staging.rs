//! Where a wallet is restored: the folder that an interrupted restore left, if it is of the same words.

use std::path::Path;

use keepwell_protocol::crypto::Pin;
use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};

use super::staged::{NewWallet, Staged};
use crate::error::WalletError;
use crate::store::{Home, Opened, OpenedSlots, Slots, Store, StoreError, WalletFiles};

impl Staged {
    /// Goes on with the restore of these words that was broken off in their home, or begins one; what was
    /// fetched by other words, or does not open, is removed.
    ///
    /// # Errors
    /// [`StoreError::WalletExists`]; [`StoreError`] if the files or the device's key can't be used.
    pub(crate) fn to_restore(mut new: NewWallet<'_>) -> Result<Self, WalletError> {
        let home = Home::lock_empty(new.home, new.device.as_ref())?;
        let files = home.restored();
        match reopen(files.files(), &mut new) {
            Ok(opened) => {
                let NewWallet { device, clock, rng, .. } = new;
                Ok(Self { home, files, device, clock, rng, opened })
            }
            Err(error) if is_about_the_place(&error) => Err(error.into()),
            Err(_) => {
                let files = home.begin_restored()?;
                Self::begin(home, files, new)
            }
        }
    }

    /// Removes what was fetched and begins again.
    pub(crate) fn begin_again(
        self,
        dir: &Path,
        words: &RecoveryWords,
        passphrase: &Passphrase,
        pin: &Pin,
    ) -> Result<Self, WalletError> {
        let Self { home, device, clock, rng, .. } = self;
        let files = home.begin_restored()?;
        Self::begin(home, files, NewWallet { home: dir, words, passphrase, pin, device, clock, rng })
    }
}

/// Opens what an interrupted restore left, by its words, and gives it the new PIN.
///
/// The slots are made anew and not replaced: the state log is going to hold the numbers that it had in
/// the lost wallet, so nothing is appended to it here.
fn reopen(files: &WalletFiles, new: &mut NewWallet<'_>) -> Result<Opened, StoreError> {
    let NewWallet { words, passphrase, pin, device, clock, rng, .. } = new;
    let slots = Slots::read(files.clone())?;
    let wallet = slots.wallet();
    let found = slots.open_with_words(&words.seed(passphrase), device.as_ref(), rng)?;
    let opened = found.opened;
    if found.device_was_lost {
        Store::reseal(files, wallet, &opened.key, &opened.secret, rng)?;
    }
    let slots = Slots::create(files.clone(), wallet, &opened, pin, device.as_ref(), rng)?;
    let secret = opened.secret.duplicate();
    Store::open(
        files.clone(),
        wallet,
        &opened.key,
        secret,
        OpenedSlots::Known(slots.revision()),
        clock.now(),
        rng,
    )?;
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
        | StoreError::BiometricsOff
        | StoreError::BiometricsLost
        | StoreError::WrongWords
        | StoreError::Crypto(_) => false,
    }
}
