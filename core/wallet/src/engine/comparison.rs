//! Two ways to the ledger compared: that both show one chain, which nobody finds out who asks only one of them.

use keepwell_protocol::consent::Terms;
use keepwell_protocol::ledger::{Equivocation, LightBlock, ProofError, verify_signed};

use super::online::{Online, Source};
use super::proofs::proof_error;
use crate::error::WalletError;
use crate::store::{equivocation, space};

impl Online<'_> {
    /// Compares what the host's relay and a gateway show for one height. Two headers are kept as evidence, and nobody is
    /// granted anything by a ledger that has them.
    ///
    /// # Errors
    /// [`ProofError::Equivocation`] for two headers; [`WalletError::LedgerStale`] if one of the two is so far behind the
    /// other that what it proves is no longer believed.
    pub(crate) fn compare_sources(&mut self) -> Result<(), WalletError> {
        let relayed = self.block(Source::Relay, None)?;
        let direct = self.block(Source::Gateway, None)?;
        let (earlier, later) = (relayed.time()?.min(direct.time()?), relayed.time()?.max(direct.time()?));
        if later.since(earlier) > Terms::DEFAULT_STALENESS {
            return Err(WalletError::LedgerStale);
        }
        let (height, other) = (relayed.height()?, direct.height()?);
        let (relayed, direct) = if height < other {
            (relayed, self.block(Source::Gateway, Some(height))?)
        } else if other < height {
            (self.block(Source::Relay, Some(other))?, direct)
        } else {
            (relayed, direct)
        };
        if relayed.header_hash()? == direct.header_hash()? {
            return Ok(());
        }
        let seen = Equivocation::new(relayed, direct);
        self.write(|transaction, _| Ok(equivocation::keep(transaction, &seen)?))?;
        Err(ProofError::Equivocation.into())
    }

    /// The newest light block or that of a height, with the votes by which it would be believed.
    fn block(&mut self, source: Source, height: Option<u64>) -> Result<LightBlock, WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let (policy, clock) = (self.policy(), self.clock);
        let fetched = self.ledger(source)?.light_block(height).and_then(|block| {
            verify_signed(&block, &row.trusted, &policy, clock.now())?;
            Ok(block)
        });
        fetched.map_err(|error| self.note_silence(source, proof_error(error)))
    }
}
