//! What a person types in secret: a type for each, so that a compiler keeps a PIN from passing for a passphrase.

use std::sync::Arc;

use keepwell_protocol::crypto::Pin as CorePin;
use keepwell_protocol::crypto::words::Passphrase as CorePassphrase;
use zeroize::Zeroizing;

use crate::error::{Result, WalletError};
use crate::reasons::ArgumentReason;

/// A PIN, in the library's memory until this is released, then overwritten.
#[derive(uniffi::Object)]
pub struct Pin(pub(crate) CorePin);

#[uniffi::export]
impl Pin {
    /// Takes 6 to 64 digits of any script, in UTF-8; the caller overwrites them. Throws `PinUnsuitable`.
    #[uniffi::constructor]
    pub fn new(digits: Vec<u8>) -> Result<Arc<Self>> {
        let digits = Zeroizing::new(digits);
        Ok(Arc::new(Self(CorePin::parse(utf8(&digits)?)?)))
    }

    /// Throws `PinUnsuitable` (`PinGuessable`) if a thief would try it among the first; so does every call that sets a
    /// PIN.
    pub fn check_choice(&self) -> Result<()> {
        Ok(self.0.check_choice()?)
    }
}

impl Pin {
    /// The PIN, where it is to be set.
    pub(crate) fn chosen(&self) -> Result<&CorePin> {
        self.check_choice()?;
        Ok(&self.0)
    }
}

/// The passphrase beside the recovery words, in the library's memory until this is released, then overwritten.
#[derive(uniffi::Object)]
pub struct Passphrase(pub(crate) CorePassphrase);

#[uniffi::export]
impl Passphrase {
    /// Takes UTF-8 of which every character counts, at most 256 bytes in normal form; the caller overwrites it. Empty
    /// is none. Throws `InvalidArgument` (`PassphraseTooLong`).
    #[uniffi::constructor]
    pub fn new(text: Vec<u8>) -> Result<Arc<Self>> {
        let text = Zeroizing::new(text);
        Ok(Arc::new(Self(CorePassphrase::parse(utf8(&text)?)?)))
    }
}

impl Passphrase {
    /// The one that was given, or none.
    pub(crate) fn or_none(given: Option<Arc<Self>>) -> Arc<Self> {
        given.unwrap_or_else(|| Arc::new(Self(CorePassphrase::none())))
    }
}

/// Text that crosses as bytes because the app must be able to overwrite it.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| WalletError::invalid(ArgumentReason::InvalidText))
}
