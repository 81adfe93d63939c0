//! Names of people as words that can be compared.

use minicbor::{Decode, Encode};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{fold, is_in_word, words};

/// A name of a person, as written.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, Hash, PartialEq)]
#[cbor(map)]
pub struct PersonName {
    /// `text`: the whole name.
    #[n(0)]
    pub text: Option<String>,
    /// `family`: more than one only before FHIR STU3.
    #[n(1)]
    pub family: Vec<String>,
    /// `given`, the first one first.
    #[n(2)]
    pub given: Vec<String>,
}

impl PersonName {
    /// The whole name: as written, or given and family names.
    pub fn full(&self) -> Option<String> {
        if self.text.is_some() {
            return self.text.clone();
        }
        let parts: Vec<&str> = self.given.iter().chain(&self.family).map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

/// A word of a name in the spellings that it stands for, sorted; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Token(Vec<String>);

impl Token {
    /// Whether the two are spellings of one word.
    fn is(&self, other: &Self) -> bool {
        self.0.iter().any(|form| other.0.contains(form))
    }

    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The names of a person as words.
#[derive(Clone, Debug, Default)]
pub(super) struct NameTokens {
    /// The words of all family names.
    pub(super) family: Vec<Token>,
    /// The words of the given names, one list for each name that has any.
    pub(super) given: Vec<Vec<Token>>,
}

impl NameTokens {
    pub(super) fn new(names: &[PersonName]) -> Self {
        let mut tokens = Self::default();
        for name in names.iter().take(MOST_NAMES) {
            let (mut family, mut given) = (tokens_of(&name.family), tokens_of(&name.given));
            if name.family.is_empty() && name.given.is_empty() {
                // Which word is which is not said.
                family = tokens_of(name.text.as_slice());
                given.clone_from(&family);
            }
            for token in family {
                if !tokens.family.contains(&token) {
                    tokens.family.push(token);
                }
            }
            if !given.is_empty() && !tokens.given.contains(&given) {
                tokens.given.push(given);
            }
        }
        tokens
    }

    pub(super) fn shares_family(&self, other: &Self) -> bool {
        self.family.iter().any(|one| is_in(one, &other.family))
    }

    pub(super) fn shares_given(&self, other: &Self) -> bool {
        self.given.iter().flatten().any(|one| other.given.iter().any(|given| is_in(one, given)))
    }

    /// Whether the given names of one are among those of the other.
    pub(super) fn agrees_in_given(&self, other: &Self) -> bool {
        let inside = |one: &[Token], all: &[Token]| one.iter().all(|token| is_in(token, all));
        self.given.iter().any(|one| other.given.iter().any(|two| inside(one, two) || inside(two, one)))
    }
}

fn is_in(token: &Token, tokens: &[Token]) -> bool {
    tokens.iter().any(|other| token.is(other))
}

/// The words of parts of a name that count: not initials.
fn tokens_of(parts: &[String]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for part in parts {
        let part: String = part.chars().take(MOST_CHARACTERS).map(apostrophe).collect();
        let (plain, written_out) = (fold(&part), written_out(&part));
        let (plain, written_out) = (pieces(&plain), pieces(&written_out));
        // Both say the same letter for letter, so their words are in the same places.
        for (plain, written_out) in plain.zip(written_out) {
            add_tokens(&mut tokens, plain, written_out);
            if tokens.len() >= MOST_TOKENS {
                return tokens;
            }
        }
    }
    tokens
}

/// Adds the words of a piece without blanks; `O'Brien` is also spelled `OBrien`.
fn add_tokens(tokens: &mut Vec<Token>, plain: &str, written_out: &str) {
    let counted = |piece: &str| words(piece).filter(|word| !is_initial(word)).count();
    let joined = (counted(plain) == 1 && words(plain).count() > 1).then(|| plain.replace('\'', ""));
    for (plain, written_out) in words(plain).zip(words(written_out)).filter(|(word, _)| !is_initial(word)) {
        let mut forms = vec![plain.to_owned(), written_out.to_owned()];
        forms.extend(joined.clone());
        forms.sort_unstable();
        forms.dedup();
        let token = Token(forms);
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
}

/// What stands between blanks and punctuation, apostrophes within it.
fn pieces(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c| c != '\'' && !is_in_word(c)).filter(|piece| words(piece).next().is_some())
}

const fn apostrophe(character: char) -> char {
    match character {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{2b9}' | '\u{60}' | '\u{b4}' | '\u{ff07}' => '\'',
        other => other,
    }
}

/// The folded text with the letters that some write as two written so.
fn written_out(text: &str) -> String {
    if text.is_ascii() {
        return fold(text).into_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.nfkc() {
        match character {
            'ä' | 'Ä' => out.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' => out.push_str("oe"),
            'ü' | 'Ü' => out.push_str("ue"),
            'å' | 'Å' => out.push_str("aa"),
            other => out.push(other),
        }
    }
    fold(&out).into_owned()
}

/// Whether a word is a single letter of a script that has capitals.
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|letter| letter.is_lowercase() || letter.is_uppercase())
        && letters.next().is_none()
}

/// More names than a person has in a Patient.
const MOST_NAMES: usize = 32;
/// Characters of a part of a name that are looked at.
const MOST_CHARACTERS: usize = 500;
/// Words of a part of a name that are looked at.
const MOST_TOKENS: usize = 32;
