//! A network of authorities who each made their own keys: its genesis, and CometBFT's configuration for each, from what
//! they say of themselves. No secret of theirs is needed, and none is made for them.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::ledger::{Genesis, Validator};
use keepwell_server::{make_home, write_whole};
use serde::Deserialize;

use crate::LedgerError;
use crate::governance::GovernanceKey;
use crate::member_error::BadMember;
use crate::network::{self, Network, POWER, PUBLIC, SECRET};
use crate::node_config::{NodeSettings, Place};
use crate::node_home::{CometbftKey, KEY_TYPE};

/// What an authority says of itself to those with whom it makes a network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    name: String,
    validator: [u8; 32],
    node: String,
    host: String,
    port: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    validator: CometbftKey,
    node: String,
    address: String,
}

impl Member {
    /// Parses `{"name": …, "validator": …, "node": …, "address": "host:port"}`, with what `cometbft show-validator` and
    /// `cometbft show-node-id` print.
    ///
    /// # Errors
    /// [`BadMember::Malformed`] on anything else.
    pub fn parse(json: &[u8]) -> Result<Self, BadMember> {
        let file: File = serde_json::from_slice(json).map_err(|_| BadMember::Malformed)?;
        Self::of(&file).ok_or(BadMember::Malformed)
    }

    fn of(file: &File) -> Option<Self> {
        let is_plain = |text: &str| {
            let allowed =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            (1..=253).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with(['.', '-'])
        };
        let (host, port) = file.address.rsplit_once(':')?;
        let is_node =
            file.node.len() == 40 && file.node.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let validator: [u8; 32] = STANDARD.decode(&file.validator.value).ok()?.try_into().ok()?;
        tendermint::PublicKey::from_raw_ed25519(&validator)?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        let is_sound = is_plain(&file.name) && is_plain(host) && is_node && file.validator.r#type == KEY_TYPE;
        is_sound.then(|| Self {
            name: file.name.clone(),
            validator,
            node: file.node.clone(),
            host: host.to_owned(),
            port,
        })
    }

