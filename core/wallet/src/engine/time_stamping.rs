//! Time stamps: entries are handed in to a gateway that collects them, and what the ledger recorded is taken in.

use keepwell_net::GatewayError;
use keepwell_protocol::ledger::{EntryReceipt, Existence};

use super::online::{Online, Source};
use super::proofs::proof_error;
use crate::error::WalletError;
use crate::net::{RemoteError, ServerCode};
use crate::store::space;
use crate::store::time_stamps::{self, Waiting};

impl Online<'_> {
    /// Hands in what no gateway took yet, and takes in what the ledger has recorded. Asked as about providers, so that
    /// the gateway does not see which phone asks; of what it is asked it sees a random number.
    pub(crate) fn exchange_time_stamps(&mut self) -> Result<(), WalletError> {
        let mut first = Ok(());
        for waiting in time_stamps::waiting(self.store.read())? {
            match self.exchange_time_stamp(waiting) {
                // What ails one of them keeps no other from its proof.
                Err(error) if error.is_of_servers() => first = first.and(Err(error)),
                exchanged => exchanged?,
            }
        }
        first
    }

    fn exchange_time_stamp(&mut self, waiting: Waiting) -> Result<(), WalletError> {
        if waiting.is_handed_in {
            match self.prove_entry(waiting) {
                Ok(Some((receipt, existence))) => {
                    return self.write(|transaction, _| {
                        Ok(time_stamps::set_receipt(transaction, waiting.stamp, &receipt, existence.time)?)
                    });
                }
                Ok(None) => return Ok(()),
                // It was lost there with what had waited, or another gateway took it.
                Err(WalletError::Remote(error)) if error.server_code() == Some(ServerCode::UnknownEntry) => {}
                Err(error) => return Err(error),
            }
        }
        let gateway = self.ledger(Source::Gateway)?;
        let taken = gateway.hand_in_entry(&waiting.entry).map_err(RemoteError::from);
        taken.map_err(|error| self.note_silence(Source::Gateway, error.into()))?;
        self.write(|transaction, sealer| {
            Ok(time_stamps::set_handed_in(transaction, waiting.stamp, sealer.now)?)
        })
    }

    /// What the ledger has recorded of an entry, verified; nothing while it has not.
    fn prove_entry(&mut self, waiting: Waiting) -> Result<Option<(EntryReceipt, Existence)>, WalletError> {
        let gateway = self.ledger(Source::Gateway)?;
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        match gateway.prove_entry(&waiting.entry, &row.trusted, &self.policy(), self.clock) {
            Ok((receipt, existence)) => {
                self.trust(&row.trusted, &existence.next_state)?;
                Ok(Some((receipt, existence)))
            }
            Err(GatewayError::NotYet) => Ok(None),
            Err(error) => Err(self.note_silence(Source::Gateway, proof_error(error))),
        }
    }
}
