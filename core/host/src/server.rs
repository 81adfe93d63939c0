//! The server: sockets, limits, start and end.

use std::fs::File;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, Method as HttpMethod, Request as HttpRequest, Response as HttpResponse};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::{Method, Request};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, interval_at};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use url::{Host as UrlHost, Url};

use crate::answer::{Answer, Call};
use crate::connections::{self, Patience};
use crate::refusal::Refusal;
use crate::routes::longest_body;
use crate::service::Service;
use crate::{Clock, HostConfig, HostError};

/// A running host.
///
/// Runs on threads of its own until [`Host::stop`] or drop; may be made and used on any thread that
/// does not drive an async runtime.
pub struct Host {
    address: SocketAddr,
    service: Arc<Service>,
    clock: Clock,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
    /// Held, not read: its lock says that this home is in use.
    _lock: File,
}

impl Host {
    /// Opens the home folder and answers from when this returns.
    ///
    /// # Errors
    /// [`HostError::Busy`] if another process uses this home; otherwise what could not be opened.
    pub fn start(config: HostConfig, clock: Clock) -> Result<Self, HostError> {
        std::fs::create_dir_all(&config.home)?;
        let lock = lock_home(&config.home)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("host").enable_all().build()?;
        let service = Arc::new(Service::open(&config, Arc::clone(&clock), runtime.handle().clone())?);
        let listener = runtime.block_on(TcpListener::bind(config.listen))?;
        let address = listener.local_addr()?;
        let shared = Shared {
            origin: origin(config.public_url.as_ref(), address)?,
            service: Arc::clone(&service),
            clock: Arc::clone(&clock),
            room: Arc::new(Semaphore::new(ROOM)),
        };
        let (stop, stopped) = oneshot::channel();
        let server = thread::Builder::new()
            .name("host".to_owned())
            .spawn(move || run(runtime, listener, shared, stopped))?;
        Ok(Self { address, service, clock, stop: Some(stop), server: Some(server), _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Removes what nobody may ask for any more, by this machine's clock alone.
    ///
    /// # Errors
    /// [`HostError`] if the database or the blob store fails; what is left goes next time.
    pub fn sweep(&self) -> Result<(), HostError> {
        self.service.sweep((self.clock)())
    }

    /// Removes what nobody may ask for any more by the ledger's time, as the host does each hour by itself, but not
    /// in the first. Answers whether it did: nothing is removed where nobody proves the time, or this machine's
    /// clock is more than 15 minutes off it.
    ///
    /// # Errors
    /// As [`Host::sweep`].
    pub fn sweep_by_ledger(&self) -> Result<bool, HostError> {
        self.service.sweep_by_ledger((self.clock)())
    }

    /// Lets requests end, for ten seconds at most, and stops.
    ///
    /// # Errors
    /// [`HostError::Io`] if the server had failed.
    pub fn stop(mut self) -> Result<(), HostError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), HostError> {
        drop(self.stop.take());
        match self.server.take().map(thread::JoinHandle::join) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(HostError::Io(std::io::Error::other("the server's thread panicked"))),
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(code = error.code(), "host ended badly");
        }
    }
}

/// Takes a home for this process alone, until the file is closed.
pub(crate) fn lock_home(home: &Path) -> Result<File, HostError> {
    let lock = File::create(home.join("lock"))?;
    lock.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => HostError::Busy,
        std::fs::TryLockError::Error(error) => HostError::Io(error),
    })?;
    Ok(lock)
}

#[derive(Clone)]
struct Shared {
    /// Scheme and authority of the public URL, without a slash at its end.
    origin: String,
    service: Arc<Service>,
    clock: Clock,
    /// One permit for each byte of large bodies that may be in memory.
    room: Arc<Semaphore>,
}

/// How much of a body that is too long is read and thrown away.
const DISCARDED: usize = 16 * 1024 * 1024;
/// How many bytes of large bodies are in memory at once; who comes when it is full is told to wait.
const ROOM: usize = 512 * 1024 * 1024;
/// A body up to this size needs no room, so that large ones never keep small ones out.
const SMALL: usize = 64 * 1024;
/// How long a request may take in all; the longest upload by a slow client is below it.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(150);
/// How long a client may take to say what it wants, and may keep a connection without asking.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The last second that a date of HTTP can say, at the end of the year 9999.
const LAST_DATE: u64 = 253_402_300_799;
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
const SWEEP_EACH: Duration = Duration::from_secs(3_600);

fn run(runtime: Runtime, listener: TcpListener, shared: Shared, stopped: oneshot::Receiver<()>) {
    let (service, clock) = (Arc::clone(&shared.service), Arc::clone(&shared.clock));
    runtime.spawn(async move {
        let mut hours = interval_at(Instant::now() + SWEEP_EACH, SWEEP_EACH);
        loop {
            hours.tick().await;
            let (service, clock) = (Arc::clone(&service), Arc::clone(&clock));
            let swept = tokio::task::spawn_blocking(move || service.sweep_by_ledger(clock())).await;
            if let Ok(Err(error)) = swept {
                tracing::error!(code = error.code(), %error, "sweep failed");
            }
        }
    });
    let app = Router::new()
        .fallback(serve)
        .with_state(shared)
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new());
    let patience = Patience { head: HEAD_TIMEOUT, end: SHUTDOWN_TIMEOUT };
    runtime.block_on(connections::serve(listener, app, stopped, patience));
    // What runs on blocking threads is let end: it may be writing.
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
}

