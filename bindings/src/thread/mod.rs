//! The wallet's own thread and those beside it: what lives there, when it locks, what it tells and where it
//! goes out.

mod auto_lock;
#[cfg(feature = "http")]
mod cancellable_transport;
mod events;
mod lock_state;
mod reading_thread;
mod transports;
mod wallet_thread;
mod worker;

pub(crate) use events::EventQueue;
pub use events::Subscription;
pub(crate) use lock_state::LockState;
pub(crate) use reading_thread::{ReadingThread, lock_after_panic};
pub(crate) use wallet_thread::WalletThread;
pub(crate) use worker::Worker;
