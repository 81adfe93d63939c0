//! An app's HTTP that can be told not to answer.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keepwell::{HttpClient, HttpHeader, HttpRequest, HttpResponse, HttpTransportError};
use keepwell_net::{HttpTransport, Limits, NetError, Reach, Transport as _};
use keepwell_protocol::formats::http::{Method, Request};

/// Sends as the library would, unless it is shut.
pub struct Gate {
    inner: Arc<HttpTransport>,
    pub is_shut: AtomicBool,
    /// How many requests wait at it.
    pub waiting: AtomicU64,
}

impl Gate {
    pub fn new() -> Arc<Self> {
        let inner = Arc::new(HttpTransport::new().unwrap());
        Arc::new(Self { inner, is_shut: AtomicBool::new(false), waiting: AtomicU64::new(0) })
    }
}

#[async_trait::async_trait]
impl HttpClient for Gate {
    async fn send(&self, request: HttpRequest, _: bool) -> Result<HttpResponse, HttpTransportError> {
        if self.is_shut.load(Ordering::SeqCst) {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            return pending().await;
        }
        // Java's HTTP, for one, sends nothing that says how long its connection lives.
        assert!(request.headers.iter().all(|header| !header.name.eq_ignore_ascii_case("connection")));
        let method = Method::parse(&request.method).unwrap();
        let headers = request.headers.into_iter().map(|header| (header.name, header.value)).collect();
        let reach = if request.is_foreign { Reach::ForeignOrLoopback } else { Reach::Configured };
        let limits = Limits { max_body: request.max_body as usize, reach, ..Limits::CONFIGURED };
        let request = Request { method, url: request.url, headers, body: request.body };
        let inner = self.inner.clone();
        // Its transport waits, which must not be on a thread that drives futures.
        let sent = std::thread::spawn(move || inner.send(request, limits)).join().unwrap();
        let answer = sent.map_err(|error| match error {
            NetError::Timeout => HttpTransportError::Timeout,
            NetError::Offline => HttpTransportError::Offline,
            _ => HttpTransportError::Broken,
        })?;
        let headers = answer.headers.into_iter().map(|(name, value)| HttpHeader { name, value });
        Ok(HttpResponse { status: answer.status, headers: headers.collect(), body: answer.body })
    }
}