async fn serve(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: HttpRequest<Body>,
) -> HttpResponse<Body> {
    let arrived = (shared.clock)();
    let mut response = respond(&shared, peer, request, arrived).await;
    // By the clock that judges signatures: wallets date one retry by it.
    let now = UNIX_EPOCH + Duration::from_secs((shared.clock)().0.min(LAST_DATE));
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(now)) {
        response.headers_mut().insert("date", date);
    }
    response
}

async fn respond(
    shared: &Shared,
    peer: SocketAddr,
    request: HttpRequest<Body>,
    arrived: Timestamp,
) -> HttpResponse<Body> {
    let path = request.uri().path().to_owned();
    if request.method() == HttpMethod::OPTIONS && path.starts_with("/l/") {
        return carry(preflight());
    }
    let Some(method) = Method::parse(request.method().as_str()) else {
        return carry(Refusal::NotFound.into_answer());
    };
    let (parts, body) = request.into_parts();
    let longest = longest_body(&path);
    let body = match collect(body, longest, &shared.room).await {
        Ok(body) => body,
        Err(refusal) => return carry(refusal.into_answer()),
    };
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let call = Call {
        request: Request { method, url: format!("{}{target}", shared.origin), headers, body: body.bytes },
        path,
        query: parts.uri.query().map(str::to_owned),
        peer: peer.ip(),
        arrived,
        now: (shared.clock)(),
    };
    let service = Arc::clone(&shared.service);
    match tokio::task::spawn_blocking(move || service.answer(&call)).await {
        Ok(mut answer) => {
            if let Some(work) = answer.afterwards.take() {
                tokio::task::spawn_blocking(work);
            }
            tracing::debug!(%method, status = answer.status, "answered");
            carry(answer)
        }
        Err(_) => carry(Answer::empty(500)),
    }
}

/// A body and its share of the memory for bodies.
struct Collected {
    bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

/// Reads a body of at most `longest` bytes, as long as there is room for it.
///
/// Somewhat more is read and thrown away: a client that is still sending when the connection closes
/// never sees the answer that says why.
async fn collect(mut body: Body, longest: usize, room: &Arc<Semaphore>) -> Result<Collected, Refusal> {
    let mut collected = Collected { bytes: Vec::new(), _room: None };
    let mut length = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let data = frame.map_err(|_| Refusal::Malformed("BodyIncomplete"))?.into_data().unwrap_or_default();
        length = length.saturating_add(data.len());
        if length > longest {
            collected = Collected { bytes: Vec::new(), _room: None };
            if length > longest.saturating_add(DISCARDED) {
                break;
            }
            continue;
        }
        if length > SMALL {
            let share = u32::try_from(data.len()).map_err(|_| Refusal::Busy)?;
            let share = Arc::clone(room).try_acquire_many_owned(share).map_err(|_| Refusal::Busy)?;
            match &mut collected._room {
                Some(room) => room.merge(share),
                room => *room = Some(share),
            }
        }
        collected.bytes.extend_from_slice(&data);
    }
    if length <= longest { Ok(collected) } else { Err(Refusal::TooLarge) }
}

fn preflight() -> Answer {
    Answer::empty(204)
        .with_header("access-control-allow-origin", "*")
        .with_header("access-control-allow-methods", "GET, OPTIONS")
        .with_header("access-control-allow-headers", "content-type")
        .with_header("access-control-max-age", "86400")
}

fn carry(answer: Answer) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(answer.body));
    *response.status_mut() = axum::http::StatusCode::from_u16(answer.status)
        .unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    for (name, value) in answer.headers {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Under which origin requests are signed.
fn origin(public_url: Option<&Url>, address: SocketAddr) -> Result<String, HostError> {
    let Some(url) = public_url else { return Ok(format!("http://{address}")) };
    let loopback = match url.host() {
        Some(UrlHost::Domain(name)) => name == "localhost",
        Some(UrlHost::Ipv4(address)) => address.is_loopback(),
        Some(UrlHost::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let secure = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if secure && bare && url.username().is_empty() && url.password().is_none() {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(HostError::PublicUrl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_bodies_share_the_room_and_small_ones_need_none() {
        let room = Arc::new(Semaphore::new(100_000));
        let body = |length: usize| Body::from(vec![7; length]);
        let first = collect(body(80_000), 90_000, &room).await.unwrap();
        assert_eq!((first.bytes.len(), room.available_permits()), (80_000, 20_000));
        assert!(matches!(collect(body(80_000), 90_000, &room).await, Err(Refusal::Busy)));
        assert_eq!(collect(body(SMALL), 90_000, &room).await.unwrap().bytes.len(), SMALL);
        assert!(matches!(collect(body(90_001), 90_000, &room).await, Err(Refusal::TooLarge)));
        drop(first);
        assert_eq!(collect(body(90_000), 90_000, &room).await.unwrap().bytes.len(), 90_000);
        assert_eq!(room.available_permits(), 100_000);
    }

    #[test]
    fn the_public_url_is_a_secure_origin() {
        let address = SocketAddr::from(([127, 0, 0, 1], 7));
        let origin = |url: &str| origin(Some(&Url::parse(url).unwrap()), address).ok();
        assert_eq!(origin("https://host.example/").as_deref(), Some("https://host.example"));
        assert_eq!(origin("https://host.example:8443").as_deref(), Some("https://host.example:8443"));
        assert_eq!(origin("http://127.0.0.1:80").as_deref(), Some("http://127.0.0.1"));
        for refused in [
            "http://host.example/",
            "https://host.example/path",
            "https://host.example/?a",
            "https://user@host.example/",
            "ftp://127.0.0.1/",
        ] {
            assert_eq!(origin(refused), None, "{refused}");
        }
        assert_eq!(super::origin(None, address).ok().as_deref(), Some("http://127.0.0.1:7"));
    }
}
