//! The wallet's own space at the host, read back: for a restore, and where another wallet of the same words has
//! published in it.

pub(crate) mod fetch;
pub(crate) mod lists;
mod merge;
mod merge_state;
pub(crate) mod opened;
mod other_wallet;
pub(crate) mod own_state;
pub(crate) mod records;
pub(crate) mod report;
mod state_names;
