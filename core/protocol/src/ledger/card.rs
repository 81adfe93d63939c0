//! A provider's card: who it is, its keys and where its inbox is, signed by itself.

use minicbor::{Decode, Encode};

use crate::crypto::{self, BadSignature, HpkePublicKey, Label, PublicKey, Signature, SigningKey};
use crate::domain::{CborError, Object, ProviderId};

/// Why a card is not to be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CardError {
    /// The bytes are not a card in its one encoding.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// It is longer than a card may be.
    #[error("a card has at most {} bytes", SignedCard::LONGEST)]
    TooLong,
    /// A name, place, key list or inbox address is empty, too long or not printable.
    #[error("a field of the card is empty, too long or not plain text")]
    Field,
    /// The signature is not by the card's own signing key.
    #[error("the card is not signed by its own key")]
    BadSignature,
}

impl CardError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cbor(error) => error.code(),
            Self::TooLong => "CardTooLong",
            Self::Field => "CardField",
            Self::BadSignature => "CardSignature",
        }
    }
}

impl From<BadSignature> for CardError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}

/// What a provider says of itself.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Card {
    /// The provider, named after its first signing key.
    #[n(0)]
    pub provider: ProviderId,
    /// 1 for the first card, one more for each later one.
    #[n(1)]
    pub version: u32,
    /// Its name as people know it.
    #[n(2)]
    pub name: String,
    /// Where it is, as people say it.
    #[n(3)]
    pub place: String,
    /// The key that signs its cards and messages.
    #[n(4)]
    pub signing: PublicKey,
    /// Keys that envelopes and packets are sealed to, the preferred one first.
    #[n(5)]
    pub keys: Vec<HpkePublicKey>,
    /// The address that envelopes are sent to.
    #[n(6)]
    pub inbox: String,
}

impl Object for Card {}

impl Card {
    /// The most characters of a name or a place, in bytes.
    pub const LONGEST_TEXT: usize = 200;
    /// The longest inbox address, in bytes.
    pub const LONGEST_INBOX: usize = 500;
    /// The most keys on one card.
    pub const MOST_KEYS: usize = 2;

    /// Signs the card with the key that it names.
    ///
    /// # Errors
    /// [`CardError`] if a field is bad, the card is too long or `key` is not the card's.
    pub fn sign(self, key: &SigningKey) -> Result<SignedCard, CardError> {
        let signature = key.sign(Label::Card, &[&self.to_cbor()]);
        let signed = SignedCard { card: self, signature };
        signed.verify()?;
        Ok(signed)
    }

    fn check(&self) -> Result<(), CardError> {
        let text = |text: &str, longest: usize| {
            (1..=longest).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
        };
        let plain = text(&self.name, Self::LONGEST_TEXT)
            && text(&self.place, Self::LONGEST_TEXT)
            && text(&self.inbox, Self::LONGEST_INBOX)
            && self.inbox.is_ascii()
            && (1..=Self::MOST_KEYS).contains(&self.keys.len())
            && self.version > 0
            && (self.version > 1 || self.provider == crypto::provider_id(&self.signing));
        if plain { Ok(()) } else { Err(CardError::Field) }
    }
}

/// A card with the provider's signature.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SignedCard {
    /// The card.
    #[n(0)]
    pub card: Card,
    /// By the signing key that the card names.
    #[n(1)]
    pub signature: Signature,
}

impl Object for SignedCard {}

impl SignedCard {
    /// The largest card, in bytes.
    pub const LONGEST: usize = 3 * 1_024;

    /// Parses a card and verifies that the key it names signed it.
    ///
    /// Whether the ledger admitted the provider is not known from the card.
    ///
    /// # Errors
    /// [`CardError`] names what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > Self::LONGEST {
            return Err(CardError::TooLong);
        }
        let card = Self::from_cbor(bytes)?;
        card.verify()?;
        Ok(card)
    }

    /// Verifies length, fields and the provider's own signature.
    ///
    /// # Errors
    /// [`CardError`] names what is wrong.
    pub fn verify(&self) -> Result<(), CardError> {
        if self.to_cbor().len() > Self::LONGEST {
            return Err(CardError::TooLong);
        }
        self.card.check()?;
        Ok(self.card.signing.verify(Label::Card, &[&self.card.to_cbor()], &self.signature)?)
    }
}
