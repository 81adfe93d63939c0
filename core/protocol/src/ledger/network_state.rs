//! What the ledger holds about the network itself: who votes, by which rules, gateways, logs and aggregators.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::Validator;
use crate::crypto::PublicKey;
use crate::domain::{Duration, Object, ProviderId, Timestamp, TxId};

/// How far governance's actions are.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ActionsTaken {
    /// The number of the newest.
    #[n(0)]
    pub number: u32,
    /// The transaction that took it.
    #[n(1)]
    pub transaction: TxId,
}

impl Object for ActionsTaken {}

/// Who votes from the second block after the one that wrote this; those of the genesis where there is none.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ValidatorSet {
    /// Ascending by key, each once, with power.
    #[n(0)]
    pub validators: Vec<Validator>,
}

impl Object for ValidatorSet {}

impl ValidatorSet {
    /// The most validators: a proof with votes of so many, and with those who come after them, still fits into an answer
    /// of 16 KiB.
    pub const MOST: usize = 32;
    /// The most power of one.
    pub const MOST_POWER: u64 = 1_000_000;

    /// Says whether these can vote on blocks: some, not too many, each with a sound power and ascending by key.
    pub fn is_well_formed(&self) -> bool {
        (1..=Self::MOST).contains(&self.validators.len())
            && self.validators.iter().all(|validator| (1..=Self::MOST_POWER).contains(&validator.power))
            && self.validators.windows(2).all(|pair| match pair {
                [first, second] => first.key < second.key,
                _ => true,
            })
    }
}

/// How large a block may be; as the genesis says where there is none.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct BlockSize {
    /// The most bytes, from the block after the one that wrote this.
    #[n(0)]
    pub bytes: u32,
}

impl Object for BlockSize {}

impl BlockSize {
    /// A quarter more than what a proposer puts into one.
    pub const LEAST: u32 = 1_310_720;
    /// What validators can still hand around in a second or two.
    pub const MOST: u32 = 16 * 1_024 * 1_024;
}

/// The newest change of the rules, past or to come.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct PlannedUpgrade {
    /// The app version up to the block before.
    #[n(0)]
    pub before: u64,
    /// The app version from that block on.
    #[n(1)]
    pub version: u64,
    /// The first block that is executed by it.
    #[n(2)]
    pub height: u64,
}

impl Object for PlannedUpgrade {}

impl PlannedUpgrade {
    /// How many blocks ahead it is named at least: those of a day in which nothing happens, for who runs a node.
    pub const NOTICE: u64 = 2_880;

    /// By which version a block is executed.
    pub fn version_at(&self, height: u64) -> u64 {
        if height < self.height { self.before } else { self.version }
    }
}

/// The chain that goes on after this one.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct NextChain {
    /// The chain id of that chain.
    #[n(0)]
    pub chain_id: String,
    /// The SHA-256 hash of its genesis file.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub genesis_hash: [u8; 32],
    /// The last block of this chain that may have transactions.
    #[n(2)]
    pub last_height: u64,
}

impl Object for NextChain {}

/// A gateway, and by what questions to it are sealed.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GatewayRecord {
    /// The key that signs its updates; none once governance took it out.
    #[n(0)]
    pub key: Option<PublicKey>,
    /// How many key configurations it has had; stays when it is taken out, so that nobody repeats an old one.
    #[n(1)]
    pub version: u32,
    /// The present one, once there is one.
    #[n(2)]
    pub configuration: Option<KeyConfiguration>,
    /// Those before it that still hold, the newest first: at most two.
    #[n(3)]
    pub former: Vec<KeyConfiguration>,
    /// The transaction that last wrote it.
    #[n(4)]
    pub transaction: TxId,
}

impl Object for GatewayRecord {}

impl GatewayRecord {
    /// How long after an update the next may come.
    pub const PAUSE: Duration = Duration::days(1);
    /// How long a key configuration holds after it was replaced.
    pub const OVERLAP: Duration = Duration::days(2);

    /// The key configurations that hold at a time, the newest first.
    pub fn configurations(&self, now: Timestamp) -> impl Iterator<Item = &[u8]> {
        let former = self.former.iter().filter(move |one| one.until.is_some_and(|until| now < until));
        self.configuration.iter().chain(former).map(|one| one.bytes.as_slice())
    }
}

/// A key configuration of a gateway (RFC 9458 §3.1).
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct KeyConfiguration {
    /// As the gateway wrote it.
    #[n(0)]
    pub bytes: ByteVec,
    /// From when it holds.
    #[n(1)]
    pub since: Timestamp,
    /// Up to when, once it was replaced.
    #[n(2)]
    pub until: Option<Timestamp>,
}

/// How far a provider's own access log is.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AuditRecord {
    /// The provider whose log it is.
    #[n(0)]
    pub provider: ProviderId,
    /// How many entries it has.
    #[n(1)]
    pub size: u64,
    /// Its root hash.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// The time of the block that recorded it.
    #[n(3)]
    pub time: Timestamp,
    /// The transaction that recorded it.
    #[n(4)]
    pub transaction: TxId,
}

impl Object for AuditRecord {}

/// An aggregator. Its batches stand in the log of transactions, not here.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AggregatorRecord {
    /// The key that signs its batches; none once governance took it out.
    #[n(0)]
    pub key: Option<PublicKey>,
    /// How many batches it has recorded.
    #[n(1)]
    pub batches: u32,
    /// The transaction that last wrote this.
    #[n(2)]
    pub transaction: TxId,
}

impl Object for AggregatorRecord {}
