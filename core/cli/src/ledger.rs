//! `keepwell ledger`: serve one, make a network and run its nodes, admit and suspend providers, see how it is.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keepwell_ledger::{
    Clock, CometbftConfig, GovernanceKey, IpNet, Ledger, LedgerConfig, LedgerNode, Network, NodeConfig,
};
use keepwell_net::{Clock as _, Gateway, HttpTransport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Object as _, ProviderId};
use keepwell_protocol::ledger::{SignedCard, SignedTransaction, TrustAnchor, TrustPolicy};
use keepwell_wallet::SystemClock;
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::provider::{self, Named};
use crate::report::Report;
use crate::serve::{ServeOptions, Serving};

/// What a ledger and those who govern it do.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum LedgerCommand {
    /// Run a ledger with one signer and its gateway; the first start makes keys and anchor.json
    Serve {
        #[command(flatten)]
        serve: ServeOptions,
        /// How blocks are agreed on
        #[arg(long, value_enum, default_value = "embedded")]
        engine: Engine,
        /// Start although the clock is more than 30 days from the newest block: it is right
        #[arg(long)]
        accept_time: bool,
        /// Network of a host that asks for many and may ask more often; may be repeated
        #[arg(long, value_name = "CIDR")]
        relay: Vec<IpNet>,
    },
    /// Run an authority's node: the ledger's application beside a CometBFT, and its gateway
    Node {
        #[command(flatten)]
        serve: ServeOptions,
        /// The socket on which CometBFT asks the application [default: app.sock in the home folder]
        #[arg(long, value_name = "PATH")]
        socket: Option<PathBuf>,
        /// Where the RPC of a CometBFT answers that somebody else runs [default: this node runs its own]
        #[arg(long, value_name = "URL")]
        rpc: Option<Url>,
        #[command(flatten)]
        cometbft: CometbftProgram,
        /// Network of a host that asks for many and may ask more often; may be repeated
        #[arg(long, value_name = "CIDR")]
        relay: Vec<IpNet>,
    },
    /// Make everything for a network of authorities on this machine: keys, genesis, a home for each node
    Net {
        /// The folder for it, new or empty
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// How many authorities there are
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(Network::MOST)))]
        validators: u16,
        /// The first port; each node uses this and the next, ten after those of the node before
        #[arg(long, value_name = "PORT", default_value_t = FIRST_PORT, value_parser = clap::value_parser!(u16).range(1024..=65_000))]
        first_port: u16,
    },
    /// Admit a provider
    Admit {
        /// The provider's card file
        #[arg(value_name = "CARD")]
        card: PathBuf,
        #[command(flatten)]
        governance: Governance,
    },
    /// Suspend a provider: wallets stop publishing to it
    Suspend {
        /// Its id, its exact name, or its card file
        #[arg(value_name = "P")]
        provider: String,
        #[command(flatten)]
        governance: Governance,
    },
    /// Write a newer trust anchor, from a header that was verified from the one there is
    Anchor {
        /// The gateway
        #[arg(value_name = "URL")]
        gateway: Url,
        /// The ledger's trust anchor
        #[arg(long, value_name = "FILE")]
        anchor: PathBuf,
        /// Where to write the newer one; may be the same file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verify the newest header and show what the gateway says
    Status {
        /// The gateway
        #[arg(value_name = "URL")]
        gateway: Url,
        /// The ledger's trust anchor
        #[arg(long, value_name = "FILE")]
        anchor: PathBuf,
    },
}

/// What makes the blocks of the chain.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum Engine {
    /// One signer in this process: a demonstration
    Embedded,
}

/// The program that authorities agree by.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct CometbftProgram {
    /// The program to run as CometBFT, of version 0.38
    #[arg(long, value_name = "PROGRAM", env = "KEEPWELL_COMETBFT", default_value = "cometbft")]
    pub(crate) cometbft: PathBuf,
}

/// The first port of a network on this machine, if nothing else is said.
const FIRST_PORT: u16 = 27_000;

/// Governance's key, and where its transactions go.
#[derive(clap::Args, Debug)]
pub(crate) struct Governance {
    /// The governance key, from the home of the ledger or the folder of its network
    #[arg(long, value_name = "FILE")]
    governance_key: PathBuf,
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
}

