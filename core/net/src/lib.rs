//! The HTTP client of every party: limits, timeouts, bundled roots.
//!
//! Everything here is synchronous. A server that runs on an async runtime calls it from a thread
//! where blocking is allowed.

mod address;
mod error;
mod http;
mod transport;

pub use address::Reach;
pub use error::NetError;
pub use http::{HttpTransport, Timeouts};
pub use transport::{Limits, Transport};
