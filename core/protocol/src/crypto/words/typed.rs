//! Words while they are typed: which are known, what the others may become, and whether all of them can be read.

use std::fmt;

use zeroize::Zeroizing;

use super::parse::{MOST, normal, split_number, written};
use super::suggestion::{beginning_with, suggest};
use super::{Language, ParseOptions, RecoveryWords, Suggestions, WordsError};

/// One word of a text that a person is typing.
pub struct TypedWord {
    /// Which it is, from 1: by the number before it, else by the word before it.
    pub position: usize,
    /// It as it may stand in a list: lower case, in NFKD, without its number; cleared when dropped.
    pub text: Zeroizing<String>,
    /// What it is as far as it is typed.
    pub state: TypedWordState,
}

/// What a word is as far as it is typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TypedWordState {
    /// A word of the list.
    Known,
    /// The beginning of some: the first of these in the order of the list.
    Begun(Suggestions),
    /// No beginning of any; what may have been meant.
    Unknown(Suggestions),
}

/// A text of recovery words that may not be typed to its end.
pub struct TypedWords {
    /// Its words in their order, 24 at most.
    pub words: Vec<TypedWord>,
    /// Whether it can be read as it is, or what [`RecoveryWords::parse`] says to it. The first 12 of 24 words may be
    /// readable, too: who has more goes on typing.
    pub whole: Result<(), WordsError>,
}

impl TypedWords {
    /// Looks at what was typed so far, in the language that knows most of it.
    ///
    /// ```
    /// use keepwell_protocol::crypto::words::{TypedWordState, TypedWords};
    ///
    /// let typed = TypedWords::read("1. remove 2. until 4. pol");
    /// let [remove, _, begun] = &typed.words[..] else { panic!() };
    /// assert_eq!(remove.state, TypedWordState::Known);
    /// let TypedWordState::Begun(completions) = begun.state else { panic!() };
    /// assert_eq!((begun.position, completions.iter().next()), (4, Some("polar")));
    /// assert!(typed.whole.is_err());
    /// ```
    pub fn read(text: &str) -> Self {
        let words = numbered(text);
        // The first of those that know as much, which is English: `max_by_key` takes the last.
        let language = Language::ALL.into_iter().rev().max_by_key(|language| {
            let states = || words.iter().map(|(_, word)| state(word, *language));
            let is_known = |state: &TypedWordState| matches!(state, TypedWordState::Known);
            let is_open = |state: &TypedWordState| !matches!(state, TypedWordState::Unknown(_));
            (states().filter(is_known).count(), states().filter(is_open).count())
        });
        let language = language.unwrap_or(Language::English);
        let judged = words.into_iter().map(|(position, text)| {
            let state = match state(&text, language) {
                TypedWordState::Unknown(_) => TypedWordState::Unknown(suggest(&text, language).0),
                state => state,
            };
            TypedWord { position, text, state }
        });
        Self { words: judged.collect(), whole: RecoveryWords::parse(text, ParseOptions::default()).map(drop) }
    }
}

/// Shows no word.
impl fmt::Debug for TypedWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedWords(..)")
    }
}

/// The words of a text with their positions; numbers may leave out some.
fn numbered(text: &str) -> Vec<(usize, Zeroizing<String>)> {
    let (mut words, mut next) = (Vec::new(), 1);
    for token in written(text).map(normal) {
        let (digits, word) = split_number(&token);
        next = digits.parse().ok().filter(|number| (1..=MOST).contains(number)).unwrap_or(next);
        if !word.is_empty() && words.len() < MOST {
            words.push((next, Zeroizing::new(word.to_owned())));
            next += 1;
        }
    }
    words
}

/// What a word is in a language; of what is unknown not yet what may have been meant, which takes longer.
fn state(word: &str, language: Language) -> TypedWordState {
    if language.list().find_word(word).is_some() {
        return TypedWordState::Known;
    }
    let completions = beginning_with(word, language);
    if completions.is_empty() {
        TypedWordState::Unknown(completions)
    } else {
        TypedWordState::Begun(completions)
    }
}
