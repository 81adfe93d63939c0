//! Whether a wallet is unlocked, and its reader, shared between its threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keepwell_wallet::Reader;

use super::auto_lock::AutoLock;
use crate::error::{Result, WalletError};

/// Whether a wallet is unlocked, released, and when it locks by itself.
#[derive(Default)]
pub(crate) struct LockState {
    is_unlocked: AtomicBool,
    is_released: AtomicBool,
    auto_lock: Mutex<AutoLock>,
    reader: Mutex<Option<Reader>>,
}

impl LockState {
    pub(crate) fn is_unlocked(&self) -> bool {
        self.is_unlocked.load(Ordering::SeqCst)
    }

    /// Is unlocked from now on, with this reader; says whether it was before.
    pub(crate) fn unlock(&self, reader: Reader) -> bool {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
        self.is_unlocked.swap(true, Ordering::SeqCst)
    }

    /// Is locked from now on; says whether it was unlocked before.
    pub(crate) fn lock(&self) -> bool {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.is_unlocked.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn is_released(&self) -> bool {
        self.is_released.load(Ordering::SeqCst)
    }

    /// What a call gets that finds no wallet.
    pub(crate) fn no_wallet(&self) -> WalletError {
        if self.is_released() { WalletError::Closed } else { WalletError::NoWallet }
    }

    pub(crate) fn release(&self) {
        self.is_released.store(true, Ordering::SeqCst);
    }

    /// What reads; its connection is closed when the wallet locks.
    pub(crate) fn reader(&self) -> Result<Reader> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone();
        reader.ok_or(if self.is_released() { WalletError::Closed } else { WalletError::Locked })
    }

    /// When it locks by itself.
    pub(crate) fn auto_lock(&self) -> MutexGuard<'_, AutoLock> {
        self.auto_lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until it locks by itself; `None` if it does not.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        if self.is_unlocked() { self.auto_lock().time_left() } else { None }
    }
}
