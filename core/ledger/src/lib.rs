//! The ledger: pure state machine, engine, gateway.
//!
//! Arrows point down only: `server` → `gateway` → `engine` → `store` → `state`.

pub mod engine;
mod error;
mod fault;
mod gateway;
mod governance;
mod home;
mod server;
pub mod state;
pub mod store;

pub use engine::Clock;
pub use error::LedgerError;
pub use governance::{BadGovernanceKey, GovernanceKey};
pub use keepwell_server::IpNet;
pub use server::{Ledger, LedgerConfig};
