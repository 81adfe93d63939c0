//! Why a server that keeps records gives none.

use std::fmt;

use keepwell_net::NetError;
use keepwell_protocol::crypto::CryptoError;

/// Why a server was not connected, or gives nothing. No text of a server and no token is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SourceError {
    /// It was not reached, or an address that it names may not be contacted.
    #[error(transparent)]
    Net(#[from] NetError),
    /// There was no randomness.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// It says nowhere how apps are authorized.
    #[error("this address is not one where a FHIR server says how apps are authorized")]
    NotSmart,
    /// Its list of what it can do is without PKCE by S256, without which a code that leaks is a token.
    #[error("the server does not protect the codes that it hands to apps (no PKCE with S256)")]
    PkceMissing,
    /// It answered with a status that says nothing of use.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// It answered something else than the standard says: not JSON, a field of another type, one twice, one too long.
    #[error("the server's answer is not what the standard says")]
    AnswerMalformed,
    /// What came back from the browser answers no authorization that was begun here, or one that was answered already.
    #[error("this answers no authorization that was begun here, or was used before")]
    RedirectUnknown,
    /// What came back from the browser is of another authorization server than was asked.
    #[error("another server answered than the one that was asked")]
    IssuerMismatch,
    /// The patient, or who looks after the server, refused.
    #[error("access was refused")]
    AccessDenied,
    /// The authorization server refused before it gave a code.
    #[error("the server does not authorize this app ({0})")]
    AuthorizationRefused(OAuthError),
    /// The authorization server gave no token for a code.
    #[error("the server gave no token ({0})")]
    TokenRefused(OAuthError),
    /// No type of records was granted.
    #[error("no kind of records was granted")]
    NothingGranted,
    /// The token says of no patient.
    #[error("the server does not say whose records these are")]
    PatientMissing,
    /// The server does not show the patient whom its token names.
    #[error("the server does not show whose records these are")]
    PatientUnreadable,
    /// A token that was renewed is another patient's.
    #[error("the server now gives the records of somebody else")]
    PatientChanged,
    /// The authorization ended, and the patient may give another.
    #[error("the authorization has ended; the source is to be connected again")]
    AuthorizationEnded,
}

impl SourceError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Net(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::NotSmart => "SourceNotSmart",
            Self::PkceMissing => "SourcePkceMissing",
            Self::Status(_) => "SourceStatus",
            Self::AnswerMalformed => "SourceAnswerMalformed",
            Self::RedirectUnknown => "SourceRedirectUnknown",
            Self::IssuerMismatch => "SourceIssuerMismatch",
            Self::AccessDenied => "SourceAccessDenied",
            Self::AuthorizationRefused(_) => "SourceAuthorizationRefused",
            Self::TokenRefused(_) => "SourceTokenRefused",
            Self::NothingGranted => "SourceNothingGranted",
            Self::PatientMissing => "SourcePatientMissing",
            Self::PatientUnreadable => "SourcePatientUnreadable",
            Self::PatientChanged => "SourcePatientChanged",
            Self::AuthorizationEnded => "SourceAuthorizationEnded",
        }
    }
}

/// What an authorization server says went wrong (RFC 6749 §4.1.2.1 and §5.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OAuthError {
    /// A parameter is missing, unknown or doubled.
    InvalidRequest,
    /// The client is not known.
    InvalidClient,
    /// The code or the refresh token is over, revoked, or was used.
    InvalidGrant,
    /// This client may not ask so.
    UnauthorizedClient,
    /// The patient or the server's owner refused.
    AccessDenied,
    /// This kind of grant is not supported.
    UnsupportedGrantType,
    /// This kind of answer is not supported.
    UnsupportedResponseType,
    /// A scope is unknown, or more than is allowed.
    InvalidScope,
    /// The server failed.
    ServerError,
    /// The server has too much to do.
    TemporarilyUnavailable,
    /// Something that the standard does not name.
    Unknown,
}

impl OAuthError {
    /// Reads the value of `error`.
    pub(crate) fn parse(text: &str) -> Self {
        NAMES.iter().find(|(_, name)| *name == text).map_or(Self::Unknown, |(error, _)| *error)
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|(error, _)| error == self).map_or("unknown", |(_, name)| name))
    }
}

const NAMES: &[(OAuthError, &str)] = &[
    (OAuthError::InvalidRequest, "invalid_request"),
    (OAuthError::InvalidClient, "invalid_client"),
    (OAuthError::InvalidGrant, "invalid_grant"),
    (OAuthError::UnauthorizedClient, "unauthorized_client"),
    (OAuthError::AccessDenied, "access_denied"),
    (OAuthError::UnsupportedGrantType, "unsupported_grant_type"),
    (OAuthError::UnsupportedResponseType, "unsupported_response_type"),
    (OAuthError::InvalidScope, "invalid_scope"),
    (OAuthError::ServerError, "server_error"),
    (OAuthError::TemporarilyUnavailable, "temporarily_unavailable"),
];
