//! What two Keepwell parties must agree on: bytes, keys, rules and proofs.
//!
//! No I/O, no clock, no storage: the time and the randomness are arguments. Arrows point down only:
//! `vault` → `consent`, `ledger`, `formats` → `crypto` → `domain`.
//!
//! Three types to know:
//! - [`crypto::Seed`]: what recovery words stand for. Every lasting key of a wallet is derived from it.
//! - [`consent::Terms`]: what a patient grants to one provider; [`consent::decide`] holds a record against
//!   it.
//! - [`vault::Head`]: what a compartment holds at one version. A host stores it sealed, and whoever has the
//!   epoch key reads it and all below it: segments, and the records that they list.
//!
//! What a ledger says is believed by its proof alone: [`ledger::verify`]. What a file holds is told by
//! [`formats::fhir::read`].
//!
//! ```
//! use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
//! use keepwell_protocol::crypto::{self, CryptoError, EpochKey, Rng};
//! use keepwell_protocol::domain::Timestamp;
//! use keepwell_protocol::vault::Head;
//!
//! let mut rng = Rng::system();
//! let seed = RecoveryWords::generate(&mut rng)?.seed(&Passphrase::none());
//! let label = "category/allergies";
//! let compartment = crypto::compartment_id(&seed.compartment_key(), label);
//! let signing_key = crypto::compartment_signing_key(&seed.compartment_key(), label);
//! let time = Timestamp(1_800_000_000);
//! let head = Head { compartment, epoch: 0, version: 1, time, segments: Vec::new(), heads: None };
//!
//! let epoch_key = EpochKey::generate(&mut rng)?; // a packet takes it to whom it was granted
//! let sealed = head.seal(&epoch_key, &signing_key, &seed.vault_key(), &mut rng)?;
//! assert_eq!(sealed.open(&epoch_key, &signing_key.public_key()).unwrap().time, time);
//! let another = EpochKey::generate(&mut rng)?;
//! assert!(sealed.open(&another, &signing_key.public_key()).is_err());
//! # Ok::<(), CryptoError>(())
//! ```

#[cfg(feature = "crypto")]
pub mod consent;
#[cfg(feature = "crypto")]
pub mod crypto;
pub mod domain;
pub mod formats;
#[cfg(feature = "crypto")]
pub mod ledger;
#[cfg(feature = "crypto")]
pub mod vault;
