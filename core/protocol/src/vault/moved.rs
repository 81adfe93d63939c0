//! Where a space has gone: what its owner leaves at the old host (flows.md §4.6).

use minicbor::{Decode, Encode};

use crate::crypto::{self, BadSignature, Label, PublicKey, Signature, SigningKey};
use crate::domain::{Object, SpaceId, Timestamp};

/// Why a note that a space has moved is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MovedError {
    /// It is about another space than that of the owner's key.
    #[error("the note is about another space")]
    OtherSpace,
    /// It is not signed by the owner.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The address is longer than any address of a host.
    #[error("the address of a host has 1 to {} bytes", Moved::LONGEST_URL)]
    Address,
}

impl MovedError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherSpace => "MovedOtherSpace",
            Self::Signature(error) => error.code(),
            Self::Address => "MovedAddress",
        }
    }
}

/// A space at a host.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Place {
    /// The space, which keeps its id wherever it lies.
    #[n(0)]
    pub space: SpaceId,
    /// The base URL of the new host.
    #[n(1)]
    pub url: String,
    /// The version with which the space begins there.
    #[n(2)]
    pub version: u64,
    /// When it was moved.
    #[n(3)]
    pub time: Timestamp,
}

impl Object for Place {}

/// A space's new place, signed by its owner.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct Moved {
    /// Where it is now.
    #[n(0)]
    pub place: Place,
    /// By the owner key, label `moved`.
    #[n(1)]
    pub signature: Signature,
}

impl Object for Moved {}

impl Moved {
    /// The longest URL of a host, in bytes.
    pub const LONGEST_URL: usize = 500;

    /// Signs that the owner's space is at `url` from `version` on.
    pub fn sign(url: String, version: u64, time: Timestamp, owner: &SigningKey) -> Self {
        let place = Place { space: crypto::space_id(&owner.public_key()), url, version, time };
        let signature = owner.sign(Label::Moved, &[&place.to_cbor()]);
        Self { place, signature }
    }

    /// Checks that the owner said so, of its own space.
    ///
    /// Whether the address may be followed is for whoever follows it, and so is that the version
    /// is not below the one served.
    ///
    /// # Errors
    /// [`MovedError`] says which of this does not hold.
    ///
    /// ```
    /// use keepwell_protocol::crypto::{Rng, SigningKey};
    /// use keepwell_protocol::domain::Timestamp;
    /// use keepwell_protocol::vault::Moved;
    ///
    /// let owner = SigningKey::generate(&mut Rng::system()).unwrap();
    /// let now = Timestamp(1_800_000_000);
    /// let mut moved = Moved::sign("https://new-host.example".into(), 7, now, &owner);
    /// assert!(moved.verify(&owner.public_key()).is_ok());
    /// moved.place.url = "https://elsewhere.example".into();
    /// assert!(moved.verify(&owner.public_key()).is_err());
    /// ```
    pub fn verify(&self, owner: &PublicKey) -> Result<(), MovedError> {
        if self.place.space != crypto::space_id(owner) {
            return Err(MovedError::OtherSpace);
        }
        owner.verify(Label::Moved, &[&self.place.to_cbor()], &self.signature)?;
        if (1..=Self::LONGEST_URL).contains(&self.place.url.len()) {
            Ok(())
        } else {
            Err(MovedError::Address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_moves_a_space() {
        let (owner, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let sign = |url: &str| Moved::sign(url.into(), 7, Timestamp(9), &owner);
        let moved = sign("https://new.example");
        assert_eq!(moved.verify(&owner.public_key()), Ok(()));
        assert_eq!(moved.verify(&other.public_key()), Err(MovedError::OtherSpace));
        let elsewhere = Place { url: "https://evil.example".into(), ..moved.place.clone() };
        let forged = Moved { place: elsewhere, signature: moved.signature };
        assert_eq!(forged.verify(&owner.public_key()), Err(MovedError::Signature(BadSignature)));
        let stolen = Moved { signature: other.sign(Label::Moved, &[&moved.place.to_cbor()]), ..moved };
        assert_eq!(stolen.verify(&owner.public_key()), Err(MovedError::Signature(BadSignature)));
        for long in ["", &"x".repeat(501)] {
            assert_eq!(sign(long).verify(&owner.public_key()), Err(MovedError::Address));
        }
        assert_eq!(sign(&"x".repeat(500)).verify(&owner.public_key()), Ok(()));
    }
}
