//! The HTTP client and the ledger behind it.

mod gateway;
#[cfg(feature = "http")]
mod http;
