//! A provider's own access log (RFC 6962): what stands in it, and what of it one patient can read.
//!
//! The log is public and nothing in it tells which entries are one patient's. Who has the secret of a relationship
//! knows the tag of each entry that is about it, finds them, and sees where a number is left out.

use minicbor::{Decode, Encode};

use super::SignedReceipt;
use crate::crypto::{self, BadSignature, CryptoError, Label, PairSecret, PublicKey, Rng};
use crate::domain::{CborError, Object, ProviderId, Timestamp};

/// The first entry of a log: from when on each request for records is in it.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ProviderLogStart {
    /// Whose log it is.
    #[n(0)]
    pub provider: ProviderId,
    /// From when on, by the provider's clock.
    #[n(1)]
    pub time: Timestamp,
}

impl Object for ProviderLogStart {}

/// Every further entry.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct ProviderLogEntry {
    /// [`log_tag`] of the relationship and of the entry's number in it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub tag: [u8; 32],
    /// A [`LogStatement`], sealed for the patient.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

impl Object for ProviderLogEntry {}

impl ProviderLogEntry {
    /// The most bytes of an entry.
    pub const LONGEST: usize = 1_024;
}

/// What a provider says of one request for records, before it makes it; or, behind it, that no answer came.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LogStatement {
    /// The receipt of the request.
    #[n(0)]
    pub receipt: SignedReceipt,
    /// SHA-256 of the sealed receipt that went with the request.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed_receipt: [u8; 32],
    /// Whether this takes back the statement with the same receipt: its request brought nothing.
    #[n(2)]
    pub is_unanswered: bool,
}

impl Object for LogStatement {}

/// Why an entry with a patient's tag says nothing to the patient.
#[derive(Debug, thiserror::Error)]
pub enum LogStatementError {
    /// None of the provider's keys signed the receipt in it.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// It does not open.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// It is no statement.
    #[error(transparent)]
    Cbor(#[from] CborError),
}

/// The tag of the `number`th entry about a relationship, from 0.
pub fn log_tag(pair: &PairSecret, number: u64) -> [u8; 32] {
    *crypto::derive(pair.expose(), Label::Log, &number.to_be_bytes())
}

impl LogStatement {
    /// Makes the entry of this number.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn seal(
        &self,
        pair: &PairSecret,
        number: u64,
        rng: &mut Rng,
    ) -> Result<ProviderLogEntry, CryptoError> {
        let (tag, key) = (log_tag(pair, number), crypto::derive(pair.expose(), Label::Log, b""));
        let sealed = crypto::seal(&key, Label::Log, &tag, &self.to_cbor(), rng)?;
        Ok(ProviderLogEntry { tag, sealed })
    }

    /// Opens an entry of this relationship and checks that one of the provider's keys, of now or earlier, signed the
    /// receipt in it.
    ///
    /// # Errors
    /// [`LogStatementError`] if it does not open or is not the provider's.
    pub fn open(
        entry: &ProviderLogEntry,
        pair: &PairSecret,
        provider: &[PublicKey],
    ) -> Result<Self, LogStatementError> {
        let key = crypto::derive(pair.expose(), Label::Log, b"");
        let statement = Self::from_cbor(&crypto::open(&key, Label::Log, &entry.tag, &entry.sealed)?)?;
        statement.receipt.verify_signature(provider)?;
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Receipt;
    use crate::crypto::SigningKey;
    use crate::domain::{BlobId, GrantId, Purpose};

    fn statement(signer: &SigningKey) -> LogStatement {
        let receipt = Receipt {
            grant: GrantId::from_bytes([1; 32]),
            time: Timestamp(1_800_000_000),
            purpose: Purpose::Treat,
            blobs: Receipt::hash_blobs(&[BlobId::from_bytes([2; 32])]),
        };
        LogStatement { receipt: receipt.sign(signer), sealed_receipt: [3; 32], is_unanswered: false }
    }

    #[test]
    fn an_entry_opens_for_its_relationship_and_number_alone_and_is_signed_by_the_provider() {
        let (mut rng, signer) = (Rng::seeded(1), SigningKey::from_seed(&[4; 32]));
        let [pair, other] = [[5; 32], [6; 32]].map(|bytes| PairSecret::from_bytes(&bytes));
        let (statement, keys) = (statement(&signer), [signer.public_key()]);
        let entry = statement.seal(&pair, 7, &mut rng).unwrap();
        assert!(entry.to_cbor().len() <= ProviderLogEntry::LONGEST);
        assert_eq!(entry.tag, log_tag(&pair, 7));
        assert_ne!(entry.tag, log_tag(&pair, 8));
        assert_ne!(entry.tag, log_tag(&other, 7));
        assert_eq!(LogStatement::open(&entry, &pair, &keys).unwrap(), statement);

        let refused = |entry: &ProviderLogEntry, pair: &PairSecret, keys: &[PublicKey]| {
            LogStatement::open(entry, pair, keys).unwrap_err()
        };
        assert!(matches!(refused(&entry, &other, &keys), LogStatementError::Crypto(_)));
        // What stood under another number says nothing here.
        let moved = ProviderLogEntry { tag: log_tag(&pair, 8), ..entry.clone() };
        assert!(matches!(refused(&moved, &pair, &keys), LogStatementError::Crypto(_)));
        let stranger = [SigningKey::from_seed(&[9; 32]).public_key()];
        assert!(matches!(refused(&entry, &pair, &stranger), LogStatementError::Signature(_)));
        let key = crypto::derive(pair.expose(), Label::Log, b"");
        let sealed = crypto::seal(&key, Label::Log, &entry.tag, b"nothing", &mut rng).unwrap();
        let other_kind = ProviderLogEntry { sealed, ..entry };
        assert!(matches!(refused(&other_kind, &pair, &keys), LogStatementError::Cbor(_)));
    }

    #[test]
    fn what_is_taken_back_looks_like_any_other_entry() {
        let (mut rng, signer) = (Rng::seeded(2), SigningKey::from_seed(&[4; 32]));
        let pair = PairSecret::from_bytes(&[5; 32]);
        let made = statement(&signer);
        let taken_back = LogStatement { is_unanswered: true, ..made.clone() };
        let [made, taken_back] =
            [made, taken_back].map(|one| one.seal(&pair, 7, &mut rng).unwrap().sealed.len());
        assert_eq!(made, taken_back);
    }
}
