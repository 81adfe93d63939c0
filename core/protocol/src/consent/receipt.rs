//! Receipts: what a provider signs when it fetches records, sealed so that only the patient reads it.

use minicbor::{Decode, Encode};

use crate::crypto::{
    self, BadSignature, CryptoError, Label, PairSecret, PublicKey, Rng, Signature, SigningKey,
};
use crate::domain::{BlobId, CborError, Duration, GrantId, Object, Purpose, Timestamp};

/// Why sealed bytes are not a valid receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Its signature is not the provider's.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// It does not open.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// It is not a receipt.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// It is a receipt for another grant or other blobs.
    #[error("the receipt does not belong to this read")]
    OtherRead,
    /// It is of a time that is too far from the host's.
    #[error("the receipt is of another time than this read")]
    OtherTime,
}

/// A read as the host has logged it, which a receipt must be for.
#[derive(Clone, Copy, Debug)]
pub struct LoggedRead<'a> {
    /// The grant under which it was read.
    pub grant: GrantId,
    /// The blobs, in the order asked.
    pub blobs: &'a [BlobId],
    /// When, by the host's clock.
    pub time: Timestamp,
}

impl LoggedRead<'_> {
    /// How far a time that the provider signed may lie from the host's, either way.
    pub const TOLERANCE: Duration = Duration::minutes(5);

    /// Whether a time that the provider signed can be that of this read.
    pub fn is_near(&self, signed: Timestamp) -> bool {
        signed.since(self.time) <= Self::TOLERANCE && self.time.since(signed) <= Self::TOLERANCE
    }
}

/// What a provider says it fetched.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Receipt {
    /// The grant under which it was read.
    #[n(0)]
    pub grant: GrantId,
    /// When, by the provider's clock.
    #[n(1)]
    pub time: Timestamp,
    /// The purpose of use that the provider read for.
    #[n(2)]
    pub purpose: Purpose,
    /// Hash of the blob ids in the order asked.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub blobs: [u8; 32],
}

impl Object for Receipt {}

/// A receipt and the provider's signature over it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct SignedReceipt {
    /// What was signed: its deterministic CBOR.
    #[n(0)]
    pub receipt: Receipt,
    /// The provider's signature over its encoding.
    #[n(1)]
    pub signature: Signature,
}

impl Object for SignedReceipt {}

impl Receipt {
    /// The hash that stands for a list of blobs.
    pub fn hash_blobs(blobs: &[BlobId]) -> [u8; 32] {
        let ids: Vec<&[u8]> = blobs.iter().map(|blob| blob.as_bytes().as_slice()).collect();
        crypto::hash(Label::Receipt, &ids)
    }

    /// Signs the receipt and seals it for the patient.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn sign_and_seal(
        self,
        provider: &SigningKey,
        pair: &PairSecret,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, CryptoError> {
        self.sign(provider).seal(pair, rng)
    }

    /// Signs the receipt.
    pub fn sign(self, provider: &SigningKey) -> SignedReceipt {
        let signature = provider.sign(Label::Receipt, &[&self.to_cbor()]);
        SignedReceipt { receipt: self, signature }
    }
}

impl SignedReceipt {
    /// Seals the receipt for the patient.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn seal(&self, pair: &PairSecret, rng: &mut Rng) -> Result<Vec<u8>, CryptoError> {
        let key = crypto::derive(pair.expose(), Label::Receipt, b"");
        crypto::seal(&key, Label::Receipt, self.receipt.grant.as_bytes(), &self.to_cbor(), rng)
    }

    /// Checks that one of the provider's keys, of now or earlier, signed it.
    ///
    /// # Errors
    /// [`BadSignature`] if none did.
    pub fn verify_signature(&self, provider: &[PublicKey]) -> Result<(), BadSignature> {
        let content = self.receipt.to_cbor();
        let by = |key: &PublicKey| key.verify(Label::Receipt, &[&content], &self.signature).is_ok();
        if provider.iter().any(by) { Ok(()) } else { Err(BadSignature) }
    }

    /// Opens a sealed receipt for one read and checks that one of the provider's keys, of now or
    /// earlier, signed it.
    ///
    /// # Errors
    /// [`ReceiptError`] if it does not open, is not the provider's, or is for another read.
    pub fn open(
        sealed: &[u8],
        provider: &[PublicKey],
        pair: &PairSecret,
        read: LoggedRead<'_>,
    ) -> Result<Self, ReceiptError> {
        let key = crypto::derive(pair.expose(), Label::Receipt, b"");
        let signed = Self::from_cbor(&crypto::open(&key, Label::Receipt, read.grant.as_bytes(), sealed)?)?;
        signed.verify_signature(provider)?;
        if signed.receipt.grant != read.grant || signed.receipt.blobs != Receipt::hash_blobs(read.blobs) {
            return Err(ReceiptError::OtherRead);
        }
        if read.is_near(signed.receipt.time) { Ok(signed) } else { Err(ReceiptError::OtherTime) }
    }
}
