//! HTTP over rustls with the bundled roots of the Mozilla programme.

use std::error::Error;
use std::io::Read;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use keepwell_protocol::formats::http::{LOOPBACK_NAME, Method, Request, Response};
use reqwest::blocking::{Client, ClientBuilder};
use url::{Host, Url};

use crate::pauses::{Pauses, request_key};
use crate::{Limits, NetError, Transport};

/// The transport of every party: HTTP/1.1, TLS 1.2 and 1.3.
///
/// A server that says by `Retry-After` when to ask again is not asked the same before that; its answer stands.
/// Bodies are never decompressed; cookies and proxies of the environment are not used.
pub struct HttpTransport {
    timeouts: Timeouts,
    tls: rustls::ClientConfig,
    client: Client,
    pauses: Pauses,
}

/// How slow one exchange may be: not how long, since on a slow network much takes long and arrives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// How long nothing may happen: until the connection stands, until the answer begins once the
    /// request is out, and between any two parts of it.
    pub idle: Duration,
    /// How long an exchange may be slower than `floor`.
    pub grace: Duration,
    /// What has to go through after that, in bytes a second: so that a peer that drips keeps nobody.
    pub floor: u32,
}

impl Default for Timeouts {
    /// 10 s, 30 s, and 4 KiB/s: a large body of 4 MB takes at most 17 minutes.
    fn default() -> Self {
        Self { idle: Duration::from_secs(10), grace: Duration::from_secs(30), floor: 4 * 1024 }
    }
}

impl Timeouts {
    /// How long so many bytes may take.
    fn allows(&self, bytes: usize) -> Duration {
        let seconds = bytes / usize::try_from(self.floor.max(1)).unwrap_or(usize::MAX);
        self.grace + Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))
    }
}

impl HttpTransport {
    /// Makes a transport with its own pool of connections and the default timeouts.
    ///
    /// # Errors
    /// As [`HttpTransport::with_timeouts`].
    pub fn new() -> Result<Self, NetError> {
        Self::with_timeouts(Timeouts::default())
    }

