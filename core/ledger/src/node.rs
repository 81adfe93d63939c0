//! An authority's node: the application beside its CometBFT, and its gateway, in one process: start and end.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use keepwell_protocol::crypto::{PublicKey, Rng};
use keepwell_protocol::ledger::{Genesis, TrustAnchor};
use keepwell_server::{Bound, IpNet, Listen, Server};

use crate::LedgerError;
use crate::anchor::{ANCHOR, write_anchor};
use crate::collector::Collector;
use crate::engine::{Clock, Cometbft, CometbftSeries, Connection, RpcAddress};
use crate::gateway::{self, Gateway};
use crate::gateway_keys::GatewayKeys;
use crate::home_folder::app_state;
use crate::node_home::NodeHome;
use crate::state;
use crate::store::Store;

/// Where a node lives and listens, and which CometBFT it is beside.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Its home folder, with CometBFT's `config` and `data` in it, as [`crate::Network`] makes it.
    pub home: PathBuf,
    /// Where the gateway listens, and within which limits.
    pub listen: Listen,
    /// Networks of the hosts that ask for many, who may ask more often.
    pub relays: Vec<IpNet>,
    /// The socket for CometBFT; `app.sock` in the home folder where there is none.
    pub socket: Option<PathBuf>,
    /// Who runs CometBFT.
    pub cometbft: CometbftConfig,
    /// Which CometBFT is taken, whoever runs it.
    pub series: CometbftSeries,
}

/// Who runs CometBFT.
#[derive(Clone, Debug)]
pub enum CometbftConfig {
    /// This node runs this program, and ends with it.
    Run(PathBuf),
    /// Somebody else does, and its RPC answers here.
    At(RpcAddress),
}

/// A running node.
///
/// Runs on threads of its own until [`LedgerNode::stop`] or drop; may be made and used on any thread that does not
/// drive an async runtime. There may be no block yet when it answers: it takes more than two thirds of the authorities.
pub struct LedgerNode {
    gateway: Arc<Gateway>,
    server: Server,
    home: Arc<NodeHome>,
}

impl LedgerNode {
    /// Opens the home folder and answers, CometBFT first.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] if another process uses this home; otherwise what could not be opened or started.
    pub fn start(config: &NodeConfig) -> Result<Self, LedgerError> {
        let home = Arc::new(NodeHome::open(&config.home)?);
        let bound = Bound::new("ledger", config.listen.clone())?;
        let store =
            Arc::new(Store::open(&home.folder.database(), &state::genesis(&app_state(&home.genesis)?))?);
        let socket = config.socket.as_ref().map_or_else(|| Ok(home.socket()), std::path::absolute)?;
        let (rpc, program) = match &config.cometbft {
            CometbftConfig::Run(program) => (home.rpc()?, Some(program.clone())),
            CometbftConfig::At(rpc) => (*rpc, None),
        };
        let connection = Connection {
            socket,
            rpc,
            series: config.series,
            free_bytes: config.listen.limits.node_free_bytes,
            snapshot_blocks: config.listen.limits.node_snapshot_blocks,
            block_days: config.listen.limits.node_block_days,
            home: home.folder.path().to_owned(),
            program,
        };
        let (anchored, anchored_store) = (home.clone(), store.clone());
        let anchor = move || match write_anchor(anchored.folder.path(), &anchored.genesis, &anchored_store) {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(code = error.code(), "anchor.json cannot be written");
                false
            }
        };
        let driver = Cometbft::start(
            store.clone(),
            &home.genesis,
            &home.parameters,
            &connection,
            Clock::system(),
            anchor,
        )?;
        let (limits, relays) = (&config.listen.limits, config.relays.clone());
        let keys = GatewayKeys::open(home.folder.path(), &mut Rng::system())?;
        let collector = Collector::open(home.folder.path(), limits)?;
        let genesis = home.genesis.clone();
        let gateway = Arc::new(Gateway::new(store, driver, genesis, keys, collector, limits, relays));
        bound.runtime().spawn(gateway::keep_keys(Arc::clone(&gateway)));
        bound.runtime().spawn(gateway::keep_recording(Arc::clone(&gateway)));
        let server = bound.start(gateway::router(Arc::clone(&gateway)), Arc::clone(&gateway) as _)?;
        Ok(Self { gateway, server, home })
    }

    /// Where the gateway listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// By which key governance admits this ledger's gateway.
    pub fn gateway_key(&self) -> PublicKey {
        self.gateway.keys.public_key()
    }

    /// What the network started from.
    pub fn genesis(&self) -> &Genesis {
        &self.home.genesis
    }

    /// What others need to verify this ledger, once there is a first block; the same as the file in its home.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be read.
    pub fn anchor(&self) -> Result<Option<TrustAnchor>, LedgerError> {
        match fs::read(self.home.folder.path().join(ANCHOR)) {
            Ok(json) => TrustAnchor::parse(&json).map(Some).map_err(|_| LedgerError::Home),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Calls back once, when this node takes part in no more blocks: because it stops or cannot go on, which
    /// [`LedgerNode::stop`] then tells.
    pub fn when_blocks_end(&self, call: impl FnOnce() + Send + 'static) {
        self.gateway.driver.when_ended(Box::new(call));
    }

    /// Lets requests end, then CometBFT if this node runs it, and stops.
    ///
    /// # Errors
    /// [`LedgerError`] if server, application or CometBFT had failed.
    pub fn stop(mut self) -> Result<(), LedgerError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), LedgerError> {
        // Who stops a service signals CometBFT as well, which may be the first to end.
        self.gateway.driver.begin_stop();
        let served = self.server.stop();
        self.gateway.driver.stop()?;
        Ok(served?)
    }
}

impl Drop for LedgerNode {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(code = error.code(), "node ended badly");
        }
    }
}
