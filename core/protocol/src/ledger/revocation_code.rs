//! A revocation on paper.

use std::fmt;

use super::{SignedTransaction, Transaction};
use crate::crypto::{self, base64url};
use crate::domain::{GrantId, Object as _, Origin};

/// A revocation that was signed when its grant was made, as the text of a QR code: `keepwell:v/` and the transaction in
/// base64url. Whoever has it can end that grant at any gateway, and can do nothing else with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevocationCode(SignedTransaction);

impl RevocationCode {
    /// The code of a transaction; none of one that is no revocation.
    pub fn of(transaction: SignedTransaction) -> Option<Self> {
        matches!(transaction.body(), Transaction::Revoke(_)).then_some(Self(transaction))
    }

    /// Reads the text of such a code; none if it is another. Whether the signature holds the ledger says.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text.strip_prefix(PREFIX)?).ok()?;
        Self::of(SignedTransaction::parse(&bytes).ok()?)
    }

    /// What a gateway takes.
    pub const fn transaction(&self) -> &SignedTransaction {
        &self.0
    }

    /// The grant that it ends on the ledger of this origin.
    pub fn grant(&self, origin: &Origin) -> Option<GrantId> {
        let Transaction::Revoke(revoke) = self.0.body() else { return None };
        Some(crypto::grant_id(&self.0.body().account(origin)?, revoke.number))
    }
}

impl fmt::Display for RevocationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", base64url::encode(&self.0.to_cbor()))
    }
}

const PREFIX: &str = "keepwell:v/";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;
    use crate::ledger::{Close, Kind, Revoke, Signer};

    fn signed(body: impl Into<Transaction>) -> SignedTransaction {
        let key = SigningKey::from_seed(&[7; 32]);
        SignedTransaction::sign(body, &Origin::from_bytes([1; 32]), Signer::Root(&key)).unwrap()
    }

    #[test]
    fn a_revocation_reads_back_and_nothing_else_is_one() {
        let root = SigningKey::from_seed(&[7; 32]).public_key();
        let revoke = Revoke { kind: Kind, account: None, root: Some(root), number: 3 };
        let code = RevocationCode::of(signed(revoke)).unwrap();
        let origin = Origin::from_bytes([1; 32]);
        let grant = crypto::grant_id(&crypto::account_id(&origin, &root), 3);
        assert_eq!(code.grant(&origin), Some(grant));
        let text = code.to_string();
        assert_eq!(RevocationCode::parse(&text), Some(code));
        let close = signed(Close { kind: Kind, root });
        assert_eq!(RevocationCode::of(close.clone()), None);
        for other in [
            format!("{PREFIX}{}", base64url::encode(&close.to_cbor())),
            text.replace(PREFIX, "keepwell:p/"),
            text.replace(PREFIX, ""),
            format!("{text}A"),
            format!("{text}="),
            text[..text.len() - 1].to_owned(),
            PREFIX.to_owned(),
        ] {
            assert_eq!(RevocationCode::parse(&other), None, "{other}");
        }
    }
}
