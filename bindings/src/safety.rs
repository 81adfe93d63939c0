//! What keeps the owner safe: another PIN, biometrics, locking in distress, the wallet gone from this device.

use std::sync::Arc;
use std::time::Duration;

use keepwell_wallet::AutoLock;

use crate::authentication::Authentication;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::foreign::LockReason;
use crate::secrets::Pin;
use crate::thread::WalletThread;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Sets a new PIN in the place of the old one, which opens nothing from then on. The authentication is that of the
    /// old PIN, typed just now: unlock with it again, so that a wrong one counts as a try.
    ///
    /// Throws `PinUnsuitable`; `Storage` if it can't be written, and then the old PIN stays.
    pub async fn change_pin(&self, authentication: Arc<Authentication>, new_pin: Arc<Pin>) -> Result<()> {
        let changed = self.call_wallet(move |wallet| {
            Ok(wallet.change_pin(authentication.hold().get()?, new_pin.chosen()?)?)
        });
        changed.await
    }

    /// Whether biometrics open this wallet, locked or not.
    pub async fn has_biometrics(&self) -> Result<bool> {
        self.worker.call(None, |thread| Ok(thread.open_wallet()?.has_biometrics())).await
    }

    /// Lets a finger or a face that the device knows now open the wallet from now on; the device may ask for it.
    /// Where it throws in the middle, biometrics that were on are off.
    ///
    /// Throws `DeviceKeyFailed` if the device has no such key (`DeviceKeyUnavailable`) or nobody answered.
    pub async fn enable_biometrics(&self, authentication: Arc<Authentication>) -> Result<()> {
        self.call_wallet(move |wallet| Ok(wallet.enable_biometrics(authentication.hold().get()?)?)).await
    }

    /// Unlocks with a finger or a face, which the device asks for. It gives no authentication: whatever takes one, as
    /// granting, exporting and showing the words, needs the PIN all the same; ending grants and shares does not.
    ///
    /// Throws `DeviceKeyFailed`: `BiometricsOff`; `BiometricsLost` once the device knows another finger or face, and
    /// biometrics are off from then on; `DeviceKeyRefused`, `DeviceKeyLockedOut`, `DeviceKeyUnavailable`. The PIN
    /// opens in each case.
    #[uniffi::method(default(cancellation = None))]
    pub async fn unlock_with_biometrics(&self, cancellation: Option<Arc<Cancellation>>) -> Result<()> {
        self.worker.call(cancellation, WalletThread::unlock_with_biometrics).await
    }

    /// Leaves PIN and words to open the wallet; whether locked or not. Once it was called nothing cancels it.
    ///
    /// Throws `DeviceKeyFailed` if the device did not remove its key, `Storage` if the file can't be written: a finger
    /// opens only if both failed. Trying again is no harm; each unlocking by PIN tries to remove the key again.
    pub async fn disable_biometrics(&self) -> Result<()> {
        self.worker.call_to_the_end(|thread| Ok(thread.open_wallet()?.disable_biometrics()?)).await
    }

    /// After how long without a call the wallet locks itself: in front, and in the background; `None` for never. At first
    /// 5 minutes, and 60 seconds. The wallet remembers it, in front as 30 seconds at least: a shorter time holds until
    /// it locks. Throws `Locked`.
    pub async fn set_auto_lock(
        &self,
        in_front: Option<Duration>,
        in_background: Option<Duration>,
    ) -> Result<()> {
        let set = self.worker.call(None, move |thread| {
            let after = AutoLock { in_front, in_background };
            thread.open_wallet()?.set_auto_lock(after)?;
            thread.lock_state.auto_lock().set(after);
            Ok(())
        });
        set.await
    }

    /// What was set.
    pub async fn auto_lock(&self) -> Result<AutoLock> {
        self.worker.call(None, |thread| Ok(thread.open_wallet()?.auto_lock()?)).await
    }

    /// Locks at once, as `lock` does, and leaves only PIN and words to unlock: nobody gets in by the owner's finger or
    /// face. Nothing cancels it, not even the end of the screen that called it. Throws as `disable_biometrics`; it is
    /// locked all the same.
    pub async fn panic_lock(&self) -> Result<()> {
        self.cancel_all();
        let locked = self.worker.call_to_the_end(|thread| {
            thread.open_wallet()?;
            thread.lock(LockReason::Asked);
            Ok(thread.open_wallet()?.panic_lock()?)
        });
        locked.await
    }

    /// Removes the wallet from this device for good: what opens it, the device's keys, then the files. What lies at the
    /// host stays, and so do grants and shares; the recovery words bring it back, but for what `status` says is at risk,
    /// which is here alone. Once it was called nothing cancels it. It ends this instance whatever comes of it: where it
    /// throws, open the folder again, which finishes it, or has the wallet as before.
    pub async fn erase(&self, authentication: Arc<Authentication>) -> Result<()> {
        self.cancel_all();
        let erased = self.worker.call_to_the_end(move |thread| {
            let fresh = authentication.take()?;
            Ok(thread.take_wallet()?.erase(fresh)?)
        });
        erased.await
    }

    /// The same for an owner who knows the PIN no more: without an authentication. Ask first; whoever has the phone
    /// could remove the app as well, and learns nothing by it.
    pub async fn erase_unauthenticated(&self) -> Result<()> {
        self.cancel_all();
        self.worker.call_to_the_end(|thread| Ok(thread.take_wallet()?.erase_unauthenticated()?)).await
    }
}
