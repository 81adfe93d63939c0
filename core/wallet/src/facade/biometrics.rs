//! Biometrics: a finger or a face in the place of the PIN, to look and to end, not to consent; and closing that door
//! at once.

use super::reader::Reader;
use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;

impl Wallet {
    /// Whether biometrics open this wallet, locked or not.
    ///
    /// That the device still has the key for it is known only once it is asked.
    pub fn has_biometrics(&self) -> bool {
        self.slots.has_biometrics()
    }

    /// Lets a finger or a face that the device knows now open the wallet from now on.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`StoreError::DeviceKey`](crate::StoreError::DeviceKey) if the device has no such
    /// key or nobody answered it; biometrics that were on are off then.
    pub fn enable_biometrics(&mut self, fresh: &FreshAuthentication) -> Result<(), WalletError> {
        self.session()?;
        let Self { device, rng, slots, .. } = self;
        Ok(slots.enable_biometrics(&fresh.0, device.as_ref(), rng)?)
    }

    /// Unlocks with a finger or a face, which the device asks for, and gives a reader of the wallet.
    ///
    /// It is no authentication and brings no seed: whatever takes a [`FreshAuthentication`], as granting, exporting and
    /// showing the words, asks for the PIN all the same. Looking, importing, syncing, and ending grants and shares need
    /// none.
    ///
    /// # Errors
    /// [`StoreError::BiometricsOff`](crate::StoreError::BiometricsOff);
    /// [`StoreError::BiometricsLost`](crate::StoreError::BiometricsLost) if the device has given up the key, as it
    /// does when another finger is enrolled, and biometrics are off from then on;
    /// [`StoreError::DeviceKey`](crate::StoreError::DeviceKey) if nobody answered. The PIN opens in every case.
    /// Those about storage, as for [`Wallet::unlock`].
    pub fn unlock_with_biometrics(&mut self) -> Result<Reader, WalletError> {
        let opened = self.slots.open_with_biometrics(self.device.as_ref())?;
        self.begin_session(&opened.key, &opened.secret)?;
        // There is no authentication that could give a reader later.
        self.reader_by(&opened.key).inspect_err(|_| self.lock())
    }

    /// Leaves the PIN and the words to open the wallet; whether locked or not, and without an authentication: it
    /// only takes away.
    ///
    /// # Errors
    /// [`StoreError::DeviceKey`](crate::StoreError::DeviceKey) if the device did not remove its key: nothing opens
    /// with it unless somebody puts the file of before back, and each unlocking by PIN tries again to remove it.
    /// Other [`StoreError`](crate::StoreError)s if the file can't be written: then a finger opens only if the key was
    /// not removed either. Trying again is no harm.
    pub fn disable_biometrics(&mut self) -> Result<(), WalletError> {
        let Self { device, slots, .. } = self;
        Ok(slots.disable_biometrics(device.as_ref())?)
    }

    /// Locks at once, and leaves only the PIN and the words to unlock: nobody gets in by the owner's finger or face,
    /// be the owner forced or asleep.
    ///
    /// # Errors
    /// As for [`Wallet::disable_biometrics`]; the wallet is locked all the same.
    pub fn panic_lock(&mut self) -> Result<(), WalletError> {
        self.lock();
        self.disable_biometrics()
    }
}
