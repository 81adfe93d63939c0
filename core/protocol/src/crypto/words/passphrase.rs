//! The optional passphrase: another one is another wallet, so none is ever wrong.

use std::fmt;

use zeroize::Zeroizing;

use super::normal::nfkd;

/// The passphrase is longer than 256 bytes in its normal form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a passphrase has at most {most} bytes", most = Passphrase::MOST_BYTES)]
pub struct PassphraseTooLong;

impl PassphraseTooLong {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        "PassphraseTooLong"
    }
}

/// A passphrase in NFKD, cleared when dropped. Nothing is trimmed: a space at the end counts.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The longest, in bytes of NFKD.
    pub const MOST_BYTES: usize = 256;

    /// No passphrase, which BIP-0039 makes the same as an empty one.
    pub fn none() -> Self {
        Self(Zeroizing::default())
    }

    /// Takes what a person typed.
    ///
    /// # Errors
    /// [`PassphraseTooLong`].
    pub fn parse(text: &str) -> Result<Self, PassphraseTooLong> {
        // NFKD makes no text shorter than a quarter (U+1D41A, four bytes, becomes an a).
        if text.len() > Self::MOST_BYTES * 4 {
            return Err(PassphraseTooLong);
        }
        let normal = nfkd(text);
        if normal.len() > Self::MOST_BYTES { Err(PassphraseTooLong) } else { Ok(Self(normal)) }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it begins or ends with white space, of which a person should be told.
    pub fn has_outer_space(&self) -> bool {
        self.0.trim().len() != self.0.len()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}
