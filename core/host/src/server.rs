//! The server: what passes between HTTP and the host's answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method as HttpMethod, Request as HttpRequest, Response as HttpResponse};
use axum::{Extension, Router};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::{Method, Request, is_secure, verify_body};
use keepwell_server::{
    AnswerMemory, BodyMemory, Bound, Client, Collected, Connection, FileLock, Limits, Memory, Route, Server,
    Turns, blocking, collect, lock_file, make_home, private_file,
};
use tokio::time::{Instant, interval_at};
use url::Url;

use crate::answer::{Answer, Call};
use crate::home::{COPYING, LOCK};
use crate::refusal::Refusal;
use crate::routes::{Authentication, LedgerUse, Target};
use crate::service::Service;
use crate::{Clock, HostConfig, HostError};

/// A running host.
///
/// Runs on threads of its own until [`Host::stop`] or drop; may be made and used on any thread that
/// does not drive an async runtime.
pub struct Host {
    service: Arc<Service>,
    clock: Clock,
    server: Server,
    /// Held, not read: its lock says that this home is in use.
    _lock: FileLock,
}

impl Host {
    /// Opens the home folder and answers from when this returns.
    ///
    /// # Errors
    /// [`HostError::Busy`] if another process uses this home; otherwise what could not be opened.
    pub fn start(config: HostConfig, clock: Clock) -> Result<Self, HostError> {
        make_home(&config.home)?;
        let lock = lock_file(&config.home, LOCK)?.ok_or(HostError::Busy)?;
        // The host's own, whoever makes a copy first.
        private_file(&config.home.join(COPYING))?;
        let bound = Bound::new("host", config.listen.clone())?;
        let service = Arc::new(Service::open(&config, Arc::clone(&clock))?);
        let limits = config.listen.limits;
        let shared = Shared {
            origin: origin(config.public_url.as_ref(), bound.address())?,
            service: Arc::clone(&service),
            clock: Arc::clone(&clock),
            memory: Memory::new(limits.memory_bytes, limits.memory_shares),
            memory_unsigned: Memory::new(limits.memory_unsigned_bytes, limits.memory_shares),
            answers: Arc::new(AnswerMemory::new(&limits)),
            turns: Turns::new(limits.relays),
            sealed_turns: Turns::new(limits.sealed),
            ending_turns: Turns::new(ENDING_TURNS),
            limits,
        };
        bound.runtime().spawn(sweep_each_hour(Arc::clone(&service), Arc::clone(&clock)));
        let app = Router::new().fallback(serve).with_state(shared);
        let server = bound.start(app, Arc::clone(&service) as _)?;
        Ok(Self { service, clock, server, _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where it shows metrics, if it does.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.server.metrics_address()
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

    /// Lets requests end, for so long as the limits say, and stops.
    ///
    /// # Errors
    /// [`HostError::Server`] if the server had failed.
    pub fn stop(mut self) -> Result<(), HostError> {
        Ok(self.server.stop()?)
    }
}

#[derive(Clone)]
struct Shared {
    /// Scheme and authority of the public URL, without a slash at its end.
    origin: String,
    service: Arc<Service>,
    clock: Clock,
    limits: Limits,
    /// For the bodies of owners.
    memory: Arc<Memory>,
    /// For all others.
    memory_unsigned: Arc<Memory>,
    answers: Arc<AnswerMemory>,
    /// Of what asks the ledger, which may hold a thread for as long as that is silent.
    turns: Turns,
    /// Those of sealed questions, which may wait for a block.
    sealed_turns: Turns,
    /// Those of what ends something: who floods the others keeps no end from the ledger.
    ending_turns: Turns,
}

/// Few, since a stranger may send there what ends nothing in the end.
const ENDING_TURNS: u64 = 32;
/// The last second that a date of HTTP can say, at the end of the year 9999.
const LAST_DATE: u64 = 253_402_300_799;
const SWEEP_EACH: Duration = Duration::from_secs(3_600);

async fn sweep_each_hour(service: Arc<Service>, clock: Clock) {
    let mut hours = interval_at(Instant::now() + SWEEP_EACH, SWEEP_EACH);
    loop {
        hours.tick().await;
        let (service, clock) = (Arc::clone(&service), Arc::clone(&clock));
        let swept = blocking(move || service.sweep_by_ledger(clock())).await;
        if let Ok(Err(error)) = swept {
            tracing::error!(code = error.code(), %error, "sweep failed");
        }
    }
}

async fn serve(
    State(shared): State<Shared>,
    Extension(client): Extension<Client>,
    Extension(connection): Extension<Connection>,
    request: HttpRequest<Body>,
) -> HttpResponse<Body> {
    let arrived = (shared.clock)();
    let is_link = request.uri().path().split('/').nth(1) == Some("l");
    let method = Method::parse(request.method().as_str());
    let target = method.and_then(|method| Some((method, Target::parse(method, request.uri().path())?)));
    let template = target.as_ref().map(|(_, target)| target.template());
    let answer = match target {
        _ if is_link && request.method() == HttpMethod::OPTIONS => preflight(),
        None => Refusal::NotFound.into_answer(),
        Some((method, target)) => respond(&shared, client, connection, method, target, request, arrived)
            .await
            .unwrap_or_else(Refusal::into_answer),
    };
    // Browsers of any origin may read a share link (SMART Health Links, CORS).
    let answer = if is_link {
        answer
            .with_header("access-control-allow-origin", "*")
            .with_header("access-control-expose-headers", "retry-after")
    } else {
        answer
    };
    let mut response = carry(answer);
    // By the clock that judges signatures: wallets date one retry by it.
    let now = UNIX_EPOCH + Duration::from_secs((shared.clock)().0.min(LAST_DATE));
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(now)) {
        response.headers_mut().insert("date", date);
    }
    if let Some(template) = template {
        response.extensions_mut().insert(Route(template.to_owned()));
    }
    response
}

/// Finds out who asks, then reads the body, then answers.
async fn respond(
    shared: &Shared,
    Client(peer): Client,
    connection: Connection,
    method: Method,
    target: Target,
    request: HttpRequest<Body>,
    arrived: Timestamp,
) -> Result<Answer, Refusal> {
    let (parts, body) = request.into_parts();
    let call = call(shared, peer, connection.clone(), method, &parts, arrived);
    let mut call = authenticate(shared, call, target.authentication()).await?;
    let body = read_body(shared, &mut call, &target, body).await?;
    let (call, target, ledger_use) = find_ledger_use(call, target).await?;
    let answer = make_answer(shared, call, target, ledger_use, body).await?;
    // What was not known to be large before it was made.
    if answer.room.is_some() {
        return Ok(answer);
    }
    let bytes = u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
    let room = shared.answers.reserve(peer, &connection, bytes)?;
    Ok(answer.within(room))
}

/// A request by its head.
fn call(
    shared: &Shared,
    peer: IpAddr,
    connection: Connection,
    method: Method,
    parts: &Parts,
    arrived: Timestamp,
) -> Call {
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let path_and_query = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let url = format!("{}{path_and_query}", shared.origin);
    Call {
        request: Request { method, url, headers, body: Vec::new() },
        query: parts.uri.query().map(str::to_owned),
        peer,
        connection,
        answers: Arc::clone(&shared.answers),
        signer: None,
        space: None,
        arrived,
        now: arrived,
    }
}

async fn authenticate(shared: &Shared, mut call: Call, required: Authentication) -> Result<Call, Refusal> {
    if required == Authentication::Anybody {
        return Ok(call);
    }
    let service = Arc::clone(&shared.service);
    let authenticated = blocking(move || {
        service.authenticate(&mut call, required)?;
        Ok::<_, Refusal>(call)
    });
    authenticated.await?
}

/// Reads the body into the call, and answers what holds its memory.
async fn read_body(
    shared: &Shared,
    call: &mut Call,
    target: &Target,
    body: Body,
) -> Result<Collected, Refusal> {
    let memory = if call.space.is_some() { &shared.memory } else { &shared.memory_unsigned };
    let longest = target.longest_body(&shared.limits);
    let share = BodyMemory { small: shared.limits.body_bytes, memory, client: call.peer };
    let mut collected = collect(body, longest, Some(share)).await?;
    call.request.body = std::mem::take(&mut collected.bytes);
    call.now = (shared.clock)();
    Ok(collected)
}

/// Whether the ledger is asked, which the body may decide.
async fn find_ledger_use(call: Call, target: Target) -> Result<(Call, Target, LedgerUse), Refusal> {
    let is_batch = target == Target::SubmitBatch;
    let find = move || {
        let ledger_use = target.ledger_use(&call.request.body);
        (call, target, ledger_use)
    };
    // Reading a batch takes as long as a stranger likes.
    if is_batch { Ok(blocking(find).await?) } else { Ok(find()) }
}

/// Answers in its turn, within the time that the limits give.
async fn make_answer(
    shared: &Shared,
    call: Call,
    target: Target,
    ledger_use: LedgerUse,
    body: Collected,
) -> Result<Answer, Refusal> {
    let turns = match ledger_use {
        LedgerUse::NotAsked => None,
        LedgerUse::Asked => Some(&shared.turns),
        LedgerUse::EndsOnly => Some(&shared.ending_turns),
        LedgerUse::Sealed => Some(&shared.sealed_turns),
    };
    let service = Arc::clone(&shared.service);
    let work = move || {
        let signed = call.signer.is_none() || verify_body(&call.request).is_ok();
        let answer = match signed {
            true => service.answer(&call, &target),
            false => Refusal::Unsigned("RequestDigestWrong").into_answer(),
        };
        drop(body);
        answer
    };
    let work = async {
        match turns {
            Some(turns) => turns.work(work).await.map_err(Refusal::from),
            None => blocking(work).await.map_err(Refusal::from),
        }
    };
    let within = Duration::from_millis(shared.limits.work_ms);
    let mut answer = tokio::time::timeout(within, work).await.map_err(|_| Refusal::Busy)??;
    if let Some(work) = answer.afterwards.take() {
        tokio::task::spawn_blocking(work);
    }
    Ok(answer)
}

fn preflight() -> Answer {
    Answer::empty(204)
        .with_header("access-control-allow-methods", "GET, POST, OPTIONS")
        .with_header("access-control-allow-headers", "content-type")
        .with_header("access-control-max-age", "86400")
}

fn carry(answer: Answer) -> HttpResponse<Body> {
    let body = match answer.room {
        Some(room) => Body::from(room.hold(answer.body)),
        None => Body::from(answer.body),
    };
    let mut response = HttpResponse::new(body);
    *response.status_mut() = axum::http::StatusCode::from_u16(answer.status)
        .unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Under which origin requests are signed.
fn origin(public_url: Option<&Url>, address: SocketAddr) -> Result<String, HostError> {
    let Some(url) = public_url else { return Ok(format!("http://{address}")) };
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if is_secure(url) && bare && url.username().is_empty() && url.password().is_none() {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(HostError::PublicUrl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
