//! Oblivious HTTP as its client does it (RFC 9458): a question is sealed for a gateway that does not see who asks, and
//! goes through a relay that does not see what is asked.
//!
//! Both are padded, so that the relay does not see it by the length either: the whole sealed request is 512 bytes or
//! 4 KiB long, the whole sealed answer 4 or 16 KiB.

use std::fmt;

use super::binary::{read_response, write_request};
use super::{Request, Response};
use crate::crypto::{
    AnswerSecret, CryptoError, ENCAPSULATED_REQUEST_OVERHEAD, HpkePublicKey, Rng, Suite, encapsulate,
};

/// Lengths of a sealed request, in bytes, ascending.
pub const SEALED_REQUEST_LENGTHS: [usize; 2] = [512, 4 * 1024];
/// Lengths of a sealed answer, in bytes, ascending.
pub const SEALED_ANSWER_LENGTHS: [usize; 2] = [4 * 1024, 16 * 1024];
/// The media type of a sealed request.
pub const SEALED_REQUEST_TYPE: &str = "message/ohttp-req";
/// The media type of a sealed answer.
pub const SEALED_ANSWER_TYPE: &str = "message/ohttp-res";

/// Why a question was not sealed, or its answer is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ObliviousError {
    /// The key configuration is malformed, or has no X25519, HKDF-SHA256 and ChaCha20-Poly1305.
    #[error("the gateway's key configuration is not usable")]
    Configuration,
    /// The request has no absolute URL, or is longer than 4 KiB with what stands around it.
    #[error("the request does not fit into a sealed one")]
    Request,
    /// Sealing failed, or the answer is not to this request.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// What was sealed is no padded answer.
    #[error("the sealed answer is malformed")]
    Answer,
}

impl ObliviousError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Configuration => "ObliviousConfiguration",
            Self::Request => "ObliviousRequest",
            Self::Crypto(error) => error.code(),
            Self::Answer => "ObliviousAnswer",
        }
    }
}

/// The key of a gateway that questions are sealed to.
///
/// Take it from what the ledger proves: whoever is given a key of their own is known by it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObliviousKey {
    id: u8,
    key: HpkePublicKey,
}

/// What opens the answer to one question.
pub struct SealedQuestion(AnswerSecret);

impl ObliviousKey {
    /// Reads a key configuration (RFC 9458 §3.1), without a length before it.
    ///
    /// # Errors
    /// [`ObliviousError::Configuration`].
    pub fn parse(configuration: &[u8]) -> Result<Self, ObliviousError> {
        let parsed = || {
            let (&[id, kem, kem_low], rest) = configuration.split_first_chunk()?;
            let (key, rest) = rest.split_first_chunk::<32>()?;
            let (length, suites) = rest.split_first_chunk()?;
            let (suites, extra) = suites.as_chunks::<4>();
            let is_sound = u16::from_be_bytes([kem, kem_low]) == X25519
                && usize::from(u16::from_be_bytes(*length)) == suites.len() * 4
                && extra.is_empty()
                && suites.contains(&HKDF_SHA256_AND_CHACHA20_POLY1305);
            is_sound.then_some((id, *key))
        };
        let (id, key) = parsed().ok_or(ObliviousError::Configuration)?;
        let key =
            HpkePublicKey::from_bytes(Suite::X25519, &key).map_err(|_| ObliviousError::Configuration)?;
        Ok(Self { id, key })
    }

    /// Seals a request, padded; the answer is opened by what comes with it.
    ///
    /// # Errors
    /// [`ObliviousError::Request`] if it does not fit, [`ObliviousError::Crypto`] without randomness.
    pub fn seal(
        &self,
        request: &Request,
        rng: &mut Rng,
    ) -> Result<(Vec<u8>, SealedQuestion), ObliviousError> {
        let mut message = write_request(request).ok_or(ObliviousError::Request)?;
        let padded = SEALED_REQUEST_LENGTHS
            .into_iter()
            .filter_map(|length| length.checked_sub(ENCAPSULATED_REQUEST_OVERHEAD))
            .find(|length| message.len() <= *length)
            .ok_or(ObliviousError::Request)?;
        message.resize(padded, 0);
        let (sealed, secret) = encapsulate(&self.key, self.id, &message, rng)?;
        Ok((sealed, SealedQuestion(secret)))
    }
}

impl SealedQuestion {
    /// Opens the answer.
    ///
    /// # Errors
    /// [`ObliviousError::Answer`] if it is not padded or malformed, [`ObliviousError::Crypto`] if it answers another
    /// request or was changed.
    pub fn open(self, answer: &[u8]) -> Result<Response, ObliviousError> {
        if !SEALED_ANSWER_LENGTHS.contains(&answer.len()) {
            return Err(ObliviousError::Answer);
        }
        read_response(&self.0.open(answer)?).ok_or(ObliviousError::Answer)
    }
}

impl fmt::Debug for SealedQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedQuestion(..)")
    }
}

/// DHKEM(X25519, HKDF-SHA256) (RFC 9180 §7.1).
const X25519: u16 = 0x0020;
const HKDF_SHA256_AND_CHACHA20_POLY1305: [u8; 4] = [0, 1, 0, 3];
