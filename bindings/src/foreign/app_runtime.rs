//! Calling what the app implements: with a deadline, and ended when the call is cancelled.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::cancellation::CallFlag;
use crate::error::{Result, WalletError};

/// Why an app's method gave no answer of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unanswered {
    /// It took longer than it may.
    Deadline,
    /// The call on whose behalf it was asked was cancelled.
    Cancelled,
}

/// Waits for asynchronous methods of the app on the wallet's own thread.
pub(crate) struct AppRuntime(Runtime);

impl AppRuntime {
    pub(crate) fn new() -> Result<Self> {
        Builder::new_current_thread().enable_time().build().map(Self).map_err(|_| WalletError::Internal)
    }

    /// Waits for `method`, which is dropped, and so cancelled in the app, if it is not to go on.
    pub(crate) fn wait<T>(
        &self,
        method: impl Future<Output = T>,
        deadline: Duration,
    ) -> Result<T, Unanswered> {
        let call = CallFlag::current();
        self.0.block_on(async {
            tokio::select! {
                biased;
                () = call.cancelled() => Err(Unanswered::Cancelled),
                () = tokio::time::sleep(deadline) => Err(Unanswered::Deadline),
                answer = method => Ok(answer),
            }
        })
    }
}
