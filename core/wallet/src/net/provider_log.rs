//! A provider's own access log, from where the provider publishes it.

use keepwell_net::{Limits, Reach, Transport, request};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::ProviderLogPage;

use super::exchange::read;
use super::{RemoteError, SeparateConnections};

/// Fetches a page of the log beside an inbox, from entry `from` on; without entries behind the last.
///
/// Unsigned, whole pages, and over connections that nothing else uses: it doesn't say whose entries are looked for.
///
/// # Errors
/// [`RemoteError`] if there is no such answer.
pub(crate) fn fetch_provider_log(
    transport: &dyn Transport,
    inbox: &str,
    from: u64,
    reach: Reach,
) -> Result<ProviderLogPage, RemoteError> {
    let limits = Limits { reach, ..Limits::CONFIGURED };
    let request = request(Method::Get, inbox, &format!("/log?from={from}"), Vec::new());
    let page: ProviderLogPage = read(SeparateConnections(transport).send(request, limits)?)?;
    if page.first == from { Ok(page) } else { Err(RemoteError::NoAnswer) }
}
