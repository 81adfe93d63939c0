//! Recovery words: drawn, read, asked for.

use std::sync::Arc;

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::crypto::words::{ParseOptions, Quiz, RecoveryWords as CoreWords, WordsError};
use zeroize::Zeroizing;

use crate::error::{Result, WalletError};
use crate::secrets::utf8;

/// The 24 words that bring everything back, in memory until this is released.
#[derive(uniffi::Object)]
pub struct RecoveryWords(pub(crate) CoreWords);

#[uniffi::export]
impl RecoveryWords {
    /// Draws the words of a new wallet.
    #[uniffi::constructor]
    pub fn generate() -> Result<Arc<Self>> {
        Ok(Arc::new(Self(CoreWords::generate(&mut Rng::system())?)))
    }

    /// Reads words as people write them: any spacing, any case, numbered, in any of the ten languages.
    ///
    /// `text` is UTF-8. Throws `WordsUnreadable`.
    #[uniffi::constructor]
    pub fn parse(text: Vec<u8>) -> Result<Arc<Self>> {
        let text = Zeroizing::new(text);
        Ok(Arc::new(Self(CoreWords::parse(utf8(&text)?, ParseOptions::default())?.words)))
    }

    /// The words as UTF-8, separated by blanks; the caller shows and overwrites them.
    pub fn text(&self) -> Result<Vec<u8>> {
        Ok(self.0.text().as_bytes().to_vec())
    }

    /// How many there are: 12, 15, 18, 21 or 24.
    pub fn count(&self) -> Result<u32> {
        u32::try_from(self.0.count()).map_err(|_| WalletError::Internal)
    }

    /// Three positions, from 1, to ask for after the words were written down.
    pub fn quiz(&self) -> Result<Vec<u32>> {
        let positions = Quiz::draw(&self.0, &mut Rng::system())?.positions();
        positions.into_iter().map(|at| u32::try_from(at).map_err(|_| WalletError::Internal)).collect()
    }
}

/// What may have been meant by the first word of `text` that is none; for the screen, not for logs.
///
/// At most three; empty if every word is one.
#[uniffi::export]
pub fn suggest_words(text: Vec<u8>) -> Result<Vec<String>> {
    let text = Zeroizing::new(text);
    Ok(match CoreWords::parse(utf8(&text)?, ParseOptions::default()) {
        Err(WordsError::UnknownWord { suggestions, .. }) => suggestions.iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    })
}
