//! The key of an aggregator, which records batches of hashes on a ledger.

use std::fmt;

use keepwell_protocol::crypto::{CryptoError, PublicKey, Rng, SigningKey, aggregator_id};
use keepwell_protocol::domain::{AggregatorId, Origin};
use keepwell_protocol::ledger::{AnchorBatch, Kind, SignedTransaction, Signer, TransactionError};
use zeroize::Zeroizing;

use crate::governance::{read_seed, seed_text};

/// A file is no aggregator's key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the file is no aggregator's key")]
pub struct BadAggregatorKey;

impl BadAggregatorKey {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        "BadAggregatorKey"
    }
}

/// The key of an aggregator.
pub struct AggregatorKey(SigningKey);

impl AggregatorKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        SigningKey::generate(rng).map(Self)
    }

    /// Parses the file: 64 lowercase hex characters.
    ///
    /// # Errors
    /// [`BadAggregatorKey`] if it is not one of this form.
    pub fn parse(text: &str) -> Result<Self, BadAggregatorKey> {
        read_seed(text).map(Self).ok_or(BadAggregatorKey)
    }

    /// Writes the file.
    pub fn to_text(&self) -> Zeroizing<String> {
        seed_text(&self.0)
    }

    /// What governance admits.
    pub fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    /// The aggregator whose first key this is.
    pub fn id(&self) -> AggregatorId {
        aggregator_id(&self.0.public_key())
    }

    /// Makes the transaction that records a batch.
    ///
    /// # Errors
    /// [`TransactionError::Field`] if nothing is in it.
    pub fn record(
        &self,
        origin: &Origin,
        number: u32,
        count: u64,
        root: [u8; 32],
    ) -> Result<SignedTransaction, TransactionError> {
        let body = AnchorBatch { kind: Kind, aggregator: self.id(), number, count, root };
        SignedTransaction::sign(body, origin, Signer::Aggregator(&self.0))
    }
}

impl fmt::Debug for AggregatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AggregatorKey(..)")
    }
}
