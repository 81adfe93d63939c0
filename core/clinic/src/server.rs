//! Talking to hosts and gateways.

use std::time::{Duration, Instant};

use keepwell_net::{Clock, Limits, NetError, Peer, PeerError, Reach, Transport, granted, request};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::formats::http::{Method, Request, Response, is_loopback, is_secure};
use url::Url;

use crate::ClinicError;

/// A server and how far the way to it may lead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Server {
    base: String,
    reach: Reach,
    within: Option<Duration>,
}

/// The way to one server, for a client that does not know where it may lead and how long it may take.
pub(crate) struct ServerTransport<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) server: &'a Server,
}

impl Transport for ServerTransport<'_> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        self.transport.send(request, self.server.limits(limits.max_body))
    }
}

/// Signs requests: as whom, and by which clock.
pub(crate) struct Signed<'a> {
    pub(crate) key: &'a SigningKey,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) rng: &'a mut Rng,
}

impl Server {
    /// A server that the operator named.
    ///
    /// # Errors
    /// [`ClinicError::InvalidAddress`] if it is not https, nor http on loopback.
    pub(crate) fn configured(url: &str) -> Result<Self, ClinicError> {
        let parsed = Url::parse(url).map_err(|_| ClinicError::InvalidAddress)?;
        let plain = parsed.query().is_none() && parsed.fragment().is_none() && parsed.username().is_empty();
        if !is_secure(&parsed) || !plain {
            return Err(ClinicError::InvalidAddress);
        }
        let base = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { base, reach: Reach::Configured, within: None })
    }

    /// A server that somebody else named: never a way into this provider's own network. Where the
    /// provider's own host is on loopback, which is a demonstration, others may be there too.
    pub(crate) fn foreign(url: &str, own: &Self) -> Self {
        let base = url.trim_end_matches('/').to_owned();
        if base == own.base { own.clone() } else { Self { base, reach: own.foreign_reach(), within: None } }
    }

    /// How far the way to an address that somebody else named may lead.
    pub(crate) fn foreign_reach(&self) -> Reach {
        match Url::parse(&self.base) {
            Ok(url) if is_loopback(&url) => Reach::ForeignOrLoopback,
            _ => Reach::Foreign,
        }
    }

    /// The same server, for exchanges that take at most so long.
    pub(crate) fn within(&self, within: Duration) -> Self {
        Self { within: Some(within), ..self.clone() }
    }

    /// The limits of an exchange that begins now.
    fn limits(&self, max_body: usize) -> Limits {
        let until = self.within.map(|within| Instant::now() + within);
        Limits { max_body, reach: self.reach, redirects: 0, until }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request and gives the answer, whatever its status.
    pub(crate) fn send(
        &self,
        transport: &dyn Transport,
        method: Method,
        path: &str,
        body: Vec<u8>,
        signed: Option<Signed<'_>>,
        max_body: usize,
    ) -> Result<Response, ClinicError> {
        let request = request(method, &self.base, path, body);
        let limits = self.limits(max_body);
        match signed {
            Some(Signed { key, clock, rng }) => {
                Ok(Peer { transport, clock, key }.send(request, limits, rng)?)
            }
            None => Ok(transport.send(request, limits)?),
        }
    }
}

impl From<PeerError> for ClinicError {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::Net(error) => error.into(),
            // The address may be a patient's choice, and then it is just not one that answers.
            PeerError::Unsigned(_) => Self::InvalidAddress,
            PeerError::ClockSuspect => Self::ClockSuspect,
        }
    }
}

/// The body of an answer that did what was asked.
///
/// # Errors
/// [`ClinicError::Server`] otherwise, and [`ClinicError::NoAnswer`] if it is not of our media type: a portal
/// or a proxy answered.
pub(crate) fn success(response: Response) -> Result<Vec<u8>, ClinicError> {
    Ok(granted(response)?.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_server_is_https_or_on_this_machine() {
        for (url, base) in [
            ("https://host.example/", "https://host.example"),
            ("https://host.example/a/", "https://host.example/a"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://localhost:9", "http://localhost:9"),
        ] {
            assert_eq!(Server::configured(url).unwrap().base(), base);
        }
        for bad in [
            "http://host.example",
            "ftp://127.0.0.1",
            "host.example",
            "",
            "https://u@h.example",
            "https://h/?a",
        ] {
            assert!(Server::configured(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_foreign_server_on_this_machine_is_for_demonstrations_only() {
        let public = Server::configured("https://host.example").unwrap();
        let local = Server::configured("http://127.0.0.1:8").unwrap();
        assert_eq!(Server::foreign("http://127.0.0.1:9/", &public).reach, Reach::Foreign);
        assert_eq!(Server::foreign("http://127.0.0.1:9/", &local).reach, Reach::ForeignOrLoopback);
        assert_eq!(Server::foreign("https://host.example/", &public).reach, Reach::Configured);
    }
}
