//! The trust anchor: what a party must be given about a ledger before it can verify anything of it.

use minicbor::{Decode, Encode};

use super::{LightBlock, ProofError, TrustedState, Validator, validator};
use crate::crypto::{self, Label};
use crate::domain::{Duration, Object, Origin, Timestamp};

/// Why a file is no trust anchor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AnchorError {
    /// It is not JSON of this form.
    #[error("the trust anchor is not a file of this form")]
    Malformed,
    /// It is of a later form.
    #[error("the trust anchor has format {found}, newest supported is {}", TrustAnchor::FORMAT)]
    TooNew {
        /// The version number in the file.
        found: u32,
    },
    /// Its validators are none, named twice, or without power.
    #[error("the trust anchor names no usable set of validators")]
    Validators,
}

impl AnchorError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "AnchorMalformed",
            Self::TooNew { .. } => "AnchorTooNew",
            Self::Validators => "AnchorValidators",
        }
    }
}

/// What the first chain of a ledger started from.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The name of the chain.
    pub chain_id: String,
    /// When it starts, seconds since 1970 UTC.
    pub initial_time: u64,
    /// The validators that may vote on its first block.
    pub validators: Vec<Validator>,
    /// The application's first state as the chain is given it: JSON text.
    pub app_state: String,
}

#[derive(Encode)]
#[cbor(array)]
struct OriginFields<'a> {
    #[n(0)]
    chain_id: &'a str,
    #[n(1)]
    initial_time: u64,
    #[n(2)]
    validators: Vec<Validator>,
    #[cbor(n(3), with = "minicbor::bytes")]
    app_state: &'a [u8],
}

impl Genesis {
    /// The identity of the ledger through all its chains.
    pub fn origin(&self) -> Origin {
        let mut validators = self.validators.clone();
        validators.sort_unstable();
        let fields = OriginFields {
            chain_id: &self.chain_id,
            initial_time: self.initial_time,
            validators,
            app_state: self.app_state.as_bytes(),
        };
        let mut bytes = Vec::new();
        // Writing to a `Vec` cannot fail, and no encoder here returns an error of its own.
        minicbor::encode(fields, &mut bytes).unwrap_or_default();
        Origin::from_bytes(crypto::hash(Label::Origin, &[&bytes]))
    }
}

/// What a party is given about a ledger: its genesis, and one header to trust from.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrustAnchor {
    /// The form of this file.
    pub format: u32,
    /// What the ledger started from.
    pub genesis: Genesis,
    /// The header to trust from: its height,
    pub height: u64,
    /// its hash,
    #[serde(with = "validator::hash_text")]
    pub header_hash: [u8; 32],
    /// its time, whole seconds since 1970 UTC,
    pub time: u64,
    /// and the validators of the block after it.
    pub validators: Vec<Validator>,
    /// How long after a header's time its validators' keys are safe, in seconds.
    pub trusting_period: u64,
}

impl TrustAnchor {
    /// The form that is written here.
    pub const FORMAT: u32 = 1;
    /// What [`TrustAnchor::trusting_period`] is unless the file says otherwise.
    pub const TRUSTING_PERIOD: Duration = Duration::days(180);

    /// The identity of the ledger through all its chains.
    pub fn origin(&self) -> Origin {
        self.genesis.origin()
    }

    /// The name of the chain.
    pub fn chain_id(&self) -> &str {
        &self.genesis.chain_id
    }

    /// Parses the file.
    ///
    /// # Errors
    /// [`AnchorError`] if it is of another or a later form or names no usable validators.
    pub fn parse(json: &[u8]) -> Result<Self, AnchorError> {
        #[derive(serde::Deserialize)]
        struct Version {
            format: u32,
        }
        let Version { format } = serde_json::from_slice(json).map_err(|_| AnchorError::Malformed)?;
        if format != Self::FORMAT {
            return Err(AnchorError::TooNew { found: format });
        }
        let anchor: Self = serde_json::from_slice(json).map_err(|_| AnchorError::Malformed)?;
        for validators in [&anchor.validators, &anchor.genesis.validators] {
            validator::to_set(validators).ok_or(AnchorError::Validators)?;
        }
        Ok(anchor)
    }

    /// Makes an anchor of a block of the ledger that started from `genesis`.
    ///
    /// Nothing is verified here: the block is one's own, or was verified before.
    ///
    /// # Errors
    /// [`ProofError`] if this is no light block.
    pub fn at_block(genesis: Genesis, block: &LightBlock) -> Result<Self, ProofError> {
        let (parsed, next_validators) = block.parse()?;
        Ok(Self {
            format: Self::FORMAT,
            genesis,
            height: parsed.signed_header.header.height.value(),
            header_hash: parsed.header_hash()?,
            time: block.time()?.0,
            validators: validator::from_set(&next_validators).ok_or(ProofError::BadValidators)?,
            trusting_period: Self::TRUSTING_PERIOD.0,
        })
    }

    /// Whether it starts from this block, whatever period it names.
    pub fn starts_at(&self, block: &LightBlock) -> bool {
        Self::at_block(self.genesis.clone(), block)
            .is_ok_and(|of_block| Self { trusting_period: self.trusting_period, ..of_block } == *self)
    }

    /// The anchor as the JSON of its file.
    pub fn to_json(&self) -> String {
        // Maps with text keys and no values of other people's types: this cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// What is trusted before any newer header was verified: this anchor's block and its validators.
    pub fn trusted_state(&self) -> TrustedState {
        TrustedState {
            format: TrustedState::FORMAT,
            chain_id: self.genesis.chain_id.clone(),
            height: self.height,
            header_hash: self.header_hash,
            time: Timestamp(self.time),
            nanoseconds: 0,
            validators: self.validators.clone(),
            trusting_period: Duration(self.trusting_period),
        }
    }
}

/// The first state of the application, as the genesis of a chain carries it.
///
/// A JSON string of lowercase hex, so that CometBFT's genesis file holds it byte for byte however
/// that file is indented.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AppState {
    /// The keys that admit and suspend providers.
    #[n(0)]
    pub governance: super::Governance,
}

impl Object for AppState {}

impl AppState {
    /// The text for the genesis.
    pub fn to_genesis(&self) -> String {
        format!("\"{}\"", hex::encode(self.to_cbor()))
    }

    /// Parses the text of a genesis.
    ///
    /// # Errors
    /// [`AnchorError::Malformed`] on anything but what [`AppState::to_genesis`] writes, or a
    /// governance that could never act.
    pub fn parse_genesis(text: &str) -> Result<Self, AnchorError> {
        let hex = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let bytes = hex.and_then(|hex| hex::decode(hex).ok()).ok_or(AnchorError::Malformed)?;
        let state = Self::from_cbor(&bytes).map_err(|_| AnchorError::Malformed)?;
        let sound = state.to_genesis() == text && state.governance.is_well_formed();
        if sound { Ok(state) } else { Err(AnchorError::Malformed) }
    }
}
