//! What makes blocks of transactions.
//!
//! One engine so far, which is this process alone. Another only has to execute a block, prepare and
//! commit it, as [`Embedded`] does: neither state nor store know who decides on blocks.

mod block;
mod clock;
mod driver;
mod embedded;
mod error;
mod pool;

pub use clock::Clock;
pub use driver::{Driver, HEARTBEAT, Submission};
pub use embedded::Embedded;
pub use error::EngineError;
pub use pool::Lengths;

#[cfg(test)]
mod crash_tests;
