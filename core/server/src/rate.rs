//! How often somebody may ask: a fixed number of counters, whoever asks.
//!
//! Each client and each network around it falls, by two keyed hashes, on two counters of its level; what
//! it has used is the smaller of the two. So a flood fills the counters of its own networks, others share
//! both with it as good as never, and no number of clients makes the server forget or refuse anybody else.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::Limits;
use crate::client::{network, subscriber};
use crate::limits::size;

/// A rate at which one kind of thing may be asked.
pub struct Rate {
    /// Things that are free at once, and that come back each minute.
    per_minute: u64,
    network: u64,
    network_64: u64,
    hashers: [RandomState; ROWS],
    /// For each level its rows of counters, one after the other.
    counters: Mutex<[Vec<Counter>; LEVELS]>,
    row: usize,
}

/// How long somebody has to wait, in seconds: 1 to 60.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wait(pub u64);

/// A level, how often one may ask there a minute, and a counter in each row.
type Level = (usize, u64, [usize; ROWS]);

#[derive(Clone, Copy, Default)]
struct Counter {
    /// Sixtieths of a thing that were used.
    used: u64,
    /// When, in seconds.
    at: u64,
}

impl Rate {
    /// A rate of so many things a minute for one client.
    pub fn new(per_minute: u64, limits: &Limits) -> Self {
        let row = size(limits.rate_buckets).max(1);
        let level = || vec![Counter::default(); row.saturating_mul(ROWS)];
        Self {
            per_minute: per_minute.clamp(1, u64::from(u32::MAX)),
            network: limits.rate_network,
            network_64: limits.rate_network_64,
            hashers: [RandomState::new(), RandomState::new()],
            counters: Mutex::new([level(), level(), level()]),
            row,
        }
    }

    /// Takes so many things for a client at an address, `now` in seconds of any clock.
    ///
    /// # Errors
    /// [`Wait`], and nothing is taken, if it or its network has not as many left.
    pub fn take(&self, client: IpAddr, count: u64, now: u64) -> Result<(), Wait> {
        let client = client.to_canonical();
        let (around, alone) = ((0, self.network, network(client)), (2, 1, client));
        match client {
            IpAddr::V4(_) => self.take_levels([around, alone], count, now),
            IpAddr::V6(_) => {
                self.take_levels([around, (1, self.network_64, subscriber(client)), alone], count, now)
            }
        }
    }

    /// Takes so many things for whoever has a key, wherever they are.
    ///
    /// # Errors
    /// As [`Rate::take`].
    pub fn take_by_key(&self, key: &[u8; 32], count: u64, now: u64) -> Result<(), Wait> {
        self.take_levels([(2, 1, key)], count, now)
    }

    /// Says whether whoever has a key has so many things left, and takes none of them.
    ///
    /// # Errors
    /// As [`Rate::take`].
    pub fn look_by_key(&self, key: &[u8; 32], count: u64, now: u64) -> Result<(), Wait> {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        look(&counters, &[self.level((2, 1, key))], count, now)
    }

    /// The counters on which somebody falls: (level, per minute, one in each row).
    fn level(&self, (level, times, who): (usize, u64, impl Hash)) -> Level {
        (level, self.per_minute.saturating_mul(times), [0, 1].map(|row| self.place(row, &who)))
    }

    /// From the widest level on: (level, how many times as often, who).
    fn take_levels<const N: usize>(
        &self,
        levels: [(usize, u64, impl Hash); N],
        count: u64,
        now: u64,
    ) -> Result<(), Wait> {
        let cost = count.saturating_mul(60);
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let places = levels.map(|level| self.level(level));
        look(&counters, &places, count, now)?;
        for (level, per_minute, places) in &places {
            let used = used(&counters, *level, places, *per_minute, now).saturating_add(cost);
            for place in places {
                if let Some(counter) = counters.get_mut(*level).and_then(|level| level.get_mut(*place)) {
                    let others = counter.left_at(*per_minute, now);
                    let at = if counter.is_ahead(now) { now } else { now.max(counter.at) };
                    *counter = Counter { used: used.max(others), at };
                }
            }
        }
        Ok(())
    }

    fn place(&self, row: usize, who: &impl Hash) -> usize {
        let hash = self.hashers.get(row).map_or(0, |hasher| hasher.hash_one(who));
        let within = usize::try_from(hash % u64::try_from(self.row).unwrap_or(1)).unwrap_or_default();
        row * self.row + within
    }
}

impl Counter {
    /// What is still counted by now. A clock that was turned back tells nothing of the time between; then nothing
    /// is counted, for else the counter would stand still for as long as the clock was turned.
    fn left_at(&self, per_minute: u64, now: u64) -> u64 {
        if self.is_ahead(now) {
            return 0;
        }
        self.used.saturating_sub(now.saturating_sub(self.at).saturating_mul(per_minute))
    }

    /// Whether it was counted at a time that comes later than a whole allowance comes back.
    fn is_ahead(&self, now: u64) -> bool {
        self.at > now.saturating_add(MINUTE)
    }
}

