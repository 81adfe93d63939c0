//! First contact with a provider: one envelope, from nobody in particular.

use keepwell_net::{Limits, Reach, Transport};
use keepwell_protocol::formats::http::Method;

use super::RemoteError;
use super::exchange::{request, send};

/// Posts a sealed envelope to a provider's inbox.
///
/// Unsigned, and best over a transport of its own, so that the inbox does not learn which wallet it is from.
///
/// # Errors
/// [`RemoteError`] if the inbox did not take it.
pub(crate) fn post_envelope(
    transport: &dyn Transport,
    inbox: &str,
    sealed: Vec<u8>,
    reach: Reach,
) -> Result<(), RemoteError> {
    let limits = Limits { reach, ..Limits::CONFIGURED };
    send(transport, request(Method::Post, inbox, "", sealed), limits).map(drop)
}
