//! Slots: what a PIN or the recovery words open. Each of these holds the database key and the seed.
//!
//! The PIN slot needs the device as well: its key comes from the stretched PIN and a secret that
//! only the device can unwrap. The words slot needs the words alone.

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{
    self, CryptoError, DatabaseKey, DeviceSecret, Label, Pin, PinParameters, Rng, Seed, pin_slot_key,
};
use keepwell_protocol::domain::Object;
use minicbor::Decoder;
use zeroize::Zeroizing;

use super::attempts::{Attempts, Moment, SEALED_FROM, Wait};
use super::device_key::{DeviceKey, DeviceKeyError, DeviceKeyPurpose};
use super::home::{self, WalletFiles};
use super::open::RawKey;
use super::slots_file::{
    PinSlot, Sealed, SlotsFile, VERSION, VERSION_WITH_BIOMETRICS, VERSION_WITHOUT_BIOMETRICS,
};
use super::slots_version1::SlotsVersion1;
use super::{StoreError, WalletId};

/// What makes the seed and shows the recovery words again.
pub(crate) struct SeedBackup {
    /// Everything follows from it.
    pub(crate) seed: Seed,
    /// The recovery words as the person wrote them down.
    pub(crate) words: Zeroizing<String>,
}

impl SeedBackup {
    /// The words and the seed that they make, so that the two always belong together.
    pub(crate) fn new(words: &RecoveryWords, passphrase: &Passphrase) -> Self {
        Self { seed: words.seed(passphrase), words: words.text() }
    }
}

/// What a slot gives to the one who opens it.
pub(crate) struct Opened {
    /// Opens the database.
    pub(crate) key: RawKey,
    /// The seed, which the session does not keep.
    pub(crate) backup: SeedBackup,
    /// Seals the head of the state log.
    pub(crate) secret: DeviceSecret,
}

/// What the recovery words give.
pub(crate) struct OpenedWithWords {
    /// As from any slot.
    pub(crate) opened: Opened,
    /// Whether the secret is a new one, because this device does not open the old one.
    pub(crate) device_was_lost: bool,
}

/// The slots of one wallet, as they are in the file.
pub(crate) struct Slots {
    files: WalletFiles,
    pub(super) content: SlotsFile,
    /// The tries in a file of version 1, which are sealed with the next one.
    unsealed: Option<Attempts>,
}

/// Which slot, as part of what its contents are bound to.
#[derive(Clone, Copy)]
pub(super) enum SlotKind {
    Pin = 1,
    Words = 2,
    Biometric = 3,
}

impl Slots {
    /// Reads the slots of a wallet.
    ///
    /// # Errors
    /// [`StoreError::NoWallet`] if there are none; [`StoreError::Corrupt`] if they are not whole;
    /// [`StoreError::TooNew`] if a newer program wrote them.
    pub(crate) fn read(files: WalletFiles) -> Result<Self, StoreError> {
        let damaged = StoreError::Corrupt { part: "the slots" };
        let bytes = match home::read_small(&files.slots())? {
            Some(bytes) => bytes,
            None if files.exist() => return Err(damaged),
            None => return Err(StoreError::NoWallet),
        };
        let (content, unsealed) = match version_of(&bytes) {
            Some(found) if found > VERSION => {
                return Err(StoreError::TooNew { found, supported: VERSION });
            }
            Some(1) => SlotsVersion1::from_cbor(&bytes).map_err(|_| damaged)?.into_present(),
            Some(VERSION_WITHOUT_BIOMETRICS | VERSION_WITH_BIOMETRICS | VERSION) => {
                (SlotsFile::from_cbor(&bytes).map_err(|_| damaged)?, None)
            }
            _ => return Err(damaged),
        };
        if content.version != content.needed_version() {
            return Err(StoreError::Corrupt { part: "the slots" });
        }
        Ok(Self { files, content, unsealed })
    }

