//! Why a card, the keys of its issuer or a list of revoked cards is not taken.

use crate::crypto::JwsError;

/// Why something is not a health card that can be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum HealthCardError {
    /// A pair of digits stands for no character, or one is missing.
    #[error("the digits of the health card's code are damaged: scan it again")]
    Digits,
    /// Of the codes of one card some are missing, repeated, too long or those of another card.
    #[error("these are not all the codes of one health card: scan each of them once")]
    Chunks,
    /// The file names no card, or more than [`MOST_CARDS`](super::MOST_CARDS).
    #[error("the file holds no health card that can be read")]
    File,
    /// Not three parts of base64url, or not a header.
    #[error("the health card is cut off or damaged")]
    Malformed,
    /// It is signed or compressed in another way than health cards are, or names no key.
    #[error("the health card is signed or compressed in a way that is not allowed")]
    Header,
    /// The signature is not 64 bytes.
    #[error("the signature of the health card has not the form of one")]
    Signature,
    /// What was compressed is damaged.
    #[error("the compressed content of the health card is damaged")]
    Inflate,
    /// It inflates to more than the limit allows.
    #[error("the compressed content of the health card is too large")]
    TooLarge,
    /// The payload is no object, or one that names a member twice.
    #[error("the content of the health card cannot be read")]
    Payload,
    /// The issuer is no https address without a slash at its end.
    #[error("the issuer of the health card is not a secure address")]
    Issuer,
    /// It says not when it was issued, or not as a number of seconds.
    #[error("the health card does not say when it was issued")]
    Time,
    /// It does not say that it is a health card.
    #[error("it does not say that it is a health card")]
    Type,
    /// What it would be revoked by is longer than 24 characters, or not of the base64url alphabet.
    #[error("what the health card would be revoked by is not of the form that is allowed")]
    RevocationId,
    /// Its content is not of FHIR 4.0.1.
    #[error("the content of the health card is not of FHIR 4.0.1")]
    FhirVersion,
    /// There is no Bundle in it.
    #[error("there are no records in the health card")]
    Bundle,
}

impl HealthCardError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Digits => "HealthCardDigits",
            Self::Chunks => "HealthCardChunks",
            Self::File => "HealthCardFile",
            Self::Malformed => "HealthCardMalformed",
            Self::Header => "HealthCardHeader",
            Self::Signature => "HealthCardSignature",
            Self::Inflate => "HealthCardInflate",
            Self::TooLarge => "HealthCardTooLarge",
            Self::Payload => "HealthCardPayload",
            Self::Issuer => "HealthCardIssuer",
            Self::Time => "HealthCardTime",
            Self::Type => "HealthCardType",
            Self::RevocationId => "HealthCardRevocationId",
            Self::FhirVersion => "HealthCardFhirVersion",
            Self::Bundle => "HealthCardBundle",
        }
    }
}

impl From<JwsError> for HealthCardError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed => Self::Malformed,
            JwsError::Unsupported => Self::Header,
            JwsError::Signature => Self::Signature,
            JwsError::Inflate => Self::Inflate,
            JwsError::TooLarge => Self::TooLarge,
        }
    }
}

/// Why the keys of an issuer are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IssuerKeysError {
    /// Not a set of keys, or one of more than 100.
    #[error("the keys of the issuer cannot be read")]
    Malformed,
    /// A private key is among them, so that anybody could sign with it.
    #[error("the issuer gave a private key away")]
    PrivateKey,
    /// Two keys have one name.
    #[error("two keys of the issuer have one name")]
    RepeatedKey,
    /// A key is not called by its thumbprint.
    #[error("a key of the issuer has a wrong name")]
    KeyId,
    /// A key is not that of its own certificate.
    #[error("a key of the issuer is not that of its certificate")]
    Certificate,
    /// None of them is one that health cards are signed with.
    #[error("the issuer has no key for health cards")]
    NoKey,
}

impl IssuerKeysError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "IssuerKeysMalformed",
            Self::PrivateKey => "IssuerKeysPrivate",
            Self::RepeatedKey => "IssuerKeysRepeated",
            Self::KeyId => "IssuerKeysKeyId",
            Self::Certificate => "IssuerKeysCertificate",
            Self::NoKey => "IssuerKeysNoKey",
        }
    }
}

/// The list of revoked cards is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the issuer's list of revoked health cards cannot be read")]
pub struct RevocationListError;

impl RevocationListError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        "RevocationListMalformed"
    }
}