    /// Makes a transport with its own pool of connections.
    ///
    /// Must not be called, used or dropped on a thread that drives an async runtime.
    ///
    /// # Errors
    /// [`NetError::Offline`] if the system refuses what a client needs, such as a thread.
    pub fn with_timeouts(timeouts: Timeouts) -> Result<Self, NetError> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| NetError::Offline)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = builder(&tls, timeouts).build().map_err(|_| NetError::Offline)?;
        Ok(Self { timeouts, tls, client, pauses: Pauses::default() })
    }

    /// A client that can only connect to the addresses of `url` that `limits` admits.
    ///
    /// Pinning what was checked leaves no second look-up that could answer differently.
    fn client_for(&self, url: &Url, limits: Limits) -> Result<Client, NetError> {
        let name = match url.host() {
            Some(Host::Domain(name)) if name != LOOPBACK_NAME && limits.reach.looks_up() => name,
            _ => return Ok(self.client.clone()),
        };
        let patience = limits.left()?.map_or(self.timeouts.idle, |left| left.min(self.timeouts.idle));
        let addresses: Vec<SocketAddr> = resolve(name, Instant::now() + patience)?
            .into_iter()
            .map(|address| SocketAddr::new(address, 0))
            .collect();
        if !addresses.iter().all(|address| limits.reach.admits(address.ip())) {
            return Err(NetError::AddressRefused);
        }
        builder(&self.tls, self.timeouts)
            .resolve_to_addrs(name, &addresses)
            .build()
            .map_err(|_| NetError::Offline)
    }

    fn send_once(&self, url: &Url, request: &Request, limits: Limits) -> Result<Answer, NetError> {
        limits.reach.check(url)?;
        let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes())
            .map_err(|_| NetError::RequestMalformed)?;
        let mut builder = self.client_for(url, limits)?.request(method, url.clone());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        if let Some(left) = limits.left()? {
            builder = builder.timeout(left);
        } else if request.body.len() > UPLOAD {
            // The client knows no progress of what it sends, so the way out is given its time at once. A
            // connection on which nothing is acknowledged any more ends before that, where the system can.
            builder = builder.timeout(self.timeouts.allows(request.body.len()));
        }
        let answer = builder.send().map_err(|error| classify(&error))?;
        let status = answer.status().as_u16();
        let location = answer
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| url.join(value).ok());
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let body = self.read_body(answer, limits)?;
        Ok(Answer { response: Response { status, headers, body }, location })
    }

    fn read_body(&self, answer: reqwest::blocking::Response, limits: Limits) -> Result<Vec<u8>, NetError> {
        let (begun, limit) = (Instant::now(), limits.max_body);
        let too_large = NetError::ResponseTooLarge { limit };
        let announced =
            answer.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if announced > limit {
            return Err(too_large);
        }
        let mut body = Vec::with_capacity(announced);
        let mut answer = answer.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1));
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let count = match answer.read(&mut chunk) {
                Ok(0) => return Ok(body),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(classify(&error)),
            };
            body.extend_from_slice(chunk.get(..count).unwrap_or_default());
            if body.len() > limit {
                return Err(too_large);
            }
            let allowed = self.timeouts.allows(body.len());
            if begun.elapsed() >= allowed {
                return Err(NetError::Timeout);
            }
            limits.left()?;
        }
    }

    /// Sends it, and again to where a redirect leads.
    fn follow(&self, request: &Request, limits: Limits) -> Result<Response, NetError> {
        let mut url = Url::parse(&request.url).map_err(|_| NetError::AddressMalformed)?;
        let mut redirects = if request.method == Method::Get { limits.redirects } else { 0 };
        loop {
            let answer = self.send_once(&url, request, limits)?;
            match answer.location {
                Some(target)
                    if redirects > 0 && matches!(answer.response.status, 301 | 302 | 303 | 307 | 308) =>
                {
                    redirects -= 1;
                    url = target;
                }
                _ => return Ok(answer.response),
            }
        }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let key = request_key(&request);
        if let Some(answer) = self.pauses.answer(&key, Instant::now()) {
            return Ok(answer);
        }
        let answer = self.follow(&request, limits)?;
        self.pauses.note(key, &answer, Instant::now());
        Ok(answer)
    }
}

struct Answer {
    response: Response,
    location: Option<Url>,
}

fn builder(tls: &rustls::ClientConfig, timeouts: Timeouts) -> ClientBuilder {
    let client = Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .timeout(timeouts.idle)
        .connect_timeout(timeouts.idle)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .resolve_to_addrs(
            LOOPBACK_NAME,
            &[SocketAddr::from(([127, 0, 0, 1], 0)), SocketAddr::from((IPV6_LOOPBACK, 0))],
        );
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let client = client.tcp_user_timeout(timeouts.grace);
    client
}

/// Resolves a name on a thread of its own, because the system's resolver knows no deadline.
fn resolve(name: &str, deadline: Instant) -> Result<Vec<IpAddr>, NetError> {
    let (sender, receiver) = mpsc::channel();
    let target = (name.to_owned(), 0);
    thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            // Nobody listens any more when the deadline has passed.
            let _ = sender.send(
                target.to_socket_addrs().map(|found| found.map(|address| address.ip()).collect::<Vec<_>>()),
            );
        })
        .map_err(|_| NetError::Offline)?;
    match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(NetError::Offline),
        Err(_) => Err(NetError::Timeout),
    }
}

/// Finds out what a failure of the client comes from.
fn classify(error: &(dyn Error + 'static)) -> NetError {
    let mut cause = Some(error);
    let mut verdict = NetError::ConnectionBroken;
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            if error.is_timeout() {
                return NetError::Timeout;
            }
            if error.is_builder() {
                return NetError::RequestMalformed;
            }
            if error.is_connect() {
                verdict = NetError::Offline;
            }
        }
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return NetError::CertificateRefused;
        }
        cause = match error.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::TimedOut => return NetError::Timeout,
            // `source` of an I/O error skips the error inside.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    verdict
}

/// From this size on a request counts as an upload.
const UPLOAD: usize = 64 * 1024;
const IPV6_LOOPBACK: [u16; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
