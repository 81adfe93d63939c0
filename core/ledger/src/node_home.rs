//! The home folder of an authority's node, which it shares with its CometBFT: `config` and `data` are CometBFT's.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_protocol::crypto::PublicKey;
use keepwell_protocol::ledger::{BlockSize, Genesis, Validator, ValidatorSet};
use serde::Deserialize;
use serde_json::value::RawValue;
use tendermint::public_key::Algorithm;
use tendermint::{Time, consensus};

use crate::LedgerError;
use crate::engine::RpcAddress;
use crate::home_folder::HomeFolder;

/// The folder, with what it says of the network.
pub(crate) struct NodeHome {
    pub(crate) folder: HomeFolder,
    pub(crate) genesis: Genesis,
    /// What the authorities start with: how large a block is, and by which rules it is executed.
    pub(crate) parameters: consensus::Params,
}

/// CometBFT's `genesis.json`, as far as the application starts from it.
#[derive(Deserialize)]
struct CometbftGenesis {
    genesis_time: String,
    chain_id: String,
    consensus_params: consensus::Params,
    validators: Vec<CometbftValidator>,
    app_state: Box<RawValue>,
}

#[derive(Deserialize)]
struct CometbftValidator {
    pub_key: CometbftKey,
    power: String,
}

/// A public key as CometBFT's files have it.
#[derive(Deserialize)]
pub(crate) struct CometbftKey {
    pub(crate) r#type: String,
    pub(crate) value: String,
}

impl NodeHome {
    /// Takes the home and reads what the network starts from.
    pub(crate) fn open(folder: &Path) -> Result<Self, LedgerError> {
        // A folder without a network is refused before it is touched.
        fs::metadata(folder.join(GENESIS))?;
        let folder = HomeFolder::take(folder)?;
        let genesis = fs::read(folder.path().join(GENESIS))?;
        let (genesis, parameters) = parse_genesis(&genesis).ok_or(LedgerError::Home)?;
        Ok(Self { folder, genesis, parameters })
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }

    /// Where CometBFT's configuration says that its RPC answers.
    pub(crate) fn rpc(&self) -> Result<RpcAddress, LedgerError> {
        let config = fs::read_to_string(self.folder.path().join(CONFIG))?;
        let address = setting(&config, "rpc", "laddr").ok_or(LedgerError::Home)?;
        address.parse().map_err(LedgerError::Rpc)
    }
}

/// What the ledger starts from by CometBFT's file: nothing if it is of another form, or starts between two seconds.
fn parse_genesis(json: &[u8]) -> Option<(Genesis, consensus::Params)> {
    let file: CometbftGenesis = serde_json::from_slice(json).ok()?;
    let time = Time::parse_from_rfc3339(&file.genesis_time).ok()?;
    let initial_time = u64::try_from(time.unix_timestamp()).ok()?;
    if i128::from(initial_time) * 1_000_000_000 != time.unix_timestamp_nanos() {
        return None;
    }
    let validator = |validator: &CometbftValidator| {
        let key = STANDARD.decode(&validator.pub_key.value).ok()?.try_into().ok()?;
        let power = validator.power.parse().ok()?;
        (validator.pub_key.r#type == KEY_TYPE).then_some(Validator { key, power })
    };
    let genesis = Genesis {
        chain_id: file.chain_id,
        initial_time,
        validators: file.validators.iter().map(validator).collect::<Option<_>>()?,
        app_state: file.app_state.get().to_owned(),
    };
    let mut validators = genesis.validators.clone();
    validators.sort_unstable();
    let is_sound = ValidatorSet { validators }.is_well_formed() && are_governable(&file.consensus_params);
    is_sound.then_some((genesis, file.consensus_params))
}

/// Whether whatever governance may change later leaves parameters that CometBFT takes: what it does not take ends every
/// node, and a network that starts outside of the bounds could not be changed at all.
fn are_governable(parameters: &consensus::Params) -> bool {
    let consensus::Params { block, evidence, validator, version: _, abci } = parameters;
    (u64::from(BlockSize::LEAST)..=u64::from(BlockSize::MOST)).contains(&block.max_bytes)
        && (0..=EVIDENCE_BYTES).contains(&evidence.max_bytes)
        && validator.pub_key_types == [Algorithm::Ed25519]
        && abci.vote_extensions_enable_height.is_none_or(|height| height.value() == 0)
}

/// A public key as people have it: 64 hex characters, base64, or what `cometbft show-validator` prints.
pub fn parse_public_key(text: &str) -> Option<PublicKey> {
    let text = text.trim();
    let base64 = |text: &str| STANDARD.decode(text).ok();
    let bytes = match serde_json::from_str::<CometbftKey>(text) {
        Ok(key) if key.r#type == KEY_TYPE => base64(&key.value),
        Ok(_) => None,
        Err(_) => hex::decode(text).ok().filter(|bytes| bytes.len() == 32).or_else(|| base64(text)),
    };
    PublicKey::from_bytes(&bytes?.try_into().ok()?).ok()
}

/// The text under a key of a section of a TOML file, as CometBFT writes them: a key and its value in one line.
fn setting<'a>(toml: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut in_section = section.is_empty();
    for line in toml.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            in_section = name == section;
        } else if let Some((found, value)) = line.split_once('=').filter(|_| in_section)
            && found.trim() == key
        {
            return value.trim().strip_prefix('"')?.split_once('"').map(|(text, _)| text);
        }
    }
    None
}

