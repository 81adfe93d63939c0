//! What CometBFT's mempool holds, as far as this process took it in: verified once, and in two lanes.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::pool::{Lengths, counter};
use crate::state::{Checked, Received};

/// SHA-256 of a transaction's bytes.
pub(super) type Hash = [u8; 32];

/// How many transactions that end nothing wait at most: half of the mempool, whose other half is then left to those
/// that end something.
const MOST_OTHER: usize = MEMPOOL / 2;
/// How many of those handed in here come from one address, once half of that is taken.
const MOST_OF_AN_ADDRESS: usize = MOST_OTHER / 8;
/// `mempool.size` of the configuration that is written here.
pub(crate) const MEMPOOL: usize = 20_000;

/// How long a transaction that is handed in again is taken to wait without CometBFT being asked: its mempool is in
/// memory, and may have lost it.
const SURE: Duration = Duration::from_secs(5);

/// The transactions that CometBFT asked about and that did not become part of a block yet.
#[derive(Default)]
pub(super) struct Waiting {
    known: HashMap<Hash, Entry>,
    /// The oldest first; of what has left meanwhile as well.
    order: VecDeque<Hash>,
    ending: usize,
    hasher: RandomState,
    /// How many of those that end nothing were handed in here by the addresses that share a counter.
    counters: HashMap<usize, usize>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) received: Arc<Received>,
    pub(super) ends: bool,
    pub(super) writes: usize,
    /// When CometBFT last asked about it.
    asked: Instant,
    /// The newest block when it did.
    height: u64,
    /// The counter of who handed it in here.
    counter: Option<usize>,
}

/// Whether a transaction waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// The transaction waits for a block.
    Taken,
    /// There is no room for it among those that wait.
    Full,
}

impl Waiting {
    pub(super) fn find(&self, hash: &Hash) -> Option<&Entry> {
        self.known.get(hash)
    }

    /// Whether a transaction waits for sure.
    pub(super) fn waits(&self, hash: &Hash) -> bool {
        self.known.get(hash).is_some_and(|entry| entry.asked.elapsed() < SURE)
    }

    /// Takes in a transaction that would do something after the block of this height. One that waits already keeps its
    /// place, with what it would do by now.
    pub(super) fn push(
        &mut self,
        hash: Hash,
        received: Arc<Received>,
        checked: &Checked,
        height: u64,
    ) -> Place {
        let Checked { ends, writes, .. } = *checked;
        let (before, counter) =
            self.known.get(&hash).map_or((None, None), |entry| (Some(entry.ends), entry.counter));
        if before.is_none() && !ends && self.known.len() - self.ending >= MOST_OTHER {
            return Place::Full;
        }
        self.ending = self.ending + usize::from(ends) - usize::from(before.unwrap_or_default());
        self.known.insert(hash, Entry { received, ends, writes, asked: Instant::now(), height, counter });
        if before.is_none() {
            self.order.push_back(hash);
        }
        // More than the mempool holds is not there any more, whatever became of it.
        while self.known.len() > MEMPOOL {
            let Some(oldest) = self.order.pop_front() else { break };
            self.remove(&oldest);
        }
        self.forget_order();
        Place::Taken
    }

    /// Forgets what CometBFT did not ask about again after the block of this height or a later one: it asks about all
    /// that it holds after every block, so that this is lost.
    pub(super) fn forget_asked_before(&mut self, height: u64) {
        let ending = &mut self.ending;
        let counters = &mut self.counters;
        self.known.retain(|_, entry| {
            let stays = entry.height >= height;
            *ending -= usize::from(!stays && entry.ends);
            if !stays {
                uncount(counters, entry.counter);
            }
            stays
        });
        self.forget_order();
    }

    /// Drops from the order what has left, now and then.
    fn forget_order(&mut self) {
        if self.order.len() > 2 * MEMPOOL {
            let known = &self.known;
            self.order.retain(|hash| known.contains_key(hash));
        }
    }

    /// Forgets a transaction that is in a block or would do nothing any more.
    pub(super) fn remove(&mut self, hash: &Hash) {
        if let Some(entry) = self.known.remove(hash) {
            self.ending -= usize::from(entry.ends);
            uncount(&mut self.counters, entry.counter);
        }
    }

    /// Whether one more that ends nothing may be handed in here by this address. What comes from other nodes is
    /// counted there.
    pub(super) fn has_share(&self, from: IpAddr) -> bool {
        let of_address = self.counters.get(&counter(&self.hasher, from)).copied().unwrap_or_default();
        self.known.len() - self.ending < MOST_OTHER / 2 || of_address < MOST_OF_AN_ADDRESS
    }

    /// Counts what waits and ends nothing for the address that handed it in here.
    pub(super) fn count(&mut self, hash: &Hash, from: IpAddr) {
        let counter = counter(&self.hasher, from);
        if let Some(entry) = self.known.get_mut(hash).filter(|entry| !entry.ends && entry.counter.is_none()) {
            entry.counter = Some(counter);
            *self.counters.entry(counter).or_default() += 1;
        }
    }

    pub(super) fn lengths(&self) -> Lengths {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Lengths { ending: count(self.ending), other: count(self.known.len() - self.ending) }
    }
}

