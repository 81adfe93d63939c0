//! Ed25519 signatures (RFC 8032) under one strict rule, over labelled bytes.

use std::fmt;

use ed25519_dalek::{Signer, VerifyingKey};

use super::{BadSignature, CryptoError, Label, Rng};

/// A secret signing key, cleared when dropped.
///
/// Boxed so that a move copies a pointer and not the key.
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// The key that follows from a 32-byte seed (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// Makes a fresh random key.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
    pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        Ok(Self::from_seed(&zeroize::Zeroizing::new(rng.array()?)))
    }

    /// Lends the seed, to be stored sealed.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// A second copy, for a second owner.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The key that others verify with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `keepwell/v1/`, label, 0x00 and the parts one after the other.
    pub fn sign(&self, label: Label, parts: &[&[u8]]) -> Signature {
        self.sign_raw(&labelled(label, parts))
    }

    /// Signs bytes without a label: only for formats of others that separate their own domains.
    pub fn sign_raw(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A public key that is a point of the curve and not of small order; 32 bytes.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes the bytes of a usable key.
    ///
    /// # Errors
    /// [`CryptoError::BadPublicKey`] if they are no point of the curve, or one of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, CryptoError> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(*bytes)),
            _ => Err(CryptoError::BadPublicKey),
        }
    }

    /// Parses 64 lowercase hex characters.
    ///
    /// # Errors
    /// [`CryptoError::BadPublicKey`] on any other text, and as [`PublicKey::from_bytes`].
    pub fn parse(text: &str) -> Result<Self, CryptoError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| CryptoError::BadPublicKey)?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(CryptoError::BadPublicKey);
        }
        Self::from_bytes(&bytes)
    }

    /// The 32 bytes of RFC 8032's encoding.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a signature over `keepwell/v1/`, label, 0x00 and the parts.
    ///
    /// # Errors
    /// [`BadSignature`] unless it holds without cofactor, with canonical and large-order points.
    ///
    /// ```
    /// use keepwell_protocol::crypto::{BadSignature, Label, Rng, SigningKey};
    ///
    /// let key = SigningKey::generate(&mut Rng::system()).unwrap();
    /// let signature = key.sign(Label::Card, &[b"a card"]);
    /// assert_eq!(key.public_key().verify(Label::Card, &[b"a card"], &signature), Ok(()));
    /// // A signature for one purpose is none for another.
    /// assert_eq!(key.public_key().verify(Label::Tx, &[b"a card"], &signature), Err(BadSignature));
    /// ```
    pub fn verify(&self, label: Label, parts: &[&[u8]], signature: &Signature) -> Result<(), BadSignature> {
        self.verify_raw(&labelled(label, parts), signature)
    }

    /// Checks a signature over bytes without a label: only for formats of others.
    ///
    /// # Errors
    /// As [`PublicKey::verify`].
    pub fn verify_raw(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &signature))
            .map_err(|_| BadSignature)
    }
}

/// 64 lowercase hex characters.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// A signature; 64 bytes, not yet checked.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Wraps the raw bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Borrows the raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

impl<C> minicbor::Encode<C> for PublicKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for PublicKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = <&[u8; 32]>::try_from(d.bytes()?).map_err(|_| CryptoError::BadPublicKey);
        bytes.and_then(Self::from_bytes).map_err(|_| minicbor::decode::Error::message("not a public key"))
    }
}

impl<C> minicbor::Encode<C> for Signature {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Signature {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = <&[u8; 64]>::try_from(d.bytes()?);
        bytes.map(|bytes| Self(*bytes)).map_err(|_| minicbor::decode::Error::message("not a signature"))
    }
}

fn labelled(label: Label, parts: &[&[u8]]) -> Vec<u8> {
    label.prefix().iter().chain(parts).flat_map(|part| part.iter().copied()).collect()
}
