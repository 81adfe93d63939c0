//! Invitations: what lets somebody open a space at a host that does not take everybody.

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto::{self, CryptoError, Rng, base64url};
use crate::domain::Object;

/// The text is no invitation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is not an invitation to a host")]
pub struct InvalidInvite;

impl InvalidInvite {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        "InviteMalformed"
    }
}

/// The secret of an invitation: 32 random bytes, of which the host keeps the hash alone.
///
/// As text it is `keepwell:i/` and the bytes as base64url, one line.
#[derive(Decode, Encode, Zeroize, ZeroizeOnDrop)]
#[cbor(transparent)]
pub struct Invite(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl Invite {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
    pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        Ok(Self(rng.array()?))
    }

    /// Reads the text form; white space around it does not matter.
    ///
    /// # Errors
    /// [`InvalidInvite`].
    ///
    /// ```
    /// use keepwell_protocol::crypto::Rng;
    /// use keepwell_protocol::vault::{InvalidInvite, Invite};
    ///
    /// let invite = Invite::generate(&mut Rng::system()).unwrap();
    /// assert_eq!(Invite::parse(&invite.to_text())?.hash(), invite.hash());
    /// assert!(Invite::parse("https://host.example/invite").is_err());
    /// # Ok::<(), InvalidInvite>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidInvite> {
        let secret = text.trim().strip_prefix(PREFIX).ok_or(InvalidInvite)?;
        base64url::decode_array(secret).map(Self).map_err(|_| InvalidInvite)
    }

    /// The text form, which is as secret as the invitation.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", base64url::encode(&self.0)))
    }

    /// A second copy, for a second owner.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0)
    }

    /// What a host knows it by: SHA-256.
    pub fn hash(&self) -> [u8; 32] {
        crypto::sha256(&self.0)
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invite(..)")
    }
}

/// What is said to open a space; nothing at all says the same as one without an invitation.
#[derive(Debug, Decode, Encode)]
#[cbor(map)]
pub struct SpaceOpening {
    /// The invitation, for a host that asks for one.
    #[n(0)]
    pub invite: Option<Invite>,
}

impl Object for SpaceOpening {}

const PREFIX: &str = "keepwell:i/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_a_line_of_text_and_no_other_text_is_one() {
        let invite = Invite::generate(&mut Rng::seeded(1)).unwrap();
        let text = invite.to_text();
        let read = Invite::parse(&format!(" {}\n", *text)).unwrap();
        assert_eq!(read.hash(), invite.hash());
        assert_eq!(format!("{invite:?}"), "Invite(..)");
        for bad in ["", "keepwell:i/", &text[1..], &text[..text.len() - 1], &text.replace(":i/", ":p/")] {
            assert_eq!(Invite::parse(bad).err(), Some(InvalidInvite), "{bad}");
        }
    }
}
