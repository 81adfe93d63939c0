//! The ledger: pure state machine, engines, gateway.
//!
//! Arrows point down only: `server` → `gateway` → `engine` → `store` → `state`.

mod aggregator;
mod anchor;
mod collector;
pub mod engine;
mod error;
mod fault;
mod gateway;
mod gateway_keys;
mod governance;
mod home;
mod home_folder;
mod member_error;
mod members;
mod network;
mod node;
mod node_config;
mod node_home;
mod server;
pub mod state;
pub mod store;

pub use aggregator::{AggregatorKey, BadAggregatorKey};
pub use engine::{Clock, CometbftSeries, RpcAddress};
pub use error::LedgerError;
pub use gateway_keys::GatewayKeys;
pub use governance::{BadGovernanceKey, GovernanceKey};
pub use keepwell_server::IpNet;
pub use member_error::BadMember;
pub use members::{Member, assemble};
pub use network::{Network, Ports};
pub use node::{CometbftConfig, LedgerNode, NodeConfig};
pub use node_home::parse_public_key;
pub use server::{Ledger, LedgerConfig};
