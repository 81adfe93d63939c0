//! A block as the rules see it, and what it does.

use std::sync::Arc;

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{Origin, Timestamp, TxId};
use keepwell_protocol::ledger::{TransactionError, Validator};

use super::overlay::{StateError, Writes};
use super::rejection::Rejection;

/// The rules that hold in a block. Rules that change state are a new version, from a height that is stated;
/// every header says which one holds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AppVersion {
    /// Those of 0.1.0: what is swept goes by the block's time.
    V1,
    /// What is swept goes by a horizon of its own, an account has so many grants at most, and governance, gateways,
    /// providers' logs and aggregators have transactions of theirs.
    V2,
}

impl AppVersion {
    /// The one that new ledgers start with.
    pub const START: Self = Self::V2;

    /// The number in the headers.
    pub const fn number(self) -> u64 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version of this number, if this program knows its rules.
    pub const fn parse(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}

/// The block that a transaction is in, as far as the rules ask.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block {
    /// The identity of the ledger.
    pub origin: Origin,
    /// The rules that hold.
    pub version: AppVersion,
    /// The block's height.
    pub height: u64,
    /// The time in its header, whole seconds.
    pub time: Timestamp,
    /// The time in the header before; in the first block its own.
    pub time_before: Timestamp,
    /// Who votes as long as the state names nobody else: the validators of the genesis.
    pub first_validators: Arc<[Validator]>,
    /// Whether one process signs for all who vote, as in an embedded ledger. That refuses by itself what would give the
    /// decision to keys it does not hold.
    pub has_one_signer: bool,
    /// Who voted for the block before. Nothing where nobody is counted: one process signs for all, or the block has not
    /// come yet.
    pub voters: Option<Vec<Address>>,
    /// Validators of whom the block has evidence that they signed twice.
    pub misbehaving: Vec<Address>,
}

/// By what CometBFT names a validator.
pub type Address = [u8; 20];

/// The address of a validator's key: the first 20 bytes of its hash.
pub fn address(key: &[u8; 32]) -> Address {
    let mut address = [0; 20];
    for (to, from) in address.iter_mut().zip(sha256(key)) {
        *to = from;
    }
    address
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It changed the state and stands in the log.
    Applied(TxId),
    /// The state already says what it says; nothing changed.
    AlreadyRecorded(TxId),
    /// It is refused; nothing changed.
    Rejected(Rejection),
}

impl Outcome {
    /// The number in the block's results: 0 only for what was applied.
    pub fn number(&self) -> u32 {
        match self {
            Self::Applied(_) => 0,
            Self::AlreadyRecorded(_) => 1,
            Self::Rejected(rejection) => rejection.number(),
        }
    }

    /// The data in the block's results: the identifier of a transaction that is on record.
    pub fn data(&self) -> Vec<u8> {
        match self {
            Self::Applied(id) | Self::AlreadyRecorded(id) => id.as_bytes().to_vec(),
            Self::Rejected(_) => Vec::new(),
        }
    }
}

/// What a block does.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    /// What became of each transaction, in order.
    pub outcomes: Vec<Outcome>,
    /// What to write.
    pub writes: Writes,
    /// What else is different for the blocks after it.
    pub changes: Changes,
}

/// What a block changes for those that make blocks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// All validators from the second block after it, if they are others.
    pub validators: Option<Vec<Validator>>,
    /// The most bytes of the next blocks, if it is another number.
    pub block_size: Option<u32>,
    /// The app version of the next block, if it is another; this program may not know it.
    pub version: Option<u64>,
}

/// How far the rules of a kind get with a transaction.
pub(super) enum Step {
    Applied,
    AlreadyRecorded,
}

/// What stops a transaction: its own fault, or the state cannot be read.
pub(super) enum Stop<E> {
    Rejected(Rejection),
    State(StateError<E>),
}

impl<E> From<StateError<E>> for Stop<E> {
    fn from(error: StateError<E>) -> Self {
        Self::State(error)
    }
}

impl<E> From<Rejection> for Stop<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl<E> From<TransactionError> for Stop<E> {
    fn from(error: TransactionError) -> Self {
        Self::Rejected(error.into())
    }
}
