//! Hands transactions to CometBFT: few at a time, and none for a moment where it does not answer, so that a CometBFT that
//! hangs takes no threads from those who ask for proofs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::rpc::{Broadcast, Rpc};
use crate::engine::error::EngineError;
use crate::engine::progress::lock;

/// Hands transactions in.
pub(super) struct Submitter {
    rpc: Arc<Rpc>,
    /// How many are on their way.
    under_way: AtomicUsize,
    /// Until when nobody tries, since one has waited in vain.
    paused_until: Mutex<Option<Instant>>,
}

/// How many are on their way at most: with more, CometBFT takes no more a second.
const AT_ONCE: usize = 32;
/// How long it is left alone after one has waited in vain.
const PAUSE: Duration = Duration::from_secs(1);

impl Submitter {
    pub(super) fn new(rpc: Arc<Rpc>) -> Self {
        Self { rpc, under_way: AtomicUsize::new(0), paused_until: Mutex::new(None) }
    }

    /// Hands in a transaction.
    ///
    /// # Errors
    /// [`EngineError`] if it is not known what became of it.
    pub(super) fn submit(&self, transaction: &[u8]) -> Result<Broadcast, EngineError> {
        let until = *lock(&self.paused_until);
        if until.is_some_and(|until| Instant::now() < until) {
            return Ok(Broadcast::Full);
        }
        let place = Place::of(&self.under_way);
        if place.number > AT_ONCE {
            return Ok(Broadcast::Full);
        }
        let began = Instant::now();
        let answer = self.rpc.broadcast(transaction);
        if answer.is_err() && began.elapsed() >= Rpc::BROADCAST_PATIENCE {
            *lock(&self.paused_until) = Some(Instant::now() + PAUSE);
        }
        answer
    }
}

/// One transaction that is on its way.
struct Place<'a> {
    under_way: &'a AtomicUsize,
    number: usize,
}

impl<'a> Place<'a> {
    fn of(under_way: &'a AtomicUsize) -> Self {
        let number = under_way.fetch_add(1, Ordering::SeqCst) + 1;
        Self { under_way, number }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_cometbft_that_hangs_costs_few_threads_and_those_for_two_seconds() {
        // Connections wait in its queue for ever.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let submitter = Submitter::new(Arc::new(Rpc::new(address).unwrap()));
        let began = Instant::now();
        let answers: Vec<_> = std::thread::scope(|scope| {
            let hanging: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| submitter.submit(b"x"))).collect();
            while submitter.under_way.load(Ordering::SeqCst) < AT_ONCE {
                assert!(began.elapsed() < Rpc::BROADCAST_PATIENCE, "they are not under way");
                std::thread::sleep(Duration::from_millis(1));
            }
            let asked = Instant::now();
            assert!(matches!(submitter.submit(b"x"), Ok(Broadcast::Full)), "one too many");
            assert!(asked.elapsed() < Rpc::BROADCAST_PATIENCE / 2);
            hanging.into_iter().map(|answer| answer.join().unwrap()).collect()
        });
        assert!(answers.iter().all(Result::is_err));
        assert!(began.elapsed() < Rpc::BROADCAST_PATIENCE * 2, "{:?}", began.elapsed());
        let asked = Instant::now();
        assert!(matches!(submitter.submit(b"x"), Ok(Broadcast::Full)), "it is left alone for a moment");
        assert!(asked.elapsed() < Rpc::BROADCAST_PATIENCE / 2);
        assert_eq!(submitter.under_way.load(Ordering::SeqCst), 0);

        // One that is not there refuses at once, and is asked again when it is.
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let submitter =
            Submitter::new(Arc::new(Rpc::new(format!("http://{gone}").parse().unwrap()).unwrap()));
        for _ in 0..3 {
            assert!(submitter.submit(b"x").is_err());
        }
    }
}
