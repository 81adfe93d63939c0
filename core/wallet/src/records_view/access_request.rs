//! What providers asked for, as a person sees it.

use keepwell_protocol::domain::{
    Category, Duration, GrantId, ProviderId, Purpose, RequestId, Scope, Timestamp,
};
use rusqlite::Connection;

use crate::error::WalletError;
use crate::store::access_requests::{self, NotedRequest};

/// What a provider asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessRequestView {
    /// By what it is agreed to or refused.
    pub request: RequestId,
    /// Who asks, as its card proves.
    pub provider: ProviderId,
    /// The name on that card.
    pub name: String,
    /// The place on it; may be empty.
    pub place: String,
    /// What it asks to read.
    pub categories: Vec<Category>,
    /// What it wants to use that for.
    pub purpose: Purpose,
    /// For how long, from when the patient agrees.
    pub duration: Duration,
    /// Until before when it can be agreed to.
    pub expires: Timestamp,
    /// Where it stands.
    pub state: AccessRequestState,
    /// The grant that answers it.
    pub grant: Option<GrantId>,
}

impl AccessRequestView {
    /// All that it asks for.
    pub fn scope(&self) -> Scope {
        Scope { categories: self.categories.clone(), ..Scope::default() }
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccessRequestState {
    /// Nobody has answered it.
    Waiting,
    /// Nobody has answered it in its time.
    Expired,
    /// The patient agreed, perhaps to less.
    Approved,
    /// The patient refused. Nobody was told.
    Refused,
}

impl AccessRequestState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Expired => "expired",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }
}

/// Every request, newest first.
pub(crate) fn all(connection: &Connection, now: Timestamp) -> Result<Vec<AccessRequestView>, WalletError> {
    Ok(access_requests::all(connection)?.into_iter().map(|noted| view(noted, now)).collect())
}

/// One request as it stands now.
pub(crate) fn view(noted: NotedRequest, now: Timestamp) -> AccessRequestView {
    let state = match noted.answer {
        Some(_) => AccessRequestState::Approved,
        None if noted.is_refused => AccessRequestState::Refused,
        None if now >= noted.request().expires => AccessRequestState::Expired,
        None => AccessRequestState::Waiting,
    };
    let NotedRequest { signed, name, place, answer: grant, .. } = noted;
    let request = signed.request;
    AccessRequestView {
        request: request.id,
        provider: request.provider,
        name,
        place,
        categories: request.categories,
        purpose: request.purpose,
        duration: request.duration,
        expires: request.expires,
        state,
        grant,
    }
}