fn uncount(counters: &mut HashMap<usize, usize>, counter: Option<usize>) {
    if let Some(count) = counter.and_then(|counter| counters.get_mut(&counter)) {
        *count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::{Origin, TxId};

    use super::*;
    use crate::state::Outcome;

    fn push(waiting: &mut Waiting, number: u32, ends: bool) -> bool {
        push_after(waiting, number, ends, 0)
    }

    fn push_after(waiting: &mut Waiting, number: u32, ends: bool, height: u64) -> bool {
        let hash = hash(number);
        let checked = Checked {
            outcome: Outcome::Applied(TxId::from_bytes(hash)),
            ends,
            writes: 1,
            changes: crate::state::Changes::default(),
        };
        let received = Received::new(number.to_be_bytes().to_vec(), &Origin::from_bytes([7; 32]));
        waiting.push(hash, Arc::new(received), &checked, height) == Place::Taken
    }

    fn hash(number: u32) -> Hash {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        hash
    }

    #[test]
    fn half_of_the_mempool_is_left_to_what_ends_something() {
        let mut waiting = Waiting::default();
        for number in 0..10_000 {
            assert!(push(&mut waiting, number, false));
        }
        assert!(!push(&mut waiting, 10_000, false));
        assert!(push(&mut waiting, 5, false), "what waits already does so once");
        for number in 20_000..30_000 {
            assert!(push(&mut waiting, number, true));
        }
        let lengths = waiting.lengths();
        assert_eq!((lengths.ending, lengths.other), (10_000, 10_000));
        waiting.remove(&hash(5));
        waiting.remove(&hash(5));
        assert!(push(&mut waiting, 10_000, false), "there is room again");
    }

    #[test]
    fn what_is_asked_about_again_waits_with_what_it_does_by_now() {
        let mut waiting = Waiting::default();
        for number in 0..10_000 {
            push(&mut waiting, number, false);
        }
        // A revocation that came before its grant ends it by now, and the other way around.
        assert!(push(&mut waiting, 5, true) && push(&mut waiting, 6, true) && push(&mut waiting, 6, false));
        let lengths = waiting.lengths();
        assert_eq!((lengths.ending, lengths.other), (1, 9_999));
        assert!(waiting.find(&hash(5)).unwrap().ends && !waiting.find(&hash(6)).unwrap().ends);
        assert!(push(&mut waiting, 10_000, false) && !push(&mut waiting, 10_001, false));
        waiting.remove(&hash(5));
        assert_eq!(waiting.lengths().ending, 0);
    }

    #[test]
    fn what_cometbft_has_lost_takes_no_room_after_two_blocks() {
        let mut waiting = Waiting::default();
        for number in 0..10_000 {
            assert!(push_after(&mut waiting, number, number % 2 == 0, 7));
        }
        for number in 0..10 {
            assert!(push_after(&mut waiting, number, number % 2 == 0, 8));
        }
        waiting.forget_asked_before(7);
        assert_eq!((waiting.lengths().ending, waiting.lengths().other), (5_000, 5_000));
        waiting.forget_asked_before(8);
        assert_eq!((waiting.lengths().ending, waiting.lengths().other), (5, 5));
        assert!(waiting.waits(&hash(9)) && !waiting.waits(&hash(10)));
        for number in 20_000..29_995 {
            assert!(push_after(&mut waiting, number, false, 8));
        }
        assert!(!push_after(&mut waiting, 30_000, false, 8));
    }

    #[test]
    fn one_address_has_an_eighth_once_half_of_the_room_is_taken() {
        let mut waiting = Waiting::default();
        let (one, other): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let hand_in = |waiting: &mut Waiting, number, from| {
            let has_share = waiting.has_share(from);
            if has_share {
                assert!(push(waiting, number, false));
                waiting.count(&hash(number), from);
                // Asked about again it is counted once.
                push(waiting, number, false);
                waiting.count(&hash(number), from);
            }
            has_share
        };
        let taken = (0..10_000).filter(|number| hand_in(&mut waiting, *number, one)).count();
        assert_eq!(taken, 5_000, "alone it has half");
        let taken = (10_000..20_000).filter(|number| hand_in(&mut waiting, *number, other)).count();
        assert_eq!(taken, 1_250);
        // What is in a block, or lost, is counted no more.
        for number in 0..4_000 {
            waiting.remove(&hash(number));
        }
        assert!(hand_in(&mut waiting, 30_000, one));
        waiting.forget_asked_before(1);
        assert!(waiting.counters.values().all(|count| *count == 0));
    }

    #[test]
    fn no_more_is_remembered_than_a_mempool_holds() {
        let mut waiting = Waiting::default();
        for number in 0..60_000 {
            assert!(push(&mut waiting, number, true));
            if number % 3 == 0 {
                waiting.remove(&hash(number));
            }
        }
        assert_eq!(waiting.lengths().ending, 20_000);
        assert!(waiting.order.len() <= 40_000);
        assert!(waiting.find(&hash(59_997)).is_none() && waiting.find(&hash(59_998)).is_some());
        assert!(waiting.find(&hash(1)).is_none());
    }
}
