//! Slots: what a PIN or the recovery words open. Each of these holds the database key and the seed.
//!
//! The PIN slot needs the device as well: its key comes from the stretched PIN and a secret that
//! only the device can unwrap. The words slot needs the words alone.

use keepwell_protocol::crypto::{CryptoError, DeviceSecret, Pin, Rng, Seed};
use keepwell_protocol::domain::Object;
use minicbor::Decoder;

use super::attempts::{Attempts, count_from_sealed};
use super::device_key::{DeviceKey, DeviceKeyError, DeviceKeyPurpose};
use super::home::{self, WalletFiles};
use super::open::RawKey;
use super::slot_contents::{Opened, SlotKind, unwrap_secret, wrap_secret};
use super::slots_file::{PinSlot, SlotsFile, VERSION, VERSION_WITH_BIOMETRICS, VERSION_WITHOUT_BIOMETRICS};
use super::slots_version1::SlotsVersion1;
use super::{StoreError, WalletId};

/// What the recovery words give.
pub(crate) struct OpenedWithWords {
    /// As from any slot.
    pub(crate) opened: Opened,
    /// Whether the secret is a new one, because this device does not open the old one.
    pub(crate) device_was_lost: bool,
}

/// The slots of one wallet, as they are in the file.
pub(crate) struct Slots {
    pub(super) files: WalletFiles,
    pub(super) content: SlotsFile,
    /// The tries in a file of version 1, which are sealed with the next one.
    pub(super) unsealed: Option<Attempts>,
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

    /// Leaves only the words to open the wallet.
    pub(crate) fn close_all_but_words(&mut self, device: &dyn DeviceKey) -> Result<(), StoreError> {
        self.forget_biometric_key(device);
        self.content.biometric = None;
        self.close_pin()
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

/// The version that a file says it is of, whatever else is in it.
fn version_of(bytes: &[u8]) -> Option<u32> {
    let mut decoder = Decoder::new(bytes);
    decoder.map().ok()?;
    (decoder.u32().ok()? == 0).then(|| decoder.u32().ok())?
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::PinParameters;

    use super::*;
    use crate::store::attempts::SEALED_FROM;
    use crate::store::frozen::frozen;
    use crate::store::slots_file::{BiometricSlot, Sealed};

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
