//! HTTP: the library's own transport, or the app's; either way a cancelled call sends nothing more.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use keepwell_net::{Limits, NetError, Reach, Transport};
use keepwell_protocol::formats::http::{Request, Response};

use super::app_runtime::AppRuntime;
use crate::cancellation::CallFlag;
use crate::error::Result;

/// One line of a header; a name may come more than once.
#[derive(Clone, Debug, uniffi::Record)]
pub struct HttpHeader {
    /// In lower case where the library gives it.
    pub name: String,
    /// As it goes over the wire.
    pub value: String,
}

/// A request for the app to send as it is: address and headers are signed.
///
/// Address, headers and body may hold secrets and belong in no log.
#[derive(uniffi::Record)]
#[uniffi::export(Display)]
pub struct HttpRequest {
    /// `GET`, `PUT`, `POST` or `DELETE`.
    pub method: String,
    /// The absolute address: https, or http on loopback.
    pub url: String,
    /// To be sent as they are, some of them signed.
    pub headers: Vec<HttpHeader>,
    /// The whole body; empty if there is none.
    pub body: Vec<u8>,
    /// The longest body of an answer that is taken, in bytes.
    pub max_body: u64,
    /// Whether the address came from somebody else, as in a share link: then only public addresses of
    /// the internet may be connected to, whatever the name resolves to.
    pub is_foreign: bool,
}

/// Shows no address, header or body.
impl fmt::Display for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({}, {} bytes)", self.method, self.body.len())
    }
}

/// A whole answer, whatever its status; the body as it came over the wire, redirects not followed.
#[derive(uniffi::Record)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// As they came, names in any case.
    pub headers: Vec<HttpHeader>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no whole answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum HttpTransportError {
    /// The name did not resolve or nobody answered there.
    #[error("the server can't be reached")]
    Offline,
    /// The answer did not begin or did not end in time.
    #[error("the server took too long to answer")]
    Timeout,
    /// The server's certificate is not trusted.
    #[error("the server's certificate is not trusted")]
    CertificateRefused,
    /// The answer is longer than what is taken.
    #[error("the answer is too long")]
    TooLarge,
    /// The connection ended early or did not speak HTTP.
    #[error("the connection was broken off")]
    Broken,
}

/// What the app threw was none of these.
impl From<uniffi::UnexpectedUniFFICallbackError> for HttpTransportError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Broken
    }
}

/// Sends requests in place of the library's own HTTP; for apps with a network stack of their own.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends one request. `alone` asks for a connection that no other request uses: what goes to a
    /// provider, or asks a ledger, must not be seen to come from the wallet that talks to the host.
    async fn send(&self, request: HttpRequest, alone: bool) -> Result<HttpResponse, HttpTransportError>;
}

/// The app's transport as the wallet uses it.
pub(crate) struct AppTransport {
    app: Arc<dyn HttpClient>,
    runtime: AppRuntime,
    alone: bool,
}

impl AppTransport {
    pub(crate) fn new(app: Arc<dyn HttpClient>, alone: bool) -> Result<Self> {
        Ok(Self { app, runtime: AppRuntime::new()?, alone })
    }
}

impl Transport for AppTransport {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        if CallFlag::current().is_cancelled() {
            return Err(NetError::Offline);
        }
        limits.reach.check_text(&request.url)?;
        // How long a connection lives is the app's HTTP's to say: many take no header about it.
        let is_of_connection = |name: &str| name.eq_ignore_ascii_case("connection");
        let alone = self.alone || request.headers.iter().any(|(name, _)| is_of_connection(name));
        let headers = request.headers.into_iter().filter(|(name, _)| !is_of_connection(name));
        let request = HttpRequest {
            method: request.method.as_str().to_owned(),
            url: request.url,
            headers: headers.map(|(name, value)| HttpHeader { name, value }).collect(),
            body: request.body,
            max_body: limits.max_body as u64,
            is_foreign: limits.reach != Reach::Configured,
        };
        let answer = self.runtime.wait(self.app.send(request, alone), DEADLINE);
        let answer = answer.map_err(|_| NetError::Timeout)?.map_err(|error| match error {
            HttpTransportError::Offline => NetError::Offline,
            HttpTransportError::Timeout => NetError::Timeout,
            HttpTransportError::CertificateRefused => NetError::CertificateRefused,
            HttpTransportError::TooLarge => NetError::ResponseTooLarge { limit: limits.max_body },
            HttpTransportError::Broken => NetError::ConnectionBroken,
        })?;
        if answer.body.len() > limits.max_body {
            return Err(NetError::ResponseTooLarge { limit: limits.max_body });
        }
        let headers =
            answer.headers.into_iter().map(|header| (header.name.to_ascii_lowercase(), header.value));
        Ok(Response { status: answer.status, headers: headers.collect(), body: answer.body })
    }
}

/// How long the app may take for one exchange: that of the largest upload.
const DEADLINE: Duration = Duration::from_secs(120);
