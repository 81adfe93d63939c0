//! What two Keepwell parties must agree on: bytes, keys, rules and proofs.
//!
//! No I/O, no clock, no storage: the time and the randomness are arguments. Arrows point down only:
//! `vault` → `consent`, `ledger`, `formats` → `crypto` → `domain`.

pub mod consent;
pub mod crypto;
pub mod domain;
pub mod formats;
pub mod ledger;
pub mod vault;
