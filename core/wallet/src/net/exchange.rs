//! One request and its answer.

use keepwell_net::{acknowledged, granted};
use keepwell_protocol::domain::Object;
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

/// The object that was asked for; any status but 2xx is a refusal, and a success of another media type no answer.
pub(super) fn read<T: Object>(answer: Response) -> Result<T, RemoteError> {
    Ok(T::from_cbor(&granted(answer)?.body)?)
}

/// The acknowledgement that something was done, if it is as `expected`; any other is no answer.
pub(super) fn done<T: Object>(answer: Response, expected: impl FnOnce(&T) -> bool) -> Result<T, RemoteError> {
    Ok(acknowledged(answer, expected)?)
}