    /// The name that it gave itself, which is that of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// What everybody needs of a network of these members, in a new folder: `genesis.json`, a folder for each member with its
/// `config.toml`, and `governance.key` for whoever governs.
///
/// # Errors
/// [`LedgerError::Member`] if two are the same, [`LedgerError::FolderTaken`] if something is in the folder; otherwise
/// what could not be written.
pub fn assemble(
    folder: &Path,
    members: &[Member],
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Genesis, LedgerError> {
    let differ = |of: &dyn Fn(&Member) -> String| {
        members.iter().map(of).collect::<BTreeSet<_>>().len() == members.len()
    };
    let parts: [&dyn Fn(&Member) -> String; 4] =
        [&|it| it.name.clone(), &|it| hex::encode(it.validator), &|it| it.node.clone(), &Member::address];
    if !parts.into_iter().all(differ) {
        return Err(BadMember::Twice.into());
    }
    network::make_new(folder)?;
    let governance = SigningKey::generate(rng)?;
    let validators = members.iter().map(|member| Validator { key: member.validator, power: POWER });
    let genesis = network::genesis(None, now, validators.collect(), &governance, rng)?;
    write_whole(&folder.join("genesis.json"), network::genesis_file(&genesis)?.as_bytes(), PUBLIC)?;
    for member in members {
        let others = members.iter().filter(|other| *other != member);
        let settings = NodeSettings {
            name: member.name.clone(),
            socket: PathBuf::from(SOCKET),
            rpc: SocketAddr::from((Ipv4Addr::LOCALHOST, RPC_PORT)),
            peers_at: SocketAddr::from((Ipv4Addr::UNSPECIFIED, member.port)),
            peers: others.map(|other| format!("{}@{}", other.node, other.address())).collect(),
            place: Place::Apart(member.address()),
            pause: Network::PAUSE,
        };
        make_home(&folder.join(&member.name))?;
        write_whole(&folder.join(&member.name).join("config.toml"), settings.to_toml().as_bytes(), PUBLIC)?;
    }
    let key_file = GovernanceKey::new(governance, genesis.origin()).to_json();
    write_whole(&folder.join("governance.key"), key_file.as_bytes(), SECRET)?;
    Ok(genesis)
}

/// Where the socket is in the home that docs/run-a-ledger-node.md makes; the node names its own anyway when it runs
/// CometBFT.
const SOCKET: &str = "/var/lib/keepwell-node/app.sock";
/// CometBFT's own choice.
const RPC_PORT: u16 = 26_657;

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::node_home::NodeHome;

    fn member(number: u8, change: &[(&str, serde_json::Value)]) -> Vec<u8> {
        let key = SigningKey::from_seed(&[number; 32]).public_key();
        let mut file = json!({
            "name": format!("hospital-{number}"),
            "validator": { "type": KEY_TYPE, "value": STANDARD.encode(key.as_bytes()) },
            "node": hex::encode([number; 20]),
            "address": format!("node{number}.example.org:26656"),
        });
        for (name, value) in change {
            file[*name] = value.clone();
        }
        file.to_string().into_bytes()
    }

    #[test]
    fn a_network_is_assembled_of_what_its_members_say() {
        let folder = tempfile::tempdir().unwrap();
        let net = folder.path().join("net");
        let members: Vec<_> = (1..=4).map(|number| Member::parse(&member(number, &[])).unwrap()).collect();
        let genesis = assemble(&net, &members, Timestamp(1_800_000_000), &mut Rng::seeded(7)).unwrap();
        assert!(genesis.validators.iter().all(|validator| validator.power == 10));
        let config = fs::read_to_string(net.join("hospital-2/config.toml")).unwrap();
        let peers = config.lines().find(|line| line.starts_with("persistent_peers")).unwrap();
        assert_eq!(peers.matches("@node").count(), 3);
        assert!(
            !peers.contains("node2.")
                && peers.contains(&format!("{}@node3.example.org:26656", "03".repeat(20)))
        );
        assert!(
            config.contains("laddr = \"tcp://0.0.0.0:26656\"")
                && config.contains("laddr = \"tcp://127.0.0.1:26657\"")
        );
        assert!(config.contains("external_address = \"node2.example.org:26656\""));
        // A member's home, with its own keys, starts from it.
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("config")).unwrap();
        fs::copy(net.join("genesis.json"), home.join("config/genesis.json")).unwrap();
        fs::copy(net.join("hospital-2/config.toml"), home.join("config/config.toml")).unwrap();
        let home = NodeHome::open(&home).unwrap();
        assert_eq!(
            (&home.genesis, home.rpc().unwrap().to_string().as_str()),
            (&genesis, "http://127.0.0.1:26657")
        );
        let again = assemble(&net, &members, Timestamp(1), &mut Rng::seeded(7));
        assert!(matches!(again, Err(LedgerError::FolderTaken)));
        let key = fs::read_to_string(net.join("governance.key")).unwrap();
        assert_eq!(GovernanceKey::parse(&key).unwrap().origin(), genesis.origin());
    }

    #[test]
    fn who_is_named_twice_or_by_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Member::parse(&member(1, &[])).unwrap();
        let other = serde_json::from_slice::<serde_json::Value>(&member(1, &[])).unwrap();
        for name in ["name", "validator", "node", "address"] {
            let second = Member::parse(&member(2, &[(name, other[name].clone())])).unwrap();
            let made = assemble(
                &folder.path().join("net"),
                &[first.clone(), second],
                Timestamp(1),
                &mut Rng::seeded(7),
            );
            assert_eq!(made.unwrap_err().code(), "MemberTwice", "{name}");
        }
        assert!(!folder.path().join("net").exists());
        let key = other["validator"]["value"].clone();
        for (name, value) in [
            ("name", json!("../x")),
            ("name", json!("")),
            ("address", json!("a.example.org")),
            ("address", json!("a.example.org:0")),
            ("address", json!("a\",b:1")),
            ("node", json!("AB".repeat(20))),
            ("node", json!("01")),
            ("validator", json!({ "type": "tendermint/PubKeySecp256k1", "value": key })),
            ("validator", json!({ "type": KEY_TYPE, "value": "AA==" })),
            ("more", json!(1)),
        ] {
            assert_eq!(
                Member::parse(&member(1, &[(name, value.clone())])),
                Err(BadMember::Malformed),
                "{name} {value}"
            );
        }
    }
}
