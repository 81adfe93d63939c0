//! What a resource carries in base64: documents, pictures, signatures.

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::cursor::Text;

/// Which element of FHIR holds the content.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AttachmentKind {
    /// `Attachment.data`.
    Attachment,
    /// `Binary.data`, or `Binary.content` before FHIR R4.
    Binary,
    /// `Signature.data`, or `Signature.blob` before FHIR R4.
    Signature,
    /// `valueBase64Binary`.
    Base64Binary,
}

/// The text is not base64.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the content is not base64")]
pub struct InvalidBase64;

/// Content within a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment<'a> {
    /// Where it is.
    pub kind: AttachmentKind,
    /// `contentType`, as written.
    pub content_type: Option<Cow<'a, str>>,
    /// The base64, as written.
    data: Text<'a>,
}

impl<'a> Attachment<'a> {
    /// Decodes the content; white space and missing padding are tolerated.
    ///
    /// # Errors
    /// [`InvalidBase64`] for anything else.
    pub fn decode(&self) -> Result<Vec<u8>, InvalidBase64> {
        decode_base64(&self.data.to_str())
    }

    /// The length of the base64 as written; the content has three quarters of it.
    pub fn encoded_len(&self) -> usize {
        self.data.raw().len()
    }
}

/// Decodes FHIR's base64Binary; white space and missing padding are tolerated.
///
/// # Errors
/// [`InvalidBase64`] for anything else.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, InvalidBase64> {
    let mut text = Cow::Borrowed(text);
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        text.to_mut().retain(|character| !character.is_ascii_whitespace());
    }
    LENIENT.decode(text.as_bytes()).map_err(|_| InvalidBase64)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The members of one object that tell whether it carries content.
#[derive(Debug, Default)]
pub(super) struct Payload<'a> {
    data: Option<Text<'a>>,
    content: Option<Text<'a>>,
    content_type: Option<Text<'a>>,
    is_attachment: bool,
    is_signature: bool,
    is_binary: bool,
}

impl<'a> Payload<'a> {
    /// Notes a member whose value is a string.
    pub(super) fn note(&mut self, key: &[u8], value: Text<'a>) {
        match key {
            b"data" | b"blob" => self.data = Some(value),
            b"content" => self.content = Some(value),
            b"contentType" => {
                self.content_type = Some(value);
                self.is_attachment = true;
            }
            b"url" | b"hash" | b"title" | b"creation" => self.is_attachment = true,
            b"sigFormat" | b"when" => self.is_signature = true,
            b"resourceType" => self.is_binary = value.raw() == b"Binary",
            _ => {}
        }
    }

    /// Notes a member whose value is a number.
    pub(super) fn note_number(&mut self, key: &[u8]) {
        self.is_attachment |= key == b"size";
    }

    /// What the object carries, once all its members are noted.
    pub(super) fn into_attachment(self) -> Option<Attachment<'a>> {
        let (kind, data) = if self.is_binary {
            (AttachmentKind::Binary, self.data.or(self.content)?)
        } else if self.is_signature {
            (AttachmentKind::Signature, self.data?)
        } else if self.is_attachment {
            (AttachmentKind::Attachment, self.data?)
        } else {
            return None;
        };
        Some(Attachment { kind, content_type: self.content_type.map(Text::to_str), data })
    }

    /// A string that is content by its key alone.
    pub(super) fn bare(key: &[u8], data: Text<'a>) -> Option<Attachment<'a>> {
        (key == b"valueBase64Binary").then_some(Attachment {
            kind: AttachmentKind::Base64Binary,
            content_type: None,
            data,
        })
    }
}
