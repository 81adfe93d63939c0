//! The proof that the owner is here: what decides over the keys takes it.

use std::fmt;

use keepwell_protocol::crypto::Seed;

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
}

impl fmt::Debug for FreshAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshAuthentication(..)")
    }
}
