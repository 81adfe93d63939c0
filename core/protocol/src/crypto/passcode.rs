//! Passcodes of share links: what a sender chooses and a receiver types, and what a host keeps to tell a right one.

use std::fmt;

use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::pin::{is_guessable, stretch};
use super::{CryptoError, Rng};
use crate::domain::Object;

/// Why a text cannot be a passcode, or a passcode cannot be checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PasscodeError {
    /// Something that is not on every keyboard, or a space at an end.
    #[error("a passcode consists of letters without accents, digits and ASCII signs")]
    BadCharacter,
    /// Too few characters or too many.
    #[error("a passcode has {least} to {most} characters", least = Passcode::LEAST, most = Passcode::MOST)]
    WrongLength,
    /// One that is tried first: a run, a repetition, a date.
    #[error("this passcode is too easy to guess")]
    Guessable,
    /// There is not enough memory to stretch it.
    #[error("not enough memory to check the passcode")]
    OutOfMemory,
    /// The system's source gives no randomness.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl PasscodeError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadCharacter => "PasscodeCharacter",
            Self::WrongLength => "PasscodeLength",
            Self::Guessable => "PasscodeGuessable",
            Self::OutOfMemory => "PasscodeMemory",
            Self::Crypto(error) => error.code(),
        }
    }
}

/// The passcode of a share link, cleared when dropped.
#[derive(Clone, Eq, PartialEq)]
pub struct Passcode(Zeroizing<String>);

impl Passcode {
    /// The fewest characters of a passcode.
    pub const LEAST: usize = 6;
    /// The most characters of a passcode.
    pub const MOST: usize = 64;

    /// Takes what a sender wants as a passcode: 6 to 64 printable ASCII characters, so that each can be said aloud, typed on
    /// any keyboard and is the same bytes there. White space around it does not count.
    ///
    /// # Errors
    /// [`PasscodeError::BadCharacter`], [`PasscodeError::WrongLength`], [`PasscodeError::Guessable`].
    ///
    /// ```
    /// use keepwell_protocol::crypto::{Passcode, PasscodeError};
    ///
    /// assert!(Passcode::choose("271828").is_ok());
    /// assert_eq!(Passcode::choose("27182").unwrap_err(), PasscodeError::WrongLength);
    /// ```
    pub fn choose(text: &str) -> Result<Self, PasscodeError> {
        let text = text.trim();
        if !(Self::LEAST..=Self::MOST).contains(&text.chars().count()) {
            return Err(PasscodeError::WrongLength);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(PasscodeError::BadCharacter);
        }
        let first = text.bytes().next();
        let is_one_character = text.bytes().all(|byte| Some(byte) == first);
        if is_one_character
            || (text.bytes().all(|byte| byte.is_ascii_digit()) && is_guessable(text.as_bytes()))
        {
            return Err(PasscodeError::Guessable);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passcode(..)")
    }
}

/// What a host keeps of a passcode, made by the sender: CBOR [salt, Argon2id of the passcode]. The host learns the passcode
/// from nobody but those who type it, and whoever takes the host's disk has to spend 19 MiB and two passes for each guess.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct PasscodeVerifier {
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    stretched: [u8; 32],
}

impl Object for PasscodeVerifier {}

impl PasscodeVerifier {
    /// The memory that a check takes, in bytes.
    pub const MEMORY: u64 = MEMORY_KIB as u64 * 1_024;

    /// What tells that passcode from others, with a fresh salt.
    ///
    /// # Errors
    /// [`PasscodeError::OutOfMemory`]; [`PasscodeError::Crypto`] if the source gives no randomness.
    pub fn new(passcode: &Passcode, rng: &mut Rng) -> Result<Self, PasscodeError> {
        let salt = rng.array()?;
        Ok(Self { salt, stretched: *stretched(&passcode.0, &salt)? })
    }

    /// Whether that is the passcode, which takes [`Self::MEMORY`] and tens of milliseconds.
    ///
    /// # Errors
    /// [`PasscodeError::OutOfMemory`].
    pub fn accepts(&self, typed: &str) -> Result<bool, PasscodeError> {
        let typed = typed.trim();
        // No passcode is longer, and nobody is to pay for the stretching of a book.
        let typed = if typed.len() > Passcode::MOST { "" } else { typed };
        Ok(self.stretched.ct_eq(stretched(typed, &self.salt)?.as_slice()).into())
    }
}

fn stretched(passcode: &str, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, PasscodeError> {
    stretch(passcode.as_bytes(), salt, MEMORY_KIB, 2, 1).map_err(|_| PasscodeError::OutOfMemory)
}

/// With two passes the least that OWASP's Password Storage Cheat Sheet asks of Argon2id: a host checks for many.
const MEMORY_KIB: u32 = 19 * 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passcode_can_be_said_and_typed_and_is_not_the_first_guess() {
        for good in ["271828", " 271828\n", "blue-otter", "7Qm!x2", "two words", &"ab".repeat(32)] {
            assert!(Passcode::choose(good).is_ok(), "{good}");
        }
        let refused = |text: &str| Passcode::choose(text).unwrap_err();
        for wrong in ["", "27182", "     27182", &"ab".repeat(33)] {
            assert_eq!(refused(wrong), PasscodeError::WrongLength, "{wrong}");
        }
        for wrong in ["blåotter", "٢٧١٨٢٨", "two\twords", "two\u{200b}words"] {
            assert_eq!(refused(wrong), PasscodeError::BadCharacter, "{wrong}");
        }
        for wrong in ["123456", "000000", "aaaaaa", "121212", "19800131"] {
            assert_eq!(refused(wrong), PasscodeError::Guessable, "{wrong}");
        }
    }

    #[test]
    fn only_the_passcode_is_accepted_and_each_verifier_has_its_own_salt() {
        let passcode = Passcode::choose("blue-otter").unwrap();
        let [one, other] = [(); 2].map(|()| PasscodeVerifier::new(&passcode, &mut Rng::system()).unwrap());
        assert_ne!(one, other);
        for typed in ["blue-otter", " blue-otter "] {
            assert!(one.accepts(typed).unwrap());
        }
        for typed in ["", "blue-otte", "Blue-otter", "blue-otter2", &"blue-otter".repeat(10)] {
            assert!(!one.accepts(typed).unwrap(), "{typed}");
        }
        assert_eq!(format!("{passcode:?}"), "Passcode(..)");
    }
}
