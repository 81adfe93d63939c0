//! Governance's key: who admits and suspends providers.

use std::fmt;

use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{Origin, ProviderId};
use keepwell_protocol::ledger::{
    Action, GovernanceAction, Kind, RegisterProvider, SignedCard, SignedTransaction, Signer, SuspendProvider,
    TransactionError,
};
use zeroize::Zeroizing;

/// A file is no governance key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the file is no governance key")]
pub struct BadGovernanceKey;

impl BadGovernanceKey {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        "BadGovernanceKey"
    }
}

/// A key of governance and the ledger it is for.
pub struct GovernanceKey {
    key: SigningKey,
    origin: Origin,
}

#[derive(serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    format: u32,
    origin: Origin,
    #[serde(borrow)]
    seed: &'a str,
}

const FORMAT: u32 = 1;

impl GovernanceKey {
    pub(crate) fn new(key: SigningKey, origin: Origin) -> Self {
        Self { key, origin }
    }

    /// Parses the file.
    ///
    /// # Errors
    /// [`BadGovernanceKey`] if it is not one of this form.
    pub fn parse(json: &str) -> Result<Self, BadGovernanceKey> {
        let file: File<'_> = serde_json::from_str(json).map_err(|_| BadGovernanceKey)?;
        let key = read_seed(file.seed).filter(|_| file.format == FORMAT).ok_or(BadGovernanceKey)?;
        Ok(Self { key, origin: file.origin })
    }

    /// Writes the file.
    pub(crate) fn to_json(&self) -> Zeroizing<String> {
        let seed = seed_text(&self.key);
        let file = File { format: FORMAT, origin: self.origin, seed: &seed };
        // Text and numbers only: this cannot fail.
        Zeroizing::new(serde_json::to_string(&file).unwrap_or_default())
    }

    /// The ledger that this key is for.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Makes the transaction that admits a provider.
    ///
    /// # Errors
    /// [`TransactionError`] if the card is not one that the provider signed.
    pub fn admit(&self, card: SignedCard) -> Result<SignedTransaction, TransactionError> {
        let body = RegisterProvider { kind: Kind, card };
        SignedTransaction::sign(body, &self.origin, Signer::Governance(&[&self.key]))
    }

    /// Makes the transaction by which governance does something about the network.
    ///
    /// # Errors
    /// [`TransactionError::Field`] if the action says what can never be.
    pub fn act(&self, number: u32, action: Action) -> Result<SignedTransaction, TransactionError> {
        let body = GovernanceAction { kind: Kind, number, action };
        SignedTransaction::sign(body, &self.origin, Signer::Governance(&[&self.key]))
    }

    /// Adds this key's signature to what others of governance signed.
    ///
    /// # Errors
    /// [`TransactionError::Signatures`] if governance does not sign such a transaction, or this key has already.
    pub fn and_sign(&self, transaction: SignedTransaction) -> Result<SignedTransaction, TransactionError> {
        transaction.and_governance(&self.origin, &self.key)
    }

    /// Makes the transaction that suspends a provider, whose card has this version or had it since governance last
    /// admitted it.
    ///
    /// # Errors
    /// [`TransactionError`] never, for a transaction that is made of sound parts.
    pub fn suspend(&self, provider: ProviderId, version: u32) -> Result<SignedTransaction, TransactionError> {
        let body = SuspendProvider { kind: Kind, provider, version: Some(version) };
        SignedTransaction::sign(body, &self.origin, Signer::Governance(&[&self.key]))
    }
}

impl fmt::Debug for GovernanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GovernanceKey(.., {})", self.origin)
    }
}

/// A seed as a line of lowercase hex.
pub(crate) fn seed_text(key: &SigningKey) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key.expose()))
}

/// The key of a seed so written; white space around it is left out.
pub(crate) fn read_seed(text: &str) -> Option<SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), seed.as_mut()).ok()?;
    Some(SigningKey::from_seed(&seed))
}