    /// Makes and writes the slots of a new wallet.
    pub(crate) fn create(
        files: WalletFiles,
        wallet: WalletId,
        opened: &Opened,
        pin: &Pin,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<Self, StoreError> {
        let words = opened.seal(wallet, SlotKind::Words, opened.backup.seed.slot_key().expose(), rng)?;
        let content = SlotsFile {
            version: VERSION,
            wallet: wallet.0,
            salt: opened.key.salt,
            revision: 1,
            device: wrap_secret(&opened.secret, &wallet.0, device, DeviceKeyPurpose::Pin)?,
            words,
            pin: Some(PinSlot::new(wallet, 1, opened, pin, device.counter()?, rng)?),
            biometric: None,
        };
        let mut slots = Self { files, content, unsealed: None };
        slots.save()?;
        count_from_sealed(device)?;
        Ok(slots)
    }

    /// The files of the wallet that these slots open.
    pub(crate) fn files(&self) -> &WalletFiles {
        &self.files
    }

    /// Whose slots these are.
    pub(crate) fn wallet(&self) -> WalletId {
        WalletId(self.content.wallet)
    }

    /// How often slots were made or replaced.
    pub(crate) fn revision(&self) -> u64 {
        self.content.revision
    }

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

    /// Leaves only the words to open the wallet.
    pub(crate) fn close_all_but_words(&mut self, device: &dyn DeviceKey) -> Result<(), StoreError> {
        self.forget_biometric_key(device);
        self.content.biometric = None;
        self.close_pin()
    }

    /// Removes the PIN slot from the file. Biometrics are left: they let nobody guess, and the owner can read and
    /// end what was shared though a child played with the PIN.
    fn close_pin(&mut self) -> Result<(), StoreError> {
        self.content.pin = None;
        self.unsealed = None;
        self.save()
    }

    /// Opens the words slot.
    ///
    /// The device is not needed: where it no longer opens its secret, a new one is made, and
    /// `device_was_lost` says that what the old one sealed cannot be read.
    ///
    /// # Errors
    /// [`StoreError::WrongWords`] if the seed is another wallet's.
    pub(crate) fn open_with_words(
        &self,
        seed: &Seed,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<OpenedWithWords, StoreError> {
        let (wallet, slot_key) = (self.wallet(), seed.slot_key());
        let (key, backup) = match self.content.words.open(wallet, SlotKind::Words, slot_key.expose()) {
            Err(StoreError::Crypto(CryptoError::CommitmentMismatch)) => return Err(StoreError::WrongWords),
            other => other?,
        };
        let unwrapped = unwrap_secret(&self.content.device, &wallet.0, device, DeviceKeyPurpose::Pin);
        let (secret, device_was_lost) = match unwrapped {
            Ok(secret) => (secret, false),
            Err(StoreError::DeviceKey(DeviceKeyError::Lost)) => (DeviceSecret::generate(rng)?, true),
            Err(error) => return Err(error),
        };
        let opened = Opened { key: RawKey { key, salt: self.content.salt }, backup, secret };
        Ok(OpenedWithWords { opened, device_was_lost })
    }

    /// Goes on from the revision that the log has noted, where the words opened an older file: of that one only
    /// the words count, and what else opened it is left out of the next.
    pub(crate) fn catch_up(&mut self, noted: u64) {
        if self.content.revision < noted {
            self.content = SlotsFile { revision: noted, pin: None, biometric: None, ..self.content.clone() };
            self.unsealed = None;
        }
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

    /// That the keys are those which the words of this wallet give, and the secret that which its device has: another
    /// wallet of the same words has its own of both.
    pub(super) fn check_is_of_this_wallet(&self, opened: &Opened) -> Result<(), StoreError> {
        let slot_key = opened.backup.seed.slot_key();
        let key = match self.content.words.open(self.wallet(), SlotKind::Words, slot_key.expose()) {
            Err(StoreError::Crypto(CryptoError::CommitmentMismatch)) => return Err(StoreError::WrongWords),
            other => other?.0,
        };
        let (revision, tried) = (self.content.revision, self.content.tried());
        let opens_tries = self.content.pin.as_ref().is_none_or(|slot| {
            Attempts::open(&slot.attempts, &opened.secret, self.wallet(), revision, &tried).is_some()
        });
        // Nobody can choose what is compared here, so its time tells nothing.
        let is_ours = key.expose() == opened.key.key.expose() && opens_tries;
        if is_ours { Ok(()) } else { Err(StoreError::WrongWords) }
    }

    /// Writes the file, on a full disk from the reserve: without it nobody could open the wallet.
    pub(super) fn save(&mut self) -> Result<(), StoreError> {
        self.content.version = self.content.needed_version();
        let (file, content) = (self.files.slots(), self.content.to_cbor());
        self.files.reserve().lend(|| home::write_atomically(&file, &content))
    }
}

impl PinSlot {
    fn new(
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

impl Opened {
    fn seal(
        &self,
        wallet: WalletId,
        kind: SlotKind,
        key: &[u8; 32],
        rng: &mut Rng,
    ) -> Result<Sealed, StoreError> {
        let context = context(wallet, kind);
        let SeedBackup { seed, words } = &self.backup;
        let backup = Zeroizing::new([seed.expose().as_slice(), words.as_bytes()].concat());
        Ok(Sealed {
            database: crypto::seal(key, Label::DatabaseSlot, &context, self.key.key.expose(), rng)?,
            seed: crypto::seal(key, Label::SeedSlot, &context, &backup, rng)?,
        })
    }
}

impl Sealed {
    fn open(
        &self,
        wallet: WalletId,
        kind: SlotKind,
        key: &[u8; 32],
    ) -> Result<(DatabaseKey, SeedBackup), StoreError> {
        let context = context(wallet, kind);
        let damaged = || StoreError::Corrupt { part: "the slots" };
        let database = crypto::open(key, Label::DatabaseSlot, &context, &self.database)?;
        let database = <&[u8; 32]>::try_from(database.as_slice()).map_err(|_| damaged())?;
        let backup = crypto::open(key, Label::SeedSlot, &context, &self.seed)?;
        let (seed, words) = backup.split_first_chunk().ok_or_else(damaged)?;
        let words = std::str::from_utf8(words).map_err(|_| damaged())?;
        let backup = SeedBackup { seed: Seed::from_bytes(seed), words: Zeroizing::new(words.to_owned()) };
        Ok((DatabaseKey::from_bytes(database), backup))
    }
}

/// Lets the device count from where tries are sealed, after the slots that do are written.
fn count_from_sealed(device: &dyn DeviceKey) -> Result<(), DeviceKeyError> {
    if device.counter()? < SEALED_FROM { device.set_counter(SEALED_FROM) } else { Ok(()) }
}

pub(super) fn unwrap_secret(
    wrapped: &[u8],
    context: &[u8],
    device: &dyn DeviceKey,
    purpose: DeviceKeyPurpose,
) -> Result<DeviceSecret, StoreError> {
    let unwrapped = device.unwrap(purpose, context, wrapped)?;
    let secret = unwrapped.first_chunk().map(DeviceSecret::from_bytes).ok_or(DeviceKeyError::Unavailable)?;
    if *unwrapped == *with_check(&secret, context) {
        Ok(secret)
    } else {
        Err(DeviceKeyError::Unavailable.into())
    }
}

pub(super) fn wrap_secret(
    secret: &DeviceSecret,
    context: &[u8],
    device: &dyn DeviceKey,
    purpose: DeviceKeyPurpose,
) -> Result<Vec<u8>, StoreError> {
    Ok(device.wrap(purpose, context, &with_check(secret, context))?)
}

/// The secret and its hash: what a faulty key store answers must not pass for a wrong PIN.
fn with_check(secret: &DeviceSecret, context: &[u8]) -> Zeroizing<Vec<u8>> {
    let check = crypto::hash(Label::Device, &[context, secret.expose()]);
    Zeroizing::new([secret.expose().as_slice(), &check].concat())
}

pub(super) fn context(wallet: WalletId, kind: SlotKind) -> Vec<u8> {
    [wallet.0.as_slice(), &[kind as u8]].concat()
}

/// The version that a file says it is of, whatever else is in it.
fn version_of(bytes: &[u8]) -> Option<u32> {
    let mut decoder = Decoder::new(bytes);
    decoder.map().ok()?;
    (decoder.u32().ok()? == 0).then(|| decoder.u32().ok())?
}

/// Wrong tries in a row after which the PIN slot is destroyed (NIST SP 800-63B-4 allows ten).
const MOST_FAILURES: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::frozen::frozen;
    use crate::store::slots_file::BiometricSlot;

    #[test]
    fn object_of_the_slots() {
        let sealed = |byte| Sealed { database: vec![byte; 4], seed: vec![byte + 1; 4] };
        let parameters = PinParameters::generate(&mut Rng::seeded(1)).unwrap();
        let pin = PinSlot { parameters, sealed: sealed(5), attempts: vec![9; 4] };
        let slots = SlotsFile {
            version: VERSION_WITHOUT_BIOMETRICS,
            wallet: [1; 16],
            salt: [2; 16],
            revision: 3,
            device: vec![4; 4],
            words: sealed(7),
            pin: Some(pin),
            biometric: None,
        };
        frozen("slots", &slots);
        let biometric = Some(BiometricSlot { wrapped: vec![10; 4], sealed: vec![11; 4] });
        frozen(
            "slots-biometric",
            &SlotsFile { version: VERSION_WITH_BIOMETRICS, biometric, ..slots.clone() },
        );
        frozen("slots-tries-bound", &SlotsFile { version: VERSION, ..slots.clone() });
        frozen("slots-pin-destroyed", &SlotsFile { pin: None, ..slots });
    }

    #[test]
    fn object_of_the_attempts() {
        let attempts = Attempts {
            failures: 2,
            last_failure: keepwell_protocol::domain::Timestamp(1_795_000_000),
            tries: SEALED_FROM + 9,
            since_start: Some(keepwell_protocol::domain::Duration(86_400)),
        };
        frozen("pin-attempts", &attempts);
        frozen("pin-attempts-undated", &Attempts { since_start: None, ..attempts });
    }

    #[test]
    fn a_file_says_its_version_first_whatever_follows() {
        assert_eq!(version_of(&[0xa1, 0x00, 0x03]), Some(3));
        assert_eq!(version_of(&[0xa3, 0x00, 0x18, 0x63, 0x01]), Some(99));
        for not in [&[][..], &[0xa1, 0x01, 0x03], &[0xa1, 0x00], &[0x00, 0x01]] {
            assert_eq!(version_of(not), None, "{not:?}");
        }
    }
}
