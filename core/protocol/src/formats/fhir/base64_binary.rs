//! FHIR's `base64Binary`: the content of letters, pictures, signatures.

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// The text is not base64.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the content is not base64")]
pub struct InvalidBase64;

/// Decodes FHIR's base64Binary, of what is longer the first `most` characters: a multiple of four. White
/// space, which does not count, and missing padding are tolerated.
///
/// # Errors
/// [`InvalidBase64`] for anything else.
pub fn decode_base64(text: &str, most: usize) -> Result<Vec<u8>, InvalidBase64> {
    let mut text = Cow::Borrowed(text);
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        text.to_mut().retain(|character| !character.is_ascii_whitespace());
    }
    let text = text.as_bytes();
    LENIENT.decode(text.get(..most).unwrap_or(text)).map_err(|_| InvalidBase64)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
