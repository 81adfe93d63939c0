//! `keepwell ledger gov`: what governance does about the network, signed at one table or one after the other.

use std::path::{Path, PathBuf};
use std::time::Instant;

use keepwell_ledger::{GovernanceKey, parse_public_key};
use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::crypto::{PublicKey, aggregator_id, gateway_id, sha256};
use keepwell_protocol::domain::{AggregatorId, GatewayId, Object as _, TxId};
use keepwell_protocol::ledger::{
    Action, ActionsTaken, Kind, MoveChain, SetAggregator, SetBlockSize, SetGateway, SetGovernance,
    SetValidator, SignedTransaction, StateKey, Transaction, TransactionError, Upgrade,
};
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::anchor::read_anchor;
use super::proof::{BLOCK_WAIT, PAUSE, prove};
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::report::Report;

/// What governance does.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum GovernCommand {
    /// Let a validator vote, with another power, or no more
    Validator {
        /// Its key: 64 hex characters, base64, or what `cometbft show-validator` prints
        #[arg(value_name = "KEY", value_parser = key)]
        key: PublicKey,
        /// Its power; 0 takes it out
        #[arg(value_name = "POWER")]
        power: u64,
        #[command(flatten)]
        signing: Signing,
    },
    /// Change how many bytes a block has at most
    BlockSize {
        /// 1310720 to 16777216
        #[arg(value_name = "BYTES")]
        bytes: u32,
        #[command(flatten)]
        signing: Signing,
    },
    /// Have the next version of the rules hold from a height on, 2,880 blocks ahead or later: nodes that do not know it stop
    /// there. The present version takes such a plan back
    Upgrade {
        /// The app version
        #[arg(value_name = "VERSION")]
        app_version: u64,
        /// The first block by its rules
        #[arg(value_name = "HEIGHT")]
        height: u64,
        #[command(flatten)]
        signing: Signing,
    },
    /// End this chain after a height and name the one that goes on
    Move {
        /// The name of the chain that goes on
        #[arg(value_name = "CHAIN_ID")]
        chain_id: String,
        /// Its genesis file
        #[arg(value_name = "GENESIS")]
        genesis: PathBuf,
        /// The last block of this chain that may have transactions
        #[arg(value_name = "HEIGHT")]
        last_height: u64,
        #[command(flatten)]
        signing: Signing,
    },
    /// Admit a gateway, give one another key, or take it out
    Gateway {
        /// Its key; none takes it out
        #[arg(value_name = "KEY", value_parser = key, required_unless_present = "id")]
        key: Option<PublicKey>,
        /// Which one, if it is there already
        #[arg(long, value_name = "ID", value_parser = GatewayId::parse)]
        id: Option<GatewayId>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Admit an aggregator, give one another key, or take it out
    Aggregator {
        /// Its key; none takes it out
        #[arg(value_name = "KEY", value_parser = key, required_unless_present = "id")]
        key: Option<PublicKey>,
        /// Which one, if it is there already
        #[arg(long, value_name = "ID", value_parser = AggregatorId::parse)]
        id: Option<AggregatorId>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Replace governance's own keys; enough of the next ones sign as well
    Keys {
        /// How many of them must sign
        #[arg(value_name = "THRESHOLD")]
        threshold: u32,
        /// A key of the next governance: 64 hex characters, base64, or CometBFT's JSON
        #[arg(value_name = "KEY", value_parser = key, required = true)]
        keys: Vec<PublicKey>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Show what a file says that others signed, and sign it as well
    Sign {
        /// The file that --out wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A key of governance that signs; may be repeated; without one the file is only shown
        #[arg(long, value_name = "FILE")]
        governance_key: Vec<PathBuf>,
    },
    /// Hand in what enough of governance signed
    Send {
        /// The file that --out wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        ledger: LedgerOptions,
    },
}

/// The ledger, and what it is believed by.
#[derive(clap::Args, Debug)]
pub(crate) struct LedgerOptions {
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

/// Who signs, and where it goes.
#[derive(clap::Args, Debug)]
pub(crate) struct Signing {
    /// A key of governance that signs; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    governance_key: Vec<PathBuf>,
    #[command(flatten)]
    ledger: LedgerOptions,
    /// Write it into this file, for others to sign, and hand in nothing
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs `keepwell ledger gov …`.
pub(super) fn govern(command: GovernCommand) -> Result<Answer, Failure> {
    match command {
        GovernCommand::Validator { key, power, signing } => {
            act(SetValidator { kind: Kind, key, power }.into(), &signing)
        }
        GovernCommand::BlockSize { bytes, signing } => {
            act(SetBlockSize { kind: Kind, bytes }.into(), &signing)
        }
        GovernCommand::Upgrade { app_version, height, signing } => {
            act(Upgrade { kind: Kind, version: app_version, height }.into(), &signing)
        }
        GovernCommand::Move { chain_id, genesis, last_height, signing } => {
            let genesis_hash = sha256(&read(&genesis)?);
            act(MoveChain { kind: Kind, chain_id, genesis_hash, last_height }.into(), &signing)
        }
        GovernCommand::Gateway { key, id, signing } => {
            let gateway = id.or(key.as_ref().map(gateway_id)).ok_or(TransactionError::Field)?;
            act(SetGateway { kind: Kind, gateway, key }.into(), &signing)
        }
        GovernCommand::Aggregator { key, id, signing } => {
            let aggregator = id.or(key.as_ref().map(aggregator_id)).ok_or(TransactionError::Field)?;
            act(SetAggregator { kind: Kind, aggregator, key }.into(), &signing)
        }
        GovernCommand::Keys { threshold, mut keys, signing } => {
            keys.sort_unstable();
            act(SetGovernance { kind: Kind, threshold, keys }.into(), &signing)
        }
        GovernCommand::Sign { file, governance_key } => sign(&file, &governance_key),
        GovernCommand::Send { file, ledger } => {
            let transaction = read_signed(&file)?;
            send(&transaction, &ledger)
        }
    }
}

fn act(action: Action, signing: &Signing) -> Result<Answer, Failure> {
    let keys = signing.governance_key.iter().map(|file| read_key(file)).collect::<Result<Vec<_>, _>>()?;
    let (first, others) = keys.split_first().ok_or(TransactionError::Signatures)?;
    let number = signing.ledger.newest_action()?.map_or(0, |taken| taken.number).saturating_add(1);
    let mut transaction = first.act(number, action)?;
    for key in others {
        transaction = key.and_sign(transaction)?;
    }
    match &signing.out {
        Some(file) => {
            write_signed(file, &transaction)?;
            said(&transaction, "written")
        }
        None => send(&transaction, &signing.ledger),
    }
}

fn sign(file: &Path, keys: &[PathBuf]) -> Result<Answer, Failure> {
    let mut transaction = read_signed(file)?;
    for key in keys {
        transaction = read_key(key)?.and_sign(transaction)?;
    }
    if !keys.is_empty() {
        write_signed(file, &transaction)?;
    }
    said(&transaction, if keys.is_empty() { "unchanged" } else { "written" })
}

fn send(transaction: &SignedTransaction, ledger: &LedgerOptions) -> Result<Answer, Failure> {
    let origin = read_anchor(&ledger.anchor)?.origin();
    let id = ledger.gateway()?.submit(&transaction.to_cbor(), &origin)?;
    said(transaction, if ledger.is_done_soon(id)? { "done" } else { "sent" })
}

/// What an action says, in words, and what became of it.
fn said(transaction: &SignedTransaction, state: &str) -> Result<Answer, Failure> {
    let Transaction::GovernanceAction(body) = transaction.body() else {
        return Err(TransactionError::Signatures.into());
    };
    let says = match &body.action {
        Action::SetValidator(it) if it.power == 0 => format!("validator {} votes no more", it.key),
        Action::SetValidator(it) => format!("validator {} votes with power {}", it.key, it.power),
        Action::SetBlockSize(it) => format!("a block has {} bytes at most", it.bytes),
        Action::Upgrade(it) => {
            format!("the rules of version {} hold from block {} on", it.version, it.height)
        }
        Action::MoveChain(it) => format!(
            "after block {} the chain {} goes on, of the genesis {}",
            it.last_height,
            it.chain_id,
            hex::encode(it.genesis_hash)
        ),
        Action::SetGateway(it) => entered("gateway", &it.gateway, it.key.as_ref()),
        Action::SetAggregator(it) => entered("aggregator", &it.aggregator, it.key.as_ref()),
        Action::SetGovernance(it) => {
            let keys: Vec<_> = it.keys.iter().map(ToString::to_string).collect();
            format!("{} of these keys govern: {}", it.threshold, keys.join(", "))
        }
    };
    let signatures = transaction.signers().count();
    let document = json!({ "number": body.number, "says": says, "signatures": signatures, "state": state });
    Ok(Report::of_deed(document)
        .facts(&[
            ("action", body.number.to_string()),
            ("says", says),
            ("signatures", signatures.to_string()),
            ("state", state.to_owned()),
        ])
        .into())
}

fn entered(what: &str, id: &impl std::fmt::Display, key: Option<&PublicKey>) -> String {
    match key {
        Some(key) => format!("{what} {id} signs by {key}"),
        None => format!("{what} {id} is taken out"),
    }
}

impl LedgerOptions {
    fn gateway(&self) -> Result<Gateway<HttpTransport>, Failure> {
        Ok(Gateway::direct(HttpTransport::new()?, &self.ledger))
    }

    /// Governance's newest action, proved: who believed anything else would sign what could be used later.
    fn newest_action(&self) -> Result<Option<ActionsTaken>, Failure> {
        let trusted = read_anchor(&self.anchor)?.trusted_state();
        let taken = prove(&self.gateway()?, &trusted, &StateKey::Actions)?.value;
        let taken = taken.map(|bytes| ActionsTaken::from_cbor(&bytes)).transpose();
        Ok(taken.map_err(GatewayError::from)?)
    }

    /// Whether an action is proved to be the newest before the wait is over.
    fn is_done_soon(&self, id: TxId) -> Result<bool, Failure> {
        let began = Instant::now();
        while began.elapsed() < BLOCK_WAIT {
            if self.newest_action()?.is_some_and(|taken| taken.transaction == id) {
                return Ok(true);
            }
            std::thread::sleep(PAUSE);
        }
        Ok(false)
    }
}

fn key(text: &str) -> Result<PublicKey, String> {
    parse_public_key(text).ok_or_else(|| "a key is 64 hex characters, base64, or CometBFT's JSON".to_owned())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(file).map_err(|error| CommandError::unreadable(file, &error))?)
}

fn read_key(file: &Path) -> Result<GovernanceKey, Failure> {
    let json = std::fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| CommandError::unreadable(file, &error))?;
    Ok(GovernanceKey::parse(&json)?)
}

/// A transaction as a line of hex, which can be mailed and pasted.
fn read_signed(file: &Path) -> Result<SignedTransaction, Failure> {
    let text = read(file)?;
    // What is no hex is no transaction either.
    let bytes = hex::decode(text.trim_ascii()).unwrap_or_default();
    Ok(SignedTransaction::parse(&bytes)?)
}

fn write_signed(file: &Path, transaction: &SignedTransaction) -> Result<(), Failure> {
    std::fs::write(file, format!("{}\n", hex::encode(transaction.to_cbor())))
        .map_err(|error| CommandError::unwritable(file, &error).into())
}
