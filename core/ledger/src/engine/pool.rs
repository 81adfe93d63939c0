//! What waits for a block: bounded, in two lanes, of which the one that ends something goes first.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;
use std::net::IpAddr;

use keepwell_protocol::domain::TxId;
use keepwell_server::subscriber;

use super::selection::{Weight, select};
use crate::state::{Checked, Received};

/// How many transactions may wait in a lane.
const MOST_WAITING: usize = 5_000;
/// How many of those of one address, once half of the lane is taken.
const MOST_OF_AN_ADDRESS: usize = MOST_WAITING / 8;
/// Among how many counters addresses are spread.
const COUNTERS: usize = 1_024;

/// A transaction that waits.
pub(super) struct Waiting {
    pub(super) transaction: Received,
    id: TxId,
    lane: Lane,
    writes: usize,
    counter: usize,
}

#[derive(Clone, Copy)]
enum Lane {
    /// What ends a grant, an account or an admission: nothing else can fill it.
    Ending,
    Other,
}

impl Waiting {
    fn weight(&self) -> Weight {
        let ends = matches!(self.lane, Lane::Ending);
        Weight { ends, bytes: self.transaction.bytes().len(), writes: self.writes }
    }
}

/// The transactions that wait, in a lane each for what ends something and for the rest.
pub(super) struct Pool {
    ending: Queue,
    other: Queue,
    /// What waits or is in the block that is being made.
    known: HashSet<TxId>,
    hasher: RandomState,
}

/// How many wait in each lane.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// Transactions that end something.
    pub ending: u64,
    /// Transactions of every other kind.
    pub other: u64,
}

struct Queue {
    waiting: VecDeque<Waiting>,
    /// How many wait of those addresses that share a counter.
    counters: Vec<usize>,
}

impl Queue {
    fn new() -> Self {
        Self { waiting: VecDeque::new(), counters: vec![0; COUNTERS] }
    }

    fn count(&mut self, counter: usize, change: impl Fn(usize) -> usize) {
        if let Some(count) = self.counters.get_mut(counter) {
            *count = change(*count);
        }
    }

    fn has_room(&self, counter: usize) -> bool {
        let of_address = self.counters.get(counter).copied().unwrap_or_default();
        let waiting = self.waiting.len();
        waiting < MOST_WAITING && (waiting < MOST_WAITING / 2 || of_address < MOST_OF_AN_ADDRESS)
    }
}

impl Pool {
    pub(super) fn new() -> Self {
        Self { ending: Queue::new(), other: Queue::new(), known: HashSet::new(), hasher: RandomState::new() }
    }

