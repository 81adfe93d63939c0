//! The wallet gone from this device.

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;

impl Wallet {
    /// Removes this wallet from this device for good: what opens it, the device's keys, then the files.
    ///
    /// Grants stand and shares live as before, at host and ledger: end them first, if they are to end. The recovery
    /// words bring back what the host has; what only this device has,
    /// [`Status::at_risk`](crate::Status::at_risk), is lost. On a disk there may be remnants, which without the slots
    /// are noise. Switched off in the middle, the device has either the wallet as it was or none, and whoever opens or
    /// makes a wallet here next finishes it.
    ///
    /// # Errors
    /// [`StoreError`](crate::StoreError) if the wallet could not be taken away, and then it is as before; or if a key
    /// or a file is left, and then the home has no wallet any more.
    pub fn erase(self, _: FreshAuthentication) -> Result<(), WalletError> {
        self.erase_unauthenticated()
    }

    /// The same for an owner who knows the PIN no more.
    ///
    /// It needs no authentication: whoever has the device in hand can remove the app, or break the device, too, and
    /// nothing is learned by it. Ask, and make sure that the recovery words are at hand.
    ///
    /// # Errors
    /// As for [`Wallet::erase`].
    pub fn erase_unauthenticated(mut self) -> Result<(), WalletError> {
        self.session = None;
        Ok(self.home.erase(self.device.as_ref())?)
    }
}
