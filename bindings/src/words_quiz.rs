//! The quiz about recovery words before there is a wallet.

use crate::error::Result;
use crate::wallet::QuizAnswer;
use crate::words::RecoveryWords;

#[uniffi::export]
impl RecoveryWords {
    /// Checks three answers of the quiz or more, as `confirmWords` does once there is a wallet.
    ///
    /// Throws `QuizFailed` unless all of them are right.
    pub fn check_quiz(&self, answers: Vec<QuizAnswer>) -> Result<()> {
        let answers = answers.into_iter().map(QuizAnswer::into_core).collect::<Result<Vec<_>>>()?;
        Ok(keepwell_wallet::check_quiz(&self.0, &answers)?)
    }
}
