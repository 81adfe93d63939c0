//! Heads: what a compartment holds now, sealed under its epoch key and signed.

use minicbor::{Decode, Encode};

use crate::crypto::{
    self, BadSignature, CryptoError, EpochKey, Label, PublicKey, RecordKey, Rng, Signature, SigningKey,
    VaultKey,
};
use crate::domain::{BlobId, CborError, CompartmentId, Object, Timestamp};

/// Why a head is not believed.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// Its signature is not the compartment's.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// It does not open with this key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// It is not a head.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// The sealed part speaks of another compartment, epoch or version than the signed envelope.
    #[error("the head contradicts its envelope")]
    Contradiction,
}

impl HeadError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::Cbor(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::Contradiction => "HeadContradiction",
        }
    }
}

/// A sealed segment and what opens it.
#[derive(Decode, Encode)]
#[cbor(array)]
pub struct SegmentRef {
    /// The hash by which the sealed segment is fetched.
    #[n(0)]
    pub blob: BlobId,
    /// The key that opens the segment.
    #[n(1)]
    pub key: RecordKey,
    /// How many entries it has.
    #[n(2)]
    pub count: u32,
}

impl SegmentRef {
    /// A second copy, for the next head.
    pub fn duplicate(&self) -> Self {
        Self { key: self.key.duplicate(), ..*self }
    }
}

/// The head of another compartment as the `self` compartment knows it.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct HeadRef {
    /// The compartment whose head it is.
    #[n(0)]
    pub compartment: CompartmentId,
    /// The version of that head.
    #[n(1)]
    pub version: u64,
    /// Hash of its head.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

/// What a compartment holds at one version.
#[derive(Decode, Encode)]
#[cbor(map)]
pub struct Head {
    /// The compartment whose contents it lists.
    #[n(0)]
    pub compartment: CompartmentId,
    /// The epoch whose key seals this head.
    #[n(1)]
    pub epoch: u32,
    /// Rises with every head of the compartment; for `self` it is the space's version.
    #[n(2)]
    pub version: u64,
    /// When it was made.
    #[n(3)]
    pub time: Timestamp,
    /// Its segments, oldest first.
    #[n(4)]
    pub segments: Vec<SegmentRef>,
    /// For `self` only: every other head, sorted by compartment.
    #[n(5)]
    pub heads: Option<Vec<HeadRef>>,
}

impl Object for Head {}

/// A head as it lies at the host.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct SealedHead {
    /// The compartment whose head it is; the signature covers it.
    #[n(0)]
    pub compartment: CompartmentId,
    /// The epoch whose key opens `sealed`.
    #[n(1)]
    pub epoch: u32,
    /// The version of the head within.
    #[n(2)]
    pub version: u64,
    /// The [`Head`], sealed under the epoch key.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
    /// The compartment key's signature over the four parts above.
    #[n(4)]
    pub signature: Signature,
    /// The epoch key, sealed for the owner.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub owner_wrap: Vec<u8>,
}

impl Object for SealedHead {}

#[derive(Encode)]
#[cbor(array)]
struct SignedPart<'a> {
    #[n(0)]
    compartment: CompartmentId,
    #[n(1)]
    epoch: u32,
    #[n(2)]
    version: u64,
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: &'a [u8],
}

impl Head {
    /// Seals the head under its epoch key and signs it with the compartment's key.
    ///
    /// # Errors
    /// [`CryptoError`] if the system gives no randomness.
    pub fn seal(
        &self,
        epoch_key: &EpochKey,
        signing_key: &SigningKey,
        vault_key: &VaultKey,
        rng: &mut Rng,
    ) -> Result<SealedHead, CryptoError> {
        let context = SealedHead::seal_context(self.compartment, self.epoch, self.version);
        let message = zeroize::Zeroizing::new(self.to_cbor());
        let sealed = crypto::seal(epoch_key.expose(), Label::Head, &context, &message, rng)?;
        let owner_wrap = crypto::seal(
            vault_key.expose(),
            Label::Epoch,
            &SealedHead::wrap_context(self.compartment, self.epoch),
            epoch_key.expose(),
            rng,
        )?;
        let mut head = SealedHead {
            compartment: self.compartment,
            epoch: self.epoch,
            version: self.version,
            sealed,
            signature: Signature::from_bytes([0; 64]),
            owner_wrap,
        };
        head.signature = signing_key.sign(Label::Head, &[&head.signed_part()]);
        Ok(head)
    }
}

impl SealedHead {
    /// The hash by which `self` and the ledger's anchor know this head; the owner wrap is not in it.
    pub fn hash(&self) -> [u8; 32] {
        crypto::hash(Label::Head, &[&self.signed_part(), self.signature.as_bytes()])
    }

    /// Checks the signature, opens the head and checks that both say the same.
    ///
    /// # Errors
    /// [`HeadError`]; nothing of a head that fails is to be used.
    pub fn open(&self, epoch_key: &EpochKey, signing_key: &PublicKey) -> Result<Head, HeadError> {
        signing_key.verify(Label::Head, &[&self.signed_part()], &self.signature)?;
        let context = Self::seal_context(self.compartment, self.epoch, self.version);
        let head = Head::from_cbor(&crypto::open(epoch_key.expose(), Label::Head, &context, &self.sealed)?)?;
        if (head.compartment, head.epoch, head.version) != (self.compartment, self.epoch, self.version) {
            return Err(HeadError::Contradiction);
        }
        Ok(head)
    }

    /// Opens the owner's copy of the epoch key.
    ///
    /// # Errors
    /// [`HeadError`] if it does not open or is not a key.
    pub fn open_owner_wrap(&self, vault_key: &VaultKey) -> Result<EpochKey, HeadError> {
        let context = Self::wrap_context(self.compartment, self.epoch);
        let key = crypto::open(vault_key.expose(), Label::Epoch, &context, &self.owner_wrap)?;
        let key: &[u8; 32] = key.as_slice().try_into().map_err(|_| CborError::Malformed)?;
        Ok(EpochKey::from_bytes(key))
    }

    fn signed_part(&self) -> Vec<u8> {
        let part = SignedPart {
            compartment: self.compartment,
            epoch: self.epoch,
            version: self.version,
            sealed: &self.sealed,
        };
        // Writing to a `Vec` cannot fail.
        minicbor::to_vec(part).unwrap_or_default()
    }

    fn seal_context(compartment: CompartmentId, epoch: u32, version: u64) -> Vec<u8> {
        [compartment.as_bytes().as_slice(), &epoch.to_be_bytes(), &version.to_be_bytes()].concat()
    }

    fn wrap_context(compartment: CompartmentId, epoch: u32) -> Vec<u8> {
        [compartment.as_bytes().as_slice(), &epoch.to_be_bytes()].concat()
    }
}
