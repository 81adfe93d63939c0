//! How the gateway says yes and no: CBOR bodies, and one form for every error.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::EngineStopped;
use keepwell_protocol::vault::ErrorBody;
use keepwell_server::{BodyRefused, TurnRefused, Wait};

use crate::engine::EngineError;
use crate::state::Rejection;

/// A body that was made.
pub(super) struct Cbor(pub(super) StatusCode, pub(super) Vec<u8>);

impl IntoResponse for Cbor {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/cbor")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (self.0, headers, self.1).into_response()
    }
}

/// After how many seconds to ask again: a lane has room after a block, and a node that starts is soon there; a stopped
/// engine pauses so long at most.
const BUSY_SECONDS: u64 = 1;
const STOPPED_SECONDS: u64 = 10;

/// Why a request gets no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is nothing at this address")]
    NotFound,
    #[error("this address takes another method")]
    Method,
    #[error("the address names no key, height or provider")]
    Address,
    #[error("this gateway collects nothing for an aggregator")]
    NoAggregator,
    #[error("this entry was not handed in here, or is no longer kept")]
    UnknownEntry,
    #[error("the state of that height is no longer kept")]
    HeightGone,
    #[error(
        "the header of that height is no longer kept, and a newer trust anchor from the operator is needed"
    )]
    HeaderGone,
    #[error("the request is too long")]
    TooLong,
    #[error("the request took too long")]
    TooSlow,
    #[error("the request is not whole")]
    Incomplete,
    #[error("a sealed question is of the type message/ohttp-req")]
    SealedType,
    #[error("a sealed question is 512 bytes or 4 KiB long")]
    SealedLength,
    #[error("the question is sealed to a key that does not hold here")]
    SealedToOther,
    #[error("the sealed question is damaged")]
    SealedDamaged,
    #[error("the sealed question was asked before")]
    SealedAgain,
    #[error("the answer does not fit into a sealed one")]
    SealedAnswerTooLong,
    #[error("too many requests")]
    RateLimited(Wait),
    #[error("the ledger has too much to do, try again later")]
    Busy,
    #[error("the ledger makes no blocks at present ({}), try again later", .0.reason())]
    Stopped(EngineStopped),
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error("the ledger has failed")]
    Failed(#[from] EngineError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoAggregator | Self::UnknownEntry => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Address => StatusCode::BAD_REQUEST,
            Self::HeightGone | Self::HeaderGone => StatusCode::GONE,
            Self::Incomplete | Self::SealedLength | Self::SealedToOther | Self::SealedDamaged => {
                StatusCode::BAD_REQUEST
            }
            Self::SealedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::SealedAgain => StatusCode::CONFLICT,
            Self::SealedAnswerTooLong => StatusCode::INTERNAL_SERVER_ERROR,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Rejected(Rejection::Transaction(_)) => StatusCode::BAD_REQUEST,
            Self::Rejected(_) => StatusCode::CONFLICT,
            Self::Busy | Self::Stopped(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::NoAggregator => "NoAggregator",
            Self::UnknownEntry => "UnknownEntry",
            Self::Method => "MethodNotAllowed",
            Self::Address => "BadAddress",
            Self::HeightGone => "ProofHeightGone",
            Self::HeaderGone => "HeaderGone",
            Self::Incomplete => "BodyIncomplete",
            Self::SealedType => "ObliviousType",
            Self::SealedLength => "ObliviousLength",
            Self::SealedToOther => "ObliviousKeyUnknown",
            Self::SealedDamaged => "ObliviousDamaged",
            Self::SealedAgain => "ObliviousReplayed",
            Self::SealedAnswerTooLong => "ObliviousAnswerTooLong",
            Self::RateLimited(_) => "RateLimited",
            Self::TooLong => "RequestTooLong",
            Self::TooSlow => "RequestTooSlow",
            Self::Busy => "LedgerBusy",
            Self::Stopped(_) => "LedgerStopped",
            Self::Rejected(rejection) => rejection.code(),
            Self::Failed(_) => "LedgerFailed",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Self::Failed(error) = &self {
            tracing::error!(code = error.code(), %error, "request failed");
        }
        let body = ErrorBody {
            code: self.code().to_owned(),
            sentence: self.to_string(),
            bundle: None,
            version: None,
        };
        let mut response = Cbor(self.status(), body.to_cbor()).into_response();
        let seconds = match self {
            Self::RateLimited(Wait(seconds)) => seconds,
            Self::Busy | Self::Stopped(EngineStopped::CatchingUp) => BUSY_SECONDS,
            Self::Stopped(_) => STOPPED_SECONDS,
            _ => return response,
        };
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        response
    }
}

impl From<TurnRefused> for Refusal {
    fn from(refused: TurnRefused) -> Self {
        match refused {
            TurnRefused::Busy => Self::Busy,
            TurnRefused::Interrupted(_) => Self::Failed(EngineError::Block),
        }
    }
}

impl From<BodyRefused> for Refusal {
    fn from(refused: BodyRefused) -> Self {
        match refused {
            BodyRefused::TooLong => Self::TooLong,
            BodyRefused::TooSlow => Self::TooSlow,
            BodyRefused::Incomplete => Self::Incomplete,
            BodyRefused::NoMemory => Self::Busy,
        }
    }
}