    pub(super) fn lengths(&self) -> Lengths {
        let of = |queue: &Queue| queue.waiting.len() as u64;
        Lengths { ending: of(&self.ending), other: of(&self.other) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ending.waiting.is_empty() && self.other.waiting.is_empty()
    }

    /// Says whether this very transaction waits already.
    pub(super) fn knows(&self, id: &TxId) -> bool {
        self.known.contains(id)
    }

    /// Takes in a transaction that would do something; says whether there was room.
    pub(super) fn push(&mut self, transaction: Received, id: TxId, checked: &Checked, from: IpAddr) -> bool {
        if self.known.contains(&id) {
            return true;
        }
        let lane = if checked.ends { Lane::Ending } else { Lane::Other };
        let counter = self.counter(from);
        let queue = self.queue(lane);
        if !queue.has_room(counter) {
            return false;
        }
        queue.count(counter, |count| count + 1);
        queue.waiting.push_back(Waiting { transaction, id, lane, writes: checked.writes, counter });
        self.known.insert(id);
        true
    }

    /// Takes out what goes into the next block, in its order. What is taken stays known until it is
    /// [`Pool::done`] with or [`Pool::put_back`].
    pub(super) fn take(&mut self) -> Vec<Waiting> {
        let lanes = [&mut self.ending.waiting, &mut self.other.waiting];
        let mut waiting: Vec<_> = lanes.into_iter().flat_map(std::mem::take).map(Some).collect();
        let weights: Vec<_> = waiting.iter().flatten().map(Waiting::weight).collect();
        let chosen = select(&weights, usize::MAX).into_iter();
        let taken: Vec<Waiting> = chosen.filter_map(|at| waiting.get_mut(at)?.take()).collect();
        for waiting in &taken {
            self.queue(waiting.lane).count(waiting.counter, |count| count.saturating_sub(1));
        }
        for waiting in waiting.into_iter().flatten() {
            self.queue(waiting.lane).waiting.push_back(waiting);
        }
        taken
    }

    /// Forgets what has become part of a block.
    pub(super) fn done(&mut self, taken: &[Waiting]) {
        for waiting in taken {
            self.known.remove(&waiting.id);
        }
    }

    /// Puts back what a block that could not be made was to have, before what came since.
    pub(super) fn put_back(&mut self, taken: Vec<Waiting>) {
        for waiting in taken.into_iter().rev() {
            let queue = self.queue(waiting.lane);
            queue.count(waiting.counter, |count| count + 1);
            queue.waiting.push_front(waiting);
        }
    }

    fn queue(&mut self, lane: Lane) -> &mut Queue {
        match lane {
            Lane::Ending => &mut self.ending,
            Lane::Other => &mut self.other,
        }
    }

    fn counter(&self, address: IpAddr) -> usize {
        counter(&self.hasher, address)
    }
}

/// The counter of an address: of a whole /64 where it is IPv6, which one party has.
pub(super) fn counter(hasher: &RandomState, address: IpAddr) -> usize {
    usize::try_from(hasher.hash_one(subscriber(address))).unwrap_or_default() % COUNTERS
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::Origin;

    use super::*;
    use crate::state::{Changes, Outcome};

    fn push(pool: &mut Pool, number: u32, ends: bool, writes: usize, from: &str) -> bool {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        let id = TxId::from_bytes(id);
        let checked = Checked { outcome: Outcome::Applied(id), ends, writes, changes: Changes::default() };
        let bytes = number.to_be_bytes().to_vec();
        pool.push(Received::new(bytes, &Origin::from_bytes([7; 32])), id, &checked, from.parse().unwrap())
    }

    fn numbers(taken: &[Waiting]) -> Vec<u32> {
        let number = |it: &Waiting| u32::from_be_bytes(it.transaction.bytes().try_into().unwrap());
        taken.iter().map(number).collect()
    }

    #[test]
    fn what_ends_something_has_room_and_goes_first_however_much_else_waits() {
        let mut pool = Pool::new();
        let mut waiting = 0;
        // More addresses than one party has fill the other lane to the brim.
        while push(&mut pool, waiting, false, 2, &format!("10.0.{}.{}", waiting % 200, waiting / 200)) {
            waiting += 1;
        }
        assert_eq!(waiting, 5_000);
        assert!(push(&mut pool, 9_001, true, 1, "10.0.0.0"));
        assert!(push(&mut pool, 9_002, true, 1, "10.0.0.0"));
        let taken = pool.take();
        assert_eq!(numbers(&taken)[..4], [9_001, 9_002, 0, 1]);
        // What could not become a block comes first again, in its order.
        assert!(push(&mut pool, 9_003, true, 1, "10.0.0.0"));
        pool.put_back(taken);
        assert!(!push(&mut pool, 6_000, false, 2, "10.0.0.9"), "put back counts as well");
        let taken = pool.take();
        assert_eq!(numbers(&taken)[..5], [9_001, 9_002, 9_003, 0, 1]);
        assert_eq!(taken.len(), 3 + 1_998, "4,000 values");
        pool.done(&taken);
        let others = [pool.take(), pool.take()];
        assert_eq!(others.each_ref().map(Vec::len), [2_000, 1_002]);
        assert!(pool.is_empty());
        others.iter().for_each(|taken| pool.done(taken));
        assert!(push(&mut pool, 0, false, 2, "10.0.0.9"));
    }

    #[test]
    fn one_address_has_an_eighth_of_a_lane_that_is_half_full() {
        for (one, other) in [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8:0:1::1")] {
            let mut pool = Pool::new();
            let taken = (0..5_000).filter(|number| push(&mut pool, *number, false, 2, one)).count();
            assert_eq!(taken, 2_500, "alone it has half");
            let taken = (5_000..10_000).filter(|number| push(&mut pool, *number, false, 2, other)).count();
            assert_eq!(taken, 625);
        }
        // A whole /64 is one party, and an IPv4 address is the same in either spelling.
        let mut pool = Pool::new();
        for number in 0..2_500 {
            assert!(push(&mut pool, number, false, 2, "2001:db8::1"));
        }
        assert!(!push(&mut pool, 2_500, false, 2, "2001:db8::ffff:2"));
        assert!(push(&mut pool, 2_500, false, 2, "10.0.0.1"));
        let one =
            (2_501..5_000).filter(|number| push(&mut pool, *number, false, 2, "::ffff:10.0.0.1")).count();
        assert_eq!(one, 624);
    }

    #[test]
    fn the_same_transaction_waits_once() {
        let mut pool = Pool::new();
        assert!(push(&mut pool, 1, false, 2, "10.0.0.1") && push(&mut pool, 1, false, 2, "10.0.0.2"));
        let taken = pool.take();
        assert_eq!(taken.len(), 1);
        assert!(push(&mut pool, 1, false, 2, "10.0.0.1"), "it is in the block that is being made");
        assert!(pool.is_empty());
    }

    #[test]
    fn a_block_has_bounded_work_and_the_heaviest_transaction_has_its_turn() {
        let mut pool = Pool::new();
        for number in 0..6 {
            assert!(push(&mut pool, number, true, 1_001, "10.0.0.1"));
        }
        assert!(push(&mut pool, 6, true, 30_000, "10.0.0.1") && push(&mut pool, 7, false, 2, "10.0.0.1"));
        let blocks: Vec<_> = std::iter::repeat_with(|| numbers(&pool.take())).take(4).collect();
        assert_eq!(blocks, [vec![0, 1, 2, 7], vec![3, 4, 5], vec![6], vec![]]);
    }
}
