//! The gateway: what anybody may ask of the ledger over HTTP.

mod answer;
mod condition;
mod routes;

pub(crate) use routes::{Gateway, router};
