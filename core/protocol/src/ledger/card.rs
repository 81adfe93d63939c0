//! A provider's card: who it is, its keys and where its inbox is, signed by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
    /// The file is not a card file, or shows people something else than the card in it.
    #[error("the file is not a provider's card")]
    File,
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
            Self::File => "CardFile",
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
    /// What was signed: its deterministic CBOR.
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
    ///
    /// ```
    /// use keepwell_protocol::crypto::{HpkeSecretKey, Rng, SigningKey, Suite, provider_id};
    /// use keepwell_protocol::domain::Object;
    /// use keepwell_protocol::ledger::{Card, CardError, SignedCard};
    ///
    /// let mut rng = Rng::system();
    /// let signing = SigningKey::generate(&mut rng).unwrap();
    /// let sealing = HpkeSecretKey::generate(Suite::XWing, &mut rng).unwrap();
    /// let card = Card {
    ///     provider: provider_id(&signing.public_key()),
    ///     version: 1,
    ///     name: "Bern Allergy Clinic".into(),
    ///     place: "Bern".into(),
    ///     signing: signing.public_key(),
    ///     keys: vec![sealing.public_key().clone()],
    ///     inbox: "https://host.example/v1/inbox".into(),
    /// };
    /// let mut signed = card.sign(&signing)?;
    /// assert_eq!(SignedCard::parse(&signed.to_cbor())?, signed);
    /// signed.card.name = "Another Clinic".into();
    /// assert!(SignedCard::parse(&signed.to_cbor()).is_err());
    /// # Ok::<(), CardError>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > Self::LONGEST {
            return Err(CardError::TooLong);
        }
        let card = Self::from_cbor(bytes)?;
        card.verify()?;
        Ok(card)
    }

    /// Parses a card file: JSON as [`SignedCard::to_json`] writes it.
    ///
    /// What the file shows to people must be what the card says, or somebody changed it.
    ///
    /// # Errors
    /// [`CardError::File`] if it is no such file, otherwise as [`SignedCard::parse`].
    pub fn parse_json(json: &[u8]) -> Result<Self, CardError> {
        let file: CardFile = serde_json::from_slice(json).map_err(|_| CardError::File)?;
        let card = Self::parse(&STANDARD.decode(&file.signed_card).map_err(|_| CardError::File)?)?;
        if file == CardFile::of(&card) { Ok(card) } else { Err(CardError::File) }
    }

    /// Writes the card file: the signed card, and in words what it says.
    pub fn to_json(&self) -> String {
        // Text and numbers in a struct: this cannot fail.
        serde_json::to_string_pretty(&CardFile::of(self)).unwrap_or_default()
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

/// A card as a file that people can look at.
#[derive(Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    provider: ProviderId,
    version: u32,
    name: String,
    place: String,
    inbox: String,
    /// The object in base64.
    signed_card: String,
}

impl CardFile {
    fn of(signed: &SignedCard) -> Self {
        let Card { provider, version, name, place, inbox, .. } = signed.card.clone();
        Self { provider, version, name, place, inbox, signed_card: STANDARD.encode(signed.to_cbor()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{HpkeSecretKey, Rng, Suite};

    #[test]
    fn a_card_file_is_read_back_and_one_that_shows_something_else_is_refused() {
        let mut rng = Rng::seeded(5);
        let key = SigningKey::generate(&mut rng).unwrap();
        let hpke = HpkeSecretKey::generate(Suite::X25519, &mut rng).unwrap();
        let card = Card {
            provider: crypto::provider_id(&key.public_key()),
            version: 1,
            name: "Riverside Family Practice".into(),
            place: "Springfield".into(),
            signing: key.public_key(),
            keys: vec![hpke.public_key().clone()],
            inbox: "https://host.example/v1/inbox/0".into(),
        };
        let card = card.sign(&key).unwrap();
        let json = card.to_json();
        assert_eq!(SignedCard::parse_json(json.as_bytes()), Ok(card));
        for changed in [
            json.replace("Riverside", "Lakeside"),
            json.replace("signed_card", "card"),
            String::new(),
            "[]".into(),
        ] {
            assert_eq!(SignedCard::parse_json(changed.as_bytes()), Err(CardError::File));
        }
    }
}
