//! The envelope: how a provider learns of a grant, and what it checks before it believes one.

use minicbor::{Decode, Encode};

use crate::consent::{InvalidTerms, Terms};
use crate::crypto::{self, CryptoError, HpkePublicKey, HpkeSecretKey, Label, PairSecret, Rng, SigningKey};
use crate::domain::{AccountId, CborError, GrantId, Object, Origin, ProviderId, RequestId, Slot};
use crate::ledger::{SignedTransaction, Transaction, TransactionError};

/// Why an envelope is refused; nothing of one that is refused is kept.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It does not open with any of the provider's keys.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// It is not an envelope.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// A transaction in it is malformed or badly signed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Its terms break a rule of terms.
    #[error(transparent)]
    Terms(#[from] InvalidTerms),
    /// The transaction is no grant, or its account, key, number, commitment or slot is not that of
    /// the terms.
    #[error("the transaction does not grant these terms")]
    OtherTerms,
    /// The terms are for another provider.
    #[error("the grant is for another provider")]
    OtherProvider,
}

impl EnvelopeError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::Cbor(error) => error.code(),
            Self::Transaction(error) => error.code(),
            Self::Terms(error) => error.code(),
            Self::OtherTerms => "EnvelopeMismatch",
            Self::OtherProvider => "EnvelopeOtherProvider",
        }
    }
}

/// Who the patient says they are, for the front desk.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct About {
    /// Name as the patient writes it.
    #[n(0)]
    pub name: String,
    /// Birth date as `YYYY-MM-DD`.
    #[n(1)]
    pub birth_date: String,
}

/// Everything a provider needs to read under a grant, sealed to its key.
#[derive(Decode, Encode)]
#[cbor(map)]
pub struct Envelope {
    /// The grant's transaction as sent to the ledger.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub transaction: Vec<u8>,
    /// The root-signed transaction that named the key which signed it, where that is another.
    #[n(1)]
    pub key_transaction: Option<minicbor::bytes::ByteVec>,
    /// The salt of the commitment.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// What the patient grants, as hashed into the commitment.
    #[n(3)]
    pub terms: Terms,
    /// The secret of this relationship.
    #[n(4)]
    pub pair: PairSecret,
    /// Where the records lie.
    #[n(5)]
    pub host: String,
    /// Who the patient says they are.
    #[n(6)]
    pub about: Option<About>,
    /// The desk's request that this answers.
    #[n(7)]
    pub request: Option<RequestId>,
    /// The version of the space at `host` when the wallet moved there; absent: the wallet has not
    /// moved since it granted. Of two envelopes for a grant the one with the higher version counts.
    #[n(8)]
    pub host_version: Option<u64>,
}

impl Object for Envelope {}

/// What an envelope proves without asking anybody: the patient's consent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accepted {
    /// The grant that the patient signed.
    pub grant: GrantId,
    /// The ledger account that the grant is numbered in.
    pub account: AccountId,
    /// The slot that the ledger must show.
    pub slot: Slot,
}

impl Envelope {
    /// The largest sealed envelope, in bytes.
    pub const LONGEST: usize = 64 * 1024;

    /// Seals the envelope to the provider's key.
    ///
    /// # Errors
    /// [`CryptoError`] if the key is bad or the system gives no randomness.
    pub fn seal(&self, provider: &HpkePublicKey, rng: &mut Rng) -> Result<Vec<u8>, CryptoError> {
        let message = zeroize::Zeroizing::new(self.to_cbor());
        crypto::hpke_seal(provider, Label::Envelope, b"", &message, rng)
    }

    /// Opens a sealed envelope with whichever of the provider's keys it was sealed to.
    ///
    /// # Errors
    /// [`EnvelopeError`] if none fits or it is no envelope.
    pub fn open(keys: &[HpkeSecretKey], sealed: &[u8]) -> Result<Self, EnvelopeError> {
        Ok(Self::from_cbor(&crypto::hpke_open(keys, Label::Envelope, b"", sealed)?)?)
    }

    /// Checks the whole chain from the patient's root key to the terms and the reader's slot.
    ///
    /// Root key → account → signing key → transaction → commitment → terms; pair secret → slot.
    /// So consent stands without trusting the ledger, which is then asked only whether it still holds.
    /// A grant that the root signed itself needs no naming of a key: its signature carries the root
    /// key, and that must be the account's.
    ///
    /// # Errors
    /// [`EnvelopeError`] names the first link that does not hold.
    pub fn accept(&self, origin: &Origin, provider: ProviderId) -> Result<Accepted, EnvelopeError> {
        self.terms.check()?;
        if self.terms.provider != provider {
            return Err(EnvelopeError::OtherProvider);
        }
        let named_key = match &self.key_transaction {
            Some(bytes) => {
                let transaction = SignedTransaction::parse(bytes)?;
                transaction.verify_root_signature(origin)?;
                let (account, key) =
                    transaction.named_account_key(origin).ok_or(EnvelopeError::OtherTerms)?;
                if account != self.terms.account {
                    return Err(EnvelopeError::OtherTerms);
                }
                Some(key)
            }
            None => None,
        };
        let transaction = SignedTransaction::parse(&self.transaction)?;
        let (account, number, slot, commitment) = match transaction.body() {
            Transaction::GrantNewAccount(grant) => {
                transaction.verify_root_signature(origin)?;
                (crypto::account_id(origin, &grant.root), grant.number, grant.slot, grant.commitment)
            }
            Transaction::Grant(grant) => {
                if transaction.is_signed_by_root() {
                    transaction.verify_root_signature(origin)?;
                } else {
                    let key = named_key.ok_or(EnvelopeError::OtherTerms)?;
                    transaction.verify_account_signature(origin, &key)?;
                }
                (grant.account, grant.number, grant.slot, grant.commitment)
            }
            _ => return Err(EnvelopeError::OtherTerms),
        };
        let grant = crypto::grant_id(&account, number);
        let reader = crypto::reader_key(&self.pair, &grant);
        let holds = account == self.terms.account
            && number == self.terms.number
            && commitment == self.terms.commitment(&self.salt)
            && slot == crypto::slot(&reader.public_key());
        if holds { Ok(Accepted { grant, account, slot }) } else { Err(EnvelopeError::OtherTerms) }
    }

    /// The version of the space that the host of this envelope had, 0 if the wallet never moved.
    pub fn host_version(&self) -> u64 {
        self.host_version.unwrap_or(0)
    }

    /// The key with which the provider signs its requests to the host.
    pub fn reader_key(&self) -> SigningKey {
        crypto::reader_key(&self.pair, &self.terms.grant_id())
    }
}
