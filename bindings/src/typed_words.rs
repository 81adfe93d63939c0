//! Recovery words while they are typed.

use std::fmt;

use keepwell_protocol::crypto::words::{
    Suggestions, TypedWord as CoreWord, TypedWordState as CoreState, TypedWords as CoreWords,
};
use zeroize::Zeroizing;

use crate::error::{Result, WalletError};
use crate::reasons::WordsReason;
use crate::secrets::utf8;

/// One word of a text that a person is typing.
#[derive(uniffi::Record)]
#[uniffi::export(Display)]
pub struct TypedWord {
    /// Which it is, from 1: by the number before it, else by the word before it.
    pub position: u32,
    /// It as it may stand in a list: lower case, without its number, UTF-8 in NFKD; the caller overwrites it.
    pub text: Vec<u8>,
    /// What it is as far as it is typed.
    pub state: TypedWordState,
}

/// Shows nothing of the word.
impl fmt::Display for TypedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedWord({}, ..)", self.position)
    }
}

/// What a word is as far as it is typed; for the screen, not for logs.
#[derive(uniffi::Enum)]
pub enum TypedWordState {
    /// A word of the list.
    Known,
    /// The beginning of some.
    Begun {
        /// The first of these in the order of the list, at most three.
        completions: Vec<String>,
    },
    /// No beginning of any.
    Unknown {
        /// What may have been meant, the likeliest first, at most three.
        suggestions: Vec<String>,
    },
}

/// A text of recovery words that may not be typed to its end.
#[derive(uniffi::Record)]
pub struct TypedWords {
    /// Its words in their order, 24 at most.
    pub words: Vec<TypedWord>,
    /// Why it cannot be read as it is; none if it can. The first 12 of 24 words may
    /// be readable, too: who has more goes on typing.
    pub refusal: Option<WordsReason>,
}

/// Looks at recovery words that are being typed, in the language that knows most of them; fields that are filled in one
/// by one make a text of their numbers and words, `3. pol`.
///
/// `text` is UTF-8 that the caller overwrites.
#[uniffi::export]
pub fn read_typed_words(text: Vec<u8>) -> Result<TypedWords> {
    let text = Zeroizing::new(text);
    let CoreWords { words, whole } = CoreWords::read(utf8(&text)?);
    let words = words.into_iter().map(typed_word).collect::<Result<_>>()?;
    Ok(TypedWords { words, refusal: whole.err().map(|error| error.code().into()) })
}

fn typed_word(word: CoreWord) -> Result<TypedWord> {
    let CoreWord { position, text, state } = word;
    let listed = |words: Suggestions| words.iter().map(str::to_owned).collect();
    Ok(TypedWord {
        position: position.try_into().map_err(|_| WalletError::Internal)?,
        text: text.as_bytes().to_vec(),
        state: match state {
            CoreState::Known => TypedWordState::Known,
            CoreState::Begun(words) => TypedWordState::Begun { completions: listed(words) },
            CoreState::Unknown(words) => TypedWordState::Unknown { suggestions: listed(words) },
        },
    })
}
