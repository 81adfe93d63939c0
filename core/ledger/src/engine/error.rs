//! Why an engine cannot go on.

use std::io::ErrorKind;

use keepwell_net::NetError;
use keepwell_protocol::ledger::EngineStopped;

use super::cometbft::{CometbftSeries, CometbftVersion, NotNext};
use crate::state::StateError;
use crate::store::StoreError;

/// Why an engine cannot go on; the committed blocks are untouched.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The data cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger goes by rules that this program does not know.
    #[error("the ledger goes by rules of version {version}, which need a newer program")]
    UnknownRules {
        /// The app version that the genesis, or governance, names.
        version: u64,
    },
    /// The data and the genesis or the key do not belong together.
    #[error("the ledger's data are of another chain or another signer")]
    OtherChain,
    /// One signer may only make a chain whose name says so.
    #[error("a ledger with one signer needs a chain id that starts with embedded-")]
    ChainId,
    /// The clock is far from the newest block's time, and nobody said that it is right.
    #[error(
        "the clock is {days} days from the ledger's newest block; if it is right, start with --accept-time"
    )]
    TimeGap {
        /// How far, whole days.
        days: u64,
    },
    /// The socket for CometBFT cannot be used.
    #[error("the socket for cometbft cannot be used ({0})")]
    Socket(ErrorKind),
    /// CometBFT cannot be started.
    #[error("cometbft cannot be started ({0})")]
    CometbftStart(ErrorKind),
    /// The program, or whoever asks at the socket, is a CometBFT of another series.
    #[error("cometbft has version {found}, and one of {wanted} is needed")]
    CometbftVersion {
        /// The version that it says.
        found: CometbftVersion,
        /// The series that this node takes.
        wanted: CometbftSeries,
    },
    /// The program, or whoever asks at the socket, says of no version that it is CometBFT's.
    #[error("the program is not cometbft, for it says no version of it")]
    NotCometbft,
    /// A CometBFT of this home is left from an earlier start, and does not end however it is asked to.
    #[error("another cometbft of this home, process {pid}, does not end")]
    CometbftStays {
        /// The process id of that cometbft.
        pid: u32,
    },
    /// A file in the home folder that is needed to run CometBFT.
    #[error("{file} in the home folder cannot be used ({kind})")]
    HomeFile {
        /// The file's name within the home folder.
        file: &'static str,
        /// What the system says.
        kind: ErrorKind,
    },
    /// CometBFT has ended although nobody asked it to.
    #[error("cometbft has ended; its log says why")]
    CometbftEnded,
    /// CometBFT lives, and takes part in no block any more.
    #[error("the consensus of cometbft has died; its log says why")]
    CometbftFailed,
    /// CometBFT's RPC does not answer.
    #[error("cometbft does not answer")]
    Rpc(#[source] NetError),
    /// CometBFT's RPC answers something else than it should.
    #[error("cometbft answers something that is not understood")]
    RpcAnswer,
    /// CometBFT's RPC does not have what it is asked for.
    #[error("cometbft does not have it yet")]
    NotThere,
    /// A light block that CometBFT's RPC gives is not the next one of this chain.
    #[error("cometbft gives a light block that does not belong here: {0}")]
    NotNext(NotNext),
    /// So little of the disk is free that CometBFT would soon fail at a write of its own, and for good.
    #[error("too little of the disk is free for cometbft to go on")]
    DiskFull,
    /// A thread of the engine has panicked or cannot be had.
    #[error("a thread of the engine has failed")]
    Thread,
    /// A header, vote or time cannot be expressed as CometBFT does.
    #[error("a block could not be put together")]
    Block,
}

impl EngineError {
    /// Why no blocks can be made for now; nothing where waiting does not help.
    pub fn temporary(&self) -> Option<EngineStopped> {
        match self {
            Self::Store(error) => error.temporary(),
            _ => None,
        }
    }

    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::UnknownRules { .. } => "LedgerRules",
            Self::OtherChain => "LedgerOtherChain",
            Self::ChainId => "LedgerChainId",
            Self::TimeGap { .. } => "LedgerTimeGap",
            Self::Socket(_) => "CometbftSocket",
            Self::CometbftStart(_) => "CometbftMissing",
            Self::CometbftVersion { .. } | Self::NotCometbft => "CometbftVersion",
            Self::CometbftStays { .. } => "CometbftStays",
            Self::HomeFile { .. } => "LedgerUnavailable",
            Self::CometbftEnded => "CometbftEnded",
            Self::CometbftFailed => "CometbftFailed",
            Self::Rpc(_) | Self::RpcAnswer | Self::NotThere | Self::NotNext(_) => "CometbftUnreachable",
            Self::DiskFull => "LedgerDiskFull",
            Self::Thread => "LedgerFailed",
            Self::Block => "LedgerBlock",
        }
    }
}

impl From<StateError<StoreError>> for EngineError {
    fn from(error: StateError<StoreError>) -> Self {
        match error {
            StateError::View(error) => Self::Store(error),
            StateError::Corrupt => Self::Store(StoreError::Corrupt),
        }
    }
}

impl From<NotNext> for EngineError {
    fn from(error: NotNext) -> Self {
        Self::NotNext(error)
    }
}

impl From<tendermint::Error> for EngineError {
    fn from(_: tendermint::Error) -> Self {
        Self::Block
    }
}
