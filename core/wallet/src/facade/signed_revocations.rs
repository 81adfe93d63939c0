//! The ends of grants, signed in advance, to be kept on paper.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{GrantId, Timestamp};
use keepwell_protocol::ledger::{RevocationCode, SignedTransaction};

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::records_view::grant;
use crate::store::{StoreError, grants, links, space};

/// What ends one grant, wherever this wallet is by then.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedRevocation {
    /// The grant.
    pub grant: GrantId,
    /// The provider's name as on the card that was pinned, or what the patient called the share.
    pub name: String,
    /// Until before when the grant stands without it.
    pub not_after: Timestamp,
    /// What any gateway of its ledger takes.
    pub code: RevocationCode,
}

impl Wallet {
    /// The signed revocation of every grant whose end the ledger has not shown, those of shares that stand on the ledger
    /// included, as they were signed when the grants were made.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`WalletError::Store`].
    pub fn signed_revocations(&self) -> Result<Vec<SignedRevocation>, WalletError> {
        let connection = self.session()?.store.read();
        let stands = |state: GrantState| state.is_entitled() || state == GrantState::Revoking;
        let mut all = Vec::new();
        for stored in grants::all(connection)?.into_iter().filter(|grant| stands(grant.state)) {
            let code = code(&stored.revocation)?;
            let view = grant::one(connection, stored.id())?;
            all.push(SignedRevocation {
                grant: view.grant,
                name: view.name,
                not_after: view.not_after,
                code,
            });
        }
        for link in links::all(connection)? {
            let Some((grant, granted)) = link.entry.grant.zip(link.grant.as_ref()) else { continue };
            if stands(granted.state) {
                let (name, not_after, code) =
                    (link.label.clone(), link.entry.expires, code(&granted.revocation)?);
                all.push(SignedRevocation { grant, name, not_after, code });
            }
        }
        Ok(all)
    }

    /// The gateway that this wallet asks, which takes them as any other does; none while it works on its own.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`WalletError::Store`].
    pub fn ledger_url(&self) -> Result<Option<String>, WalletError> {
        Ok(space::connection(self.session()?.store.read())?.map(|row| row.ledger_url))
    }
}

fn code(transaction: &[u8]) -> Result<RevocationCode, WalletError> {
    let signed = SignedTransaction::parse(transaction).ok();
    Ok(signed.and_then(RevocationCode::of).ok_or(StoreError::Corrupt { part: "a signed revocation" })?)
}
