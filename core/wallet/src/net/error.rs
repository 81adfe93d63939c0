//! Why a server did not do what was asked.

use keepwell_net::{AnswerError, GatewayError, NetError, PeerError, ServerError};
use keepwell_protocol::domain::CborError;
use keepwell_protocol::formats::http::RequestSignatureError;
use keepwell_protocol::ledger::{ProofError, TransactionError};

/// Why an exchange with a server came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There was no whole answer.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server answered that it will not.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server answered something that is no answer to this request.
    #[error("the server's answer can't be read")]
    Malformed(#[from] CborError),
    /// What answered with success does not say that it did this: somebody in between, such as the portal of
    /// a network. It counts as no answer.
    #[error("what answered is not the server that was asked")]
    NoAnswer,
    /// The server did it in the way of 0.1.0, without saying what.
    #[error("the server is older than this program and must be updated first")]
    TooOld,
    /// What was to be handed to the ledger is no transaction.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The request could not be signed.
    #[error(transparent)]
    Unsigned(#[from] RequestSignatureError),
    /// The ledger's answer does not verify.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The ledger has not made the proof yet.
    #[error("the ledger has not made the proof yet")]
    NotYet,
    /// The server goes by another time than this device, whose clock is wrong or its own.
    #[error("this device's clock and the server's differ")]
    ClockSuspect,
}

impl From<PeerError> for RemoteError {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::Net(error) => Self::Net(error),
            PeerError::Unsigned(error) => Self::Unsigned(error),
            PeerError::ClockSuspect => Self::ClockSuspect,
        }
    }
}

impl From<AnswerError> for RemoteError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Server(error) => Self::Server(error),
            AnswerError::NoAnswer => Self::NoAnswer,
            AnswerError::TooOld => Self::TooOld,
        }
    }
}

impl From<GatewayError> for RemoteError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Net(error) => Self::Net(error),
            GatewayError::Server(error) => Self::Server(error),
            GatewayError::NoAnswer => Self::NoAnswer,
            GatewayError::TooOld => Self::TooOld,
            GatewayError::Transaction(error) => Self::Transaction(error),
            GatewayError::Cbor(error) => Self::Malformed(error),
            GatewayError::Proof(error) => Self::Proof(error),
            GatewayError::NotYet => Self::NotYet,
        }
    }
}

/// What servers say that a caller may act on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ServerCode {
    /// The ledger does not show the grant yet.
    GrantPending,
    /// The grant's time is over.
    GrantExpired,
    /// The patient has ended the grant.
    GrantRevoked,
    /// What the host has of the ledger is too old to serve anything by.
    LedgerStale,
    /// The host reaches no ledger.
    LedgerUnreachable,
    /// There is no such thing, or not for who asks.
    NotFound,
    /// The space is not at the version from which a commit starts.
    VersionConflict,
    /// A commit names bytes that were not uploaded.
    BlobMissing,
    /// A commit names a link without content.
    LinkMissing,
    /// The space has no room left.
    SpaceFull,
    /// The host has no room left.
    HostFull,
    /// It was asked too often.
    RateLimited,
    /// The host takes whom it invites.
    InviteNeeded,
    /// The host passes sealed questions on to other gateways.
    GatewayUnknown,
    /// The gateway has another key than the one that a question was sealed to.
    ObliviousKeyUnknown,
    /// The gateway could not open what was sealed.
    ObliviousDamaged,
    /// The gateway collects nothing that is to be recorded.
    NoAggregator,
    /// The gateway took no such entry, or has forgotten it.
    UnknownEntry,
    /// The host made no such invitation.
    InviteUnknown,
    /// The invitation's time is over.
    InviteLapsed,
    /// Somebody else has used the invitation.
    InviteUsed,
}

impl ServerCode {
    /// Every code, with what servers call it.
    const ALL: [(Self, &str); 21] = [
        (Self::GrantPending, "GrantPending"),
        (Self::GrantExpired, "GrantExpired"),
        (Self::GrantRevoked, "GrantRevoked"),
        (Self::LedgerStale, "LedgerStale"),
        (Self::LedgerUnreachable, "LedgerUnreachable"),
        (Self::NotFound, "NotFound"),
        (Self::VersionConflict, "VersionConflict"),
        (Self::BlobMissing, "BlobMissing"),
        (Self::LinkMissing, "LinkMissing"),
        (Self::SpaceFull, "SpaceFull"),
        (Self::HostFull, "HostFull"),
        (Self::RateLimited, "RateLimited"),
        (Self::InviteNeeded, "InviteNeeded"),
        (Self::GatewayUnknown, "GatewayUnknown"),
        (Self::ObliviousKeyUnknown, "ObliviousKeyUnknown"),
        (Self::ObliviousDamaged, "ObliviousDamaged"),
        (Self::NoAggregator, "NoAggregator"),
        (Self::UnknownEntry, "UnknownEntry"),
        (Self::InviteUnknown, "InviteUnknown"),
        (Self::InviteLapsed, "InviteLapsed"),
        (Self::InviteUsed, "InviteUsed"),
    ];

    /// Parses what a server said; none if it is no known code.
    pub(crate) fn parse(code: &str) -> Option<(Self, &'static str)> {
        Self::ALL.into_iter().find(|(_, known)| *known == code)
    }
}

impl RemoteError {
    /// The stable name of this error; what a server calls it only if that is a known name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Net(error) => error.code(),
            Self::Server(error) => match ServerCode::parse(error.code()) {
                Some((_, known)) => known,
                None => "ServerRefused",
            },
            Self::Malformed(_) | Self::NoAnswer => "AnswerMalformed",
            Self::TooOld => "ServerTooOld",
            Self::Transaction(error) => error.code(),
            Self::Unsigned(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::NotYet => "ProofNotYet",
            Self::ClockSuspect => "ClockSuspect",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Net(error) => {
                matches!(error, NetError::Offline | NetError::Timeout | NetError::ConnectionBroken)
            }
            Self::Server(error) => matches!(error.status, 408 | 425 | 429 | 500..=599),
            Self::NotYet | Self::NoAnswer | Self::Malformed(_) => true,
            Self::TooOld | Self::Unsigned(_) | Self::Transaction(_) | Self::Proof(_) | Self::ClockSuspect => {
                false
            }
        }
    }

    /// What the server said, where that is known.
    pub(crate) fn server_code(&self) -> Option<ServerCode> {
        match self {
            Self::Server(error) => ServerCode::parse(error.code()).map(|(code, _)| code),
            _ => None,
        }
    }

    /// Whether the server says that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Server(error) if error.status == 404)
    }
}
