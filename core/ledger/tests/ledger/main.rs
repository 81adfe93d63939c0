//! The ledger: its rules in memory, and served.

mod rules;
mod serve;
