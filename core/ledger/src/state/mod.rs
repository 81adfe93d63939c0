//! The rules of the ledger as a pure function of state and block: no clock, no I/O, no floats, and
//! nothing whose order depends on a hash map. Every validator runs this and must get the same bytes.

mod account;
mod block;
mod execute;
mod governing;
mod network;
mod overlay;
mod provider;
mod received;
mod rejection;
mod sweep;

pub use block::{Address, AppVersion, Block, Changes, Executed, Outcome, address};
pub use execute::{Checked, check, execute, genesis};
pub use network::{aggregator, block_size, gateway, validators, version_at};
pub use overlay::{StateError, View, Writes};
pub use received::Received;
pub use rejection::Rejection;
pub use sweep::due;
