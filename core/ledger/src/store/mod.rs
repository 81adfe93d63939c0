//! The ledger's data: state tree, transaction log, blocks, in one redb file.
//!
//! Everything a block changes is written in one durable transaction, at its commit and nowhere else.

mod batches;
mod database;
mod error;
mod head;
mod prepared;
mod prune;
mod snapshot;
mod state_sync;
mod tables;

pub use batches::{KEPT_BATCHES, StoredBatch};
pub use database::{BlockBytes, Committed, Store};
pub use error::StoreError;
pub use head::Head;
pub use prepared::Prepared;
pub use snapshot::{Proven, Snapshot};
pub use state_sync::{ChunkTaken, Joining, Manifest};
