//! A server on threads of its own: start and end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::connections::serve;
use crate::front::{Front, metrics_page};
use crate::listen::bind;
use crate::metrics::{Condition, Metrics};
use crate::{Listen, ServerError};

/// A server that has its address and does not answer yet: whoever connects waits.
pub struct Bound {
    name: &'static str,
    runtime: Runtime,
    listen: Listen,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    address: SocketAddr,
}

impl Bound {
    /// Takes the addresses; `name` is that of its threads.
    ///
    /// Must not be called on a thread that drives an async runtime.
    ///
    /// # Errors
    /// [`ServerError`], above all [`ServerError::AddressTaken`].
    pub fn new(name: &'static str, listen: Listen) -> Result<Self, ServerError> {
        let runtime = Builder::new_multi_thread().thread_name(name).enable_all().build()?;
        let listener = runtime.block_on(bind(listen.address))?;
        let metrics_listener = listen.metrics.map(|metrics| runtime.block_on(bind(metrics))).transpose()?;
        let address = listener.local_addr()?;
        Ok(Self { name, runtime, listen, listener, metrics_listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The runtime on which it will answer.
    pub fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// Answers by `app` from now on; `party` is asked for `/readyz` and for its figures.
    ///
    /// # Errors
    /// [`ServerError::Io`] if the system gives no thread.
    pub fn start(self, app: Router, party: Arc<dyn Condition>) -> Result<Server, ServerError> {
        let Self { name, runtime, listen, listener, metrics_listener, address } = self;
        let metrics = Arc::new(Metrics::new(Arc::clone(&party)));
        let metrics_address = metrics_listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let (stop, stopping) = watch::channel(false);
        let drain = listen.limits.drain();
        let operator = metrics_listener.map(|listener| {
            let listen = Listen { trusted_proxies: Vec::new(), ..listen.clone() };
            // Its own connections are not among those it counts.
            let page = metrics_page(Arc::clone(&metrics));
            let own = Arc::new(Metrics::new(Arc::clone(&party)));
            let front = Front::new(page, Arc::clone(&party), listen, own);
            serve(listener, Arc::new(front), stopping.clone())
        });
        let front = Arc::new(Front::new(app, party, listen, metrics));
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            operator.map(|operator| runtime.spawn(operator));
            runtime.block_on(serve(listener, front, stopping));
            // What runs on blocking threads is let end: it may be writing.
            runtime.shutdown_timeout(drain);
        })?;
        Ok(Server { address, metrics_address, stop, thread: Some(thread) })
    }
}

/// A running server.
///
/// Runs until [`Server::stop`] or drop; may be made and used on any thread that does not drive an async
/// runtime.
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it shows metrics.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Takes no more connections, lets requests end within the limit for that, and stops. Once stopped,
    /// nothing happens.
    ///
    /// # Errors
    /// [`ServerError::Fault`] if the server's thread had panicked.
    pub fn stop(&mut self) -> Result<(), ServerError> {
        self.stop.send_replace(true);
        match self.thread.take().map(thread::JoinHandle::join) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(ServerError::Fault),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(code = error.code(), "server ended badly");
        }
    }
}
