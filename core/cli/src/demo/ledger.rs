//! The ledger of the story, by either engine.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use keepwell_ledger::{Clock, CometbftConfig, Ledger, LedgerConfig, LedgerNode, Network, NodeConfig};
use keepwell_net::Clock as _;
use keepwell_protocol::crypto::{PublicKey, Rng};
use keepwell_protocol::ledger::TrustAnchor;
use keepwell_wallet::SystemClock;

use crate::failure::{CommandError, Failure};
use crate::ledger::CometbftProgram;

/// How the authorities of the story agree.
#[derive(Clone, Debug)]
pub(super) enum StoryEngine {
    /// One signer in this process.
    Embedded,
    /// One authority beside this CometBFT.
    Cometbft(CometbftProgram),
}

/// A running ledger.
pub(super) enum StoryLedger {
    Embedded(Ledger),
    Cometbft { node: LedgerNode, anchor: TrustAnchor },
}

/// How long the first block may take.
const FIRST_BLOCK: Duration = Duration::from_secs(30);
/// How long the authority rests after a block: nobody waits for the story's.
const PAUSE: Duration = Duration::from_millis(200);

impl StoryLedger {
    /// Starts it in a folder that ends with the story.
    pub(super) fn start(folder: &Path, engine: &StoryEngine) -> Result<Self, Failure> {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0)).into();
        let program = match engine {
            StoryEngine::Embedded => {
                let home = folder.to_owned();
                let config = LedgerConfig { home, listen, accept_time: false, relays: Vec::new() };
                return Ok(Self::Embedded(Ledger::start(&config, Clock::system())?));
            }
            StoryEngine::Cometbft(program) => program.clone(),
        };
        let CometbftProgram { cometbft, series } = program;
        let network =
            Network::on_free_ports(folder, 1).map_err(|error| CommandError::unwritable(folder, &error))?;
        let network = Network { pause: PAUSE, ..network };
        network.make(SystemClock.now(), &mut Rng::system())?;
        let node = LedgerNode::start(&NodeConfig {
            home: network.home(0),
            listen,
            relays: Vec::new(),
            socket: None,
            cometbft: CometbftConfig::Run(cometbft),
            series,
        })?;
        let began = Instant::now();
        loop {
            if let Some(anchor) = node.anchor()? {
                return Ok(Self::Cometbft { node, anchor });
            }
            if began.elapsed() > FIRST_BLOCK {
                node.stop()?;
                return Err(CommandError::DemoCheck("CometBFT makes a first block").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Embedded(ledger) => ledger.address(),
            Self::Cometbft { node, .. } => node.address(),
        }
    }

    pub(super) fn anchor(&self) -> &TrustAnchor {
        match self {
            Self::Embedded(ledger) => ledger.anchor(),
            Self::Cometbft { anchor, .. } => anchor,
        }
    }

    /// By which key governance admits its gateway.
    pub(super) fn gateway_key(&self) -> PublicKey {
        match self {
            Self::Embedded(ledger) => ledger.gateway_key(),
            Self::Cometbft { node, .. } => node.gateway_key(),
        }
    }

    /// Whether it is what a wallet calls a demonstration.
    pub(super) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }
}
