//! `keepwell ledger`: a file a verb.

mod anchor;
mod command;
mod evidence;
mod existence;
mod gateway;
mod govern;
mod net;
mod node;
mod proof;
mod providers;
mod revoke;
mod serve;
mod status;

pub(crate) use self::anchor::read_anchor;
pub(crate) use self::command::{LedgerCommand, run};
pub(crate) use self::node::CometbftProgram;
pub(crate) use self::status::ONE_SIGNER;