/// Names in the folder.
pub(crate) const GENESIS: &str = "config/genesis.json";
pub(crate) const CONFIG: &str = "config/config.toml";
pub(crate) const SOCKET: &str = "app.sock";
/// The most bytes of evidence in a block: beside it the smallest block still has room for header, votes and transactions.
pub(crate) const EVIDENCE_BYTES: i64 = 1_048_576;
/// How CometBFT names an Ed25519 key.
pub(crate) const KEY_TYPE: &str = "tendermint/PubKeyEd25519";

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::SigningKey;

    use super::*;

    #[test]
    fn reads_a_setting_of_its_own_section_only() {
        let toml = "laddr = \"a\"\n# laddr = \"b\"\n[p2p]\n  laddr = \"tcp://127.0.0.1:1\" # where\n\
                    [rpc]\nladdr_other = \"c\"\nladdr=\"tcp://127.0.0.1:2\"\n";
        assert_eq!(setting(toml, "", "laddr"), Some("a"));
        assert_eq!(setting(toml, "p2p", "laddr"), Some("tcp://127.0.0.1:1"));
        assert_eq!(setting(toml, "rpc", "laddr"), Some("tcp://127.0.0.1:2"));
        assert_eq!(setting(toml, "rpc", "size"), None);
        assert_eq!(setting("[rpc]\nladdr = 5\n", "rpc", "laddr"), None);
    }

    #[test]
    fn takes_only_a_genesis_of_ed25519_keys_that_starts_with_a_second() {
        let json = |time: &str, kind: &str, power: &str| {
            let key = STANDARD.encode([3; 32]);
            format!(
                r#"{{"genesis_time":"{time}","chain_id":"c","initial_height":"1","consensus_params":{{
                    "block":{{"max_bytes":"2097152","max_gas":"-1"}},"evidence":{{"max_age_num_blocks":"1000",
                    "max_age_duration":"1000000000","max_bytes":"1048576"}},"validator":{{"pub_key_types":["ed25519"]}},
                    "version":{{"app":"2"}},"abci":{{"vote_extensions_enable_height":"0"}}}},"validators":[
                    {{"address":"00","pub_key":{{"type":"{kind}","value":"{key}"}},"power":"{power}","name":""}}],
                    "app_hash":"","app_state":"00ff"}}"#
            )
        };
        let genesis = |time, kind, power| parse_genesis(json(time, kind, power).as_bytes());
        let (good, parameters) = genesis("2027-01-15T08:00:00Z", KEY_TYPE, "10").unwrap();
        assert_eq!((parameters.version.unwrap().app, parameters.block.max_bytes), (2, 2_097_152));
        assert_eq!((good.initial_time, good.app_state.as_str()), (1_800_000_000, "\"00ff\""));
        assert_eq!(good.validators, [Validator { key: [3; 32], power: 10 }]);
        assert!(genesis("2027-01-15T08:00:00.5Z", KEY_TYPE, "10").is_none());
        assert!(genesis("2027-01-15T08:00:00Z", "tendermint/PubKeySecp256k1", "10").is_none());
        for (power, is_taken) in [("-1", false), ("0", false), ("1000000", true), ("1000001", false)] {
            assert_eq!(genesis("2027-01-15T08:00:00Z", KEY_TYPE, power).is_some(), is_taken, "{power}");
        }
        // What governance could not change later without an end to the network, or not at all.
        let sound = json("2027-01-15T08:00:00Z", KEY_TYPE, "10");
        for (there, other, is_taken) in [
            ("2097152", "1310720", true),
            ("2097152", "1310719", false),
            ("2097152", "16777216", true),
            ("2097152", "16777217", false),
            ("1048576", "0", true),
            ("1048576", "1048577", false),
            ("[\"ed25519\"]", "[]", false),
            ("[\"ed25519\"]", "[\"secp256k1\"]", false),
            ("[\"ed25519\"]", "[\"ed25519\",\"secp256k1\"]", false),
            ("enable_height\":\"0\"", "enable_height\":\"1\"", false),
        ] {
            assert_eq!(sound.matches(there).count(), 1);
            let changed = sound.replace(there, other);
            assert_eq!(parse_genesis(changed.as_bytes()).is_some(), is_taken, "{other}");
        }
        let one = sound.find("{\"address\"").unwrap();
        let end = sound[one..].find("\"name\":\"\"}").unwrap() + one + "\"name\":\"\"}".len();
        let twice = format!("{},{}", &sound[..end], &sound[one..]);
        assert!(parse_genesis(twice.as_bytes()).is_none(), "the same key twice");
    }

    #[test]
    fn a_public_key_is_read_in_each_of_its_forms_and_nothing_near_them() {
        let key = SigningKey::from_seed(&[7; 32]).public_key();
        let (hex, base64) = (hex::encode(key.as_bytes()), STANDARD.encode(key.as_bytes()));
        let json = |kind: &str| format!(r#"{{"type":"{kind}","value":"{base64}"}}"#);
        for text in [hex.clone(), format!(" {hex}\n"), base64.clone(), json(KEY_TYPE)] {
            assert_eq!(parse_public_key(&text), Some(key), "{text}");
        }
        for near in [
            &hex[2..],
            &base64[4..],
            &json("tendermint/PubKeySecp256k1"),
            &"0".repeat(64),
            &format!("01{}", "0".repeat(62)),
            "",
        ] {
            assert_eq!(parse_public_key(near), None, "{near}");
        }
    }
}
