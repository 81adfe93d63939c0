//! A transaction with its signatures: how one is signed, sent and checked.

use minicbor::{Decode, Encode};

use super::{Action, Governance, MoveChain, Revoke, SignedCard, Transaction, UpdateGateway};
use crate::crypto::{self, BadSignature, Label, PublicKey, Signature, SigningKey};
use crate::domain::{AccountId, CborError, Object, Origin, TxId};

/// Why a transaction is no transaction, or is not signed by whom it must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TransactionError {
    /// The bytes are not a transaction in its one encoding.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// It is longer than any transaction may be.
    #[error("a transaction has at most {} bytes", SignedTransaction::LONGEST)]
    TooLong,
    /// A revocation names an account or a root key, not both and not neither.
    #[error("a revocation names either an account or a root key")]
    AccountOrRoot,
    /// The number or form of the signatures is not that of this kind.
    #[error("the signatures are not of the form that this kind of transaction takes")]
    Signatures,
    /// A signature is not by the key that must have made it.
    #[error("a signature of the transaction does not verify")]
    BadSignature,
    /// A provider's card in it is malformed or not signed by the provider.
    #[error("the card in the transaction is not one that the provider signed")]
    BadCard,
    /// A field is empty, too long, or says what can never be.
    #[error("a field of the transaction says what can never be")]
    Field,
}

impl TransactionError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cbor(error) => error.code(),
            Self::TooLong => "TransactionTooLong",
            Self::AccountOrRoot => "TransactionAccount",
            Self::Signatures => "TransactionSignatures",
            Self::BadSignature => "TransactionSignature",
            Self::BadCard => "TransactionCard",
            Self::Field => "TransactionField",
        }
    }
}

impl From<BadSignature> for TransactionError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}

/// A signature, and its key where neither the body nor the ledger's state names that.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct TransactionSignature {
    /// Over the label, the origin and the body.
    #[n(0)]
    pub signature: Signature,
    /// The key, for a root key that the body does not name and for governance.
    #[n(1)]
    pub key: Option<PublicKey>,
}

