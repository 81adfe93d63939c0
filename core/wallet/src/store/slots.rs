//! Slots: what a PIN or the recovery words open. Each holds the database key and the seed.
//!
//! The PIN slot needs the device as well: its key comes from the stretched PIN and a secret that
//! only the device can unwrap. The words slot needs the words alone.

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{
    self, CryptoError, DatabaseKey, DeviceSecret, Label, Pin, PinParameters, Rng, Seed, pin_slot_key,
};
use keepwell_protocol::domain::{Duration, Object, Timestamp};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::device_key::{DeviceKey, DeviceKeyError};
use super::home::{self, WalletFiles};
use super::open::RawKey;
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
    content: SlotsFile,
}

/// The file. Only the PIN slot's counter changes without a new revision.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
struct SlotsFile {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    wallet: [u8; 16],
    /// Begins the database file.
    #[cbor(n(2), with = "minicbor::bytes")]
    salt: [u8; 16],
    /// How often slots were made or replaced.
    #[n(3)]
    revision: u64,
    /// The device secret, wrapped by the device.
    #[cbor(n(4), with = "minicbor::bytes")]
    device: Vec<u8>,
    #[n(5)]
    words: Sealed,
    /// Absent once it is destroyed.
    #[n(6)]
    pin: Option<PinSlot>,
}

impl Object for SlotsFile {}

#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
struct PinSlot {
    #[n(0)]
    parameters: PinParameters,
    #[n(1)]
    sealed: Sealed,
    /// Tries that were not known to be right; counted before each one.
    #[n(2)]
    failures: u32,
    /// When the last of them was.
    #[n(3)]
    last_failure: Timestamp,
    /// All tries ever: the device's counter, or one more if the device was cut off before it counted.
    #[n(4)]
    tries: u64,
}

/// What a slot holds, sealed under its key.
#[derive(Clone, Debug, Decode, Encode)]
#[cbor(map)]
struct Sealed {
    #[cbor(n(0), with = "minicbor::bytes")]
    database: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    seed: Vec<u8>,
}

/// Which slot, as part of what its contents are bound to.
#[derive(Clone, Copy)]
enum SlotKind {
    Pin = 1,
    Words = 2,
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
        let content = SlotsFile::from_cbor(&bytes).map_err(|_| damaged)?;
        if content.version > VERSION {
            return Err(StoreError::TooNew { found: content.version, supported: VERSION });
        }
        Ok(Self { files, content })
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
            device: wrap_secret(&opened.secret, wallet, device)?,
            words,
            pin: Some(PinSlot::new(wallet, opened, pin, device.counter()?, rng)?),
        };
        let slots = Self { files, content };
        slots.save()?;
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
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        let slot = self.content.pin.as_mut().ok_or(StoreError::PinSlotDestroyed)?;
        if let Some(seconds) = delay(slot.failures, slot.last_failure, now) {
            return Err(StoreError::PinDelayed { seconds });
        }
        let secret = unwrap_secret(&self.content.device, WalletId(self.content.wallet), device)?;
        if device.counter()? > slot.tries {
            // An older file was put back, to try again.
            self.content.pin = None;
            self.save()?;
            return Err(StoreError::PinSlotDestroyed);
        }
        let before = (slot.failures, slot.last_failure);
        slot.failures += 1;
        slot.last_failure = now;
        slot.tries += 1;
        let (failures, tries) = (slot.failures, slot.tries);
        self.save()?;
        if let Err(error) = device.set_counter(tries) {
            if let Some(slot) = &mut self.content.pin {
                (slot.failures, slot.last_failure) = before;
            }
            self.save()?;
            return Err(error.into());
        }
        let slot = self.content.pin.as_mut().ok_or(StoreError::PinSlotDestroyed)?;
        let key = pin_slot_key(pin, &slot.parameters, &secret)?;
        match slot.sealed.open(WalletId(self.content.wallet), SlotKind::Pin, key.expose()) {
            Ok((key, backup)) => {
                slot.failures = 0;
                self.save()?;
                Ok(Opened { key: RawKey { key, salt: self.content.salt }, backup, secret })
            }
            Err(StoreError::Crypto(CryptoError::CommitmentMismatch)) if failures < MOST_FAILURES => {
                Err(StoreError::WrongPin { left: MOST_FAILURES - failures })
            }
            Err(StoreError::Crypto(CryptoError::CommitmentMismatch)) => {
                self.content.pin = None;
                self.save()?;
                Err(StoreError::PinSlotDestroyed)
            }
            Err(error) => Err(error),
        }
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
        let (secret, device_was_lost) = match unwrap_secret(&self.content.device, wallet, device) {
            Ok(secret) => (secret, false),
            Err(StoreError::DeviceKey(DeviceKeyError::Lost)) => (DeviceSecret::generate(rng)?, true),
            Err(error) => return Err(error),
        };
        let opened = Opened { key: RawKey { key, salt: self.content.salt }, backup, secret };
        Ok(OpenedWithWords { opened, device_was_lost })
    }

    /// Makes a new PIN slot in place of the old one, or of the one that was destroyed.
    pub(crate) fn set_pin(
        &mut self,
        opened: &Opened,
        pin: &Pin,
        device: &dyn DeviceKey,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        let wallet = self.wallet();
        let content = SlotsFile {
            revision: self.content.revision + 1,
            device: wrap_secret(&opened.secret, wallet, device)?,
            pin: Some(PinSlot::new(wallet, opened, pin, device.counter()?, rng)?),
            ..self.content.clone()
        };
        let slots = Self { files: self.files.clone(), content };
        slots.save()?;
        *self = slots;
        Ok(())
    }

    fn save(&self) -> Result<(), StoreError> {
        home::write_atomically(&self.files.slots(), &self.content.to_cbor())
    }
}

