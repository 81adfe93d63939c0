//! A transaction as it was handed in, which verifies each of its signatures once however often it is asked.

use std::sync::OnceLock;

use keepwell_protocol::crypto::PublicKey;
use keepwell_protocol::domain::{Origin, TxId};
use keepwell_protocol::ledger::{SignedTransaction, Transaction, TransactionError};

/// The bytes of a transaction for one ledger, with what they say and which signatures were verified so far.
#[derive(Debug)]
pub struct Received {
    bytes: Vec<u8>,
    parsed: Result<Parsed, TransactionError>,
}

/// What verifies, and remembers the answer: the same bytes, origin and key give the same.
#[derive(Debug)]
pub(super) struct Parsed {
    origin: Origin,
    id: TxId,
    signed: SignedTransaction,
    by_root: OnceLock<Result<(), TransactionError>>,
    by_account: OnceLock<(PublicKey, Result<(), TransactionError>)>,
    by_governance: OnceLock<Result<Vec<PublicKey>, TransactionError>>,
}

impl Received {
    /// Takes the bytes of a transaction for the ledger of this origin; malformed ones are refused when they are
    /// executed.
    pub fn new(bytes: Vec<u8>, origin: &Origin) -> Self {
        let parsed = SignedTransaction::parse(&bytes).map(|signed| Parsed {
            origin: *origin,
            id: signed.id(origin),
            signed,
            by_root: OnceLock::new(),
            by_account: OnceLock::new(),
            by_governance: OnceLock::new(),
        });
        Self { bytes, parsed }
    }

    /// The bytes as they were handed in.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its identifier, if it is a transaction.
    pub fn id(&self) -> Option<TxId> {
        self.parsed.as_ref().ok().map(|parsed| parsed.id)
    }

    /// Whether it is of a kind that ends what stands, whoever signed it.
    pub fn may_end(&self) -> bool {
        self.body().is_some_and(Transaction::may_end)
    }

    /// What it says, if it is a transaction.
    pub(super) fn body(&self) -> Option<&Transaction> {
        self.parsed.as_ref().ok().map(|parsed| parsed.signed.body())
    }

    pub(super) fn parsed(&self) -> Result<&Parsed, TransactionError> {
        self.parsed.as_ref().map_err(|error| *error)
    }
}

impl Parsed {
    pub(super) fn signed(&self) -> &SignedTransaction {
        &self.signed
    }

    pub(super) fn id(&self) -> TxId {
        self.id
    }

    pub(super) fn verify_root_signature(&self) -> Result<(), TransactionError> {
        *self.by_root.get_or_init(|| self.signed.verify_root_signature(&self.origin))
    }

    /// Verifies the signature of the account's key, which may be another one than when it was asked before.
    pub(super) fn verify_account_signature(&self, key: &PublicKey) -> Result<(), TransactionError> {
        let verify = || self.signed.verify_account_signature(&self.origin, key);
        match self.by_account.get_or_init(|| (*key, verify())) {
            (known, verified) if known == key => *verified,
            _ => verify(),
        }
    }

    pub(super) fn verify_provider_signature(&self, key: &PublicKey) -> Result<(), TransactionError> {
        self.signed.verify_provider_signature(&self.origin, key)
    }

    pub(super) fn verify_gateway_signature(&self, key: &PublicKey) -> Result<(), TransactionError> {
        self.signed.verify_gateway_signature(&self.origin, key)
    }

    pub(super) fn verify_aggregator_signature(&self, key: &PublicKey) -> Result<(), TransactionError> {
        self.signed.verify_aggregator_signature(&self.origin, key)
    }

    pub(super) fn verify_governance_signatures(&self) -> Result<&[PublicKey], TransactionError> {
        let verified =
            self.by_governance.get_or_init(|| self.signed.verify_governance_signatures(&self.origin));
        verified.as_deref().map_err(|error| *error)
    }
}
