//! Checking one grant against the ledger, here and now.

use keepwell_protocol::domain::{GrantId, Timestamp};
use keepwell_protocol::ledger::{LedgerVerdict, StateKey, ledger_verdict};

use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::grants;

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
        let known = online.verified_height()?;
        let proved = online.prove_keys(&[StateKey::Grant(id)])?.pop().ok_or(RemoteError::NotYet)?;
        if proved.height < known {
            return Err(WalletError::LedgerStale);
        }
        let record = proved.grant()?.filter(|record| record.slot.is_none_or(|slot| slot == grant.slot));
        let standing = ledger_verdict(record.as_ref(), proved.time, online.now(), grant.terms.max_staleness);
        online.apply(grant, &proved, 0)?;
        Ok(GrantProof {
            standing,
            height: proved.height,
            time: proved.time,
            validators: u32::try_from(proved.validators).unwrap_or(u32::MAX),
            bytes: u32::try_from(proved.bytes).unwrap_or(u32::MAX),
            is_embedded: proved.next_state.is_embedded(),
        })
    }
}
