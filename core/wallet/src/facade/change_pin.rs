//! Another PIN.

use keepwell_protocol::crypto::Pin;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;

impl Wallet {
    /// Sets a new PIN in the place of the old one, which opens nothing from then on; no try counts against it.
    ///
    /// `fresh` comes from [`Wallet::unlock`] with the old PIN, which counts a wrong one as a try. Switched off at
    /// any moment, the device is left with either the old PIN or the new one.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`StoreError::WrongWords`](crate::StoreError::WrongWords) if `fresh` is another
    /// wallet's; [`StoreError`](crate::StoreError) if the file can't be written, and the old PIN stays.
    ///
    /// ```
    /// # use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
    /// # use keepwell_protocol::crypto::{PinParameters, Rng};
    /// # use keepwell_wallet::{NewWallet, SoftwareDeviceKey, SystemClock, Wallet};
    /// use keepwell_protocol::crypto::Pin;
    ///
    /// # PinParameters::cost_least_in_this_thread();
    /// # let folder = tempfile::tempdir()?;
    /// # let device = Box::new(SoftwareDeviceKey::new(&folder.path().join("device.key")));
    /// # let (clock, mut rng) = (Box::new(SystemClock), Rng::system());
    /// # let (words, none) = (RecoveryWords::generate(&mut rng)?, Passphrase::none());
    /// # let (home, old) = (folder.path().join("wallet"), Pin::choose("271828")?);
    /// # let (home, words, passphrase, pin) = (&home, &words, &none, &old);
    /// # let new = NewWallet { home, words, passphrase, pin, device, clock, rng };
    /// # let (mut wallet, _) = Wallet::create(new)?;
    /// let fresh = wallet.unlock(&old)?;
    /// wallet.change_pin(&fresh, &Pin::choose("846205")?)?;
    /// assert!(wallet.unlock(&old).is_err());
    /// assert!(wallet.unlock(&Pin::parse("846205")?).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change_pin(&mut self, fresh: &FreshAuthentication, pin: &Pin) -> Result<(), WalletError> {
        self.replace_slots(|slots, device, rng| slots.change_pin(&fresh.0, pin, device, rng))
    }
}
