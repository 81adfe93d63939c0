//! The gateway: what anybody may ask of the ledger over HTTP.

mod answer;
mod condition;
mod entries;
mod key_update;
mod oblivious;
mod routes;
mod sealed;
mod service;

pub(crate) use entries::keep_recording;
pub(crate) use key_update::keep_keys;
pub(crate) use routes::Gateway;
pub(crate) use service::router;
