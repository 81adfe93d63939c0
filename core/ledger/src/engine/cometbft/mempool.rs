//! Transactions on their way into a block: what is said of one that wants to wait, which are chosen, and which block of
//! somebody else is voted for.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use keepwell_protocol::crypto::sha256;

use super::application::Application;
use super::room::Room;
use super::waiting::{Hash, Place};
use crate::engine::error::EngineError;
use crate::engine::pool::Lengths;
use crate::engine::progress::lock;
use crate::engine::selection::{ENVELOPE, MOST_BYTES, MOST_WRITES, Weight, select};
use crate::state::{self, Outcome, Received};

/// What is answered about a transaction that wants to wait for a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CheckAnswer {
    /// What would become of it.
    Outcome(Outcome),
    /// Too many wait.
    Full,
    /// It waits as before: what would become of it by now cannot be known for the moment.
    Waits,
}

/// Why CometBFT asks about a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CheckKind {
    /// It wants to wait for a block.
    New,
    /// It waits, and a block has come.
    Again,
}

/// What is said of somebody else's block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Vote {
    For,
    Against(Objection),
}

/// Why a block is none that anybody proposes who follows the rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Objection {
    /// Something in it is no transaction: no node lets that wait, and a block would keep it for good.
    NoTransaction,
    /// A transaction is in it twice.
    Twice,
    /// More than one transaction, and together longer than is ever chosen.
    TooLong,
}

impl Application {
    /// Whether this very transaction waits for a block.
    pub(super) fn waits(&self, transaction: &Received) -> bool {
        lock(&self.waiting).waits(&sha256(transaction.bytes()))
    }

    /// Whether one more that ends nothing may be handed in by this address.
    pub(super) fn has_share(&self, from: IpAddr) -> bool {
        lock(&self.waiting).has_share(from)
    }

    /// Has `hand_in` give a transaction to CometBFT, and knows it when that asks about it.
    pub(super) fn while_on_its_way<T>(
        &self,
        transaction: Arc<Received>,
        from: IpAddr,
        hand_in: impl FnOnce(&[u8]) -> T,
    ) -> T {
        let hash = sha256(transaction.bytes());
        lock(&self.on_its_way).insert(hash, transaction.clone());
        let handed_in = hand_in(transaction.bytes());
        lock(&self.on_its_way).remove(&hash);
        lock(&self.waiting).count(&hash, from);
        handed_in
    }

    pub(super) fn waiting(&self) -> Lengths {
        lock(&self.waiting).lengths()
    }

    /// Says what would become of a transaction, and remembers one that waits. While the data cannot be read nothing new
    /// is taken in, what waits stays, and nothing ends for that.
    pub(super) fn check(&self, bytes: &[u8], kind: CheckKind) -> CheckAnswer {
        self.try_check(bytes, kind).unwrap_or_else(|error| {
            tracing::debug!(code = error.code(), %error, "a transaction cannot be checked");
            match kind {
                CheckKind::New => CheckAnswer::Full,
                CheckKind::Again => CheckAnswer::Waits,
            }
        })
    }

    fn try_check(&self, bytes: &[u8], kind: CheckKind) -> Result<CheckAnswer, EngineError> {
        let hash = sha256(bytes);
        let received = self.received(&hash, bytes);
        let snapshot = self.progress.store().snapshot()?;
        let checked = state::check(&snapshot, &self.progress.next(), &received)?;
        if kind == CheckKind::New && !self.has_room(checked.ends) {
            return Ok(CheckAnswer::Full);
        }
        let mut waiting = lock(&self.waiting);
        match checked.outcome {
            Outcome::Applied(_) => {
                let place = waiting.push(hash, received, &checked, snapshot.head().height);
                // What waits already has its place.
                if place == Place::Full && kind == CheckKind::New {
                    return Ok(CheckAnswer::Full);
                }
            }
            _ => waiting.remove(&hash),
        }
        Ok(CheckAnswer::Outcome(checked.outcome))
    }

