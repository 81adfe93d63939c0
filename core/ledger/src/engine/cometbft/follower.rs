//! The thread that reads the votes on each block from CometBFT and keeps them as the light block that is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{Genesis, LightBlock};
use tendermint::{Hash, validator};

use super::application::Application;
use super::rpc::Rpc;
use crate::engine::embedded::set;
use crate::engine::error::EngineError;
use crate::engine::progress::Progress;

/// Follows the chain.
pub(super) struct Follower {
    application: Arc<Application>,
    rpc: Arc<Rpc>,
    /// The set that was seen last: mostly there is no other.
    validators: validator::Set,
    is_ending: Arc<AtomicBool>,
}

/// How soon CometBFT is asked again for what it did not answer.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a wait for a block is.
const WAIT: Duration = Duration::from_secs(1);

impl Follower {
    pub(super) fn new(
        application: Arc<Application>,
        rpc: Arc<Rpc>,
        genesis: &Genesis,
        is_ending: Arc<AtomicBool>,
    ) -> Result<Self, EngineError> {
        Ok(Self { application, rpc, validators: set(&genesis.validators)?, is_ending })
    }

    pub(super) fn start(
        mut self,
        first: impl FnOnce() + Send + 'static,
    ) -> Result<JoinHandle<()>, EngineError> {
        std::thread::Builder::new()
            .name("light blocks".to_owned())
            .spawn(move || {
                if let Err(error) = self.follow(first) {
                    self.application.fail(error);
                }
            })
            .map_err(|error| crate::store::StoreError::Io(error).into())
    }

    fn follow(&mut self, first: impl FnOnce()) -> Result<(), EngineError> {
        let progress: Arc<Progress> = self.application.progress().clone();
        let mut first = Some(first);
        while !self.is_ending.load(Ordering::SeqCst) {
            // By the store: what it was opened anew for may have taken the newest ones along.
            let served = match progress.store().snapshot().and_then(|snapshot| snapshot.served_height()) {
                Ok(served) => served,
                Err(error) if error.temporary().is_some() => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if served > 0 {
                first.take().into_iter().for_each(|call| call());
            }
            if self.application.wait_for_block_after(served, WAIT) <= served {
                continue;
            }
            let light_block = match self.light_block(served + 1) {
                Ok(Some(light_block)) => light_block,
                // It answers when it is up, and a moment after it has decided.
                Ok(None) | Err(EngineError::Rpc(_)) => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match progress.store().add_light_block(served + 1, &light_block.to_cbor()) {
                Ok(()) => progress.serve(served + 1),
                // The application waits for the disk as well, and opens it anew.
                Err(error) if error.temporary().is_some() => std::thread::sleep(PAUSE),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn light_block(&mut self, height: u64) -> Result<Option<LightBlock>, EngineError> {
        let Some(signed) = self.rpc.commit(height)? else { return Ok(None) };
        let (now, next) = (signed.header.validators_hash, signed.header.next_validators_hash);
        let Some(validators) = self.validators_of(now, height)? else { return Ok(None) };
        let Some(next_validators) = self.validators_of(next, height + 1)? else { return Ok(None) };
        Ok(Some(LightBlock::new(signed, &validators, &next_validators)))
    }

    fn validators_of(&mut self, hash: Hash, height: u64) -> Result<Option<validator::Set>, EngineError> {
        if self.validators.hash() != hash {
            let Some(validators) = self.rpc.validators(height)? else { return Ok(None) };
            if validators.hash() != hash {
                return Err(EngineError::RpcAnswer);
            }
            self.validators = validators;
        }
        Ok(Some(self.validators.clone()))
    }
}
