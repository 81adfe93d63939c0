//! Evidence of a grant: what the ledger recorded of it, to be shown to anybody.

use keepwell_protocol::domain::{GrantId, Timestamp};
use keepwell_protocol::ledger::GrantStatus;

use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::{grant_receipts, grants};

/// What the ledger recorded of a grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptReceipt {
    /// The file that anybody checks with a trust anchor of the ledger
    /// ([`verify_grant_receipt`](keepwell_protocol::ledger::verify_grant_receipt)).
    pub receipt: Vec<u8>,
    /// It had been recorded by then.
    pub time: Timestamp,
}

impl Wallet {
    /// The ledger's receipt of a grant, or of its end. What is not kept here yet is asked for; a sync does so for every
    /// grant. None where the ledger has not recorded that, or not by this wallet's transaction, or no more.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`]; where it is asked for, as [`Wallet::verify_grant`].
    pub fn grant_receipt(
        &mut self,
        id: GrantId,
        status: GrantStatus,
        network: Network<'_>,
    ) -> Result<Option<KeptReceipt>, WalletError> {
        let read = self.session()?.store.read();
        let grant = grants::find(read, id)?.ok_or(WalletError::NoSuchGrant)?;
        if !grant_receipts::is_known(read, id, status)? {
            self.online(network)?.await_receipt(&grant, status)?;
        }
        let kept = grant_receipts::find(self.session()?.store.read(), id, status)?;
        Ok(kept.map(|(receipt, time)| KeptReceipt { receipt, time }))
    }
}
