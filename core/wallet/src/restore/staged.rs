//! A wallet that is being put together: whole before it appears, or not there.

use std::path::Path;

use keepwell_net::Clock;
use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{self, DatabaseKey, DeviceSecret, Pin, Rng};

use crate::error::WalletError;
use crate::store::held_keys::HeldKeys;
use crate::store::{
    Contents, DeviceKey, Home, Opened, OpenedSlots, RawKey, SeedBackup, Slots, StagedFiles, Store, WalletId,
};

/// What a wallet is made of, newly or again from its words.
pub struct NewWallet<'a> {
    /// The folder to make it in, which need not exist.
    pub home: &'a Path,
    /// The recovery words, from which every key follows.
    pub words: &'a RecoveryWords,
    /// What its owner adds to the words; [`Passphrase::none`] for most.
    pub passphrase: &'a Passphrase,
    /// What unlocks it from day to day.
    pub pin: &'a Pin,
    /// The key of this device, without which the PIN opens nothing.
    pub device: Box<dyn DeviceKey>,
    /// What tells the time from now on.
    pub clock: Box<dyn Clock>,
    /// Where keys, salts and identifiers come from.
    pub rng: Rng,
}

/// A wallet that is being put together and is not there yet.
pub(crate) struct Staged {
    /// Before the lock, so that they are removed while nobody else is let in.
    pub(crate) files: StagedFiles,
    pub(crate) home: Home,
    pub(crate) device: Box<dyn DeviceKey>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) rng: Rng,
    pub(crate) opened: Opened,
}

impl Staged {
    /// Begins a wallet; what is left in its home of one that was broken off is removed.
    pub(crate) fn new(new: NewWallet<'_>) -> Result<Self, WalletError> {
        let home = Home::lock_empty(new.home, new.device.as_ref())?;
        let staged = home.stage()?;
        Self::begin(home, staged, new)
    }

    /// Makes slots and database in `staged`, where nothing is.
    pub(crate) fn begin(home: Home, staged: StagedFiles, new: NewWallet<'_>) -> Result<Self, WalletError> {
        let NewWallet { words, passphrase, pin, device, clock, mut rng, .. } = new;
        let files = staged.files();
        let wallet = WalletId(rng.array()?);
        let opened = Opened {
            key: RawKey { key: DatabaseKey::generate(&mut rng)?, salt: rng.array()? },
            backup: SeedBackup::new(words, passphrase),
            secret: DeviceSecret::generate(&mut rng)?,
        };
        let keys = HeldKeys::derive(&opened.backup.seed);
        let fingerprint = crypto::fingerprint(&keys.owner.public_key());
        let contents = Contents { wallet, keys: &keys, fingerprint: &fingerprint, now: clock.now() };
        Store::create(files, &opened.key, &opened.secret, &contents, &mut rng)?;
        Slots::create(files.clone(), wallet, &opened, pin, device.as_ref(), &mut rng)?;
        Ok(Self { files: staged, home, device, clock, rng, opened })
    }

    /// Opens the database, to be filled before the wallet appears.
    pub(crate) fn open_store(&mut self) -> Result<(Store, HeldKeys), WalletError> {
        let slots = Slots::read(self.files.files().clone())?;
        let (secret, now) = (self.opened.secret.duplicate(), self.clock.now());
        let store = Store::open(
            self.files.files().clone(),
            slots.wallet(),
            &self.opened.key,
            secret,
            OpenedSlots::Known(slots.revision()),
            now,
            &mut self.rng,
        )?;
        let keys = HeldKeys::read(store.read())?;
        Ok((store, keys))
    }
}
