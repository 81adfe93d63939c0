//! Turns of requests: so many are worked on at once, and who comes then waits a moment for one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::answer::Refusal;
use crate::engine::EngineError;

/// How long a turn is waited for.
const TURN_WAIT: Duration = Duration::from_secs(1);

/// Turns of one kind of work.
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn new(at_once: u64) -> Self {
        let at_once = usize::try_from(at_once).unwrap_or(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))))
    }

    /// Runs what reads the disk where that may take its time, as soon as there is a turn. The turn ends with the
    /// work, whether or not somebody still waits for the answer.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = tokio::time::timeout(TURN_WAIT, self.0.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Refusal::Busy) };
        let work = move || {
            let _turn = turn;
            work()
        };
        keepwell_server::blocking(work).await.map_err(|_| EngineError::Block.into())
    }
}
