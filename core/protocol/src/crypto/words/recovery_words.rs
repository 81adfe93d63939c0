//! Recovery words whose checksum holds, and the seed that they stand for.

use std::fmt;

use bip39::Mnemonic;
use zeroize::Zeroizing;

use super::{Language, Passphrase, WordsError};
use crate::crypto::{CryptoError, Rng, Seed};

/// 12, 15, 18, 21 or 24 words with a valid checksum, cleared when dropped.
pub struct RecoveryWords(Box<Mnemonic>, Language);

impl RecoveryWords {
    /// Makes 24 English words from 256 bits of the system's randomness.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source fails, or repeats itself within 64 bytes.
    pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        // Twice what is needed, to notice a generator that gives the same again.
        let mut random = Zeroizing::new([0; 64]);
        rng.fill(random.as_mut())?;
        let mut blocks: Vec<&[u8]> = random.chunks(8).collect();
        blocks.sort_unstable();
        blocks.dedup();
        if blocks.len() < 8 {
            return Err(CryptoError::EntropyFailure);
        }
        let (entropy, _) = random.split_at(32);
        Self::from_entropy(entropy, Language::English).map_err(|_| CryptoError::EntropyFailure)
    }

    /// The words for 16, 20, 24, 28 or 32 bytes.
    ///
    /// # Errors
    /// [`WordsError::WordCount`] on any other length.
    pub fn from_entropy(entropy: &[u8], language: Language) -> Result<Self, WordsError> {
        Mnemonic::from_entropy_in(language.list(), entropy)
            .map(|words| Self(Box::new(words), language))
            .map_err(|_| WordsError::WordCount { found: entropy.len() * 3 / 4 })
    }

    pub(super) fn parse_normal(text: &str, language: Language) -> Option<Self> {
        let words = Mnemonic::parse_in_normalized(language.list(), text).ok()?;
        Some(Self(Box::new(words), language))
    }

    /// The words in order.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.words()
    }

    /// The words in order, with a space between two: what a person writes down.
    pub fn text(&self) -> Zeroizing<String> {
        // Its full size at once, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(self.words().map(|word| word.len() + 1).sum()));
        for word in self.words() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    /// How many words there are.
    pub fn count(&self) -> usize {
        self.0.word_count()
    }

    /// The language of the words.
    pub const fn language(&self) -> Language {
        self.1
    }

    /// What the words stand for, to be stored sealed: with the language it gives them back.
    pub fn entropy(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_entropy())
    }

    /// The seed of all keys: PBKDF2 of the words with the passphrase.
    ///
    /// ```
    /// use keepwell_protocol::crypto::Rng;
    /// use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
    ///
    /// let words = RecoveryWords::generate(&mut Rng::system()).unwrap();
    /// let seed = words.seed(&Passphrase::none());
    /// // Another passphrase is another wallet, and never an error.
    /// let other = words.seed(&Passphrase::parse("a summer evening").unwrap());
    /// assert_ne!(seed.fingerprint(), other.fingerprint());
    /// ```
    pub fn seed(&self, passphrase: &Passphrase) -> Seed {
        Seed::from_bytes(&Zeroizing::new(self.0.to_seed_normalized(passphrase.as_str())))
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(..)")
    }
}
