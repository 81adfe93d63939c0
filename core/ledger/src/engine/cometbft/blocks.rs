//! Blocks as CometBFT decides on them: executed however often it asks, and written by Commit alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{Object as _, Timestamp};
use keepwell_protocol::ledger::Validator;
use tendermint::{Time, consensus};

use super::application::Application;
use super::tip::{Pending, StoredTip, fingerprint, first_version, version_at};
use super::waiting::Hash;
use crate::engine::block::whole_seconds;
use crate::engine::error::EngineError;
use crate::engine::maker::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::engine::progress::lock;
use crate::engine::retention::oldest_light;
use crate::fault;
use crate::state::{self, Address, AppVersion, Changes, Outcome, Received};
use crate::store::{Committed, Snapshot};

/// What CometBFT says with a block of those who vote.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    /// Who voted for the block before, as [`state::Block`] has it.
    pub(super) voters: Option<Vec<Address>>,
    /// Who signed twice.
    pub(super) misbehaving: Vec<Address>,
}

/// What a block did.
#[derive(Debug, PartialEq)]
pub(super) struct Finalized {
    /// What became of each transaction.
    pub(super) outcomes: Vec<Outcome>,
    /// The app hash after it.
    pub(super) app_hash: [u8; 32],
    /// Who votes with another power from the second block after it, 0 for who does not any more.
    pub(super) validator_updates: Vec<Validator>,
    /// The consensus parameters of the next block, if they are others.
    pub(super) parameters: Option<consensus::Params>,
}

/// What the authorities started from, as CometBFT says.
#[derive(Debug)]
pub(super) struct ChainStart {
    pub(super) chain_id: String,
    pub(super) time: Time,
    pub(super) initial_height: u64,
    pub(super) validators: Vec<Validator>,
    pub(super) app_state: Vec<u8>,
    pub(super) parameters: consensus::Params,
}

impl Application {
    /// Compares what the authorities start from with what is here, and answers the app hash before the first block.
    /// May be asked again as long as there is no block.
    pub(super) fn init_chain(&self, mut start: ChainStart) -> Result<[u8; 32], EngineError> {
        let mut validators = self.genesis.validators.clone();
        validators.sort_unstable();
        start.validators.sort_unstable();
        let is_same = start.chain_id == self.genesis.chain_id
            && start.time.unix_timestamp_nanos() == i128::from(self.genesis.initial_time) * 1_000_000_000
            && start.initial_height == 1
            && start.validators == validators
            && start.app_state == self.genesis.app_state.as_bytes()
            && first_version(&start.parameters)? == self.first_version
            && fingerprint(&start.parameters) == fingerprint(&self.parameters);
        let head = self.head();
        if is_same && head.height == 0 { Ok(head.app_hash()) } else { Err(EngineError::OtherChain) }
    }

    /// Executes a block. Nothing is written; asked again it says the same.
    pub(super) fn finalize(
        &self,
        height: u64,
        time: Time,
        conduct: &Conduct,
        transactions: &[impl AsRef<[u8]>],
    ) -> Result<Finalized, EngineError> {
        self.while_temporary(|| self.execute(height, time, conduct, transactions))
    }

    fn execute(
        &self,
        height: u64,
        time: Time,
        conduct: &Conduct,
        transactions: &[impl AsRef<[u8]>],
    ) -> Result<Finalized, EngineError> {
        let snapshot = self.progress.store().snapshot()?;
        if height != snapshot.head().height + 1 {
            return Err(EngineError::OtherChain);
        }
        fault::point("block begun");
        let hashes: Vec<Hash> = transactions.iter().map(|bytes| sha256(bytes.as_ref())).collect();
        let received: Vec<Arc<Received>> = hashes
            .iter()
            .zip(transactions)
            .map(|(hash, bytes)| self.received(hash, bytes.as_ref()))
            .collect();
        let time = whole_seconds(time);
        let before = snapshot.tip()?.map(|bytes| StoredTip::from_cbor(&bytes)).transpose();
        let before = before.map_err(|_| EngineError::OtherChain)?.map_or(time, |tip| tip.time);
        let Conduct { voters, misbehaving } = conduct.clone();
        let block = state::Block { voters, misbehaving, ..self.block(&snapshot, height, time, before)? };
        let executed =
            state::execute(&snapshot, &block, &received.iter().map(Arc::as_ref).collect::<Vec<_>>())?;
        fault::point("block executed");
        let applied = received.iter().zip(&executed.outcomes);
        let applied = applied.filter(|(_, outcome)| matches!(outcome, Outcome::Applied(_)));
        let applied: Vec<&[u8]> = applied.map(|(received, _)| received.bytes()).collect();
        let validator_updates = self.validator_updates(&snapshot, &executed.changes)?;
        let parameters = self.parameter_updates(&snapshot, &block, &executed.changes)?;
        let prepared = snapshot.prepare(executed.writes, &applied)?;
        fault::point("block prepared");
        let app_hash = prepared.head().app_hash();
        let oldest_light = oldest_light(&snapshot)?;
        let voters = block.voters;
        *lock(&self.pending) = Some(Pending { prepared, time, voters, oldest_light, transactions: hashes });
        Ok(Finalized { outcomes: executed.outcomes, app_hash, validator_updates, parameters })
    }

