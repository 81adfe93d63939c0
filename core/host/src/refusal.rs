//! How the host says no.

use keepwell_protocol::domain::{BlobId, LinkId};
use keepwell_protocol::vault::ErrorBody;
use keepwell_server::{AnswerRefused, BodyRefused, Interrupted, TurnRefused, Wait};

use crate::HostError;
use crate::answer::Answer;

/// Why a request is not granted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The one answer for whatever is not there, ended, or none of the caller's business.
    #[error("there is nothing here")]
    NotFound,
    /// The request is not signed, or not so that it counts; with the reason's code.
    #[error("the request's signature is not accepted")]
    Unsigned(&'static str),
    /// The body or address does not say what it should; with the reason's code.
    #[error("the request is malformed")]
    Malformed(&'static str),
    /// Sealed questions are not passed on to that gateway.
    #[error("sealed questions are not passed on to this gateway")]
    UnknownGateway,
    /// A sealed question is of another media type.
    #[error("a sealed question is of the type message/ohttp-req")]
    SealedType,
    /// The body, or what it asks for, is larger than one request may be.
    #[error("the request is too large")]
    TooLarge,
    /// A visitor of a link must say who they are.
    #[error("the recipient must be named")]
    RecipientMissing,
    /// This host takes whom its operator invites.
    #[error("this host opens a space by invitation only")]
    NotInvited,
    /// The invitation is none of this host's, or was forgotten long after its time.
    #[error("this host knows no such invitation")]
    UnknownInvite,
    /// The invitation's time is over.
    #[error("the invitation has lapsed")]
    LapsedInvite,
    /// The invitation has opened as many spaces as it may.
    #[error("the invitation was used by another wallet")]
    UsedInvite,
    /// The space has moved on.
    #[error("the space is at version {0}")]
    VersionConflict(u64),
    /// The commit refers to a blob that was not uploaded.
    #[error("blob {0} is not here")]
    BlobMissing(BlobId),
    /// The commit names a link whose content was not uploaded.
    #[error("the content of link {0} is not here")]
    LinkMissing(LinkId),
    /// The link has ended or holds other content.
    #[error("the link has ended or holds other content")]
    LinkConflict,
    /// The space holds as much as it may.
    #[error("the space is full")]
    SpaceFull,
    /// The host holds as much as it may.
    #[error("the host is full: it takes only what ends something")]
    HostFull,
    /// The reader's grant is not in force; with the ledger's proof, where there is one.
    #[error("{}", .0.sentence())]
    NotInForce(NotInForce, Option<Vec<u8>>),
    /// The provider is suspended.
    #[error("the provider is suspended")]
    ProviderSuspended,
    /// Too many envelopes wait for this provider.
    #[error("the inbox is full")]
    InboxFull,
    /// What a provider hands in of its access log is not what it handed in before.
    #[error("the log of this provider has other entries there")]
    ProviderLogConflict,
    /// Too many requests from this address, or by this owner.
    #[error("too many requests")]
    RateLimited(Wait),
    /// The body comes too slowly.
    #[error("the body comes too slowly")]
    TooSlow,
    /// Too much is under way at once, up or down.
    #[error("the host has too much to do")]
    Busy,
    /// Of a batch of transactions: what is before it took all the time, or is of the same account and not in.
    #[error("the transaction was not handed in in time")]
    NotHandedIn,
    /// A wallet asks its host about grants and accounts only: providers are asked about elsewhere.
    #[error("a host answers about grants and accounts only")]
    ProviderKey,
    /// The ledger can't be asked.
    #[error("the ledger can't be reached")]
    LedgerUnreachable,
    /// The host failed.
    #[error("the host failed")]
    Failed(#[source] HostError),
}

/// Why a reader with the right key gets nothing now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotInForce {
    /// The ledger does not know the grant yet.
    Pending,
    /// Its time is over.
    Expired,
    /// The owner or the ledger ended it.
    Revoked,
    /// What is known of the ledger is too old to tell.
    Stale,
}

impl NotInForce {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Pending => "GrantPending",
            Self::Expired => "GrantExpired",
            Self::Revoked => "GrantRevoked",
            Self::Stale => "LedgerStale",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Pending => "the grant is not on the ledger yet",
            Self::Expired => "the grant has ended",
            Self::Revoked => "the grant was revoked",
            Self::Stale => "the ledger's last word is too old",
        }
    }
}

