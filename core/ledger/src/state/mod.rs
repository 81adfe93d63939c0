//! The rules of the ledger as a pure function of state and block: no clock, no I/O, no floats, and
//! nothing whose order depends on a hash map. Every validator runs this and must get the same bytes.

mod account;
mod block;
mod overlay;
mod provider;
mod rejection;
mod sweep;

pub use block::{Block, Executed, Outcome, check, execute, genesis};
pub use overlay::{StateError, View, Writes};
pub use rejection::Rejection;
pub use sweep::due;
