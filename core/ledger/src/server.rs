//! A ledger with one signer and its gateway, in one process: start and end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::ledger::TrustAnchor;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};

use crate::LedgerError;
use crate::engine::{Clock, Driver, Embedded, EngineError, HEARTBEAT};
use crate::gateway::{self, Gateway, MOST_REQUESTS};
use crate::home::Home;
use crate::state;
use crate::store::Store;

/// Where a ledger lives and listens.
#[derive(Clone, Debug)]
pub struct LedgerConfig {
    /// Its home folder; the first start makes keys, genesis, `governance.key` and `anchor.json` in it.
    pub home: PathBuf,
    /// Where the gateway listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The clock is right, however far it is from the newest block's time.
    pub accept_time: bool,
}

/// A running ledger.
///
/// Runs on threads of its own until [`Ledger::stop`] or drop; may be made and used on any thread
/// that does not drive an async runtime.
pub struct Ledger {
    address: SocketAddr,
    anchor: TrustAnchor,
    gateway: Arc<Gateway>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<Result<(), LedgerError>>>,
    /// Held, not read: it keeps others out of the folder.
    _home: Home,
}

impl Ledger {
    /// Opens the home folder, catches up with the clock and answers from when this returns.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] if another process uses this home; otherwise what could not be opened.
    pub fn start(config: &LedgerConfig, clock: impl Into<Clock>) -> Result<Self, LedgerError> {
        Self::start_with_heartbeat(config, clock, HEARTBEAT)
    }

    /// As [`Ledger::start`], with another rest between blocks.
    ///
    /// # Errors
    /// As [`Ledger::start`].
    pub fn start_with_heartbeat(
        config: &LedgerConfig,
        clock: impl Into<Clock>,
        heartbeat: Duration,
    ) -> Result<Self, LedgerError> {
        let clock = clock.into();
        let home = Home::open(&config.home, clock.now(), &mut Rng::system())?;
        let genesis_state = state::genesis(&home.app_state()?);
        let store = Arc::new(Store::open(&home.database(), &genesis_state)?);
        let engine = Embedded::open(&store, &home.genesis, home.validator.duplicate())?;
        let driver = Driver::start(store.clone(), engine, clock, heartbeat, config.accept_time)?;
        let anchor = home.write_anchor(&store)?;

        let runtime =
            tokio::runtime::Builder::new_multi_thread().thread_name("ledger").enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(config.listen))?;
        let address = listener.local_addr()?;
        let gateway = Arc::new(Gateway {
            store,
            driver,
            genesis: home.genesis.clone(),
            requests: Semaphore::new(MOST_REQUESTS),
        });
        let (stop, stopped) = oneshot::channel();
        let served = gateway.clone();
        let server = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || serve(runtime, listener, served, stopped))?;
        Ok(Self { address, anchor, gateway, stop: Some(stop), server: Some(server), _home: home })
    }

    /// Where the gateway listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What others need to verify this ledger; the same as the file in its home.
    pub fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// Calls back once, when no more blocks are made: because the ledger stops or cannot go on, which
    /// [`Ledger::stop`] then tells.
    pub fn when_blocks_end(&self, call: impl FnOnce() + Send + 'static) {
        self.gateway.driver.when_ended(Box::new(call));
    }

    /// Lets requests and the block under way end, and stops.
    ///
    /// # Errors
    /// [`LedgerError`] if server or engine had failed.
    pub fn stop(mut self) -> Result<(), LedgerError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), LedgerError> {
        drop(self.stop.take());
        let served = match self.server.take().map(thread::JoinHandle::join) {
            None => return Ok(()),
            Some(Ok(served)) => served,
            Some(Err(_)) => Err(EngineError::Block.into()),
        };
        self.gateway.driver.stop()?;
        served
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(code = error.code(), "ledger ended badly");
        }
    }
}

const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

fn serve(
    runtime: Runtime,
    listener: TcpListener,
    gateway: Arc<Gateway>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), LedgerError> {
    let served = runtime.block_on(async move {
        let (drain, draining) = oneshot::channel::<()>();
        let server = axum::serve(
            listener,
            gateway::router(gateway).into_make_service_with_connect_info::<SocketAddr>(),
        )
        .with_graceful_shutdown(async {
            let _ = draining.await;
        });
        let mut server = tokio::spawn(async move { server.await });
        tokio::select! {
            ended = &mut server => return ended,
            _ = stopped => drop(drain),
        }
        match tokio::time::timeout(SHUTDOWN_TIMEOUT, &mut server).await {
            Ok(ended) => ended,
            Err(_) => Ok(Ok(())),
        }
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    match served {
        Ok(ended) => Ok(ended?),
        Err(error) => Err(LedgerError::Io(std::io::Error::other(error))),
    }
}
