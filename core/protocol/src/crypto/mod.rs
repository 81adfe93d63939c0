//! The only importer of cipher crates here: keys, derivation, sealing, signing, recovery words.

pub mod base64url;
mod chunked;
mod error;
mod hash;
mod hpke;
mod id;
mod inflate;
mod jwe;
mod jws;
mod known_answers;
mod label;
mod padding;
mod passcode;
mod pin;
mod rng;
mod seal;
mod secret;
mod sign;
mod tree;
pub mod words;

pub use error::{BadSignature, CryptoError};
pub use hash::{Sha256Stream, derive, hash, sha1_of_attachment, sha256, sha256_parts};
pub use hpke::{
    AnswerSecret, ENCAPSULATED_ANSWER_OVERHEAD, ENCAPSULATED_REQUEST_OVERHEAD, HpkePublicKey, HpkeSecretKey,
    Suite, encapsulate, hpke_open, hpke_seal,
};
pub use id::{
    account_id, aggregator_id, audit_log_id, blob_id, commitment, fingerprint, gateway_id, grant_id,
    link_provider_id, mailbox_id, match_code, provider_id, record_id, self_provider_id, slot, space_id,
    tx_id,
};
pub use jwe::{JweError, JweFile, jwe_decrypt, jwe_encrypt};
pub use jws::{Es256PublicKey, Jws, JwsError};
pub use known_answers::{WrongAnswer, check_known_answers};
pub use label::Label;
pub use passcode::{Passcode, PasscodeError, PasscodeVerifier};
pub use pin::{Pin, PinError, PinParameters, pin_slot_key};
pub use rng::Rng;
pub use seal::{open, seal};
pub use secret::{
    BackupKey, CompartmentKey, DatabaseKey, DeviceSecret, EpochKey, LinkKey, PairKey, PairSecret, RecordKey,
    SealKey, ShareKey, SlotKey, VaultKey,
};
pub use sign::{PublicKey, Signature, SigningKey};
pub use tree::{
    Seed, compartment_id, compartment_signing_key, link_key, link_path, mailbox_key, pair_secret, reader_key,
};
