//! The engine of several authorities: CometBFT 0.38 decides on blocks, this process executes them (ABCI 2.0, over a
//! Unix socket) and follows the light blocks that come of it.
//!
//! What CometBFT asks is answered from the same state machine and store as in the embedded engine. Nothing is written
//! before it says Commit; a light block is there a moment later, when the votes were read from its RPC.

mod application;
#[cfg(test)]
mod application_tests;
mod connection;
mod engine;
mod follower;
mod output;
mod process;
mod rpc;
mod service;
mod version;
mod waiting;

pub use self::connection::{BadRpcAddress, Connection, Program, RpcAddress};
pub use self::engine::Cometbft;
pub use self::version::{BadSeries, CometbftSeries, CometbftVersion};
pub(crate) use self::waiting::MEMPOOL;