impl PinSlot {
    fn new(
        wallet: WalletId,
        opened: &Opened,
        pin: &Pin,
        tries: u64,
        rng: &mut Rng,
    ) -> Result<Self, StoreError> {
        let parameters = PinParameters::generate(rng)?;
        let key = pin_slot_key(pin, &parameters, &opened.secret)?;
        let sealed = opened.seal(wallet, SlotKind::Pin, key.expose(), rng)?;
        Ok(Self { parameters, sealed, failures: 0, last_failure: Timestamp(0), tries })
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

fn unwrap_secret(
    wrapped: &[u8],
    wallet: WalletId,
    device: &dyn DeviceKey,
) -> Result<DeviceSecret, StoreError> {
    let unwrapped = device.unwrap(&wallet.0, wrapped)?;
    let secret = unwrapped.first_chunk().map(DeviceSecret::from_bytes).ok_or(DeviceKeyError::Unavailable)?;
    if *unwrapped == *with_check(&secret, wallet) {
        Ok(secret)
    } else {
        Err(DeviceKeyError::Unavailable.into())
    }
}

fn wrap_secret(
    secret: &DeviceSecret,
    wallet: WalletId,
    device: &dyn DeviceKey,
) -> Result<Vec<u8>, StoreError> {
    Ok(device.wrap(&wallet.0, &with_check(secret, wallet))?)
}

/// The secret and its hash: what a faulty key store answers must not pass for a wrong PIN.
fn with_check(secret: &DeviceSecret, wallet: WalletId) -> Zeroizing<Vec<u8>> {
    let check = crypto::hash(Label::Device, &[&wallet.0, secret.expose()]);
    Zeroizing::new([secret.expose().as_slice(), &check].concat())
}

fn context(wallet: WalletId, kind: SlotKind) -> Vec<u8> {
    [wallet.0.as_slice(), &[kind as u8]].concat()
}

/// How long to wait before the next try, if at all.
fn delay(failures: u32, last: Timestamp, now: Timestamp) -> Option<u64> {
    let wait = match failures {
        0..=2 => return None,
        3 => Duration(30),
        4 => Duration::minutes(1),
        5 => Duration::minutes(5),
        6 => Duration::minutes(15),
        _ => Duration::hours(1),
    };
    // A clock that was turned back makes the wait no longer than it is.
    let left = wait.0.saturating_sub(now.since(last).0);
    (left > 0).then_some(left)
}

/// The version of the file.
const VERSION: u32 = 1;

/// Wrong tries in a row after which the PIN slot is destroyed (NIST SP 800-63B-4 allows ten).
const MOST_FAILURES: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::frozen::frozen;

    #[test]
    fn object_of_the_slots() {
        let sealed = |byte| Sealed { database: vec![byte; 4], seed: vec![byte + 1; 4] };
        let parameters = PinParameters::generate(&mut Rng::seeded(1)).unwrap();
        let (sealed_pin, last_failure) = (sealed(5), Timestamp(1_795_000_000));
        let pin = PinSlot { parameters, sealed: sealed_pin, failures: 2, last_failure, tries: 9 };
        let slots = SlotsFile {
            version: VERSION,
            wallet: [1; 16],
            salt: [2; 16],
            revision: 3,
            device: vec![4; 4],
            words: sealed(7),
            pin: Some(pin),
        };
        frozen("slots", &slots);
        frozen("slots-pin-destroyed", &SlotsFile { pin: None, ..slots });
    }
}
