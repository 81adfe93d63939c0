//! The proof that a person wrote their words down: three of them, at random.

use std::collections::BTreeSet;

use subtle::{Choice, ConstantTimeEq};

use super::RecoveryWords;
use super::normal::word;
use crate::crypto::{CryptoError, Rng, sha256};

/// At least one answer is not the word asked for; which one is not said.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not all of these are the words asked for")]
pub struct WrongAnswers;

/// Three positions to ask for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quiz([usize; Self::QUESTIONS]);

impl Quiz {
    /// How many words are asked for.
    pub const QUESTIONS: usize = 3;

    /// Draws three different positions, each as likely as every other.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
    pub fn draw(words: &RecoveryWords, rng: &mut Rng) -> Result<Self, CryptoError> {
        Self::draw_among(words.count(), rng)
    }

    /// The same for words of which only their number is at hand, 12 to 24.
    ///
    /// # Errors
    /// As for [`Quiz::draw`].
    pub fn draw_among(count: usize, rng: &mut Rng) -> Result<Self, CryptoError> {
        let mut drawn = Vec::with_capacity(Self::QUESTIONS);
        // A byte is of use once in 1.3 times at worst: 256 of them last with certainty enough.
        for byte in rng.array::<256>()?.map(usize::from) {
            let position = byte % count.max(1) + 1;
            let is_fair = byte < 256 / count.max(1) * count;
            if is_fair && !drawn.contains(&position) {
                drawn.push(position);
            }
            if drawn.len() == Self::QUESTIONS {
                break;
            }
        }
        drawn.sort_unstable();
        drawn.try_into().map(Self).map_err(|_| CryptoError::EntropyFailure)
    }

    /// Which words to ask for, from 1, ascending.
    pub const fn positions(&self) -> [usize; Self::QUESTIONS] {
        self.0
    }
}

/// Checks what was typed for words by their positions, from 1: at least [`Quiz::QUESTIONS`] different ones, and each the
/// word that is there, however people write it. `words` are separated by blanks; the time does not tell which is wrong.
///
/// # Errors
/// [`WrongAnswers`].
///
/// ```
/// use keepwell_protocol::crypto::Rng;
/// use keepwell_protocol::crypto::words::{Quiz, RecoveryWords, check_answers};
///
/// let mut rng = Rng::system();
/// let words = RecoveryWords::generate(&mut rng).unwrap();
/// let positions = Quiz::draw(&words, &mut rng).unwrap().positions();
/// let right = positions.map(|position| (position, words.words().nth(position - 1).unwrap()));
/// assert!(check_answers(&words.text(), &right).is_ok());
/// assert!(check_answers(&words.text(), &right[..2]).is_err());
/// ```
pub fn check_answers(words: &str, answers: &[(usize, &str)]) -> Result<(), WrongAnswers> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let asked: BTreeSet<usize> = answers.iter().map(|(position, _)| *position).collect();
    let mut right = Choice::from(u8::from(asked.len() >= Quiz::QUESTIONS));
    for (position, answer) in answers {
        let expected = position.checked_sub(1).and_then(|index| words.get(index)).copied();
        right &= Choice::from(u8::from(expected.is_some()));
        right &=
            sha256(word(answer.trim()).as_bytes()).ct_eq(&sha256(expected.unwrap_or_default().as_bytes()));
    }
    if right.into() { Ok(()) } else { Err(WrongAnswers) }
}