    /// Writes the block that was executed last, durably. While the disk does not take it, CometBFT waits.
    pub(super) fn commit(&self) -> Result<(), EngineError> {
        let pending = lock(&self.pending).take().ok_or(EngineError::Block)?;
        let height = pending.prepared.head().height;
        let parameters = Some(fingerprint(&self.parameters).into());
        let tip = StoredTip { time: pending.time, parameters }.to_cbor();
        let committed = Committed { block: None, tip: &tip, oldest_light: pending.oldest_light };
        let store = self.progress.store();
        self.while_temporary(|| {
            // A write that failed may have taken place all the same.
            if store.snapshot()?.head().height < height {
                store.commit(&pending.prepared, &committed)?;
            }
            Ok(())
        })?;
        *lock(&self.head) = pending.prepared.head().clone();
        let next =
            self.while_temporary(|| self.block(&store.snapshot()?, height + 1, pending.time, pending.time));
        match next {
            // Who votes for this block is not known yet: most likely who did for the one before.
            Ok(next) => self.progress.set_next(state::Block { voters: pending.voters, ..next }),
            // The block is committed; the next one is for a newer program.
            Err(error @ EngineError::UnknownRules { .. }) => self.fail(error),
            Err(error) => return Err(error),
        }
        let mut waiting = lock(&self.waiting);
        pending.transactions.iter().for_each(|hash| waiting.remove(hash));
        waiting.forget_asked_before(height.saturating_sub(1));
        drop(waiting);
        *lock(&self.newest_at) = Instant::now();
        *lock(&self.committed) = height;
        self.more.notify_all();
        if !pending.transactions.is_empty() {
            tracing::info!(height, transactions = pending.transactions.len(), "block");
        }
        self.snapshot_if_due();
        Ok(())
    }

    /// A block as the rules see it: they are the chain's, whatever others this program knows.
    pub(super) fn block(
        &self,
        snapshot: &Snapshot,
        height: u64,
        time: Timestamp,
        time_before: Timestamp,
    ) -> Result<state::Block, EngineError> {
        Ok(state::Block {
            origin: self.progress.origin(),
            version: version_at(snapshot, self.first_version, height)?,
            height,
            time,
            time_before,
            first_validators: self.first_validators.clone(),
            has_one_signer: false,
            voters: None,
            misbehaving: Vec::new(),
        })
    }

    /// By which rules the next block is executed.
    pub(super) fn version(&self) -> AppVersion {
        self.progress.next().version
    }

    /// Who votes with another power than before, 0 for who does not any more.
    fn validator_updates(
        &self,
        snapshot: &Snapshot,
        changes: &Changes,
    ) -> Result<Vec<Validator>, EngineError> {
        let Some(after) = &changes.validators else { return Ok(Vec::new()) };
        let before = state::validators(snapshot)?.unwrap_or_else(|| self.first_validators.to_vec());
        let gone = before.iter().filter(|old| !after.iter().any(|new| new.key == old.key));
        let gone = gone.map(|old| Validator { power: 0, ..old.clone() });
        Ok(after.iter().filter(|new| !before.contains(new)).cloned().chain(gone).collect())
    }

    /// All of the consensus parameters, if one of them changes.
    fn parameter_updates(
        &self,
        snapshot: &Snapshot,
        block: &state::Block,
        changes: &Changes,
    ) -> Result<Option<consensus::Params>, EngineError> {
        if changes.block_size.is_none() && changes.version.is_none() {
            return Ok(None);
        }
        let mut parameters = self.parameters.clone();
        if let Some(bytes) =
            changes.block_size.map_or_else(|| state::block_size(snapshot), |it| Ok(Some(it)))?
        {
            parameters.block.max_bytes = bytes.into();
        }
        let app = changes.version.unwrap_or(block.version.number());
        parameters.version = Some(consensus::params::VersionParams { app });
        Ok(Some(parameters))
    }

    /// Repeats what fails for a reason that passes, such as a full disk, until it succeeds or this process ends.
    fn while_temporary<T>(&self, work: impl Fn() -> Result<T, EngineError>) -> Result<T, EngineError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match work() {
                Ok(done) => {
                    self.progress.set_stopped(None);
                    return Ok(done);
                }
                Err(error) => error,
            };
            let Some(why) = error.temporary().filter(|_| !self.ends()) else { return Err(error) };
            self.progress.set_stopped(Some(why));
            tracing::warn!(code = error.code(), %error, ?pause, "no block for now");
            self.pause(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
            // Until it is opened anew nothing can be read or written.
            if let Err(error) = self.progress.store().reopen() {
                tracing::warn!(code = error.code(), %error, "the database cannot be opened");
            }
        }
    }

    /// Waits for so long, or until this process ends.
    fn pause(&self, pause: Duration) {
        let committed = lock(&self.committed);
        drop(self.more.wait_timeout_while(committed, pause, |_| !self.ends()));
    }
}
