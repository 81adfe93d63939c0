//! The wallet's own thread and those beside it: what lives there, when it locks, what it tells and where it goes out.

mod auto_lock;
mod events;
mod life;
#[cfg(feature = "http")]
mod own_transport;
mod reading;
mod standing;
mod transports;
mod worker;

pub(crate) use events::Events;
pub use events::Subscription;
pub(crate) use life::{Life, closed};
pub(crate) use reading::{Reading, lock_after_panic};
pub(crate) use standing::Standing;
pub(crate) use worker::Worker;
