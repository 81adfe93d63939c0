//! The biometric slot: what a finger or a face opens, which is the records and never the seed.

use keepwell_protocol::crypto::{self, DatabaseKey, DeviceSecret, Label, Rng};
use zeroize::Zeroizing;

use super::StoreError;
use super::device_key::{DeviceKey, DeviceKeyError, DeviceKeyPurpose};
use super::open::RawKey;
use super::slot_contents::{Opened, SlotKind, context, unwrap_secret, wrap_secret};
use super::slots::Slots;
use super::slots_file::BiometricSlot;

/// What the biometric slot gives.
pub(crate) struct OpenedWithBiometrics {
    /// Opens the database.
    pub(crate) key: RawKey,
    /// Seals the head of the state log.
    pub(crate) secret: DeviceSecret,
}

impl Slots {
    /// Whether there is a biometric slot.
    pub(crate) fn has_biometrics(&self) -> bool {
        self.content.biometric.is_some()
    }

    /// Makes the biometric slot, anew if there is one, for the fingers and faces that the device knows now.
    ///
    /// # Errors
    /// [`StoreError::WrongWords`] if `opened` is another wallet's; [`StoreError::DeviceKey`] if the device has no
    /// key for it. Biometrics are off then.
    pub(crate) fn enable_biometrics(
        &mut self,
        opened: &Opened,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        self.check_is_of_this_wallet(opened)?;
        self.disable_biometrics(device)?;
        let context = context(self.wallet(), SlotKind::Biometric);
        let secret = DeviceSecret::generate(rng)?;
        let wrapped = wrap_secret(&secret, &context, device, DeviceKeyPurpose::Biometric)?;
        let keys = [opened.key.key.expose().as_slice(), opened.secret.expose().as_slice()].concat();
        let keys = Zeroizing::new(keys);
        let sealed = crypto::seal(secret.expose(), Label::DatabaseSlot, &context, &keys, rng)?;
        self.replace_biometrics(Some(BiometricSlot { wrapped, sealed }))
    }

    /// Opens the biometric slot, by a key that the device lets nobody use without a finger or a face.
    ///
    /// # Errors
    /// [`StoreError::BiometricsOff`]; [`StoreError::BiometricsLost`] if the device has given up the key, and the
    /// slot is gone then; [`StoreError::DeviceKey`] for everything else that the device did not do.
    pub(crate) fn open_with_biometrics(
        &mut self,
        device: &dyn DeviceKey,
    ) -> Result<OpenedWithBiometrics, StoreError> {
        let slot = self.content.biometric.as_ref().ok_or(StoreError::BiometricsOff)?;
        let context = context(self.wallet(), SlotKind::Biometric);
        match unwrap_secret(&slot.wrapped, &context, device, DeviceKeyPurpose::Biometric) {
            Err(StoreError::DeviceKey(DeviceKeyError::Lost)) => {
                // A slot that could not be removed now opens nothing either, and says the same the next time.
                let _ = self.disable_biometrics(device);
                Err(StoreError::BiometricsLost)
            }
            Err(error) => Err(error),
            Ok(secret) => slot.open(&secret, &context, self.content.salt),
        }
    }

    /// Removes the device's key for the biometric slot, and then the slot; that there is none is as good.
    ///
    /// The key first, which needs no room on a disk: without it the slot opens nothing, and neither does a slot that is
    /// put back later. Each is removed whatever came of the other.
    ///
    /// # Errors
    /// [`StoreError::DeviceKey`] if the device did not remove its key; others if the file can't be written.
    /// No finger opens unless both failed.
    pub(crate) fn disable_biometrics(&mut self, device: &dyn DeviceKey) -> Result<(), StoreError> {
        let key = device.delete(DeviceKeyPurpose::Biometric);
        if self.has_biometrics() {
            self.replace_biometrics(None)?;
        }
        Ok(key?)
    }

    /// Removes the device's key for a slot that is not there or will not be, as far as the device does it now; with
    /// the next PIN it is tried again.
    pub(super) fn forget_biometric_key(&self, device: &dyn DeviceKey) {
        let _ = device.delete(DeviceKeyPurpose::Biometric);
    }

    fn replace_biometrics(&mut self, biometric: Option<BiometricSlot>) -> Result<(), StoreError> {
        let before = std::mem::replace(&mut self.content.biometric, biometric);
        self.save().inspect_err(|_| self.content.biometric = before)
    }
}

impl BiometricSlot {
    fn open(
        &self,
        secret: &DeviceSecret,
        context: &[u8],
        salt: [u8; 16],
    ) -> Result<OpenedWithBiometrics, StoreError> {
        let damaged = StoreError::Corrupt { part: "the slots" };
        let Ok(keys) = crypto::open(secret.expose(), Label::DatabaseSlot, context, &self.sealed) else {
            return Err(damaged);
        };
        let Some((key, rest)) = keys.split_first_chunk() else { return Err(damaged) };
        let secret = rest.try_into().map_err(|_| damaged)?;
        let key = RawKey { key: DatabaseKey::from_bytes(key), salt };
        Ok(OpenedWithBiometrics { key, secret: DeviceSecret::from_bytes(secret) })
    }
}
