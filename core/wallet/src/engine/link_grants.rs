//! Granting a share link on the ledger, in an account of its own that is used once, and ending it there.

use std::time::Duration as Wait;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, Object, Slot};
use keepwell_protocol::ledger::{GrantNewAccount, Kind, Revoke, SignedTransaction, Signer};
use minicbor::bytes::ByteVec;

use super::authentication::FreshAuthentication;
use super::delivery::Awaited;
use super::granted::ONLY;
use super::online::Online;
use super::sync::SyncReport;
use crate::error::WalletError;
use crate::store::links::{LinkGrant, StoredLink};

impl Online<'_> {
    /// Signs the transaction that grants a new link and, for later, the one that ends it; the link gets the grant's id.
    pub(crate) fn sign_link_grant(
        &mut self,
        fresh: &FreshAuthentication,
        link: &mut StoredLink,
    ) -> Result<(), WalletError> {
        let provider = crypto::link_provider_id(&link.entry.id);
        let root = fresh.seed().root_key(&provider, 0);
        let account_key = fresh.seed().account_key(&provider, 0, 1);
        let account = crypto::account_id(&self.origin, &root.public_key());
        let (salt, slot) = (self.rng.array()?, Slot::from_bytes(self.rng.array()?));
        let valid_until = self.now().saturating_add(VALID_FOR);
        let body = GrantNewAccount {
            kind: Kind,
            root: root.public_key(),
            account_key: account_key.public_key(),
            number: ONLY,
            slot,
            commitment: link.terms().commitment(&salt),
            not_after: link.entry.expires.day(),
            valid_until,
        };
        let transaction = SignedTransaction::sign(body, &self.origin, Signer::Root(&root))?;
        let revoke = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: ONLY };
        let revocation = SignedTransaction::sign(revoke, &self.origin, Signer::Root(&root))?;
        link.entry.grant = Some(crypto::grant_id(&account, ONLY));
        link.grant = Some(LinkGrant {
            account,
            salt,
            slot,
            transaction: ByteVec::from(transaction.to_cbor()),
            valid_until,
            revocation: ByteVec::from(revocation.to_cbor()),
            state: GrantState::Pending,
        });
        Ok(())
    }

    /// Hands in what ends the grants of links, and looks a few times whether it shows; what does not stays queued.
    pub(crate) fn end_on_ledger(&mut self) -> Result<(), WalletError> {
        let mut report = SyncReport::default();
        let sent = self.send_transactions();
        report.note(sent)?;
        for _ in 0..LOOKS {
            if self.prove_sent(&mut report)? != Awaited::Revocations {
                break;
            }
            self.clock.sleep(PAUSE);
        }
        Ok(())
    }
}

const LOOKS: u32 = 10;
const PAUSE: Wait = Wait::from_millis(200);
/// How long the ledger may include a link's grant; it allows seven days from block time.
const VALID_FOR: Duration = Duration::days(6);
