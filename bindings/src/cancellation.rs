//! Breaking off what takes long.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::error::Result;

/// Cancels the calls that it was given to.
///
/// A cancelled call throws `Cancelled`, and what it was to write is not written. Only a grant that was
/// already decided when its call was cancelled is returned, and the next sync goes on with it.
#[derive(Debug, Default, uniffi::Object)]
pub struct Cancellation {
    cancelled: AtomicBool,
    told: Notify,
}

#[uniffi::export]
impl Cancellation {
    /// Makes one, for one call or for several that end together.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Cancels; more than once is as once.
    pub fn cancel(&self) -> Result<()> {
        self.cancelled.store(true, Ordering::SeqCst);
        self.told.notify_waiters();
        Ok(())
    }
}

impl Cancellation {
    fn is_set(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

/// Whether one call goes on: its caller, the caller's [`Cancellation`], and locking may end it.
#[derive(Debug)]
pub(crate) struct CallFlag {
    own: Arc<Cancellation>,
    given: Option<Arc<Cancellation>>,
}

impl CallFlag {
    pub(crate) fn new(given: Option<Arc<Cancellation>>) -> Self {
        Self { own: Cancellation::new(), given }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.own.is_set() || self.is_cancelled_by_caller()
    }

    /// Whether its caller has broken it off by the [`Cancellation`] that came with it.
    pub(crate) fn is_cancelled_by_caller(&self) -> bool {
        self.given.as_ref().is_some_and(|given| given.is_set())
    }

    /// Makes this the call that this thread is doing, until what is returned is dropped.
    pub(crate) fn enter(self: Arc<Self>) -> Entered {
        CURRENT.with_borrow_mut(|current| *current = Some(self));
        Entered
    }

    /// The call that this thread is doing; one that nobody can cancel on any other thread.
    pub(crate) fn current() -> Arc<Self> {
        CURRENT.with_borrow(Clone::clone).unwrap_or_else(|| Arc::new(Self::new(None)))
    }

    pub(crate) fn cancel(&self) {
        // It only sets a flag.
        let _ = self.own.cancel();
    }

    /// Is over when the call is cancelled.
    pub(crate) async fn cancelled(&self) {
        let given = self.given.as_ref().unwrap_or(&self.own);
        let (own, given) = (self.own.told.notified(), given.told.notified());
        tokio::pin!(own, given);
        // Registered before the flags are read: what is set in between is not missed.
        own.as_mut().enable();
        given.as_mut().enable();
        if !self.is_cancelled() {
            tokio::select! { () = own => {} () = given => {} }
        }
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<CallFlag>>> = const { RefCell::new(None) };
}

/// Ends what [`CallFlag::enter`] began.
pub(crate) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| *current = None);
    }
}
