//! Everything for a network of authorities on one machine: keys, genesis and CometBFT's configuration of each node.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_protocol::crypto::{PublicKey, Rng, SigningKey, sha256};
use keepwell_protocol::domain::{self, Timestamp};
use keepwell_protocol::ledger::{AppState, Genesis, Governance, TrustAnchor, Validator};
use keepwell_server::{make_home, write_whole};
use serde_json::json;
use tendermint::Time;
use zeroize::Zeroizing;

use crate::LedgerError;
use crate::anchor::ANCHOR;
use crate::engine::block::{MAX_BLOCK_BYTES, MAX_GAS};
use crate::governance::GovernanceKey;
use crate::node_config::{NodeSettings, Place};
use crate::node_home::{CONFIG, EVIDENCE_BYTES, GENESIS, KEY_TYPE, SOCKET};
use crate::state::AppVersion;

/// A network that is to be made.
#[derive(Clone, Debug)]
pub struct Network {
    /// The folder for it, new or empty: a home for each node in it, `node0` and so on.
    pub folder: PathBuf,
    /// Where each node listens on loopback.
    pub nodes: Vec<Ports>,
    /// How long the authorities rest after each block, so that more comes into the next.
    pub pause: Duration,
    /// The name of the chain; a random one where there is none.
    pub chain_id: Option<String>,
}

/// Where a node of a network listens on loopback.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ports {
    /// For the other nodes.
    pub peers: u16,
    /// For this machine: its RPC.
    pub rpc: u16,
}

impl Ports {
    /// For everybody: the gateway, after the two others where they are neighbours.
    pub fn gateway(&self) -> u16 {
        self.rpc.saturating_add(1)
    }
}

impl Network {
    /// How long authorities rest after each block, if nothing else is said.
    pub const PAUSE: Duration = Duration::from_secs(1);
    /// How many authorities a network on one machine has at most.
    pub const MOST: u16 = 16;

    /// A network whose nodes use three ports each, ten apart, from `first_port` on.
    pub fn local(folder: &Path, nodes: u16, first_port: u16) -> Self {
        let ports = |node| {
            let peers = first_port.saturating_add(10 * node);
            Ports { peers, rpc: peers.saturating_add(1) }
        };
        let nodes = (0..nodes.min(Self::MOST)).map(ports).collect();
        Self { folder: folder.to_owned(), nodes, pause: Self::PAUSE, chain_id: None }
    }

    /// A network whose nodes use ports that nobody uses now: for what lives as long as one process.
    ///
    /// # Errors
    /// What the system says.
    pub fn on_free_ports(folder: &Path, nodes: usize) -> io::Result<Self> {
        // Held together, so that none is given twice.
        let held = (0..2 * nodes).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let held = held.collect::<io::Result<Vec<_>>>()?;
        let mut ports = held.iter().map(|listener| io::Result::Ok(listener.local_addr()?.port()));
        let mut nodes = Vec::with_capacity(nodes);
        while let (Some(peers), Some(rpc)) = (ports.next(), ports.next()) {
            nodes.push(Ports { peers: peers?, rpc: rpc? });
        }
        Ok(Self { folder: folder.to_owned(), nodes, pause: Self::PAUSE, chain_id: None })
    }

    /// The home of a node.
    pub fn home(&self, node: usize) -> PathBuf {
        self.folder.join(format!("node{node}"))
    }

    /// Makes the keys and writes all files. `DIR/anchor.json` leads to the first node's, which that writes when there
    /// is a first block.
    ///
    /// # Errors
    /// [`LedgerError::FolderTaken`] if something is in the folder, [`LedgerError::PathTooLong`] if its name is too long
    /// for sockets in it; otherwise what could not be written.
    pub fn make(&self, now: Timestamp, rng: &mut Rng) -> Result<Genesis, LedgerError> {
        make_new(&self.folder)?;
        let folder = fs::canonicalize(&self.folder)?;
        let sockets: Vec<_> = self.homes(&folder).map(|home| home.join(SOCKET)).collect();
        if sockets.iter().any(|socket| socket.as_os_str().len() > LONGEST_SOCKET) {
            return Err(LedgerError::PathTooLong);
        }
        let mut keys = || self.nodes.iter().map(|_| SigningKey::generate(rng)).collect::<Result<Vec<_>, _>>();
        let (validators, nodes) = (keys()?, keys()?);
        let governance = SigningKey::generate(rng)?;
        let voting =
            validators.iter().map(|key| Validator { key: *key.public_key().as_bytes(), power: POWER });
        let genesis = genesis(self.chain_id.clone(), now, voting.collect(), &governance, rng)?;
        let genesis_file = genesis_file(&genesis)?;
        for (at, home) in self.homes(&folder).enumerate() {
            let (Some(validator), Some(node)) = (validators.get(at), nodes.get(at)) else { break };
            for part in [home.as_path(), &home.join("config"), &home.join("data")] {
                make_home(part)?;
            }
            let config = self.settings(at, &sockets, &nodes).to_toml();
            write_whole(&home.join(GENESIS), genesis_file.as_bytes(), PUBLIC)?;
            write_whole(&home.join(CONFIG), config.as_bytes(), PUBLIC)?;
            write_whole(
                &home.join("config/priv_validator_key.json"),
                validator_file(validator).as_bytes(),
                SECRET,
            )?;
            write_whole(&home.join("config/node_key.json"), node_file(node).as_bytes(), SECRET)?;
            write_whole(&home.join("data/priv_validator_state.json"), NOTHING_SIGNED.as_bytes(), SECRET)?;
        }
        let key_file = GovernanceKey::new(governance, genesis.origin()).to_json();
        write_whole(&folder.join("governance.key"), key_file.as_bytes(), SECRET)?;
        symlink(Path::new("node0").join(ANCHOR), folder.join(ANCHOR))?;
        Ok(genesis)
    }

