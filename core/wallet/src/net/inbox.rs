//! First contact with a provider: one envelope, from nobody in particular.

use keepwell_net::{Limits, Reach, Transport, request};
use keepwell_protocol::crypto;
use keepwell_protocol::domain::BlobId;
use keepwell_protocol::formats::http::Method;

use super::RemoteError;
use super::exchange::done;

/// Posts a sealed envelope to a provider's inbox.
///
/// Unsigned, and best over a transport of its own, so that the inbox does not learn which wallet it is from.
///
/// # Errors
/// [`RemoteError`] if the inbox did not say that it took this very envelope.
pub(crate) fn post_envelope(
    transport: &dyn Transport,
    inbox: &str,
    sealed: Vec<u8>,
    reach: Reach,
) -> Result<(), RemoteError> {
    let limits = Limits { reach, ..Limits::CONFIGURED };
    let id = crypto::blob_id(&sealed);
    let answer = transport.send(request(Method::Post, inbox, "", sealed), limits)?;
    done(answer, |taken: &BlobId| *taken == id).map(drop)
}
