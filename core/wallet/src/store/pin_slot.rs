//! The PIN slot: tries that are counted before they are made, and another PIN.

use keepwell_protocol::crypto::{CryptoError, DeviceSecret, Pin, PinParameters, Rng, pin_slot_key};

use super::attempts::{Attempts, Moment, SEALED_FROM, Wait};
use super::device_key::{DeviceKey, DeviceKeyPurpose};
use super::open::RawKey;
use super::slot_contents::{Opened, SlotKind, unwrap_secret, wrap_secret};
use super::slots::Slots;
use super::slots_file::{PinSlot, SlotsFile, VERSION};
use super::{StoreError, WalletId};

impl Slots {
    /// Opens the PIN slot.
    ///
    /// The try is counted before it is made, so that switching off in between saves none.
    ///
    /// # Errors
    /// [`StoreError::WrongPin`], [`StoreError::PinDelayed`] and [`StoreError::PinSlotDestroyed`];
    /// [`StoreError::DeviceKey`] costs no try.
    pub(crate) fn open_with_pin(
        &mut self,
        pin: &Pin,
        device: &dyn DeviceKey,
        now: Moment,
        rng: &mut Rng,
    ) -> Result<Opened, StoreError> {
        if self.content.pin.is_none() {
            return Err(StoreError::PinSlotDestroyed);
        }
        let secret = unwrap_secret(&self.content.device, &self.wallet().0, device, DeviceKeyPurpose::Pin)?;
        let mut attempts = self.attempts(&secret, device.counter()?)?;
        // The last one was counted, and then kept from destroying the slot.
        if attempts.failures >= MOST_FAILURES {
            return Err(self.destroy_pin_slot());
        }
        match attempts.wait(now) {
            Wait::None => {}
            Wait::Seconds(seconds) => return Err(StoreError::PinDelayed { seconds }),
            Wait::Redated(seconds) => {
                self.write_attempts(&attempts, &secret, rng)?;
                return Err(StoreError::PinDelayed { seconds });
            }
        }
        let before = attempts;
        attempts.count(now);
        self.write_attempts(&attempts, &secret, rng)?;
        if let Err(error) = device.set_counter(attempts.tries) {
            self.write_attempts(&Attempts { tries: attempts.tries, ..before }, &secret, rng)?;
            return Err(error.into());
        }
        let slot = self.content.pin.as_ref().ok_or(StoreError::PinSlotDestroyed)?;
        let key = pin_slot_key(pin, &slot.parameters, &secret)?;
        match slot.sealed.open(self.wallet(), SlotKind::Pin, key.expose()) {
            Ok((key, backup)) => {
                attempts.failures = 0;
                self.write_attempts(&attempts, &secret, rng)?;
                if !self.has_biometrics() {
                    self.forget_biometric_key(device);
                }
                Ok(Opened { key: RawKey { key, salt: self.content.salt }, backup, secret })
            }
            Err(StoreError::Crypto(CryptoError::CommitmentMismatch)) if attempts.failures < MOST_FAILURES => {
                Err(StoreError::WrongPin { left: MOST_FAILURES - attempts.failures })
            }
            Err(StoreError::Crypto(CryptoError::CommitmentMismatch)) => Err(self.destroy_pin_slot()),
            Err(error) => Err(error),
        }
    }

    /// The tries so far, of a device that has counted `counter`.
    ///
    /// Tries that this device did not seal for these slots count as used up, or whoever can write the file
    /// could try for ever. But nothing is destroyed for it: the file is left as it is, so that an edit or a
    /// flipped bit costs no more than itself; the right file, put back, opens, and the words always do.
    fn attempts(&mut self, secret: &DeviceSecret, counter: u64) -> Result<Attempts, StoreError> {
        let attempts = match self.unsealed {
            // This device has sealed its tries before: a file from then, or made up to look so.
            Some(_) if counter >= SEALED_FROM => return Err(self.destroy_pin_slot()),
            Some(attempts) => Attempts { tries: attempts.tries.saturating_add(SEALED_FROM), ..attempts },
            None => {
                let sealed = self.content.pin.as_ref().map_or(&[][..], |slot| &slot.attempts);
                let tried = self.content.tried();
                Attempts::open(sealed, secret, self.wallet(), self.content.revision, &tried)
                    .ok_or(StoreError::PinSlotDestroyed)?
            }
        };
        let counted = if self.unsealed.is_some() { counter + SEALED_FROM } else { counter };
        // An older file was put back, to try again.
        if counted > attempts.tries { Err(self.destroy_pin_slot()) } else { Ok(attempts) }
    }