    fn homes<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
        (0..self.nodes.len()).map(|node| folder.join(format!("node{node}")))
    }

    fn settings(&self, at: usize, sockets: &[PathBuf], nodes: &[SigningKey]) -> NodeSettings {
        let others = nodes.iter().zip(&self.nodes).enumerate().filter(|(node, _)| *node != at);
        let peers = others
            .map(|(_, (key, ports))| format!("{}@127.0.0.1:{}", node_id(&key.public_key()), ports.peers));
        let Ports { peers: peers_port, rpc } =
            self.nodes.get(at).copied().unwrap_or(Ports { peers: 0, rpc: 0 });
        NodeSettings {
            name: format!("node{at}"),
            socket: sockets.get(at).cloned().unwrap_or_default(),
            rpc: (Ipv4Addr::LOCALHOST, rpc).into(),
            peers_at: (Ipv4Addr::LOCALHOST, peers_port).into(),
            peers: peers.collect(),
            place: Place::ThisMachine,
            pause: self.pause,
        }
    }
}

/// Makes the folder of a network, which must be new or empty. One that is refused stays as it is.
pub(crate) fn make_new(folder: &Path) -> Result<(), LedgerError> {
    match fs::read_dir(folder).map(|mut found| found.next().is_some()) {
        Ok(true) => Err(LedgerError::FolderTaken),
        Ok(false) => Ok(make_home(folder)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(make_home(folder)?),
        Err(error) => Err(error.into()),
    }
}

/// What a network of these validators starts from.
pub(crate) fn genesis(
    chain_id: Option<String>,
    now: Timestamp,
    validators: Vec<Validator>,
    governance: &SigningKey,
    rng: &mut Rng,
) -> Result<Genesis, LedgerError> {
    let governance = Governance { threshold: 1, keys: vec![governance.public_key()] };
    Ok(Genesis {
        chain_id: chain_id.map_or_else(|| random_name(rng), Ok)?,
        initial_time: now.0,
        validators,
        app_state: AppState { governance }.to_genesis(),
    })
}

/// Each authority's power: with 1 the median of three votes' times is the earliest.
pub(crate) const POWER: u64 = 10;
/// A socket's name has less than 104 bytes on every system.
const LONGEST_SOCKET: usize = 100;
const NOTHING_SIGNED: &str = "{\"height\":\"0\",\"round\":0,\"step\":0}\n";
pub(crate) const SECRET: u32 = 0o600;
pub(crate) const PUBLIC: u32 = 0o644;
/// For how many blocks at least evidence against an authority counts: those of the trusting period at one a second.
const EVIDENCE_BLOCKS: u64 = TrustAnchor::TRUSTING_PERIOD.0;

fn random_name(rng: &mut Rng) -> Result<String, LedgerError> {
    let mut name = [0; 4];
    rng.fill(&mut name)?;
    Ok(format!("keepwell-{}", hex::encode(name)))
}

pub(crate) fn genesis_file(genesis: &Genesis) -> Result<String, LedgerError> {
    let time = i64::try_from(genesis.initial_time).map_err(|_| LedgerError::Home)?;
    let time = Time::from_unix_timestamp(time, 0).map_err(|_| LedgerError::Home)?;
    let validators = genesis.validators.iter().map(|validator| {
        json!({
            "address": hex::encode_upper(address(&validator.key)),
            "pub_key": { "type": KEY_TYPE, "value": STANDARD.encode(validator.key) },
            "power": validator.power.to_string(),
            "name": "",
        })
    });
    let app_state: serde_json::Value =
        serde_json::from_str(&genesis.app_state).map_err(|_| LedgerError::Home)?;
    let nanoseconds = domain::Duration(TrustAnchor::TRUSTING_PERIOD.0 * 1_000_000_000);
    let file = json!({
        "genesis_time": time.to_rfc3339(),
        "chain_id": genesis.chain_id,
        "initial_height": "1",
        "consensus_params": {
            "block": { "max_bytes": MAX_BLOCK_BYTES.to_string(), "max_gas": MAX_GAS.to_string() },
            // As long as anybody may trust a header that they signed.
            "evidence": {
                "max_age_num_blocks": EVIDENCE_BLOCKS.to_string(),
                "max_age_duration": nanoseconds.0.to_string(),
                "max_bytes": EVIDENCE_BYTES.to_string(),
            },
            "validator": { "pub_key_types": ["ed25519"] },
            "version": { "app": AppVersion::START.number().to_string() },
            "abci": { "vote_extensions_enable_height": "0" },
        },
        "validators": validators.collect::<Vec<_>>(),
        "app_hash": "",
        "app_state": app_state,
    });
    serde_json::to_string_pretty(&file).map_err(|_| LedgerError::Home)
}

fn validator_file(key: &SigningKey) -> Zeroizing<String> {
    let public = key.public_key();
    let (address, value) =
        (hex::encode_upper(address(public.as_bytes())), STANDARD.encode(public.as_bytes()));
    Zeroizing::new(format!(
        "{{\"address\":\"{address}\",\"pub_key\":{{\"type\":\"{KEY_TYPE}\",\"value\":\"{value}\"}},\"priv_key\":{}}}\n",
        *private_key(key)
    ))
}

fn node_file(key: &SigningKey) -> Zeroizing<String> {
    Zeroizing::new(format!("{{\"priv_key\":{}}}\n", *private_key(key)))
}

/// A private key as CometBFT writes it: the seed, then the public key.
fn private_key(key: &SigningKey) -> Zeroizing<String> {
    let mut both = Zeroizing::new([0; 64]);
    let (seed, public) = both.split_at_mut(32);
    seed.copy_from_slice(key.expose());
    public.copy_from_slice(key.public_key().as_bytes());
    let value = Zeroizing::new(STANDARD.encode(both.as_slice()));
    Zeroizing::new(format!("{{\"type\":\"tendermint/PrivKeyEd25519\",\"value\":\"{}\"}}", *value))
}

fn node_id(key: &PublicKey) -> String {
    hex::encode(address(key.as_bytes()))
}

/// The first 20 bytes of a key's hash.
fn address(key: &[u8; 32]) -> Vec<u8> {
    sha256(key).into_iter().take(20).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::home_folder::app_state;
    use crate::node_home::NodeHome;

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn every_node_reads_the_genesis_that_was_made_and_keeps_its_keys_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let network = Network::local(&folder.path().join("net"), 4, 29_000);
        let genesis = network.make(Timestamp(1_800_000_000), &mut Rng::seeded(7)).unwrap();
        assert!(genesis.chain_id.starts_with("keepwell-"), "{}", genesis.chain_id);
        for node in 0..4 {
            let path = network.home(node);
            let home = NodeHome::open(&path).unwrap();
            assert_eq!(home.genesis, genesis);
            assert_eq!(home.rpc().unwrap().to_string(), format!("http://127.0.0.1:{}", 29_001 + 10 * node));
            assert_eq!(app_state(&home.genesis).unwrap().governance.threshold, 1);
            let config = fs::read_to_string(path.join(CONFIG)).unwrap();
            let peers = config.lines().find(|line| line.starts_with("persistent_peers")).unwrap();
            assert_eq!(peers.matches("@127.0.0.1:").count(), 3);
            assert!(!peers.contains(&format!(":{}", 29_000 + 10 * node)), "{peers}");
            for secret in ["config/priv_validator_key.json", "config/node_key.json"] {
                assert_eq!(mode(&path.join(secret)), 0o600);
            }
            assert!(matches!(NodeHome::open(&path), Err(LedgerError::Busy)));
        }
        assert_eq!(mode(&network.folder.join("governance.key")), 0o600);
        let key = fs::read_to_string(network.folder.join("governance.key")).unwrap();
        assert_eq!(GovernanceKey::parse(&key).unwrap().origin(), genesis.origin());
    }

    #[test]
    fn a_folder_that_is_in_use_or_too_deep_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let make = |network: &Network| network.make(Timestamp(1), &mut Rng::seeded(7));
        let deep = Network::local(&folder.path().join("d".repeat(90)), 1, 29_000);
        assert!(matches!(make(&deep), Err(LedgerError::PathTooLong)));
        assert_eq!(fs::read_dir(&deep.folder).unwrap().count(), 0, "nothing was written");
        fs::write(folder.path().join("something"), "else").unwrap();
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).unwrap();
        let taken = Network::local(folder.path(), 1, 29_000);
        assert!(matches!(make(&taken), Err(LedgerError::FolderTaken)));
        assert!(NodeHome::open(folder.path()).is_err());
        assert_eq!(mode(folder.path()), 0o755, "what is refused is left as it is");
    }
}
