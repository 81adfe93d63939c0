//! Checking one grant against the ledger, here and now.

use keepwell_protocol::consent::Terms;
use keepwell_protocol::domain::{Duration, GrantId, LinkId, Slot, Timestamp};
use keepwell_protocol::ledger::{LedgerVerdict, StateKey, Verified, ledger_verdict};

use super::wallet::Wallet;
use crate::engine::online::{Network, Online};
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::{grants, links};

/// What the ledger proves about a grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantProof {
    /// Whether the grant is in force, or why not.
    pub standing: LedgerVerdict,
    /// The height of the header.
    pub height: u64,
    /// The header's time.
    pub time: Timestamp,
    /// How many validators may vote on the header.
    pub validators: u32,
    /// How many bytes the proof has.
    pub bytes: u32,
    /// Whether one signer makes the ledger: a demonstration.
    pub is_embedded: bool,
}

impl Wallet {
    /// Fetches the proof of a grant and verifies it: header, signatures, app hash, state proof, and
    /// that what lies there is this grant.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`]; [`WalletError::Proof`] names the first thing that does not hold;
    /// [`WalletError::LedgerStale`] if the ledger only proves what was before what this wallet has verified.
    pub fn verify_grant(&mut self, id: GrantId, network: Network<'_>) -> Result<GrantProof, WalletError> {
        let mut online = self.online(network)?;
        let grant = grants::find(online.store.read(), id)?.ok_or(WalletError::NoSuchGrant)?;
        let (proof, proved) = online.verify(id, grant.slot, grant.terms.max_staleness)?;
        online.apply(grant, &proved, 0)?;
        Ok(proof)
    }

    /// As [`Wallet::verify_grant`], of the grant with which a share stands.
    ///
    /// # Errors
    /// [`WalletError::NoSuchShare`]; [`WalletError::ShareNotOnLedger`] if it has no grant; else as there.
    pub fn verify_share(&mut self, id: LinkId, network: Network<'_>) -> Result<GrantProof, WalletError> {
        let mut online = self.online(network)?;
        let link = links::find(online.store.read(), id)?.ok_or(WalletError::NoSuchShare)?;
        let slot = link.grant.as_ref().map(|grant| grant.slot);
        let (grant, slot) = link.entry.grant.zip(slot).ok_or(WalletError::ShareNotOnLedger)?;
        let (proof, proved) = online.verify(grant, slot, Terms::DEFAULT_STALENESS)?;
        online.apply_to_link(link, &proved)?;
        Ok(proof)
    }
}

impl Online<'_> {
    /// What the newest header proves of a grant with that slot, and the proof.
    fn verify(
        &mut self,
        grant: GrantId,
        slot: Slot,
        max_staleness: Duration,
    ) -> Result<(GrantProof, Verified), WalletError> {
        let known = self.verified_height()?;
        let proved = self.prove_keys(&[StateKey::Grant(grant)])?.pop().ok_or(RemoteError::NotYet)?;
        if proved.height < known {
            return Err(WalletError::LedgerStale);
        }
        let record = proved.grant()?.filter(|record| record.slot.is_none_or(|found| found == slot));
        let standing = ledger_verdict(record.as_ref(), proved.time, self.now(), max_staleness);
        let proof = GrantProof {
            standing,
            height: proved.height,
            time: proved.time,
            validators: u32::try_from(proved.validators).unwrap_or(u32::MAX),
            bytes: u32::try_from(proved.bytes).unwrap_or(u32::MAX),
            is_embedded: proved.next_state.is_embedded(),
        };
        Ok((proof, proved))
    }
}