    /// Seals and writes the tries.
    pub(super) fn write_attempts(
        &mut self,
        attempts: &Attempts,
        secret: &DeviceSecret,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        self.content.version = VERSION;
        let tried = self.content.tried();
        let sealed = attempts.seal(secret, self.wallet(), self.content.revision, &tried, rng)?;
        if let Some(slot) = &mut self.content.pin {
            slot.attempts = sealed;
        }
        self.unsealed = None;
        self.save()
    }

    /// Removes the PIN slot from the file; what could not be written says so in place of that.
    fn destroy_pin_slot(&mut self) -> StoreError {
        self.close_pin().err().unwrap_or(StoreError::PinSlotDestroyed)
    }

    /// Removes the PIN slot from the file. Biometrics are left: they let nobody guess, and the owner can read and
    /// end what was shared though a child played with the PIN.
    pub(super) fn close_pin(&mut self) -> Result<(), StoreError> {
        self.content.pin = None;
        self.unsealed = None;
        self.save()
    }

    /// Makes a new PIN slot in place of the old one, or of the one that was destroyed, and wraps the device's
    /// secret anew: for a device that may have lost the key of before. Biometrics are off then: who comes with the
    /// words begins anew.
    pub(crate) fn set_pin(
        &mut self,
        opened: &Opened,
        pin: &Pin,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        let wrapped = wrap_secret(&opened.secret, &self.wallet().0, device, DeviceKeyPurpose::Pin)?;
        self.forget_biometric_key(device);
        let content = SlotsFile { device: wrapped, biometric: None, ..self.content.clone() };
        self.replace_pin(content, opened, pin, device, rng)
    }

    /// Makes a new PIN slot in place of the old one, at once: a crash leaves either the old PIN or the new.
    ///
    /// # Errors
    /// [`StoreError::WrongWords`] if `opened` is another wallet's, whose keys would open nothing here.
    pub(crate) fn change_pin(
        &mut self,
        opened: &Opened,
        pin: &Pin,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        self.check_is_of_this_wallet(opened)?;
        self.replace_pin(self.content.clone(), opened, pin, device, rng)
    }

    fn replace_pin(
        &mut self,
        content: SlotsFile,
        opened: &Opened,
        pin: &Pin,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        let (wallet, revision) = (self.wallet(), self.content.revision + 1);
        // One further than any file of before: with the device's counter there, a file with the old PIN that
        // is put back knows of too few tries.
        let counter = device.counter()?.max(SEALED_FROM) + 1;
        let content = SlotsFile {
            version: VERSION,
            revision,
            pin: Some(PinSlot::new(wallet, revision, opened, pin, counter, rng)?),
            ..content
        };
        let mut slots = Self { files: self.files.clone(), content, unsealed: None };
        slots.save()?;
        *self = slots;
        // The new PIN is in force whatever the device says now; the first try sets its counter anyway.
        let _ = device.set_counter(counter);
        Ok(())
    }
}

impl PinSlot {
    pub(super) fn new(
        wallet: WalletId,
        revision: u64,
        opened: &Opened,
        pin: &Pin,
        counter: u64,
        rng: &mut Rng,
    ) -> Result<Self, StoreError> {
        let parameters = PinParameters::generate(rng)?;
        let key = pin_slot_key(pin, &parameters, &opened.secret)?;
        let sealed = opened.seal(wallet, SlotKind::Pin, key.expose(), rng)?;
        let mut slot = Self { parameters, sealed, attempts: Vec::new() };
        let tried = slot.without_attempts();
        slot.attempts = Attempts::none(counter).seal(&opened.secret, wallet, revision, &tried, rng)?;
        Ok(slot)
    }
}

/// Wrong tries in a row after which the PIN slot is destroyed (NIST SP 800-63B-4 allows ten).
const MOST_FAILURES: u32 = 10;
