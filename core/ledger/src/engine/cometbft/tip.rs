//! What a node knows between two blocks: what it keeps with the newest, the one that was executed and not committed, and
//! what the chain started with.

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{Object, Timestamp};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use tendermint::consensus;

use super::waiting::Hash;
use crate::engine::error::EngineError;
use crate::state::{self, Address, AppVersion};
use crate::store::{Prepared, Snapshot};

/// A block that was executed and may be committed.
pub(super) struct Pending {
    pub(super) prepared: Prepared,
    pub(super) time: Timestamp,
    pub(super) voters: Option<Vec<Address>>,
    pub(super) oldest_light: Timestamp,
    pub(super) transactions: Vec<Hash>,
}

/// What the next block has to know of the newest.
#[derive(Decode, Encode)]
#[cbor(map)]
pub(super) struct StoredTip {
    /// The time in its header, whole seconds.
    #[n(0)]
    pub(super) time: Timestamp,
    /// What the chain started with, see [`fingerprint`].
    #[n(1)]
    pub(super) parameters: Option<ByteArray<32>>,
}

impl Object for StoredTip {}

/// The rules that a block is executed by, as the state says.
pub(super) fn version_at(
    snapshot: &Snapshot,
    first: AppVersion,
    height: u64,
) -> Result<AppVersion, EngineError> {
    let version = state::version_at(snapshot, first, height)?;
    AppVersion::parse(version).ok_or(EngineError::UnknownRules { version })
}

/// All that consensus parameters say. That nothing is said and that 0 is mean the same of the votes' extensions.
pub(super) fn fingerprint(parameters: &consensus::Params) -> [u8; 32] {
    let consensus::Params { block, evidence, validator, version, abci } = parameters;
    let text = format!(
        "{} {} {} {} {} {:?} {} {}",
        block.max_bytes,
        block.max_gas,
        evidence.max_age_num_blocks,
        evidence.max_age_duration.0.as_nanos(),
        evidence.max_bytes,
        validator.pub_key_types.iter().map(|kind| *kind as u8).collect::<Vec<_>>(),
        version.as_ref().map_or(0, |version| version.app),
        abci.vote_extensions_enable_height.map_or(0, |height| height.value()),
    );
    sha256(text.as_bytes())
}

/// The rules that the authorities start with.
pub(super) fn first_version(parameters: &consensus::Params) -> Result<AppVersion, EngineError> {
    let version = parameters.version.as_ref().map_or(0, |version| version.app);
    AppVersion::parse(version).ok_or(EngineError::UnknownRules { version })
}
