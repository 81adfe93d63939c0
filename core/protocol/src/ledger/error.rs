//! Why what a ledger says is not believed.

use tendermint_light_client_verifier::errors::VerificationErrorDetail as Detail;

/// Why a proof or a light block is refused; what was trusted before is unchanged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// It is longer than any proof.
    #[error("the ledger's answer is too long")]
    TooLong,
    /// It is not a proof in its one encoding.
    #[error("the ledger's answer is malformed")]
    Malformed,
    /// It is of a form, or its header of an application version, that is not known here.
    #[error("the ledger's answer is of a version that is not known here")]
    UnknownVersion,
    /// It is of another chain.
    #[error("the ledger's answer is from another chain")]
    WrongChain,
    /// One signer makes this ledger, and the policy does not accept that.
    #[error("the ledger has one signer, which is a demonstration and not accepted here")]
    EmbeddedChain,
    /// A validator is named twice, has no power, or the sets are not those of the header.
    #[error("the validators are not those of the header")]
    BadValidators,
    /// A vote is not by the validator in its place, not over this header, or its signature fails.
    #[error("a vote on the header does not verify")]
    BadVote,
    /// Not more than two thirds of the power signed the header.
    #[error("not more than two thirds of the validators signed the header")]
    InsufficientPower,
    /// Not more than one third of the power trusted so far signed the header: a header in between is
    /// needed, or strangers signed.
    #[error("too few of the validators trusted so far signed the header")]
    InsufficientTrust,
    /// Another header of the same height was verified before.
    #[error("the ledger signed two headers for one height")]
    Equivocation,
    /// The last verified header is too old to start from.
    #[error(
        "what was last verified of the ledger is too old, and a newer trust anchor from its operator is needed"
    )]
    TrustExpired,
    /// The header's time is ahead of the clock.
    #[error("the header's time lies in the future")]
    HeaderFromFuture,
    /// The header's time does not fit its height.
    #[error("the header's time does not fit its height")]
    HeaderOutOfOrder,
    /// The clock is behind what was verified before.
    #[error("this clock is behind the ledger's last verified time")]
    ClockSuspect,
    /// The proof is for another key than was asked for.
    #[error("the proof is for another key")]
    ProofKeyMismatch,
    /// The answer leaves out a key that was asked for.
    #[error("the ledger's answer leaves out something that was asked for")]
    Incomplete,
    /// The answer has a key twice.
    #[error("the ledger's answer says something twice")]
    Repeated,
    /// The value, or its absence, does not follow from the header.
    #[error("the proof does not lead from the value to the header")]
    BadProof,
}

impl ProofError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "ProofTooLong",
            Self::Malformed => "ProofMalformed",
            Self::UnknownVersion => "ProofUnknownVersion",
            Self::WrongChain => "WrongChain",
            Self::EmbeddedChain => "EmbeddedChain",
            Self::BadValidators => "BadValidators",
            Self::BadVote => "BadVote",
            Self::InsufficientPower => "InsufficientPower",
            Self::InsufficientTrust => "InsufficientTrust",
            Self::Equivocation => "Equivocation",
            Self::TrustExpired => "TrustExpired",
            Self::HeaderFromFuture => "HeaderFromFuture",
            Self::HeaderOutOfOrder => "HeaderOutOfOrder",
            Self::ClockSuspect => "ClockSuspect",
            Self::ProofKeyMismatch => "ProofKeyMismatch",
            Self::Incomplete => "ProofIncomplete",
            Self::Repeated => "ProofRepeated",
            Self::BadProof => "BadProof",
        }
    }
}

impl From<Detail> for ProofError {
    fn from(detail: Detail) -> Self {
        match detail {
            Detail::Tendermint(_) => Self::Malformed,
            Detail::HeaderFromTheFuture(_) => Self::HeaderFromFuture,
            Detail::NotEnoughTrust(_) => Self::InsufficientTrust,
            Detail::InsufficientSignersOverlap(_) | Detail::NoSignatureForCommit(_) => {
                Self::InsufficientPower
            }
            Detail::InvalidNextValidatorSet(_) | Detail::InvalidValidatorSet(_) => Self::BadValidators,
            Detail::NonIncreasingHeight(_) | Detail::NonMonotonicBftTime(_) => Self::HeaderOutOfOrder,
            Detail::ChainIdMismatch(_) => Self::WrongChain,
            Detail::NotWithinTrustPeriod(_) => Self::TrustExpired,
            Detail::DuplicateValidator(_)
            | Detail::MissingSignature(_)
            | Detail::InvalidSignature(_)
            | Detail::InvalidCommitValue(_)
            | Detail::MismatchPreCommitLength(_)
            | Detail::FaultySigner(_) => Self::BadVote,
        }
    }
}
