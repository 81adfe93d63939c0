//! Why a text is not a set of recovery words.

use super::{Language, Suggestions};

/// Why a text is not a set of recovery words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WordsError {
    /// Another number of words than 12, 15, 18, 21 or 24; counting stops at 25.
    #[error("{found} words found, recovery words are 12, 15, 18, 21 or 24")]
    WordCount {
        /// How many words there are, 25 for more.
        found: usize,
    },
    /// The numbers in front of the words do not count up from one.
    #[error("the numbers before the words are out of order at word {position}")]
    Numbering {
        /// Which word, from 1.
        position: usize,
    },
    /// A word that is in no list, or not in the list of the others.
    #[error("word {position} is not a recovery word")]
    UnknownWord {
        /// Which word, from 1.
        position: usize,
        /// What may have been meant: for the screen, not for logs.
        suggestions: Suggestions,
        /// Whether it is a word once letters of other scripts are replaced by those they look like.
        looks_alike: bool,
    },
    /// The words belong together wrongly: one is another, or two are exchanged.
    #[error("these are not the words of any wallet, one of them must be wrong")]
    Checksum,
    /// The words are valid in more than one language.
    #[error("the words are valid in more than one language")]
    AmbiguousLanguage {
        /// Which, in the order of [`Language::ALL`].
        languages: Vec<Language>,
    },
    /// Words that everybody knows, from documentation or of repeated bytes.
    #[error("these words are a published example, anybody can open a wallet made of them")]
    TestSeed,
}

impl WordsError {
    /// The stable name of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WordCount { .. } => "WordCount",
            Self::Numbering { .. } => "WordNumbering",
            Self::UnknownWord { .. } => "UnknownWord",
            Self::Checksum => "MnemonicChecksum",
            Self::AmbiguousLanguage { .. } => "AmbiguousLanguage",
            Self::TestSeed => "TestSeed",
        }
    }
}
