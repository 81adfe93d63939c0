//! Restoring a wallet from its recovery words: everything else comes from the host, and the ledger
//! says whether the host is honest about how far it is.

mod fetch;
mod freshness;
mod lists;
mod meeting;
mod merge;
mod merge_state;
mod own_state;
mod place;
mod records;
mod report;
mod run;
mod space;
mod staging;
mod state_names;

pub(super) use records::{brought_by, nobody};
pub use report::{AnchorDoubt, Missing, RestoreReport, StateKind};
pub use run::{RestoreFrom, RestoreProgress};
