//! A ledger with one signer and its gateway, in one process: start and end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keepwell_protocol::crypto::{PublicKey, Rng, SigningKey};
use keepwell_protocol::ledger::TrustAnchor;
use keepwell_server::{Bound, IpNet, Listen, Server};

use crate::LedgerError;
use crate::anchor::write_anchor;
use crate::collector::Collector;
use crate::engine::{Clock, Embedded, HEARTBEAT, VotingKeys};
use crate::gateway::{self, Gateway};
use crate::gateway_keys::GatewayKeys;
use crate::home::Home;
use crate::home_folder::app_state;
use crate::state;
use crate::store::Store;

/// Where a ledger lives and listens.
#[derive(Clone, Debug)]
pub struct LedgerConfig {
    /// Its home folder; the first start makes keys, genesis, `governance.key` and `anchor.json` in it.
    pub home: PathBuf,
    /// Where the gateway listens, and within which limits.
    pub listen: Listen,
    /// The clock is right, however far it is from the newest block's time.
    pub accept_time: bool,
    /// Networks of the hosts that ask for many, who may ask more often.
    pub relays: Vec<IpNet>,
}

/// A running ledger.
///
/// Runs on threads of its own until [`Ledger::stop`] or drop; may be made and used on any thread
/// that does not drive an async runtime.
pub struct Ledger {
    anchor: TrustAnchor,
    gateway: Arc<Gateway>,
    server: Server,
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
        let bound = Bound::new("ledger", config.listen.clone())?;
        let genesis_state = state::genesis(&app_state(&home.genesis)?);
        let store = Arc::new(Store::open(&home.folder.database(), &genesis_state)?);
        let keys = VotingKeys::new(home.validators.iter().map(SigningKey::duplicate).collect());
        let engine = Embedded::open(&store, &home.genesis, keys)?;
        let driver = engine.start(store.clone(), clock, heartbeat, config.accept_time)?;
        let anchor = write_anchor(home.folder.path(), &home.genesis, &store)?;

        let (limits, relays) = (&config.listen.limits, config.relays.clone());
        let keys = GatewayKeys::open(home.folder.path(), &mut Rng::system())?;
        let collector = Collector::open(home.folder.path(), limits)?;
        let genesis = home.genesis.clone();
        let gateway = Arc::new(Gateway::new(store, driver, genesis, keys, collector, limits, relays));
        bound.runtime().spawn(gateway::keep_keys(Arc::clone(&gateway)));
        bound.runtime().spawn(gateway::keep_recording(Arc::clone(&gateway)));
        let server = bound.start(gateway::router(Arc::clone(&gateway)), Arc::clone(&gateway) as _)?;
        Ok(Self { anchor, gateway, server, _home: home })
    }

    /// Where the gateway listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// By which key governance admits this ledger's gateway.
    pub fn gateway_key(&self) -> PublicKey {
        self.gateway.keys.public_key()
    }

    /// Where it shows metrics, if it does.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.server.metrics_address()
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
        let served = self.server.stop();
        self.gateway.driver.stop()?;
        Ok(served?)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(code = error.code(), "ledger ended badly");
        }
    }
}
