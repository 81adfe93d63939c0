//! What becomes of a wallet that another one of the same recovery words has taken over (flows.md §2.5).

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::takeover;

impl Wallet {
    /// Stops a wallet that was taken over: PIN and biometrics open nothing any more and it is locked. Its words still open
    /// what is on this device, to look at; nothing is published from here again.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] if it was.
    pub(crate) fn stop_if_taken_over(&mut self) -> Result<(), WalletError> {
        if !takeover::is_over(self.session()?.store.read())? {
            return Ok(());
        }
        self.session = None;
        self.slots.close_all_but_words(self.device.as_ref())?;
        Err(WalletError::TakenOver)
    }
}
