//! What is believed of CometBFT's RPC: what is stored once is served for half a year and never asked for again.

use keepwell_protocol::domain::Duration;
use keepwell_protocol::ledger::{
    Genesis, LightBlock, ProofError, TrustAnchor, TrustPolicy, TrustedState, verify_light_block,
};

/// The light blocks so far, as who verifies the next one needs them.
pub(super) struct LightChain {
    trusted: TrustedState,
}

/// Why a light block is not stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotNext {
    /// It is of another height than the next.
    #[error("the light block has height {found}, and {wanted} is next")]
    Height {
        /// The height of the light block.
        found: u64,
        /// The height that comes after the newest stored one.
        wanted: u64,
    },
    /// What it says is not proved by the block before it.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Its header carries another state than this node has.
    #[error("the header has another app hash than this node")]
    AppHash,
}

/// Here only the order of blocks counts: a node may read those of a year ago.
const POLICY: TrustPolicy =
    TrustPolicy { accept_embedded: true, max_clock_drift: Duration(0), trusting_period: FOR_EVER };
const FOR_EVER: Duration = Duration::days(365 * 1_000);

impl LightChain {
    /// Before the first block.
    pub(super) fn before_the_first(genesis: &Genesis) -> Self {
        let trusted = TrustedState {
            format: TrustedState::FORMAT,
            chain_id: genesis.chain_id.clone(),
            height: 0,
            header_hash: [0; 32],
            // The first header has the genesis' time, and has to be later than what is before it.
            time: keepwell_protocol::domain::Timestamp(genesis.initial_time.saturating_sub(1)),
            nanoseconds: 0,
            validators: genesis.validators.clone(),
            trusting_period: FOR_EVER,
        };
        Self { trusted }
    }

    /// Before the first block that follows a snapshot. CometBFT has verified it from what its operator trusts; that it
    /// carries this node's state is looked at when it is appended.
    ///
    /// # Errors
    /// [`ProofError`] if it is none.
    pub(super) fn before(genesis: &Genesis, block: &LightBlock) -> Result<Self, ProofError> {
        let trusted = TrustedState {
            height: block.height()?.saturating_sub(1),
            time: block.time()?.saturating_sub(Duration(1)),
            validators: block.validators()?,
            ..Self::before_the_first(genesis).trusted
        };
        Ok(Self { trusted })
    }

    /// After a block that was stored.
    ///
    /// # Errors
    /// [`ProofError`] if it is none.
    pub(super) fn after(genesis: &Genesis, block: &LightBlock) -> Result<Self, ProofError> {
        let anchor = TrustAnchor::at_block(genesis.clone(), block)?;
        Ok(Self { trusted: TrustAnchor { trusting_period: FOR_EVER.0, ..anchor }.trusted_state() })
    }

    /// The newest height.
    pub(super) fn height(&self) -> u64 {
        self.trusted.height
    }

    /// Goes on by a light block that more than two thirds of the validators signed and whose header has this state, as
    /// far as it is still known.
    ///
    /// # Errors
    /// [`NotNext`], and nothing has changed.
    pub(super) fn append(&mut self, block: &LightBlock, app_hash: Option<[u8; 32]>) -> Result<(), NotNext> {
        let (found, wanted) = (block.height()?, self.height() + 1);
        if found != wanted {
            return Err(NotNext::Height { found, wanted });
        }
        let verified =
            verify_light_block(block, &self.trusted, &POLICY, block.time()?.saturating_add(Duration(1)))?;
        if app_hash.is_some_and(|app_hash| app_hash != verified.app_hash) {
            return Err(NotNext::AppHash);
        }
        self.trusted = verified.next_state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::Object as _;

    use super::*;
    use crate::engine::crash_tests::{genesis, undisturbed};

    #[test]
    fn every_block_of_a_chain_is_believed_in_its_turn_and_nothing_else_is() {
        let chain = undisturbed();
        let block = |height: usize| LightBlock::from_cbor(&chain[height].2).unwrap();
        let mut light = LightChain::before_the_first(&genesis());
        for (height, pair) in chain.windows(2).enumerate() {
            let [(app_hash, ..), _] = pair else { panic!() };
            let next = block(height + 1);
            assert_eq!(light.append(&next, Some([7; 32])), Err(NotNext::AppHash));
            if height > 0 {
                let twice = light.append(&block(height), None).unwrap_err();
                assert!(matches!(twice, NotNext::Height { .. }), "{twice}");
            }
            light.append(&next, Some(*app_hash)).unwrap();
            // From the store it goes on as well.
            light = LightChain::after(&genesis(), &next).unwrap();
            assert_eq!(light.height(), height as u64 + 1);
        }
        // Another chain of the same name is not this one.
        let mut other = genesis();
        other.validators[0].key = [9; 32];
        assert!(LightChain::before_the_first(&other).append(&block(1), None).is_err());
        let mut renamed = genesis();
        renamed.chain_id = "embedded-other".to_owned();
        assert_eq!(
            LightChain::before_the_first(&renamed).append(&block(1), None),
            Err(NotNext::Proof(ProofError::WrongChain))
        );
        // A vote that was changed is none.
        let mut bytes = chain[2].2.clone();
        let at = bytes.len() - 80;
        bytes[at] ^= 1;
        let mut light = LightChain::after(&genesis(), &block(1)).unwrap();
        if let Ok(forged) = LightBlock::from_cbor(&bytes) {
            assert!(light.append(&forged, None).is_err());
        }
        light.append(&block(2), None).unwrap();
    }
}
