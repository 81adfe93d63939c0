//! `keepwell ledger node`: an authority's node beside a CometBFT.

use std::path::PathBuf;

use keepwell_ledger::{CometbftConfig, CometbftSeries, IpNet, LedgerNode, NodeConfig, RpcAddress};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::serve::{ServeOptions, Serving};

/// Where it listens, and which CometBFT it is beside.
#[derive(clap::Args, Debug)]
pub(crate) struct RunNode {
    #[command(flatten)]
    serve: ServeOptions,
    /// The socket on which CometBFT asks the application [default: app.sock in the home folder]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Where on this machine the RPC of a CometBFT answers that somebody else runs [default: this node runs its own]
    #[arg(long, value_name = "URL")]
    rpc: Option<RpcAddress>,
    #[command(flatten)]
    cometbft: CometbftProgram,
    /// Network of a host that asks for many and may ask more often; may be repeated
    #[arg(long, value_name = "CIDR")]
    relay: Vec<IpNet>,
}

/// The program that authorities agree by.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct CometbftProgram {
    /// The program to run as CometBFT
    #[arg(long, value_name = "PROGRAM", env = "KEEPWELL_COMETBFT", default_value = "cometbft")]
    pub(crate) cometbft: PathBuf,
    /// The first two numbers of its version, the same for all authorities of a network; no other is taken
    #[arg(
        long = "cometbft-series",
        value_name = "SERIES",
        env = "KEEPWELL_COMETBFT_SERIES",
        default_value_t = CometbftSeries::OURS
    )]
    pub(crate) series: CometbftSeries,
}

impl RunNode {
    pub(super) fn run(self, caller: &Caller) -> Result<Answer, Failure> {
        let Self { serve, socket, rpc, cometbft: CometbftProgram { cometbft, series }, relay } = self;
        let serving = Serving::prepare(serve.log)?;
        let cometbft = rpc.map_or(CometbftConfig::Run(cometbft), CometbftConfig::At);
        let (home, listen) = (caller.home()?, serve.listen());
        let config = NodeConfig { home, listen, relays: relay, socket, cometbft, series };
        let node = LedgerNode::start(&config)?;
        let end = serving.end();
        node.when_blocks_end(move || end.close());
        serving.until_told_to_stop(node.address(), caller.json)?;
        node.stop()?;
        Ok(Answer::Said)
    }
}
