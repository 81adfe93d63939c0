//! What an answer says.

use keepwell_net::{acknowledged, granted};
use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::http::Response;

use super::RemoteError;

/// The object that was asked for; any status but 2xx is a refusal, and a success of another media type no answer.
pub(super) fn read<T: Object>(answer: Response) -> Result<T, RemoteError> {
    Ok(T::from_cbor(&granted(answer)?.body)?)
}

/// The acknowledgement that something was done, if it is as `expected`; any other is no answer.
pub(super) fn done<T: Object>(answer: Response, expected: impl FnOnce(&T) -> bool) -> Result<T, RemoteError> {
    Ok(acknowledged(answer, expected)?)
}
