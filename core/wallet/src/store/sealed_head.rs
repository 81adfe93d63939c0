//! The end of the state log as this device last saw it, sealed beside the database.

use keepwell_protocol::crypto::{self, CryptoError, DeviceSecret, Label, Rng};
use keepwell_protocol::domain::Object;

use super::home::{self, WalletFiles};
use super::state_log::Head;
use super::{StoreError, WalletId};

/// Reads the sealed head.
///
/// # Errors
/// [`StoreError::Corrupt`] if the file is gone or is not what this device sealed for this wallet:
/// without it nothing tells an old database from the newest.
pub(crate) fn read(files: &WalletFiles, wallet: WalletId, secret: &DeviceSecret) -> Result<Head, StoreError> {
    let damaged = || StoreError::Corrupt { part: "the sealed head" };
    let sealed = home::read_small(&files.head())?.ok_or_else(damaged)?;
    let head = crypto::open(secret.expose(), Label::StateHead, &wallet.0, &sealed)
        .map_err(|_: CryptoError| damaged())?;
    Ok(Head::from_cbor(&head)?)
}

/// Seals the head in place of the one before.
pub(crate) fn write(
    files: &WalletFiles,
    wallet: WalletId,
    secret: &DeviceSecret,
    head: Head,
    rng: &mut Rng,
) -> Result<(), StoreError> {
    let sealed = crypto::seal(secret.expose(), Label::StateHead, &wallet.0, &head.to_cbor(), rng)?;
    home::write_atomically(&files.head(), &sealed)
}
