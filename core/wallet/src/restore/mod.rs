//! Restoring a wallet from its recovery words: everything else comes from the host, and the ledger
//! says whether the host is honest about how far it is.

mod freshness;
pub(crate) mod place;
mod run;
mod staged;
mod staging;

pub use run::RestoreFrom;
pub use staged::NewWallet;
pub(crate) use staged::Staged;
