//! How much one address may ask of what anybody may ask.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use keepwell_protocol::domain::Timestamp;

/// What is limited, each kind on its own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Limited {
    /// Opening spaces.
    OpenSpace,
    /// Leaving envelopes.
    Inbox,
    /// Visiting share links.
    Link,
    /// Asking the ledger through this host.
    Relay,
}

impl Limited {
    /// How many requests are free at once, and how many come back each minute.
    const fn allowance(self) -> u32 {
        match self {
            Self::OpenSpace => 60,
            Self::Inbox => 120,
            Self::Link => 300,
            Self::Relay => 1_200,
        }
    }
}

/// Counts requests by address: a token bucket for each.
#[derive(Default)]
pub(crate) struct Limiter {
    buckets: Mutex<HashMap<(Limited, IpAddr), Bucket>>,
}

struct Bucket {
    /// Sixtieths of a request that are left.
    left: u64,
    at: Timestamp,
}

/// About 8 MB of buckets; more addresses than that at once is an attack.
const MOST_BUCKETS: usize = 100_000;

impl Limiter {
    /// Takes so many requests from the allowance of `peer`; false, and none taken, if it has not as many left.
    pub(crate) fn admit(&self, kind: Limited, count: u32, peer: IpAddr, now: Timestamp) -> bool {
        let full = u64::from(kind.allowance()) * 60;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS {
            // Whoever was not here for a minute has a full allowance again, so need not be known.
            buckets.retain(|_, bucket| now.since(bucket.at).0 < 60);
            if buckets.len() >= MOST_BUCKETS {
                return false;
            }
        }
        let bucket = buckets.entry((kind, network(peer))).or_insert(Bucket { left: full, at: now });
        let gained = now.since(bucket.at).0.saturating_mul(u64::from(kind.allowance()));
        bucket.left = bucket.left.saturating_add(gained).min(full);
        bucket.at = now;
        match bucket.left.checked_sub(u64::from(count) * 60) {
            Some(left) => {
                bucket.left = left;
                true
            }
            None => false,
        }
    }
}

/// Whom an address belongs to: one customer has a whole /64 of IPv6 addresses.
pub(crate) fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_runs_out_and_comes_back() {
        let limiter = Limiter::default();
        let peer = IpAddr::from([192, 0, 2, 1]);
        let neighbour = IpAddr::from([192, 0, 2, 2]);
        for _ in 0..60 {
            assert!(limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(100)));
        }
        assert!(!limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(100)));
        assert!(limiter.admit(Limited::OpenSpace, 1, neighbour, Timestamp(100)));
        assert!(limiter.admit(Limited::Link, 1, peer, Timestamp(100)));
        assert!(limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(101)));
        assert!(!limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(101)));
        assert!(!limiter.admit(Limited::OpenSpace, 61, peer, Timestamp(1_000)));
        assert!(limiter.admit(Limited::OpenSpace, 40, peer, Timestamp(1_000)));
        assert!(!limiter.admit(Limited::OpenSpace, 21, peer, Timestamp(1_000)));
        for _ in 0..20 {
            assert!(limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(1_000)));
        }
        assert!(!limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(1_000)));
    }

    #[test]
    fn addresses_of_one_network_share_an_allowance() {
        let limiter = Limiter::default();
        for host in 0..60 {
            let peer = IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]);
            assert!(limiter.admit(Limited::OpenSpace, 1, peer, Timestamp(5)));
        }
        let same = IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]);
        let other = IpAddr::from([0x2001, 0xdb8, 0, 2, 9, 9, 9, 9]);
        assert!(!limiter.admit(Limited::OpenSpace, 1, same, Timestamp(5)));
        assert!(limiter.admit(Limited::OpenSpace, 1, other, Timestamp(5)));
    }
}