/// Whether so many things are left on each of these levels.
fn look(counters: &[Vec<Counter>; LEVELS], levels: &[Level], count: u64, now: u64) -> Result<(), Wait> {
    for (level, per_minute, places) in levels {
        let used = used(counters, *level, places, *per_minute, now).saturating_add(count.saturating_mul(60));
        if let Some(over @ 1..) = used.checked_sub(per_minute.saturating_mul(60)) {
            return Err(Wait(over.div_ceil(*per_minute).clamp(1, 60)));
        }
    }
    Ok(())
}

fn used(
    counters: &[Vec<Counter>; LEVELS],
    level: usize,
    places: &[usize; ROWS],
    per_minute: u64,
    now: u64,
) -> u64 {
    let level = counters.get(level);
    let of = |place: &usize| level.and_then(|level| level.get(*place)).map(|it| it.left_at(per_minute, now));
    places.iter().filter_map(of).min().unwrap_or_default()
}

/// Wide networks, /64 of IPv6, single addresses or keys.
const LEVELS: usize = 3;
const ROWS: usize = 2;
/// How long a whole allowance takes to come back, in seconds.
const MINUTE: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn v6(network: u16, subnet: u16, host: u16) -> IpAddr {
        IpAddr::from([0x2001, 0xdb8, network, subnet, 0, 0, 0, host])
    }

    #[test]
    fn an_allowance_is_used_up_and_comes_back_evenly() {
        let rate = Rate::new(60, &Limits::default());
        let client = IpAddr::from([192, 0, 2, 1]);
        assert!((0..60).all(|_| rate.take(client, 1, NOW).is_ok()));
        assert_eq!(rate.take(client, 1, NOW), Err(Wait(1)));
        assert_eq!(rate.take(client, 20, NOW), Err(Wait(20)));
        assert_eq!(rate.take(client, 61, NOW + 3_600), Err(Wait(1)), "more than ever is free");
        assert_eq!(rate.take(client, 20, NOW + 20), Ok(()));
        assert_eq!(rate.take(client, 1, NOW + 20), Err(Wait(1)));
        assert_eq!(rate.take(client, 1, NOW - 9), Err(Wait(1)), "a clock that goes back gives nothing");
        assert_eq!(rate.take(IpAddr::from([192, 0, 2, 2]), 60, NOW), Ok(()), "a neighbour");
        assert!((0..99).all(|_| rate.look_by_key(&[7; 32], 60, NOW).is_ok()), "looking takes nothing");
        assert!((0..60).all(|_| rate.take_by_key(&[7; 32], 1, NOW).is_ok()));
        assert_eq!(rate.look_by_key(&[7; 32], 20, NOW), Err(Wait(20)));
        assert_eq!(rate.look_by_key(&[7; 32], 20, NOW + 20), Ok(()));
        assert!(rate.take_by_key(&[7; 32], 1, NOW).is_err());
        assert_eq!(rate.take_by_key(&[8; 32], 1, NOW), Ok(()));
    }

    #[test]
    fn a_clock_that_jumps_gives_one_allowance_and_stops_no_counter() {
        let rate = Rate::new(60, &Limits::default());
        let client = IpAddr::from([192, 0, 2, 1]);
        for now in [NOW, NOW + 86_400, NOW + 7, NOW + 8_640_000, NOW + 100] {
            assert_eq!(rate.take(client, 60, now), Ok(()), "{now}");
            assert_eq!(rate.take(client, 1, now), Err(Wait(1)));
            assert_eq!(rate.take(client, 5, now + 5), Ok(()));
            assert_eq!(rate.take(client, 1, now + 5), Err(Wait(1)));
        }
    }

    #[test]
    fn a_network_has_an_allowance_of_its_own() {
        let rate = Rate::new(60, &Limits::default());
        let taken = (0..1_000).filter(|host| rate.take(v6(1, 0, *host), 1, NOW).is_ok()).count();
        assert_eq!(taken, 240, "a /64");
        let taken = (1..2_000).filter(|subnet| rate.take(v6(1, *subnet, 1), 1, NOW).is_ok()).count();
        assert_eq!(taken, 960 - 240, "a /48");
        assert_eq!(rate.take(v6(2, 0, 1), 60, NOW), Ok(()));
        let taken = (0..=255).flat_map(|last| [last; 60]).map(|last| IpAddr::from([198, 51, 100, last]));
        assert_eq!(taken.filter(|client| rate.take(*client, 1, NOW).is_ok()).count(), 960, "a /24");
        assert_eq!(rate.take(IpAddr::from([198, 51, 101, 1]), 60, NOW), Ok(()));
    }

    #[test]
    fn a_flood_neither_resets_nor_refuses_the_others() {
        let rate = Rate::new(60, &Limits::default());
        let (spent, quiet) = (IpAddr::from([203, 0, 113, 1]), IpAddr::from([203, 0, 113, 2]));
        rate.take(spent, 60, NOW).unwrap();
        // Many addresses of one network, and many networks.
        let one_network = (0..200_000_u32).map(|n| v6(9, u16::try_from(n >> 16).unwrap(), n as u16));
        let networks =
            (0..100_000_u32).map(|n| IpAddr::from([10 + (n >> 16) as u8, (n >> 8) as u8, n as u8, 1]));
        for client in one_network.chain(networks) {
            let _ = rate.take(client, 1, NOW);
        }
        assert_eq!(rate.take(spent, 1, NOW), Err(Wait(1)));
        assert_eq!(rate.take(quiet, 20, NOW), Ok(()));
    }
}
