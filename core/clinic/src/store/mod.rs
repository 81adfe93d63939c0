//! The provider's encrypted store: one SQLCipher file, one writer at a time.

mod accepted_grant;
mod access_log;
mod access_request;
mod create;
mod database;
mod envelope_waiting;
mod head_seen;
mod hpke_key;
mod identity;

pub(crate) use accepted_grant::AcceptedGrant;
pub(crate) use access_log::Checkpoint;
pub(crate) use database::Store;
pub(crate) use identity::Identity;
