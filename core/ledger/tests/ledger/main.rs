//! The ledger: its rules in memory, and served.

mod accounts;
mod batches;
mod bytes;
mod cometbft;
mod entries;
mod floods;
mod frozen;
mod governing;
mod headers;
mod histories;
mod memory;
mod model;
mod oblivious;
mod providers;
mod rotation;
mod serve;
mod sweep;
