//! What makes blocks of transactions.
//!
//! One engine so far, [`Embedded`], which is this process alone. Another only has to execute a block, prepare and commit
//! it, and to look to the gateway like a [`Driver`]; neither state nor store know who decides on blocks.

pub mod block;
mod clock;
mod driver;
mod embedded;
mod error;
mod maker;
mod pool;
mod progress;
mod retention;

pub use clock::Clock;
pub use driver::{Driver, Submission};
pub use embedded::Embedded;
pub use error::EngineError;
pub use maker::HEARTBEAT;
pub use pool::Lengths;

#[cfg(test)]
mod crash_tests;
