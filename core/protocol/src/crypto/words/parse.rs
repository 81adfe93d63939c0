//! Reading words as people write them: any spacing, any case, numbered, in any language.

use zeroize::Zeroizing;

use super::normal::{is_invisible, word};
use super::suggestion::suggest;
use super::{Language, RecoveryWords, WordsError, test_seed};

/// What the reader is told beside the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParseOptions {
    /// The language, where asking for it was necessary.
    pub language: Option<Language>,
    /// Whether published examples are taken, for demonstrations.
    pub allow_test_seed: bool,
}

/// Words that were read, and what was left out of the text.
#[derive(Debug)]
pub struct ParsedWords {
    /// Words of one language whose checksum holds.
    pub words: RecoveryWords,
    /// Numbers stood before the words.
    pub had_numbers: bool,
    /// Characters that cannot be seen stood among them.
    pub had_invisible: bool,
}

impl RecoveryWords {
    /// Reads what a person typed, pasted or copied from a numbered list.
    ///
    /// # Errors
    /// [`WordsError`], by the first check that fails.
    ///
    /// ```
    /// use keepwell_protocol::crypto::words::{ParseOptions, RecoveryWords, WordsError};
    /// use keepwell_protocol::crypto::{CryptoError, Rng};
    ///
    /// let words = RecoveryWords::generate(&mut Rng::system())?;
    /// assert_eq!(words.count(), 24);
    /// let read = RecoveryWords::parse(&words.text(), ParseOptions::default()).unwrap();
    /// assert_eq!(read.words.entropy(), words.entropy());
    ///
    /// let too_few = RecoveryWords::parse("abandon ability able", ParseOptions::default());
    /// assert!(matches!(too_few, Err(WordsError::WordCount { found: 3 })));
    /// # Ok::<(), CryptoError>(())
    /// ```
    pub fn parse(text: &str, options: ParseOptions) -> Result<ParsedWords, WordsError> {
        let Tokens { words, had_numbers, had_invisible } = Tokens::read(text)?;
        if !matches!(words.len(), 12 | 15 | 18 | 21 | 24) {
            return Err(WordsError::WordCount { found: words.len() });
        }
        let candidates = options.language.map_or_else(|| Language::ALL.to_vec(), |language| vec![language]);
        let known = |language: Language| {
            words.iter().take_while(|word| language.list().find_word(word).is_some()).count()
        };
        // The language that reads furthest; English where several do, `max_by_key` takes the last.
        let best = candidates.iter().rev().copied().max_by_key(|language| known(*language));
        let best = best.unwrap_or(Language::English);
        if let Some(unknown) = words.get(known(best)) {
            let (suggestions, looks_alike) = suggest(unknown, best);
            return Err(WordsError::UnknownWord { position: known(best) + 1, suggestions, looks_alike });
        }
        let text = joined(&words);
        let mut valid: Vec<RecoveryWords> =
            candidates.iter().filter_map(|language| RecoveryWords::parse_normal(&text, *language)).collect();
        let words = match (valid.pop(), valid.is_empty()) {
            (None, _) => return Err(WordsError::Checksum),
            (Some(words), true) => words,
            (Some(last), false) => {
                let languages = valid.iter().chain([&last]).map(RecoveryWords::language).collect();
                return Err(WordsError::AmbiguousLanguage { languages });
            }
        };
        if !options.allow_test_seed && test_seed::is_published(&words) {
            return Err(WordsError::TestSeed);
        }
        Ok(ParsedWords { words, had_numbers, had_invisible })
    }
}

fn joined(words: &[Zeroizing<String>]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(words.iter().map(|word| word.len() + 1).sum()));
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The words of a text in normal form, without numbers and what cannot be seen.
#[derive(Default)]
struct Tokens {
    words: Vec<Zeroizing<String>>,
    had_numbers: bool,
    had_invisible: bool,
}

impl Tokens {
    fn read(text: &str) -> Result<Self, WordsError> {
        let mut tokens = Self::default();
        for written in written(text) {
            tokens.had_invisible |= written.chars().any(is_invisible);
            let normal = normal(written);
            let Some(word) = tokens.without_number(&normal)? else { continue };
            if tokens.words.len() == MOST {
                return Err(WordsError::WordCount { found: MOST + 1 });
            }
            tokens.words.push(Zeroizing::new(word.to_owned()));
        }
        Ok(tokens)
    }

    /// Takes off a number such as `1.` or `1)`, which must be that of the next word.
    fn without_number<'a>(&mut self, token: &'a str) -> Result<Option<&'a str>, WordsError> {
        let (digits, rest) = split_number(token);
        if !digits.is_empty() {
            let position = self.words.len() + 1;
            if digits.parse() != Ok(position) {
                return Err(WordsError::Numbering { position });
            }
            self.had_numbers = true;
        }
        Ok(Some(rest).filter(|rest| !rest.is_empty()))
    }
}

/// What stands in a text between white space and commas; it may be empty.
pub(super) fn written(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || COMMAS.contains(&character))
}

/// What was written as it may stand in a list: its beginning, where it is longer than any word.
pub(super) fn normal(written: &str) -> Zeroizing<String> {
    let mut visible = Zeroizing::new(String::with_capacity(LONGEST * 4));
    visible.extend(written.chars().filter(|character| !is_invisible(*character)).take(LONGEST));
    word(&visible)
}

/// The digits of a number such as `1.` or `1)` before a word, and the word; each may be empty.
pub(super) fn split_number(token: &str) -> (&str, &str) {
    let rest = token.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = token.strip_suffix(rest).unwrap_or_default();
    let without_mark = rest.strip_prefix(['.', ')', ':', '-']).filter(|_| !digits.is_empty());
    (digits, without_mark.unwrap_or(rest))
}

/// What people put between words beside white space.
const COMMAS: [char; 4] = [',', ';', '、', '，'];
/// BIP-0039 has phrases of 12 to 24 words.
pub(super) const MOST: usize = 24;
/// Above the longest word of every list, in characters before and after NFKD.
const LONGEST: usize = 40;
