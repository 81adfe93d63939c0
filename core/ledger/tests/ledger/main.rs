//! The ledger: its rules in memory, and served.

mod accounts;
mod bytes;
mod cometbft;
mod floods;
mod frozen;
mod headers;
mod histories;
mod memory;
mod providers;
mod serve;
mod sweep;
