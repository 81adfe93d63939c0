//! Networks of real CometBFT nodes, each with the ledger as its application: `./dev test ledger`.

mod authorities;
mod blocks;
mod evidence;
mod governing;
mod joins;
mod one;

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_ledger::state::{self, Writes};
use keepwell_ledger::store::Store;
use keepwell_ledger::{CometbftConfig, CometbftSeries, GovernanceKey, LedgerNode, Network, NodeConfig};
use keepwell_net::{Clock as _, Gateway, GatewayError, HttpTransport, Limits, SystemClock, Transport as _};
use keepwell_protocol::crypto::{Rng, SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{
    AppState, Genesis, GrantRecord, Kind, Revoke, SignedTransaction, Signer, StateKey, TrustAnchor,
    TrustPolicy,
};
use keepwell_server::Listen;
use serde_json::{Value, json};
use url::Url;

use crate::serve::first_grant;

/// A network in a folder, with those of its nodes that run.
struct World {
    _folder: tempfile::TempDir,
    network: Network,
    genesis: Genesis,
    nodes: Vec<Option<LedgerNode>>,
    /// How each node listens.
    listen: Listen,
    /// How many patients have granted something only so that there is a block.
    blocks: Cell<u8>,
}

impl World {
    /// A network of so many authorities, all of them running, after its first block.
    fn new(validators: usize, chain_id: &str) -> Self {
        Self::with_state(validators, chain_id, Writes::new())
    }

    /// The same, with more in the state than what the genesis says.
    fn with_state(validators: usize, chain_id: &str, more: Writes) -> Self {
        Self::with(validators, chain_id, more, |_| ())
    }

    /// The same, with other limits.
    fn with(validators: usize, chain_id: &str, more: Writes, set: impl FnOnce(&mut Listen)) -> Self {
        let mut listen = SocketAddr::from(([127, 0, 0, 1], 0)).into();
        set(&mut listen);
        let folder = tempfile::tempdir().unwrap();
        let network = Network {
            pause: Duration::from_millis(200),
            chain_id: Some(chain_id.to_owned()),
            ..Network::on_free_ports(&folder.path().join("net"), validators).unwrap()
        };
        let genesis = network.make(now(), &mut Rng::system()).unwrap();
        let mut state = state::genesis(&AppState::parse_genesis(&genesis.app_state).unwrap());
        state.extend(more);
        for node in 0..validators {
            drop(Store::open(&network.home(node).join("ledger.redb"), &state).unwrap());
        }
        let nodes = (0..validators).map(|_| None).collect();
        let mut world = Self { _folder: folder, network, genesis, nodes, listen, blocks: Cell::new(100) };
        (0..validators).for_each(|node| world.start(node));
        let anchor = world.network.folder.join("anchor.json");
        until("a first block", || anchor.exists());
        world
    }

    fn start(&mut self, node: usize) {
        self.nodes[node] = Some(LedgerNode::start(&self.config(node)).unwrap());
    }

    fn config(&self, node: usize) -> NodeConfig {
        NodeConfig {
            home: self.home(node),
            listen: self.listen.clone(),
            relays: Vec::new(),
            socket: None,
            cometbft: CometbftConfig::Run(program()),
            series: series(),
        }
    }

    /// What the CometBFT of a node votes by.
    fn validator_key(&self, node: usize) -> SigningKey {
        let file = self.home(node).join("config/priv_validator_key.json");
        let key: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let key = STANDARD.decode(key["priv_key"]["value"].as_str().unwrap()).unwrap();
        SigningKey::from_seed(key[..32].try_into().unwrap())
    }

    fn home(&self, node: usize) -> PathBuf {
        self.network.home(node)
    }

    fn node(&self, node: usize) -> &LedgerNode {
        self.nodes[node].as_ref().unwrap()
    }

    fn stop(&mut self, node: usize) {
        self.nodes[node].take().unwrap().stop().unwrap();
    }

    fn anchor(&self) -> TrustAnchor {
        TrustAnchor::parse(&std::fs::read(self.network.folder.join("anchor.json")).unwrap()).unwrap()
    }

    fn governance(&self) -> GovernanceKey {
        let key = std::fs::read_to_string(self.network.folder.join("governance.key")).unwrap();
        GovernanceKey::parse(&key).unwrap()
    }

    fn gateway(&self, node: usize) -> Gateway<HttpTransport> {
        let url = Url::parse(&format!("http://{}", self.node(node).address())).unwrap();
        Gateway::direct(HttpTransport::new().unwrap(), &url)
    }

    fn height(&self, node: usize) -> u64 {
        self.gateway(node).status().unwrap().height
    }

    /// What the CometBFT of a node answers.
    fn ask(&self, node: usize, method: &str, parameters: &Value) -> Result<Value, String> {
        let url = format!("http://127.0.0.1:{}", self.network.nodes[node].rpc);
        let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let mut request = Request::new(Method::Post, url).with_body(asked.to_string().into_bytes());
        request.headers.push(("content-type".into(), "application/json".into()));
        let limits = Limits { max_body: 40_000_000, ..Limits::CONFIGURED };
        let answer =
            HttpTransport::new().unwrap().send(request, limits).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// The process of a node's CometBFT.
    fn cometbft(&self, node: usize) -> String {
        std::fs::read_to_string(self.home(node).join("cometbft.pid")).unwrap()
    }

    /// kill -9 of the CometBFT of a node, which then ends as well.
    fn kill(&mut self, node: usize) {
        let (sender, ended) = std::sync::mpsc::channel();
        self.node(node).when_blocks_end(move || sender.send(()).unwrap());
        signal("KILL", &self.cometbft(node));
        ended.recv_timeout(Duration::from_secs(10)).expect("the node ends with its CometBFT");
        let error = self.nodes[node].take().unwrap().stop().unwrap_err();
        assert_eq!(error.code(), "CometbftEnded");
    }

    /// The grant of a patient of this number, as a node's gateway proves it to somebody who trusts the first header
    /// only.
    fn grant(&self, node: usize, patient: u8) -> Option<GrantRecord> {
        let key =
            StateKey::Grant(grant_id(&account_id(&self.genesis.origin(), &root(patient).public_key()), 0));
        let began = Instant::now();
        loop {
            let trusted = self.anchor().trusted_state();
            // That of a network is none of one signer's.
            let policy = if trusted.is_embedded() { TrustPolicy::DEMONSTRATION } else { TrustPolicy::STRICT };
            match self.gateway(node).prove(&key, &trusted, &policy, &SystemClock) {
                Ok(proved) => return proved.verified.grant().unwrap(),
                Err(GatewayError::NotYet) if began.elapsed() < PATIENCE => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Hands in a transaction; the code of a refusal.
    fn submit(&self, node: usize, transaction: &SignedTransaction) -> Result<(), String> {
        match self.gateway(node).submit(&transaction.to_cbor(), &self.genesis.origin()) {
            Ok(_) => Ok(()),
            Err(GatewayError::Server(error)) => Err(error.code().to_owned()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Has somebody grant something, so that there is another block.
    fn submit_next(&self) {
        let patient = self.blocks.get();
        self.blocks.set(patient + 1);
        self.submit(0, &self.first_grant(patient)).unwrap();
        until("the next block", || self.grant(0, patient).is_some());
    }

    fn first_grant(&self, patient: u8) -> SignedTransaction {
        first_grant(&self.genesis.origin(), &root(patient), now())
    }

    fn revocation(&self, patient: u8) -> SignedTransaction {
        let root = root(patient);
        let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
        SignedTransaction::sign(body, &self.genesis.origin(), Signer::Root(&root)).unwrap()
    }
}

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn root(patient: u8) -> SigningKey {
    SigningKey::from_seed(&[patient; 32])
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// Where `./dev test ledger` says that CometBFT is.
fn program() -> PathBuf {
    std::env::var_os("KEEPWELL_COMETBFT").expect("KEEPWELL_COMETBFT: run ./dev test ledger").into()
}

/// Which of its series that is, where it is not ours.
fn series() -> CometbftSeries {
    std::env::var("KEEPWELL_COMETBFT_SERIES").map_or(CometbftSeries::OURS, |series| series.parse().unwrap())
}

fn signal(signal: &str, process: &str) {
    assert!(Command::new("kill").args(["-s", signal, process]).status().unwrap().success());
}
