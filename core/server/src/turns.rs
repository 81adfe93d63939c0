//! Turns of requests: so many are worked on at once, and who comes then waits a moment for one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::blocking::{Interrupted, blocking};

/// How long a turn is waited for.
const TURN_WAIT: Duration = Duration::from_secs(1);

/// Turns of one kind of work; a clone shares them.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Semaphore>);

/// Why a work is not done.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TurnRefused {
    /// All turns were taken for as long as one is waited for.
    #[error("too much is worked on at once")]
    Busy,
    /// The work was not done to its end: it panicked, or the server stopped first.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Turns {
    /// So many turns at once, each of which holds a thread for as long as its work takes.
    pub fn new(at_once: u64) -> Self {
        let at_once = usize::try_from(at_once).unwrap_or(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))))
    }

    /// Runs `work` on a thread that may block, as soon as there is a turn. The turn ends with the work, whether or
    /// not somebody still waits for what comes of it.
    ///
    /// # Errors
    /// [`TurnRefused::Busy`] if there is none within a second; [`TurnRefused::Interrupted`].
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TurnRefused> {
        let turn = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(TurnRefused::Busy) };
        let work = move || {
            let _turn = turn;
            work()
        };
        Ok(blocking(work).await?)
    }
}
