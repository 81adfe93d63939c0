//! The official word lists, as BIP-0039 publishes them: NFKD, a word a line.

use super::Language;

/// The 2048 words of a language, each by its index.
///
/// Text and not a table: 20,480 addresses would take 320 kB more in every app.
#[derive(Clone, Copy)]
pub(super) struct WordList(&'static str);

impl WordList {
    /// The list of this language.
    pub(super) const fn of(language: Language) -> Self {
        Self(match language {
            Language::English => include_str!("lists/english.txt"),
            Language::ChineseSimplified => include_str!("lists/chinese-simplified.txt"),
            Language::ChineseTraditional => include_str!("lists/chinese-traditional.txt"),
            Language::Czech => include_str!("lists/czech.txt"),
            Language::French => include_str!("lists/french.txt"),
            Language::Italian => include_str!("lists/italian.txt"),
            Language::Japanese => include_str!("lists/japanese.txt"),
            Language::Korean => include_str!("lists/korean.txt"),
            Language::Portuguese => include_str!("lists/portuguese.txt"),
            Language::Spanish => include_str!("lists/spanish.txt"),
        })
    }

    /// The words in the order of their indices.
    pub(super) fn words(self) -> impl Iterator<Item = &'static str> {
        self.0.lines()
    }

    /// The word with this index, which is below 2048.
    pub(super) fn word(self, index: u16) -> &'static str {
        self.words().nth(usize::from(index)).unwrap_or_default()
    }

    /// The index of a word in normal form.
    pub(super) fn index(self, word: &str) -> Option<u16> {
        self.words().position(|listed| listed == word).and_then(|index| u16::try_from(index).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256;

    #[test]
    fn holds_the_published_lists_and_finds_words_by_index_and_back() {
        for (language, published) in PUBLISHED {
            let list = WordList::of(language);
            assert_eq!(hex::encode(sha256(list.0.as_bytes())), published, "{language:?}");
            let words: Vec<&str> = list.words().collect();
            assert_eq!(words.len(), 2048, "{language:?}");
            for (index, word) in (0..).zip(words).step_by(89) {
                assert_eq!((list.word(index), list.index(word)), (word, Some(index)), "{language:?}");
            }
            assert_eq!((list.word(2048), list.index("")), ("", None), "{language:?}");
        }
    }

    /// The SHA-256 of the files of the repository `bitcoin/bips`, folder `bip-0039`.
    const PUBLISHED: [(Language, &str); 10] = [
        (Language::English, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"),
        (Language::ChineseSimplified, "5c5942792bd8340cb8b27cd592f1015edf56a8c5b26276ee18a482428e7c5726"),
        (Language::ChineseTraditional, "417b26b3d8500a4ae3d59717d7011952db6fc2fb84b807f3f94ac734e89c1b5f"),
        (Language::Czech, "7e80e161c3e93d9554c2efb78d4e3cebf8fc727e9c52e03b83b94406bdcc95fc"),
        (Language::French, "ebc3959ab7801a1df6bac4fa7d970652f1df76b683cd2f4003c941c63d517e59"),
        (Language::Italian, "d392c49fdb700a24cd1fceb237c1f65dcc128f6b34a8aacb58b59384b5c648c2"),
        (Language::Japanese, "2eed0aef492291e061633d7ad8117f1a2b03eb80a29d0e4e3117ac2528d05ffd"),
        (Language::Korean, "9e95f86c167de88f450f0aaf89e87f6624a57f973c67b516e338e8e8b8897f60"),
        (Language::Portuguese, "2685e9c194c82ae67e10ba59d9ea5345a23dc093e92276fc5361f6667d79cd3f"),
        (Language::Spanish, "46846a5a0139d1e3cb77293e521c2865f7bcdb82c44e8d0a06a2cd0ecba48c0b"),
    ];
}
