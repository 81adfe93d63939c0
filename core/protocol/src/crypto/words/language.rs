//! The languages that have an official word list.

/// A word list of BIP-0039.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Language {
    /// English, in which new words are made.
    English,
    /// Chinese in simplified characters.
    ChineseSimplified,
    /// Chinese in traditional characters.
    ChineseTraditional,
    /// Czech, spelled without accents.
    Czech,
    /// French, spelled with accents.
    French,
    /// Italian, spelled without accents.
    Italian,
    /// Japanese in hiragana.
    Japanese,
    /// Korean in Hangul, as syllables or as letters.
    Korean,
    /// Portuguese, spelled without accents.
    Portuguese,
    /// Spanish, spelled with accents.
    Spanish,
}

impl Language {
    /// The ten word lists of BIP-0039, English first.
    pub const ALL: [Self; 10] = [
        Self::English,
        Self::ChineseSimplified,
        Self::ChineseTraditional,
        Self::Czech,
        Self::French,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::Portuguese,
        Self::Spanish,
    ];

    /// The name in lower case, as in `chinese-simplified`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::ChineseSimplified => "chinese-simplified",
            Self::ChineseTraditional => "chinese-traditional",
            Self::Czech => "czech",
            Self::French => "french",
            Self::Italian => "italian",
            Self::Japanese => "japanese",
            Self::Korean => "korean",
            Self::Portuguese => "portuguese",
            Self::Spanish => "spanish",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == name)
    }

    pub(super) const fn list(self) -> bip39::Language {
        match self {
            Self::English => bip39::Language::English,
            Self::ChineseSimplified => bip39::Language::SimplifiedChinese,
            Self::ChineseTraditional => bip39::Language::TraditionalChinese,
            Self::Czech => bip39::Language::Czech,
            Self::French => bip39::Language::French,
            Self::Italian => bip39::Language::Italian,
            Self::Japanese => bip39::Language::Japanese,
            Self::Korean => bip39::Language::Korean,
            Self::Portuguese => bip39::Language::Portuguese,
            Self::Spanish => bip39::Language::Spanish,
        }
    }
}
