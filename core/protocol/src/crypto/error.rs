//! What can go wrong in cryptography, told without any secret.

/// Why a cryptographic operation was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CryptoError {
    /// The source of randomness failed, or its output is not random.
    #[error("the system gave no usable randomness")]
    EntropyFailure,
    /// Sealed with another key, for another use or in another context (the commitment differs).
    #[error("sealed with another key or for another purpose")]
    CommitmentMismatch,
    /// Changed, cut short or never sealed by us.
    #[error("sealed bytes are damaged")]
    Damaged,
    /// A public key that is malformed, of low order, or of wrong length.
    #[error("public key is not usable")]
    BadPublicKey,
    /// A suite that this version does not know.
    #[error("unknown encryption suite {suite}")]
    UnknownSuite {
        /// The number at the front of the sealed bytes.
        suite: u8,
    },
    /// Sealed to a public key whose secret is not among those given.
    #[error("sealed to a key that is not held here")]
    UnknownRecipient,
    /// The signature is not this key's over these bytes.
    #[error(transparent)]
    BadSignature(#[from] BadSignature),
}

impl CryptoError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EntropyFailure => "EntropyFailure",
            Self::CommitmentMismatch => "CommitmentMismatch",
            Self::Damaged => "SealDamaged",
            Self::BadPublicKey => "BadPublicKey",
            Self::UnknownSuite { .. } => "UnknownSuite",
            Self::UnknownRecipient => "UnknownRecipient",
            Self::BadSignature(error) => error.code(),
        }
    }
}

/// The signature is not this key's over these bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("signature is not valid")]
pub struct BadSignature;

impl BadSignature {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        "BadSignature"
    }
}