impl Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotFound | Self::UnknownGateway => 404,
            Self::Unsigned(_) => 401,
            Self::Malformed(_) | Self::RecipientMissing | Self::ProviderKey => 400,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::SealedType => 415,
            Self::VersionConflict(_)
            | Self::BlobMissing(_)
            | Self::LinkMissing(_)
            | Self::LinkConflict
            | Self::ProviderLogConflict => 409,
            Self::NotInForce(..)
            | Self::ProviderSuspended
            | Self::NotInvited
            | Self::UnknownInvite
            | Self::LapsedInvite
            | Self::UsedInvite => 403,
            Self::RateLimited(_) | Self::InboxFull => 429,
            Self::LedgerUnreachable => 502,
            Self::Busy | Self::NotHandedIn => 503,
            Self::SpaceFull | Self::HostFull => 507,
            Self::Failed(_) => 500,
        }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::UnknownGateway => "GatewayUnknown",
            Self::SealedType => "ObliviousType",
            Self::Unsigned(code) | Self::Malformed(code) => code,
            Self::TooSlow => "RequestTooSlow",
            Self::TooLarge => "RequestTooLarge",
            Self::RecipientMissing => "RecipientMissing",
            Self::NotInvited => "InviteNeeded",
            Self::UnknownInvite => "InviteUnknown",
            Self::LapsedInvite => "InviteLapsed",
            Self::UsedInvite => "InviteUsed",
            Self::VersionConflict(_) => "VersionConflict",
            Self::BlobMissing(_) => "BlobMissing",
            Self::LinkMissing(_) => "LinkMissing",
            Self::LinkConflict => "LinkConflict",
            Self::SpaceFull => "SpaceFull",
            Self::HostFull => "HostFull",
            Self::NotInForce(reason, _) => reason.code(),
            Self::ProviderSuspended => "ProviderSuspended",
            Self::InboxFull => "InboxFull",
            Self::ProviderLogConflict => "ProviderLogConflict",
            Self::RateLimited(_) => "RateLimited",
            Self::Busy => "HostBusy",
            Self::NotHandedIn => "TransactionWaiting",
            Self::ProviderKey => "ProofKeyPrivate",
            Self::LedgerUnreachable => "LedgerUnreachable",
            // What exactly failed is for the operator's log.
            Self::Failed(_) => "HostFailed",
        }
    }

    /// The answer that says so; what failed here is for the operator's log.
    pub(crate) fn into_answer(self) -> Answer {
        if let Self::Failed(error) = &self {
            tracing::error!(code = error.code(), %error, "request failed");
        }
        let (status, code, sentence) = (self.status(), self.code().to_owned(), self.to_string());
        let retry_after = match (&self, status) {
            (Self::RateLimited(Wait(seconds)), _) => Some(*seconds),
            (Self::Busy, _) => Some(RETRY_SOON),
            (_, 429 | 503) => Some(RETRY_AFTER),
            _ => None,
        };
        let version = match self {
            Self::VersionConflict(version) => Some(version),
            _ => None,
        };
        let bundle = match self {
            Self::NotInForce(_, bundle) => bundle.map(Into::into),
            _ => None,
        };
        let answer = Answer::cbor(status, &ErrorBody { code, sentence, bundle, version });
        match retry_after {
            Some(seconds) => answer.with_header("retry-after", seconds.to_string()),
            None => answer,
        }
    }
}

impl From<HostError> for Refusal {
    fn from(error: HostError) -> Self {
        match error {
            HostError::DiskFull => Self::HostFull,
            error => Self::Failed(error),
        }
    }
}

impl From<Interrupted> for Refusal {
    fn from(_: Interrupted) -> Self {
        Self::Failed(HostError::Interrupted)
    }
}

impl From<TurnRefused> for Refusal {
    fn from(refused: TurnRefused) -> Self {
        match refused {
            TurnRefused::Busy => Self::Busy,
            TurnRefused::Interrupted(interrupted) => interrupted.into(),
        }
    }
}

impl From<AnswerRefused> for Refusal {
    fn from(AnswerRefused: AnswerRefused) -> Self {
        Self::Busy
    }
}

impl From<BodyRefused> for Refusal {
    fn from(refused: BodyRefused) -> Self {
        match refused {
            BodyRefused::TooLong => Self::TooLarge,
            BodyRefused::TooSlow => Self::TooSlow,
            BodyRefused::Incomplete => Self::Malformed("BodyIncomplete"),
            BodyRefused::NoMemory => Self::Busy,
        }
    }
}

/// When to try again, in seconds, where that can't be told.
const RETRY_AFTER: u64 = 60;
/// When memory may be free again: neither a body nor an answer is long under way.
const RETRY_SOON: u64 = 5;
