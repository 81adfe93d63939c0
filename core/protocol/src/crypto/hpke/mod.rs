//! Sealing to a public key: HPKE base mode, single shot (RFC 9180 §6.1).
//!
//! Post-quantum where the recipient has such a key: X-Wing, which is X25519 and ML-KEM-768
//! together (draft-connolly-cfrg-xwing-kem).

mod encapsulated;
mod key;
mod seal;

pub use encapsulated::{
    AnswerSecret, ENCAPSULATED_ANSWER_OVERHEAD, ENCAPSULATED_REQUEST_OVERHEAD, encapsulate,
};
pub use key::{HpkePublicKey, HpkeSecretKey, Suite};
pub use seal::{hpke_open, hpke_seal};
