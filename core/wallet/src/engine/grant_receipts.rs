//! Receipts: what the ledger recorded of a grant and of its end is kept, for it is swept there some time after the end.

use keepwell_net::Proved;
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::tx_id;
use keepwell_protocol::domain::{Object, Origin};
use keepwell_protocol::ledger::{GrantReceipt, GrantRecord, GrantStatus, SignedTransaction, StateKey};

use super::online::{Online, Source};
use super::proofs::{NEWEST_TRIES, PROOF_TRIES, wait_for_proof};
use crate::error::WalletError;
use crate::store::state_object::StoredGrant;
use crate::store::{grant_receipts, grants};

impl Online<'_> {
    /// Fetches what the ledger recorded of each grant of which this is not known yet, by the host's relay, which knows
    /// the grants anyway. What fails is fetched by the next sync.
    pub(crate) fn fetch_receipts(&mut self) -> Result<(), WalletError> {
        let mut left = AT_ONCE;
        for grant in grants::all(self.store.read())? {
            let Some(status) = recorded_status(grant.state) else { continue };
            if !grant_receipts::is_known(self.store.read(), grant.id(), status)? {
                self.fetch_receipt(&grant, status)?;
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    /// As [`Online::fetch_receipt`], for somebody who asks for it now: the relay remembers answers for a moment, and where
    /// its word is older than what this wallet has verified a newer one is waited for.
    pub(crate) fn await_receipt(
        &mut self,
        grant: &StoredGrant,
        status: GrantStatus,
    ) -> Result<(), WalletError> {
        wait_for_proof(self.clock, PROOF_TRIES, |tries| {
            let is_newest = self.fetch_receipt(grant, status)?;
            Ok((is_newest || tries >= NEWEST_TRIES).then_some(()))
        })
    }

    /// Fetches and keeps what the ledger recorded when a grant came to this, if that is still what stands there. Answers
    /// whether what was asked is not older than what this wallet has verified.
    fn fetch_receipt(&mut self, grant: &StoredGrant, status: GrantStatus) -> Result<bool, WalletError> {
        let (id, known) = (grant.id(), self.verified_height()?);
        let proved = self.prove_in_bytes(&StateKey::Grant(id), Source::Relay)?;
        let Some(Proved { verified, bundle }) = proved else { return Ok(false) };
        let is_newest = verified.height >= known;
        let receipt = match verified.grant()? {
            Some(record) if record.status == status => receipt(grant, &record, bundle, &self.origin),
            // Older than what became of it, or of another one that took its number.
            Some(_) => return Ok(is_newest),
            // It was swept, or never got there. A header of before that says nothing of it.
            None if status == GrantStatus::Revoked && verified.time >= grant.since => None,
            None => return Ok(is_newest),
        };
        self.write(|transaction, _| {
            Ok(grant_receipts::keep(transaction, id, status, receipt.as_ref(), verified.time)?)
        })?;
        Ok(true)
    }
}

/// The receipt of what is recorded, if that was done by one of the transactions that this wallet has of the grant.
fn receipt(
    grant: &StoredGrant,
    record: &GrantRecord,
    proof: Vec<u8>,
    origin: &Origin,
) -> Option<GrantReceipt> {
    let own = [&grant.transaction, &grant.revocation].into_iter();
    let mut bodies =
        own.filter_map(|sent| SignedTransaction::parse(sent).ok()).map(|sent| sent.body().clone());
    let body = bodies.find(|body| tx_id(origin, &body.to_cbor()) == record.transaction)?;
    Some(GrantReceipt::new(body, proof))
}

/// What the ledger has recorded of a grant in this state.
const fn recorded_status(state: GrantState) -> Option<GrantStatus> {
    match state {
        GrantState::Active => Some(GrantStatus::Active),
        GrantState::Revoked => Some(GrantStatus::Revoked),
        GrantState::Pending | GrantState::Expired | GrantState::Revoking => None,
    }
}

/// How many are fetched in one sync; a wallet that was restored may lack many.
const AT_ONCE: u32 = 20;
