//! One request and its answer.

use keepwell_net::{Limits, ServerError, Transport};
use keepwell_protocol::formats::http::{Method, Request, Response};

use super::RemoteError;

/// A request to `path` below `base`, with the media type of all bodies here.
pub(super) fn request(method: Method, base: &str, path: &str, body: Vec<u8>) -> Request {
    let mut request = Request::new(method, format!("{}{path}", base.trim_end_matches('/')));
    if !body.is_empty() {
        request.headers.push(("content-type".into(), "application/cbor".into()));
    }
    request.with_body(body)
}

/// Sends the request; any status but 2xx is a refusal.
pub(super) fn send(
    transport: &dyn Transport,
    request: Request,
    limits: Limits,
) -> Result<Response, RemoteError> {
    granted(transport.send(request, limits)?)
}

/// An answer that grants what was asked.
pub(super) fn granted(answer: Response) -> Result<Response, RemoteError> {
    Ok(ServerError::check(answer)?)
}
