//! The words themselves.

use std::fmt;

use pbkdf2::pbkdf2_hmac;
use sha2::Sha512;
use zeroize::Zeroizing;

use super::indices::Indices;
use super::list::WordList;
use super::{Language, ParseOptions, ParsedWords, Passphrase, WordsError, parse};
use crate::crypto::{CryptoError, Rng, Seed};

/// 12, 15, 18, 21 or 24 words with a valid checksum, cleared when dropped.
pub struct RecoveryWords {
    /// 16, 20, 24, 28 or 32 bytes, from which the words follow.
    entropy: Zeroizing<Vec<u8>>,
    language: Language,
}

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
        if !matches!(entropy.len(), 16 | 20 | 24 | 28 | 32) {
            return Err(WordsError::WordCount { found: entropy.len() * 3 / 4 });
        }
        Ok(Self { entropy: Zeroizing::new(entropy.to_vec()), language })
    }

    /// Reads what a person typed, pasted or copied from a numbered list.
    ///
    /// # Errors
    /// [`WordsError`], by the first check that fails.
    pub fn parse(text: &str, options: ParseOptions) -> Result<ParsedWords, WordsError> {
        parse::parse(text, options)
    }

    /// Of 12, 15, 18, 21 or 24 words in normal form; none if one is not in the list or the checksum is wrong.
    pub(super) fn from_normal(words: &[Zeroizing<String>], language: Language) -> Option<Self> {
        let list = WordList::of(language);
        // Its full size at once, so that growing leaves no copy behind.
        let mut indices = Zeroizing::new(Vec::with_capacity(words.len()));
        for word in words {
            indices.push(list.index(word)?);
        }
        Some(Self { entropy: Indices::check(&indices)?, language })
    }

    /// The words in order.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        let list = WordList::of(self.language);
        let indices = Indices::of(&self.entropy);
        (0..self.count()).map(move |at| list.word(indices.word(at)))
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
        self.entropy.len() / 4 * 3
    }

    /// The language of the words.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// What the words stand for, to be stored sealed: with the language it gives them back.
    pub fn entropy(&self) -> Zeroizing<Vec<u8>> {
        self.entropy.clone()
    }

    /// The seed of all keys: PBKDF2 of the words with the passphrase.
    pub fn seed(&self, passphrase: &Passphrase) -> Seed {
        let salt = Zeroizing::new([b"mnemonic", passphrase.as_str().as_bytes()].concat());
        let mut seed = Zeroizing::new([0; 64]);
        pbkdf2_hmac::<Sha512>(self.text().as_bytes(), &salt, ROUNDS, seed.as_mut());
        Seed::from_bytes(&seed)
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(..)")
    }
}

/// How often PBKDF2 goes round (BIP-0039).
const ROUNDS: u32 = 2048;
