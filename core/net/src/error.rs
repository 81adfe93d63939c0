//! Why an exchange over the network did not give an answer.

/// Why no answer came back that may be used.
///
/// An answer with an error status is an answer: it is returned, not turned into one of these.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NetError {
    /// The text is not an absolute URL with a host.
    #[error("not an address of a server")]
    AddressMalformed,
    /// The address is not one that this request may go to: plain http beyond loopback, a private
    /// or local network, or a user name in the URL.
    #[error("this address may not be contacted")]
    AddressRefused,
    /// The name did not resolve or nobody answered there.
    #[error("the server can't be reached")]
    Offline,
    /// The server's certificate is not valid for this name and time under the bundled roots.
    #[error("the server's certificate is not trusted")]
    CertificateRefused,
    /// The answer did not begin or did not end in time.
    #[error("the server took too long to answer")]
    Timeout,
    /// The answer is longer than the caller takes.
    #[error("the answer is longer than {limit} bytes")]
    ResponseTooLarge {
        /// The longest body that would have been taken, in bytes.
        limit: usize,
    },
    /// The connection ended early or did not speak HTTP.
    #[error("the connection was broken off")]
    ConnectionBroken,
    /// The request has a header that can't be sent.
    #[error("the request can't be sent as it is")]
    RequestMalformed,
}

impl NetError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::AddressMalformed => "AddressMalformed",
            Self::AddressRefused => "AddressRefused",
            Self::Offline => "Offline",
            Self::CertificateRefused => "CertificateRefused",
            Self::Timeout => "Timeout",
            Self::ResponseTooLarge { .. } => "ResponseTooLarge",
            Self::ConnectionBroken => "ConnectionBroken",
            Self::RequestMalformed => "RequestMalformed",
        }
    }
}
