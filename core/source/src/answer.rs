//! Fetching documents of a server, and reading what it answers.

use keepwell_net::{Limits, Transport};
use keepwell_protocol::formats::http::{Method, Request, Response};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{AccessToken, FhirBase, SourceError};

/// Asks for a document, by a token where there is one. A redirect is not followed: the token would go along.
pub(crate) fn fetch(
    transport: &dyn Transport,
    base: &FhirBase,
    url: &Url,
    token: Option<&AccessToken>,
    max_body: usize,
) -> Result<Response, SourceError> {
    let mut request = Request::new(Method::Get, url.as_str());
    request.headers.push(("accept".into(), "application/fhir+json, application/json;q=0.9".into()));
    let authorization = token.map(|token| format!("Bearer {}", token.expose()));
    request.headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
    let limits = Limits { max_body, reach: base.reach(url), ..Limits::CONFIGURED };
    Ok(transport.send(request, limits)?)
}

/// Whether the answer says to be JSON.
pub(crate) fn is_json(response: &Response) -> bool {
    let content_type = response.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(
        media_type.as_str(),
        "application/json" | "application/fhir+json" | "application/json+fhir" | "text/json"
    )
}

/// Reads a document of which the named fields are there once and have their types.
pub(crate) fn read_json<T: DeserializeOwned>(response: &Response) -> Result<T, SourceError> {
    if !is_json(response) {
        return Err(SourceError::AnswerMalformed);
    }
    serde_json::from_slice(&response.body).map_err(|_| SourceError::AnswerMalformed)
}
