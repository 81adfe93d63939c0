//! The proof that the owner is here: what decides over the keys takes it.

use std::fmt;

use keepwell_protocol::crypto::words::Quiz;
use keepwell_protocol::crypto::{CryptoError, Rng, Seed};

use crate::store::{Opened, RawKey};

/// The proof that the owner is here now, and with it the seed.
///
/// What grants, exports, or shows the words takes it; dropping it clears the seed.
pub struct FreshAuthentication(pub(crate) Opened);

impl FreshAuthentication {
    /// What opens the database.
    pub(crate) fn database_key(&self) -> &RawKey {
        &self.0.key
    }

    /// What the recovery words stand for, lent for as long as the authentication lives.
    pub(crate) fn seed(&self) -> &Seed {
        &self.0.backup.seed
    }

    /// The recovery words, separated by spaces; the caller shows and clears them.
    pub fn words(&self) -> &str {
        &self.0.backup.words
    }

    /// Three of the words to ask for, by their positions, for
    /// [`Wallet::confirm_words`](crate::Wallet::confirm_words).
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
    pub fn quiz(&self, rng: &mut Rng) -> Result<Quiz, CryptoError> {
        Quiz::draw_among(self.words().split_whitespace().count(), rng)
    }
}

impl fmt::Debug for FreshAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshAuthentication(..)")
    }
}
