//! Why an engine cannot go on.

use std::io::ErrorKind;

use keepwell_net::NetError;
use keepwell_protocol::ledger::EngineStopped;

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
    Partner(ErrorKind),
    /// CometBFT has ended although nobody asked it to.
    #[error("cometbft has ended; its log says why")]
    PartnerEnded,
    /// CometBFT lives, and takes part in no block any more.
    #[error("the consensus of cometbft has died; its log says why")]
    PartnerFailed,
    /// CometBFT's RPC does not answer.
    #[error("cometbft does not answer")]
    Rpc(#[source] NetError),
    /// CometBFT's RPC answers something else than it should.
    #[error("cometbft answers something that is not understood")]
    RpcAnswer,
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
            Self::Partner(_) => "CometbftMissing",
            Self::PartnerEnded => "CometbftEnded",
            Self::PartnerFailed => "CometbftFailed",
            Self::Rpc(_) | Self::RpcAnswer => "CometbftUnreachable",
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

impl From<tendermint::Error> for EngineError {
    fn from(_: tendermint::Error) -> Self {
        Self::Block
    }
}
