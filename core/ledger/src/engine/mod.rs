//! What makes blocks of transactions.
//!
//! Two engines: [`Embedded`], which is this process alone, and [`Cometbft`], by which several authorities agree. Either
//! executes a block, prepares and commits it, and looks to the gateway like a [`Driver`]; neither state nor store know
//! who decides on blocks.

pub mod block;
mod clock;
mod cometbft;
mod driver;
mod embedded;
mod error;
mod maker;
mod pool;
mod progress;
mod retention;
mod selection;

pub use clock::Clock;
pub(crate) use cometbft::MEMPOOL;
pub use cometbft::{
    BadRpcAddress, BadSeries, Cometbft, CometbftSeries, CometbftVersion, Connection, NotNext, RpcAddress,
};
pub use driver::{Driver, Submission};
pub use embedded::{Embedded, VotingKeys};
pub use error::EngineError;
pub use maker::HEARTBEAT;
pub use pool::Lengths;

#[cfg(test)]
mod crash_tests;
