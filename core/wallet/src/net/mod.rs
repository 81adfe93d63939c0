//! What the wallet says to its host and to inboxes; of the ledger it asks by `keepwell_net::Gateway`.
//!
//! Bytes out, checked bytes in; nothing here is stored and nothing here trusts an answer.

#[cfg(test)]
mod answer_tests;
mod as_owner;
mod error;
mod exchange;
mod host;
mod inbox;
mod provider_log;
mod separate_connections;

pub(crate) use as_owner::AsOwner;
pub use error::RemoteError;
pub(crate) use error::ServerCode;
pub(crate) use host::HostClient;
pub(crate) use inbox::post_envelope;
pub(crate) use provider_log::fetch_provider_log;
pub(crate) use separate_connections::SeparateConnections;
