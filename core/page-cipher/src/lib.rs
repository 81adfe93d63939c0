//! SQLCipher's page cipher over the RustCrypto crates, so that no OpenSSL is built or shipped.
//!
//! SQLCipher asks for its cryptography through `struct sqlcipher_provider`. It is compiled with
//! `SQLCIPHER_CRYPTO_CUSTOM=keepwell_sqlcipher_setup` (see `.cargo/config.toml`) and calls that
//! function once, when SQLite starts. A crate that opens encrypted files does it by
//! [`open_database`]; one that opens others says `use keepwell_page_cipher as _;`, so that the
//! function is linked. What SQLCipher does at the end of a process, it does not do here: see
//! [`keepwell_sqlcipher_at_exit`].
//!
//! Pages are AES-256-CBC (NIST SP 800-38A) with HMAC-SHA-256 or HMAC-SHA-512 (RFC 2104), derived
//! keys are PBKDF2 (RFC 8018): what stock SQLCipher 4 does, so either opens the other's files.
//! SHA-1, which files of SQLCipher 3 use, is refused.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

mod database;
mod provider;
mod schedule;

pub use database::{DatabaseError, IfMissing, open_database, trust_log};
pub use provider::{Provider, keepwell_sqlcipher_at_exit, keepwell_sqlcipher_setup};
