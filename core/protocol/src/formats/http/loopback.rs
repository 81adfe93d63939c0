//! Which addresses lead to this machine.

use url::{Host, Url};

/// The one name that means this machine (RFC 6761 §6.3); it is never looked up.
pub const LOOPBACK_NAME: &str = "localhost";

/// Whether a URL leads to this machine: by [`LOOPBACK_NAME`], or by a number of `127.0.0.0/8` or `::1`.
///
/// ```
/// # use keepwell_protocol::formats::http::is_loopback;
/// assert!(is_loopback(&"http://127.0.0.1:8080/".parse()?));
/// assert!(!is_loopback(&"http://localhost.example/".parse()?));
/// # Ok::<(), url::ParseError>(())
/// ```
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == LOOPBACK_NAME,
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether what is sent to a URL stays unread on the way: https anywhere, http on this machine.
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}