/// Runs `keepwell ledger …`.
pub(crate) fn run(command: LedgerCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        LedgerCommand::Serve { serve, engine: Engine::Embedded, accept_time, relay } => {
            run_server(&serve, accept_time, relay, caller)
        }
        LedgerCommand::Node { serve, socket, rpc, cometbft, relay } => {
            let cometbft = match rpc {
                Some(rpc) => CometbftConfig::At(rpc.into()),
                None => CometbftConfig::Run(cometbft.cometbft),
            };
            let config =
                NodeConfig { home: caller.home()?, listen: serve.listen(), relays: relay, socket, cometbft };
            run_node(&serve, &config, caller)
        }
        LedgerCommand::Net { folder, validators, first_port } => {
            make_network(&Network::local(&folder, validators, first_port))
        }
        LedgerCommand::Admit { card, governance } => admit(&card, &governance),
        LedgerCommand::Suspend { provider, governance } => suspend(&provider, &governance),
        LedgerCommand::Anchor { gateway, anchor, out } => renew_anchor(&gateway, &anchor, &out),
        LedgerCommand::Status { gateway, anchor } => status(&gateway, &anchor),
    }
}

/// Reads a trust anchor from the file that the ledger's operator publishes.
pub(crate) fn read_anchor(path: &Path) -> Result<TrustAnchor, Failure> {
    let json = std::fs::read(path).map_err(|error| CommandError::unreadable(path, &error))?;
    Ok(TrustAnchor::parse(&json)?)
}

/// What is said of a ledger with one signer wherever a proof of it is shown.
pub(crate) const ONE_SIGNER: &str = "one signer: demonstration";

fn run_server(
    options: &ServeOptions,
    accept_time: bool,
    relays: Vec<IpNet>,
    caller: &Caller,
) -> Result<Answer, Failure> {
    let serving = Serving::prepare(options.log)?;
    let config = LedgerConfig { home: caller.home()?, listen: options.listen(), accept_time, relays };
    let ledger = Ledger::start(&config, Clock::system())?;
    let end = serving.end();
    ledger.when_blocks_end(move || end.close());
    serving.until_told_to_stop(ledger.address(), caller.json)?;
    ledger.stop()?;
    Ok(Answer::Said)
}

fn run_node(options: &ServeOptions, config: &NodeConfig, caller: &Caller) -> Result<Answer, Failure> {
    let serving = Serving::prepare(options.log)?;
    let node = LedgerNode::start(config)?;
    let end = serving.end();
    node.when_blocks_end(move || end.close());
    serving.until_told_to_stop(node.address(), caller.json)?;
    node.stop()?;
    Ok(Answer::Said)
}

fn make_network(network: &Network) -> Result<Answer, Failure> {
    let genesis = network.make(SystemClock.now(), &mut Rng::system())?;
    let homes: Vec<PathBuf> = (0..network.nodes.len()).map(|node| network.home(node)).collect();
    let command =
        |home: &PathBuf| format!("keepwell --home {} ledger node --listen 127.0.0.1:0", home.display());
    let commands: Vec<String> = homes.iter().map(command).collect();
    let nodes = homes.iter().zip(&network.nodes).zip(&commands).map(|((home, ports), command)| {
        json!({ "home": home, "peers": ports.peers, "rpc": ports.rpc, "command": command })
    });
    let (anchor, governance) = (network.folder.join("anchor.json"), network.folder.join("governance.key"));
    let report = Report::of_deed(json!({
        "chain_id": genesis.chain_id,
        "validators": genesis.validators.len(),
        "anchor": anchor,
        "governance_key": governance,
        "nodes": nodes.collect::<Vec<_>>(),
    }))
    .facts(&[
        ("chain", genesis.chain_id.clone()),
        ("validators", genesis.validators.len().to_string()),
        ("governance", governance.display().to_string()),
        ("anchor", format!("{}, from the first block on", anchor.display())),
    ])
    .line("start each node with:");
    Ok(commands.into_iter().fold(report, Report::line).into())
}

fn admit(card: &Path, governance: &Governance) -> Result<Answer, Failure> {
    let json = std::fs::read(card).map_err(|error| CommandError::unreadable(card, &error))?;
    let card = SignedCard::parse_json(&json)?;
    let (provider, name) = (card.card.provider, card.card.name.clone());
    let (key, gateway) = governance.open()?;
    let id = gateway.submit(&key.admit(card)?.to_cbor(), &key.origin())?;
    let state = if is_listed_soon(&gateway, provider)? { "admitted" } else { "sent" };
    Ok(Report::of_deed(json!({ "provider": provider, "state": state, "tx": id }))
        .line(format!("{name} ({provider}): {state}"))
        .into())
}