/// Who signs a transaction.
#[derive(Clone, Copy)]
pub enum Signer<'a> {
    /// The account's present key: Grant, Revoke and Amend that name the account.
    Account(&'a SigningKey),
    /// The account's root key: everything about an account but a change of its key.
    Root(&'a SigningKey),
    /// The account's root key and the new account key: RotateKey.
    Rotation {
        /// The account's root key, which signs.
        root: &'a SigningKey,
        /// The new account key.
        new: &'a SigningKey,
    },
    /// The provider's present signing key: UpdateProvider and AuditCheckpoint.
    Provider(&'a SigningKey),
    /// The gateway's key: UpdateGateway.
    Gateway(&'a SigningKey),
    /// The aggregator's key: AnchorBatch.
    Aggregator(&'a SigningKey),
    /// Governance: RegisterProvider, UpdateProvider, SuspendProvider and GovernanceAction.
    Governance(&'a [&'a SigningKey]),
}

/// A transaction as it is sent: `[body, signatures]`.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct SignedTransaction {
    #[n(0)]
    body: Transaction,
    #[n(1)]
    signatures: Vec<TransactionSignature>,
}

impl Object for SignedTransaction {}

impl SignedTransaction {
    /// The largest transaction, in bytes.
    pub const LONGEST: usize = 4_096;
    /// The most signatures of governance on one transaction; twice as many where the next governance signs as well.
    pub const MOST_SIGNATURES: usize = 16;

    /// Signs a transaction for the ledger of this origin.
    ///
    /// # Errors
    /// [`TransactionError`] if this kind is not signed by such a signer, or it would be malformed.
    ///
    /// ```
    /// use keepwell_protocol::crypto::{Rng, SigningKey, account_id};
    /// use keepwell_protocol::domain::{Object, Origin};
    /// use keepwell_protocol::ledger::{Close, Kind, SignedTransaction, Signer, TransactionError};
    ///
    /// let origin = Origin::from_bytes([1; 32]);
    /// let root = SigningKey::generate(&mut Rng::system()).unwrap();
    /// let close = Close { kind: Kind, root: root.public_key() };
    /// let signed = SignedTransaction::sign(close.clone(), &origin, Signer::Root(&root))?;
    /// let account = account_id(&origin, &root.public_key());
    /// assert_eq!(SignedTransaction::parse(&signed.to_cbor())?.body().account(&origin), Some(account));
    /// // A provider's key ends nobody's account.
    /// assert!(SignedTransaction::sign(close, &origin, Signer::Provider(&root)).is_err());
    /// # Ok::<(), TransactionError>(())
    /// ```
    pub fn sign(
        body: impl Into<Transaction>,
        origin: &Origin,
        signer: Signer<'_>,
    ) -> Result<Self, TransactionError> {
        let body = body.into();
        let bytes = body.to_cbor();
        let sign = |key: &SigningKey| key.sign(Label::Tx, &[origin.as_bytes(), &bytes]);
        let unnamed = |key: &SigningKey| TransactionSignature { signature: sign(key), key: None };
        let named =
            |key: &SigningKey| TransactionSignature { signature: sign(key), key: Some(key.public_key()) };
        let signatures = match signer {
            Signer::Account(key) | Signer::Provider(key) | Signer::Gateway(key) | Signer::Aggregator(key) => {
                vec![unnamed(key)]
            }
            Signer::Root(key) if body.root().is_some() => vec![unnamed(key)],
            Signer::Root(key) => vec![named(key)],
            Signer::Rotation { root, new } => vec![unnamed(root), unnamed(new)],
            Signer::Governance(keys) => {
                let mut signatures: Vec<_> = keys.iter().map(|key| named(key)).collect();
                signatures.sort_unstable_by_key(|signature| signature.key);
                signatures
            }
        };
        let signed = Self { body, signatures };
        signed.check(signed.to_cbor().len())?;
        match signer {
            Signer::Account(key) => signed.verify_account_signature(origin, &key.public_key())?,
            Signer::Root(_) | Signer::Rotation { .. } => signed.verify_root_signature(origin)?,
            Signer::Provider(key) => signed.verify_provider_signature(origin, &key.public_key())?,
            Signer::Gateway(key) => signed.verify_gateway_signature(origin, &key.public_key())?,
            Signer::Aggregator(key) => signed.verify_aggregator_signature(origin, &key.public_key())?,
            Signer::Governance(_) => {
                signed.verify_governance_signatures(origin)?;
            }
        }
        Ok(signed)
    }

    /// Parses the bytes of a transaction; signatures are not verified here.
    ///
    /// # Errors
    /// [`TransactionError`] if it is too long, not in its one encoding or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > Self::LONGEST {
            return Err(TransactionError::TooLong);
        }
        let transaction = Self::from_cbor(bytes)?;
        transaction.check(bytes.len())?;
        Ok(transaction)
    }

    /// The transaction that was signed.
    pub fn body(&self) -> &Transaction {
        &self.body
    }

    /// The keys that are named beside the signatures, as governance's are; whether they signed is still to be verified.
    pub fn signers(&self) -> impl Iterator<Item = &PublicKey> {
        self.signatures.iter().filter_map(|signature| signature.key.as_ref())
    }

    /// Its identifier, which does not depend on the signatures.
    pub fn id(&self, origin: &Origin) -> TxId {
        crypto::tx_id(origin, &self.body.to_cbor())
    }

    /// Says whether the root key signed, as far as the form tells: it must still be verified.
    pub fn is_signed_by_root(&self) -> bool {
        match &self.body {
            Transaction::Grant(_) | Transaction::Amend(_) => {
                self.signatures.first().is_some_and(|signature| signature.key.is_some())
            }
            body => body.root().is_some(),
        }
    }

    /// Says whether governance signed, as far as the form tells: it must still be verified.
    pub fn is_signed_by_governance(&self) -> bool {
        self.may_be_by_governance() && self.signatures.iter().all(|signature| signature.key.is_some())
    }

    /// Verifies the signature of the account's key.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if this transaction is signed by another kind of key,
    /// [`TransactionError::BadSignature`] if the signature is not by `key`.
    pub fn verify_account_signature(&self, origin: &Origin, key: &PublicKey) -> Result<(), TransactionError> {
        match (&self.body, self.signatures.as_slice()) {
            (
                Transaction::Grant(_)
                | Transaction::Amend(_)
                | Transaction::Revoke(Revoke { root: None, .. }),
                [TransactionSignature { signature, key: None }],
            ) => self.verify(origin, key, signature),
            _ => Err(TransactionError::Signatures),
        }
    }

    /// Verifies the signature of the root key of the account that the body is about; for a change
    /// of key also that of the new key.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if this transaction is signed by another kind of key,
    /// [`TransactionError::BadSignature`] if a signature does not verify or the key is the root of
    /// another account.
    pub fn verify_root_signature(&self, origin: &Origin) -> Result<(), TransactionError> {
        match (&self.body, self.signatures.as_slice()) {
            (
                Transaction::Grant(_) | Transaction::Amend(_),
                [TransactionSignature { signature, key: Some(root) }],
            ) => {
                if self.body.account(origin) != Some(crypto::account_id(origin, root)) {
                    return Err(TransactionError::BadSignature);
                }
                self.verify(origin, root, signature)
            }
            (Transaction::RotateKey(rotate), [by_root, by_new]) => {
                self.verify(origin, &rotate.root, &by_root.signature)?;
                self.verify(origin, &rotate.account_key, &by_new.signature)
            }
            (body, [TransactionSignature { signature, key: None }]) => {
                let root = body.root().ok_or(TransactionError::Signatures)?;
                self.verify(origin, root, signature)
            }
            _ => Err(TransactionError::Signatures),
        }
    }

    /// Verifies the signature of a provider's present signing key on its update or checkpoint.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if this transaction is signed by another kind of key,
    /// [`TransactionError::BadSignature`] if the signature is not by `key`.
    pub fn verify_provider_signature(
        &self,
        origin: &Origin,
        key: &PublicKey,
    ) -> Result<(), TransactionError> {
        match (&self.body, self.signatures.as_slice()) {
            (
                Transaction::UpdateProvider(_) | Transaction::AuditCheckpoint(_),
                [TransactionSignature { signature, key: None }],
            ) => self.verify(origin, key, signature),
            _ => Err(TransactionError::Signatures),
        }
    }

    /// Verifies the signature of a gateway's key on its update.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if this transaction is signed by another kind of key,
    /// [`TransactionError::BadSignature`] if the signature is not by `key`.
    pub fn verify_gateway_signature(&self, origin: &Origin, key: &PublicKey) -> Result<(), TransactionError> {
        match (&self.body, self.signatures.as_slice()) {
            (Transaction::UpdateGateway(_), [TransactionSignature { signature, key: None }]) => {
                self.verify(origin, key, signature)
            }
            _ => Err(TransactionError::Signatures),
        }
    }

    /// Verifies the signature of an aggregator's key on its batch.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if this transaction is signed by another kind of key,
    /// [`TransactionError::BadSignature`] if the signature is not by `key`.
    pub fn verify_aggregator_signature(
        &self,
        origin: &Origin,
        key: &PublicKey,
    ) -> Result<(), TransactionError> {
        match (&self.body, self.signatures.as_slice()) {
            (Transaction::AnchorBatch(_), [TransactionSignature { signature, key: None }]) => {
                self.verify(origin, key, signature)
            }
            _ => Err(TransactionError::Signatures),
        }
    }

    /// Adds the signature of one more of governance's keys, for those who do not sit at one table.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if governance does not sign this kind, this key has signed already, or too
    /// many have.
    pub fn and_governance(mut self, origin: &Origin, key: &SigningKey) -> Result<Self, TransactionError> {
        let signature = key.sign(Label::Tx, &[origin.as_bytes(), &self.body.to_cbor()]);
        self.signatures.push(TransactionSignature { signature, key: Some(key.public_key()) });
        self.signatures.sort_unstable_by_key(|signature| signature.key);
        self.check(self.to_cbor().len())?;
        self.verify_governance_signatures(origin)?;
        Ok(self)
    }

    /// Verifies governance's signatures and gives their keys, ascending and each once; whether they
    /// are governance's, and enough, is for the caller to say.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if this transaction is signed by another kind of key,
    /// [`TransactionError::BadSignature`] if any signature does not verify.
    pub fn verify_governance_signatures(&self, origin: &Origin) -> Result<Vec<PublicKey>, TransactionError> {
        if !self.may_be_by_governance() {
            return Err(TransactionError::Signatures);
        }
        let verified = self.signatures.iter().map(|TransactionSignature { signature, key }| {
            let key = key.ok_or(TransactionError::Signatures)?;
            self.verify(origin, &key, signature)?;
            Ok(key)
        });
        verified.collect()
    }

    /// The account and the key that this transaction names for it, if it names one.
    ///
    /// The naming holds only if [`Self::verify_root_signature`] does.
    pub fn named_account_key(&self, origin: &Origin) -> Option<(AccountId, PublicKey)> {
        let key = match &self.body {
            Transaction::GrantNewAccount(grant) => grant.account_key,
            Transaction::RotateKey(rotate) => rotate.account_key,
            _ => return None,
        };
        self.body.account(origin).map(|account| (account, key))
    }

    fn verify(
        &self,
        origin: &Origin,
        key: &PublicKey,
        signature: &Signature,
    ) -> Result<(), TransactionError> {
        Ok(key.verify(Label::Tx, &[origin.as_bytes(), &self.body.to_cbor()], signature)?)
    }

    fn most_signatures(&self) -> usize {
        match &self.body {
            Transaction::GovernanceAction(action) if matches!(action.action, Action::SetGovernance(_)) => {
                2 * Self::MOST_SIGNATURES
            }
            _ => Self::MOST_SIGNATURES,
        }
    }

    fn may_be_by_governance(&self) -> bool {
        matches!(
            self.body,
            Transaction::RegisterProvider(_)
                | Transaction::UpdateProvider(_)
                | Transaction::SuspendProvider(_)
                | Transaction::GovernanceAction(_)
        )
    }

    /// What can be said of a transaction without the ledger's state and without verifying.
    fn check(&self, length: usize) -> Result<(), TransactionError> {
        if length > Self::LONGEST {
            return Err(TransactionError::TooLong);
        }
        match &self.body {
            Transaction::Revoke(revoke) if revoke.account.is_some() == revoke.root.is_some() => {
                return Err(TransactionError::AccountOrRoot);
            }
            Transaction::RegisterProvider(super::RegisterProvider { card, .. })
            | Transaction::UpdateProvider(super::UpdateProvider { card, .. }) => {
                SignedCard::verify(card).map_err(|_| TransactionError::BadCard)?;
            }
            body if !fields_are_sound(body) => return Err(TransactionError::Field),
            _ => {}
        }
        let keys: Vec<_> = self.signatures.iter().map(|signature| signature.key).collect();
        let fits = match (&self.body, keys.as_slice()) {
            (Transaction::Grant(_) | Transaction::Amend(_), [_]) => true,
            (Transaction::GrantNewAccount(_) | Transaction::Revoke(_) | Transaction::Close(_), [None])
            | (Transaction::RotateKey(_), [None, None])
            | (
                Transaction::UpdateProvider(_)
                | Transaction::UpdateGateway(_)
                | Transaction::AuditCheckpoint(_)
                | Transaction::AnchorBatch(_),
                [None],
            ) => true,
            (
                Transaction::RegisterProvider(_)
                | Transaction::UpdateProvider(_)
                | Transaction::SuspendProvider(_)
                | Transaction::GovernanceAction(_),
                keys,
            ) => {
                (1..=self.most_signatures()).contains(&keys.len())
                    && keys.iter().all(Option::is_some)
                    && keys.is_sorted_by_key(|key| *key)
                    && keys.windows(2).all(|pair| pair.first() != pair.last())
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(TransactionError::Signatures) }
    }
}

/// Whether what is said can be, whatever the ledger's state is.
fn fields_are_sound(body: &Transaction) -> bool {
    match body {
        Transaction::UpdateGateway(update) => {
            (1..=UpdateGateway::LONGEST_CONFIGURATION).contains(&update.key_configuration.len())
        }
        Transaction::AuditCheckpoint(checkpoint) => checkpoint.size > 0,
        Transaction::AnchorBatch(batch) => batch.count > 0,
        Transaction::GovernanceAction(action) => match &action.action {
            Action::MoveChain(next) => {
                (1..=MoveChain::LONGEST_NAME).contains(&next.chain_id.len())
                    && next.chain_id.bytes().all(|byte| byte.is_ascii_graphic())
            }
            Action::SetGovernance(set) => {
                set.keys.len() <= SignedTransaction::MOST_SIGNATURES
                    && Governance { threshold: set.threshold, keys: set.keys.clone() }.is_well_formed()
            }
            _ => true,
        },
        _ => true,
    }
}
