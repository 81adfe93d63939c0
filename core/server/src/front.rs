//! What every request passes before the server's own routes: a number, who asks, health, the log.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::{Next, from_fn};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tower::ServiceExt;
use tracing::Instrument;

use crate::Listen;
use crate::activity::Activity;
use crate::answers::Connection;
use crate::blocking::blocking;
use crate::body::Paced;
use crate::client::Client;
use crate::metrics::{CONTENT_TYPE, Condition, Metrics};

/// The template of the path that a request took, without anything that names somebody: what log and metrics
/// say of it. An extension of the answer; a [`Router`]'s own routes have it by themselves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route(pub String);

/// What stands before the routes of one server.
pub(crate) struct Front {
    app: Router,
    party: Arc<dyn Condition>,
    pub(crate) listen: Listen,
    pub(crate) metrics: Arc<Metrics>,
    draining: AtomicBool,
    /// All places are at work, and there may be somebody who waits for one.
    crowded: AtomicBool,
    requests: AtomicU64,
    ids: RandomState,
}

impl Front {
    pub(crate) fn new(app: Router, party: Arc<dyn Condition>, listen: Listen, metrics: Arc<Metrics>) -> Self {
        let app = app.layer(from_fn(name_route)).layer(tower_http::catch_panic::CatchPanicLayer::new());
        let [draining, crowded] = [AtomicBool::new(false), AtomicBool::new(false)];
        let requests = AtomicU64::new(0);
        Self { app, party, listen, metrics, draining, crowded, requests, ids: RandomState::new() }
    }

    /// From now on each connection ends with the answer that it is being given, or no more: who asks one thing
    /// after the other without a pause is not to keep its place for as long.
    pub(crate) fn crowd(&self, is_crowded: bool) {
        self.crowded.store(is_crowded, Ordering::Relaxed);
    }

    /// From now on this server is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Answers a request of the client at `peer`; never fails.
    pub(crate) async fn answer(
        self: Arc<Self>,
        peer: IpAddr,
        activity: Arc<Activity>,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<Tracked>, Infallible> {
        let begun = Instant::now();
        activity.begin(!request.body().is_end_stream());
        let under_way = UnderWay(Arc::clone(&activity));
        // Not the number itself, which would tell everybody how many ask.
        let id = format!("{:016x}", self.ids.hash_one(self.requests.fetch_add(1, Ordering::Relaxed)));
        let method = known(request.method());
        let span = tracing::info_span!("request", id);
        let mut answer = async {
            let limits = self.listen.limits;
            let connection = Connection::new(Arc::clone(&activity), limits);
            let mut request = request.map(|body| Body::new(Paced::new(body, activity, limits)));
            request.extensions_mut().insert(connection);
            let client = Client::of(peer, request.headers(), &self.listen);
            request.extensions_mut().insert(client);
            let answer = match health(&request) {
                Some(Health::Alive) => health_answer("/healthz", true),
                Some(Health::Ready) => health_answer("/readyz", self.is_ready().await),
                None => self.app.clone().oneshot(request).await?,
            };
            let route = answer.extensions().get::<Route>().map_or("other", |route| &route.0);
            let (status, took) = (answer.status().as_u16(), begun.elapsed());
            self.metrics.answered(method, route, status, took);
            let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(method, route, status, ms, "answered");
            Ok::<_, Infallible>(answer)
        }
        .instrument(span)
        .await?;
        if let Ok(id) = HeaderValue::from_str(&id) {
            answer.headers_mut().insert("x-request-id", id);
        }
        if under_way.0.is_unread() || self.crowded.load(Ordering::Relaxed) {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(answer.map(|body| Tracked { body, _under_way: under_way }))
    }

    async fn is_ready(&self) -> bool {
        let party = Arc::clone(&self.party);
        let answered = tokio::time::timeout(READY_WITHIN, blocking(move || party.is_ready())).await;
        !self.draining.load(Ordering::Relaxed) && matches!(answered, Ok(Ok(true)))
    }
}

/// What may be asked about the server itself.
enum Health {
    Alive,
    Ready,
}

fn health(request: &Request) -> Option<Health> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => Some(Health::Alive),
        (&Method::GET, "/readyz") => Some(Health::Ready),
        _ => None,
    }
}

fn health_answer(route: &str, healthy: bool) -> Response<Body> {
    let (status, text) =
        if healthy { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") };
    plain(status, PLAIN_TEXT, route, text.to_owned())
}

/// The page of the listener that shows metrics.
pub(crate) fn metrics_page(metrics: Arc<Metrics>) -> Router {
    let show = move || async move {
        match blocking(move || metrics.text()).await {
            Ok(text) => plain(StatusCode::OK, CONTENT_TYPE, "/metrics", text),
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, PLAIN_TEXT, "/metrics", "failed\n".to_owned()),
        }
    };
    Router::new().route("/metrics", axum::routing::get(show))
}

/// Tells the template of the path with the answer.
async fn name_route(request: Request, next: Next) -> Response<Body> {
    let matched = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().to_owned()));
    let mut answer = next.run(request).await;
    if let Some(route) = matched {
        answer.extensions_mut().insert(route);
    }
    answer
}

fn plain(status: StatusCode, content_type: &'static str, route: &str, text: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.extensions_mut().insert(Route(route.to_owned()));
    answer
}

/// Clients choose methods freely, and each would be a metric of its own.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// A request that is not answered to its end.
struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.end(Instant::now());
    }
}

/// The body of an answer; when it is handed over the connection waits for its client again.
pub(crate) struct Tracked {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// A server that can't even say whether it is ready is not.
const READY_WITHIN: Duration = Duration::from_secs(2);