fn suspend(provider: &str, governance: &Governance) -> Result<Answer, Failure> {
    let (key, gateway) = governance.open()?;
    let provider = Named::parse(provider)?.find(|after| Ok(gateway.providers(after)?))?;
    let transaction: SignedTransaction = key.suspend(provider)?;
    let id = gateway.submit(&transaction.to_cbor(), &key.origin())?;
    Ok(Report::of_deed(json!({ "provider": provider, "state": "sent", "tx": id }))
        .line(format!("{provider}: the suspension was sent and holds from the next block"))
        .into())
}

/// How long `admit` waits for the next block.
const BLOCK_WAIT: Duration = Duration::from_secs(10);

/// Whether the gateway lists the provider before the wait is over; wallets believe proofs only, this is for
/// the operator.
fn is_listed_soon(gateway: &Gateway<HttpTransport>, provider: ProviderId) -> Result<bool, Failure> {
    let began = Instant::now();
    loop {
        if provider::listed(|after| Ok(gateway.providers(after)?))?.iter().any(|e| e.provider == provider) {
            return Ok(true);
        }
        if began.elapsed() > BLOCK_WAIT {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

impl Governance {
    fn open(&self) -> Result<(GovernanceKey, Gateway<HttpTransport>), Failure> {
        let json = std::fs::read_to_string(&self.governance_key)
            .map(Zeroizing::new)
            .map_err(|error| CommandError::unreadable(&self.governance_key, &error))?;
        Ok((GovernanceKey::parse(&json)?, Gateway::direct(HttpTransport::new()?, &self.ledger)))
    }
}

fn renew_anchor(gateway: &Url, anchor: &Path, out: &Path) -> Result<Answer, Failure> {
    let anchor = read_anchor(anchor)?;
    let gateway = Gateway::direct(HttpTransport::new()?, gateway);
    let (policy, trusted) = (TrustPolicy::DEMONSTRATION, anchor.trusted_state());
    let newest = gateway.latest(&trusted, &policy, &SystemClock)?;
    let (block, _) = gateway.block_at(newest.height, &newest, &policy, &SystemClock)?;
    let renewed = TrustAnchor::at_block(anchor.genesis, &block).map_err(keepwell_net::GatewayError::from)?;
    let unfinished = out.with_extension("unfinished");
    std::fs::write(&unfinished, renewed.to_json())
        .and_then(|()| std::fs::rename(&unfinished, out))
        .map_err(|error| CommandError::unwritable(out, &error))?;
    let fingerprint = renewed.fingerprint();
    Ok(Report::of_deed(json!({
        "chain_id": renewed.chain_id(),
        "height": renewed.height,
        "time": newest.time,
        "fingerprint": fingerprint,
    }))
    .facts(&[
        ("chain", renewed.chain_id().to_owned()),
        ("height", renewed.height.to_string()),
        ("time", newest.time.to_string()),
        ("fingerprint", fingerprint.to_string()),
    ])
    .into())
}

fn status(gateway: &Url, anchor: &Path) -> Result<Answer, Failure> {
    let anchor = read_anchor(anchor)?;
    let gateway = Gateway::direct(HttpTransport::new()?, gateway);
    let fingerprint = anchor.fingerprint();
    let newest = gateway.latest(&anchor.trusted_state(), &TrustPolicy::DEMONSTRATION, &SystemClock)?;
    let says = gateway.status()?;
    let signers =
        if newest.is_embedded() { ONE_SIGNER.to_owned() } else { newest.validators.len().to_string() };
    let engine = match says.stopped {
        None => "making blocks".to_owned(),
        Some(why) => format!("stopped: {}", why.reason()),
    };
    Ok(Report::new(json!({
        "chain_id": newest.chain_id,
        "height": newest.height,
        "time": newest.time,
        "validators": newest.validators.len(),
        "records": says.records,
        "engine": engine,
        "fingerprint": fingerprint,
    }))
    .facts(&[
        ("chain", newest.chain_id.clone()),
        ("height", newest.height.to_string()),
        ("time", newest.time.to_string()),
        ("validators", signers),
        ("records", format!("{} (as the gateway says)", says.records)),
        ("engine", engine),
        ("anchor", fingerprint.to_string()),
    ])
    .into())
}
