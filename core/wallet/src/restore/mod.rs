//! Restoring a wallet from its recovery words: everything else comes from the host, and the ledger
//! says whether the host is honest about how far it is.

mod freshness;
mod from;
pub(crate) mod place;
mod run;
mod staged;
mod staging;

pub use from::RestoreFrom;
pub use staged::NewWallet;
pub(crate) use staged::Staged;
