//! What a slot gives to the one who opens it, how that is sealed, and by what of the device.

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{self, DatabaseKey, DeviceSecret, Label, Rng, Seed};
use zeroize::Zeroizing;

use super::device_key::{DeviceKey, DeviceKeyError, DeviceKeyPurpose};
use super::open::RawKey;
use super::slots_file::Sealed;
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

/// Which slot, as part of what its contents are bound to.
#[derive(Clone, Copy)]
pub(super) enum SlotKind {
    Pin = 1,
    Words = 2,
    Biometric = 3,
}

impl Opened {
    pub(super) fn seal(
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
    pub(super) fn open(
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
