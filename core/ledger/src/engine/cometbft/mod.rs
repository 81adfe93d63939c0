//! The engine of several authorities: CometBFT 0.38 decides on blocks, this process executes them (ABCI 2.0, over a
//! Unix socket) and follows the light blocks that come of it.
//!
//! What CometBFT asks is answered from the same state machine and store as in the embedded engine. Nothing is written
//! before it says Commit; a light block is there a moment later, when the votes were read from its RPC.

mod application;
#[cfg(test)]
mod application_tests;
mod blocks;
mod complaint;
mod connection;
mod engine;
mod follower;
mod light_chain;
mod mempool;
mod output;
mod process;
mod room;
mod rpc;
mod service;
mod snapshot_folder;
mod state_sync;
mod submitter;
mod tip;
mod version;
mod waiting;
mod watch;

pub use self::connection::{BadRpcAddress, Connection, RpcAddress};
pub use self::engine::Cometbft;
pub use self::light_chain::NotNext;
pub use self::version::{BadSeries, CometbftSeries, CometbftVersion};
pub(crate) use self::waiting::MEMPOOL;
