//! The home folder of a ledger with one signer: its keys and genesis, made at the first start.

use std::fs;
use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::ledger::{AppState, Genesis, Governance, TrustPolicy, Validator};
use keepwell_server::{remove_if_there, write_whole};
use zeroize::Zeroizing;

use crate::LedgerError;
use crate::governance::{GovernanceKey, read_seed, seed_text};
use crate::home_folder::HomeFolder;

/// The folder, with what the first start made in it.
pub(crate) struct Home {
    pub(crate) folder: HomeFolder,
    /// The first, then those that take its place.
    pub(crate) validators: Vec<SigningKey>,
    pub(crate) genesis: Genesis,
}

impl Home {
    /// Reads the folder, or makes it: keys first, the genesis last, so that a first start that was
    /// cut short is finished by the next.
    pub(crate) fn open(folder: &Path, now: Timestamp, rng: &mut Rng) -> Result<Self, LedgerError> {
        let home = HomeFolder::take(folder)?;
        let folder = home.path();
        let (genesis_file, validator_file) = (folder.join(GENESIS), folder.join(VALIDATOR));
        if !genesis_file.exists() {
            let validator = first_key(&validator_file, rng)?;
            let governance = first_key(&folder.join(GOVERNANCE_SEED), rng)?;
            let mut name = [0; 4];
            rng.fill(&mut name)?;
            let app_state =
                AppState { governance: Governance { threshold: 1, keys: vec![governance.public_key()] } };
            let genesis = Genesis {
                chain_id: format!("{}{}", TrustPolicy::EMBEDDED_PREFIX, hex::encode(name)),
                initial_time: now.0,
                validators: vec![Validator { key: *validator.public_key().as_bytes(), power: 1 }],
                app_state: app_state.to_genesis(),
            };
            let key_file = GovernanceKey::new(governance, genesis.origin()).to_json();
            write_whole(&folder.join(GOVERNANCE), key_file.as_bytes(), SECRET)?;
            let json = serde_json::to_vec_pretty(&genesis).map_err(|_| LedgerError::Home)?;
            write_whole(&genesis_file, &json, PUBLIC)?;
        }
        remove_if_there(&folder.join(GOVERNANCE_SEED))?;
        let genesis = serde_json::from_slice(&fs::read(genesis_file)?).map_err(|_| LedgerError::Home)?;
        let validators = validator_keys(folder)?;
        Ok(Self { folder: home, validators, genesis })
    }
}

/// The key of the first start, while it is there, and each `validator-….key` that was put beside it.
fn validator_keys(folder: &Path) -> Result<Vec<SigningKey>, LedgerError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let is_key = name.to_str().is_some_and(|name| {
            name == VALIDATOR || (name.starts_with("validator-") && name.ends_with(".key"))
        });
        if is_key {
            files.push(folder.join(name));
        }
    }
    files.sort_unstable();
    let read = |file: &PathBuf| {
        keepwell_server::close_to_others(file)?;
        let seed = Zeroizing::new(fs::read_to_string(file)?);
        read_seed(&seed).ok_or(LedgerError::Home)
    };
    files.iter().map(read).collect()
}

/// A key that is on disk before anything is made from it.
fn first_key(file: &Path, rng: &mut Rng) -> Result<SigningKey, LedgerError> {
    if !file.exists() {
        let key = SigningKey::generate(rng)?;
        write_whole(file, seed_text(&key).as_bytes(), SECRET)?;
    }
    read_seed(&fs::read_to_string(file)?).ok_or(LedgerError::Home)
}

const GENESIS: &str = "genesis.json";
const VALIDATOR: &str = "validator.key";
const GOVERNANCE: &str = "governance.key";
/// There only while a first start is under way.
const GOVERNANCE_SEED: &str = "governance.seed";
const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home_folder::app_state;

    #[test]
    fn a_first_start_that_was_cut_short_is_finished_with_the_same_keys() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let mut rng = Rng::seeded(5);
        let validator = first_key(&file(VALIDATOR), &mut rng).unwrap();
        let governance = first_key(&file(GOVERNANCE_SEED), &mut rng).unwrap();
        fs::write(file("genesis.unfinished"), "half of").unwrap();
        let home = Home::open(folder.path(), Timestamp(1_800_000_000), &mut rng).unwrap();
        assert_eq!(home.validators[0].public_key(), validator.public_key());
        assert_eq!(app_state(&home.genesis).unwrap().governance.keys, [governance.public_key()]);
        assert!(!file(GOVERNANCE_SEED).exists());
        let genesis = home.genesis.clone();
        drop(home);
        // Later starts read what is there and need no clock.
        let again = Home::open(folder.path(), Timestamp(0), &mut rng).unwrap();
        assert_eq!(again.genesis, genesis);
        let key = GovernanceKey::parse(&fs::read_to_string(file(GOVERNANCE)).unwrap()).unwrap();
        assert_eq!(key.origin(), genesis.origin());
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = Rng::seeded(5);
        Home::open(folder.path(), Timestamp(1), &mut rng).unwrap();
        for name in [GENESIS, VALIDATOR] {
            let file = folder.path().join(name);
            let good = fs::read(&file).unwrap();
            fs::write(&file, "{}").unwrap();
            assert!(matches!(Home::open(folder.path(), Timestamp(1), &mut rng), Err(LedgerError::Home)));
            assert_eq!(fs::read(&file).unwrap(), b"{}");
            fs::write(&file, good).unwrap();
        }
        Home::open(folder.path(), Timestamp(1), &mut rng).unwrap();
    }
}
