//! The library's own HTTP, whose waits end when the call is cancelled.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use keepwell_net::{HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::formats::http::{Request, Response};

use crate::cancellation::CallFlag;
use crate::error::{Result, WalletError};

/// A transport with connections of its own.
pub(crate) struct CancellableTransport(Arc<HttpTransport>);

impl CancellableTransport {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Arc::new(HttpTransport::new().map_err(|_| WalletError::Internal)?)))
    }
}

impl Transport for CancellableTransport {
    /// The exchange is done on a thread of its own: when the call is cancelled it is left to its timeout.
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let call = CallFlag::current();
        if call.is_cancelled() {
            return Err(NetError::Offline);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let transport = self.0.clone();
        // Nobody may be waiting any more when it is over.
        let exchange = move || drop(answer.send(transport.send(request, limits)));
        let thread = thread::Builder::new().name("keepwell-http".to_owned());
        thread.spawn(exchange).map_err(|_| NetError::Offline)?;
        loop {
            match answered.recv_timeout(CHECK) {
                Ok(answer) => return answer,
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(NetError::ConnectionBroken),
                Err(mpsc::RecvTimeoutError::Timeout) if call.is_cancelled() => return Err(NetError::Offline),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// How soon a waiting call notices that it is cancelled.
const CHECK: Duration = Duration::from_millis(20);
