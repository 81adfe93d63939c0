//! The proof that the owner is here now.

use std::sync::{Mutex, MutexGuard, PoisonError};

use keepwell_protocol::crypto::Rng;
use keepwell_wallet::FreshAuthentication;

use crate::error::{Result, WalletError};

/// What unlocking gives, and what granting, exporting and showing the words take.
///
/// It holds the seed in memory: release it as soon as it was used. Locking the wallet voids it.
#[derive(uniffi::Object)]
pub struct Authentication(Mutex<Option<FreshAuthentication>>);

#[uniffi::export]
impl Authentication {
    /// The recovery words as UTF-8, separated by blanks; the caller shows and overwrites them.
    pub fn words(&self) -> Result<Vec<u8>> {
        Ok(self.hold().get()?.words().as_bytes().to_vec())
    }

    /// Three positions, from 1, to ask for, for `confirm_words`.
    pub fn quiz(&self) -> Result<Vec<u32>> {
        let positions = self.hold().get()?.quiz(&mut Rng::system())?.positions();
        positions.into_iter().map(|at| u32::try_from(at).map_err(|_| WalletError::Internal)).collect()
    }

    /// Voids it: whatever it is given to throws `Closed` from now on.
    pub fn void(&self) -> Result<()> {
        self.clear();
        Ok(())
    }
}

impl Authentication {
    pub(crate) fn new(fresh: FreshAuthentication) -> Self {
        Self(Mutex::new(Some(fresh)))
    }

    pub(crate) fn clear(&self) {
        self.hold().0.take();
    }

    /// Takes what it proves out of it, which voids it.
    pub(crate) fn take(&self) -> Result<FreshAuthentication> {
        self.hold().0.take().ok_or(WalletError::Closed)
    }

    /// Keeps it from being voided for as long as it is used.
    pub(crate) fn hold(&self) -> HeldAuthentication<'_> {
        HeldAuthentication(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An authentication in use.
pub(crate) struct HeldAuthentication<'a>(MutexGuard<'a, Option<FreshAuthentication>>);

impl HeldAuthentication<'_> {
    pub(crate) fn get(&self) -> Result<&FreshAuthentication> {
        self.0.as_ref().ok_or(WalletError::Closed)
    }
}
