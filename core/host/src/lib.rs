//! The blind host: sealed bytes, share links, relay, access log.
//!
//! A host keeps what wallets commit, serves it to readers whose grant the ledger proves in force, and
//! can neither read nor forge any of it.

mod answer;
mod backup;
mod capacity;
mod check;
mod condition;
mod config;
mod dispatch;
mod ending;
mod error;
mod gateway_cache;
mod grants;
mod headroom;
mod home;
mod inbox;
mod invites;
mod ledger;
mod links;
mod manifests;
mod nonces;
mod oblivious;
mod packs;
mod proofs;
mod provider_log;
mod rates;
mod refusal;
mod relay;
mod routes;
mod sealed_gateway;
mod sealed_relay;
mod sender_tags;
mod server;
mod service;
mod spaces;
mod store;
mod sweep;
mod transactions;
mod viewer;

use keepwell_page_cipher as _;

pub use backup::{BackupReport, backup};
pub use check::{CheckReport, check};
pub use config::{Clock, HostConfig, Registration};
pub use error::HostError;
pub use invites::invite;
pub use keepwell_server::{IpNet, Limits, Listen, SetLimit};
pub use sealed_gateway::{BadSealedGateway, SealedGateway};
pub use server::Host;
