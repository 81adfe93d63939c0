//! Whether the owner wrote the recovery words down.

use keepwell_protocol::crypto::words::{RecoveryWords, check_answers};
use zeroize::Zeroizing;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;
use crate::store::settings::{self, Setting};

/// One answer of the quiz about the recovery words.
#[derive(Clone, Eq, PartialEq)]
pub struct QuizAnswer {
    /// The place of the word among all, from 1.
    pub position: usize,
    /// The word as typed; case and blanks around it don't matter, nor how accents are written.
    pub word: Zeroizing<String>,
}

impl Wallet {
    /// Notes that the owner answered a quiz about the recovery words.
    ///
    /// # Errors
    /// [`WalletError::QuizFailed`] unless there are three answers or more about different words,
    /// all of them right.
    pub fn confirm_words(
        &mut self,
        fresh: &FreshAuthentication,
        answers: &[QuizAnswer],
    ) -> Result<(), WalletError> {
        check(fresh.words(), answers)?;
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| Ok(settings::write(transaction, Setting::WordsVerified, &[1])?))
    }
}

/// Checks the answers of a quiz before there is a wallet, by the same rule as [`Wallet::confirm_words`].
///
/// # Errors
/// [`WalletError::QuizFailed`].
pub fn check_quiz(words: &RecoveryWords, answers: &[QuizAnswer]) -> Result<(), WalletError> {
    check(&words.text(), answers)
}

fn check(words: &str, answers: &[QuizAnswer]) -> Result<(), WalletError> {
    let answers: Vec<_> = answers.iter().map(|answer| (answer.position, answer.word.as_str())).collect();
    check_answers(words, &answers).map_err(|_| WalletError::QuizFailed)
}
