//! Restoring a wallet from its recovery words: everything else comes from the host, and the ledger
//! says whether the host is honest about how far it is.

mod freshness;
mod place;
mod run;
mod staging;

pub use run::RestoreFrom;