    pub(super) fn has_room(&self, ends: bool) -> bool {
        match *lock(&self.room) {
            Room::Free => true,
            Room::Ends => ends,
            Room::Blocks | Room::None => false,
        }
    }

    /// Chooses the transactions of a block, and their order; see [`select`].
    pub(super) fn choose(&self, offered: &[impl AsRef<[u8]>], most_bytes: usize) -> Vec<usize> {
        let waiting = lock(&self.waiting);
        let weigh = |bytes: &[u8]| match waiting.find(&sha256(bytes)) {
            Some(entry) => Weight { ends: entry.ends, bytes: bytes.len(), writes: entry.writes },
            // Nothing is known of it until CometBFT asks about it again, after the next block.
            None => Weight { ends: false, bytes: bytes.len(), writes: MOST_WRITES },
        };
        let weights: Vec<_> = offered.iter().map(|bytes| weigh(bytes.as_ref())).collect();
        select(&weights, most_bytes)
    }

    /// Says how to vote on somebody else's block: for what [`Application::choose`] of any node may have chosen. What
    /// the transactions write is not looked at, since that is another at every height.
    pub(super) fn judge(&self, transactions: &[impl AsRef<[u8]>]) -> Vote {
        let (mut seen, mut length) = (HashSet::new(), 0_usize);
        for bytes in transactions {
            let bytes = bytes.as_ref();
            let hash = sha256(bytes);
            if self.received(&hash, bytes).id().is_none() {
                return Vote::Against(Objection::NoTransaction);
            }
            if !seen.insert(hash) {
                return Vote::Against(Objection::Twice);
            }
            length = length.saturating_add(bytes.len() + ENVELOPE);
            if length > MOST_BYTES && transactions.len() > 1 {
                return Vote::Against(Objection::TooLong);
            }
        }
        Vote::For
    }

    /// What waits is verified already.
    pub(super) fn received(&self, hash: &Hash, bytes: &[u8]) -> Arc<Received> {
        let known = lock(&self.waiting).find(hash).map(|entry| entry.received.clone());
        let known = known.or_else(|| lock(&self.on_its_way).get(hash).cloned());
        known.unwrap_or_else(|| Arc::new(Received::new(bytes.to_vec(), &self.progress.origin())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cometbft::application_tests::{bytes, open, time};
    use crate::engine::cometbft::blocks::Conduct;

    #[test]
    fn what_was_verified_when_it_was_handed_in_is_not_verified_again() {
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        let origin = application.progress().origin();
        let received = Arc::new(Received::new(bytes(1).remove(0), &origin));
        let seen = application.while_on_its_way(received.clone(), [10, 0, 0, 1].into(), |bytes| {
            // What CometBFT asks meanwhile.
            let known = application.received(&sha256(bytes), bytes);
            application.check(bytes, CheckKind::New);
            known
        });
        assert!(Arc::ptr_eq(&seen, &received));
        let known = application.received(&sha256(received.bytes()), received.bytes());
        assert!(Arc::ptr_eq(&known, &received), "nor in the block");
        assert!(lock(&application.on_its_way).is_empty());
    }

    #[test]
    fn where_the_disk_fills_only_ends_are_taken_and_then_nothing_new_is() {
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        for height in 1..5 {
            application.finalize(height, time(height), &Conduct::default(), &bytes(height)).unwrap();
            application.commit().unwrap();
        }
        let [grant, revocation] = <[Vec<u8>; 2]>::try_from(bytes(5)).unwrap();
        let is_taken = |bytes: &[u8], kind| matches!(application.check(bytes, kind), CheckAnswer::Outcome(_));
        application.set_room(Room::Ends);
        assert!(!is_taken(&grant, CheckKind::New) && is_taken(&revocation, CheckKind::New));
        application.set_room(Room::Blocks);
        assert!(!is_taken(&revocation, CheckKind::New));
        assert!(is_taken(&revocation, CheckKind::Again), "what waits does so until it is in a block");
        application.set_room(Room::Free);
        assert!(is_taken(&grant, CheckKind::New));
    }
}
