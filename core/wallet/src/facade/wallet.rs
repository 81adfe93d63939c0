//! The wallet itself: made, opened, asked how it is.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use keepwell_net::Clock;
use keepwell_protocol::crypto::{self, Rng};

use super::reader::SessionReader;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::{Network, Online};
use crate::error::WalletError;
use crate::restore::{NewWallet, Staged};
use crate::store::held_keys::HeldKeys;
use crate::store::{DeviceKey, Home, Slots, Store, StoreError};

/// A patient's wallet in its home folder.
///
/// It is locked until [`Wallet::unlock`]; nobody else can use the home while it lives.
pub struct Wallet {
    /// Its lock says that this wallet is in use.
    pub(super) home: Home,
    pub(crate) device: Box<dyn DeviceKey>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Rng,
    pub(crate) slots: Slots,
    pub(crate) session: Option<Session>,
}

/// What an unlocked wallet has at hand.
pub(crate) struct Session {
    /// Reads beside it, if anyone does; dropped first.
    pub(crate) reader: Option<SessionReader>,
    /// The open database.
    pub(crate) store: Store,
    /// The keys that need no seed.
    pub(crate) keys: HeldKeys,
}

impl Wallet {
    /// Makes the wallet of these recovery words and leaves it unlocked.
    ///
    /// It appears whole or not at all. Who has yet to show the words to their owner takes [`Wallet::prepare`],
    /// so that there is never a wallet whose words nobody has seen.
    ///
    /// # Errors
    /// [`StoreError::WalletExists`]; [`StoreError`] if the files cannot be written.
    pub fn create(new: NewWallet<'_>) -> Result<(Self, FreshAuthentication), WalletError> {
        Self::prepare(new)?.finish()
    }

    /// Makes the wallet of these words ready.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process has the home, [`StoreError::WalletExists`]; nothing in the
    /// home was touched then. [`StoreError`] if the files cannot be written.
    pub fn prepare(new: NewWallet<'_>) -> Result<PreparedWallet, WalletError> {
        Staged::new(new).map(PreparedWallet)
    }

    /// Makes it the wallet of its home and unlocks it.
    pub(crate) fn from_staged(staged: Staged) -> Result<(Self, FreshAuthentication), WalletError> {
        let Staged { files, home, device, clock, rng, opened } = staged;
        let slots = Slots::read(home.install(files)?)?;
        let mut made = Self { home, device, clock: clock.into(), rng, slots, session: None };
        let fresh = made.begin(opened)?;
        Ok((made, fresh))
    }

    /// Opens the wallet in `home` and leaves it locked.
    ///
    /// # Errors
    /// [`StoreError::NoWallet`] if there is none; [`StoreError::Busy`] if another process has it.
    ///
    /// ```
    /// use keepwell_protocol::crypto::Rng;
    /// use keepwell_wallet::{SoftwareDeviceKey, StoreError, SystemClock, Wallet, WalletError};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let device = Box::new(SoftwareDeviceKey::new(&folder.path().join("device.key")));
    /// let none = Wallet::open(&folder.path().join("wallet"), device, Box::new(SystemClock), Rng::system());
    /// assert!(matches!(none, Err(WalletError::Store(StoreError::NoWallet))));
    /// ```
    pub fn open(
        home: &Path,
        device: Box<dyn DeviceKey>,
        clock: Box<dyn Clock>,
        rng: Rng,
    ) -> Result<Self, WalletError> {
        // A folder that is not there is not made just to look into it.
        if !home.exists() {
            return Err(StoreError::NoWallet.into());
        }
        let home = Home::lock(home)?;
        // What can't be removed now the next one to come here removes; there is no wallet either way.
        let _ = home.finish_erasing(device.as_ref());
        let slots = Slots::read(home.wallet())?;
        Ok(Self { home, device, clock: clock.into(), rng, slots, session: None })
    }

    /// The unlocked, connected wallet on the network.
    pub(crate) fn online<'a>(&'a mut self, network: Network<'a>) -> Result<Online<'a>, WalletError> {
        self.stop_if_taken_over()?;
        let Session { store, keys, .. } = self.session.as_mut().ok_or(WalletError::Locked)?;
        Online::new(store, keys, &mut self.rng, self.clock.as_ref(), network)
    }

    /// What an unlocked wallet has at hand.
    pub(crate) fn session(&self) -> Result<&Session, WalletError> {
        self.session.as_ref().ok_or(WalletError::Locked)
    }

    /// The open store, to write in, and the randomness that writing takes.
    pub(crate) fn store(&mut self) -> Result<(&mut Store, &mut Rng), WalletError> {
        let session = self.session.as_mut().ok_or(WalletError::Locked)?;
        Ok((&mut session.store, &mut self.rng))
    }
}

/// A wallet that is ready and is not there yet: its recovery words come first.
///
/// The home is locked for as long as this lives. Dropped, or cut off before [`PreparedWallet::finish`], it
/// leaves a home without a wallet, and the words open nothing.
pub struct PreparedWallet(Staged);

impl PreparedWallet {
    /// Eight hex characters by which its owner will know it.
    pub fn fingerprint(&self) -> String {
        crypto::fingerprint(&HeldKeys::derive(&self.0.opened.backup.seed).owner.public_key())
    }

    /// Makes it the wallet of its home, at once, and unlocks it.
    ///
    /// # Errors
    /// [`StoreError`] if the home can't be written; there is no wallet then.
    pub fn finish(self) -> Result<(Wallet, FreshAuthentication), WalletError> {
        Wallet::from_staged(self.0)
    }
}

impl fmt::Debug for PreparedWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreparedWallet(..)")
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.session.is_some() { "Wallet(unlocked)" } else { "Wallet(locked)" })
    }
}
