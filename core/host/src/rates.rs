//! How often the host is asked for what, each kind on its own.

use keepwell_server::{Limits, Rate};

/// The rates of one host.
pub(crate) struct Rates {
    /// Spaces that are opened.
    pub(crate) opened: Rate,
    /// Envelopes that are left for providers.
    pub(crate) inbox: Rate,
    /// Visits to share links.
    pub(crate) link: Rate,
    /// Asking the ledger through this host.
    pub(crate) relay: Rate,
    /// The same by all keys at one address.
    pub(crate) relay_address: Rate,
    /// Whatever is signed by a key without a space.
    pub(crate) signed: Rate,
    /// Whatever the owner of a space asks; by key, so that many owners may share an address.
    pub(crate) owner: Rate,
    /// Whatever may be signed, by address: keys cost nothing, and a signature that does not hold is work too.
    pub(crate) address: Rate,
    /// MiB that are read and hashed.
    pub(crate) read: Rate,
    /// The same for all owners at one address.
    pub(crate) read_address: Rate,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let rate = |per_minute| Rate::new(per_minute, limits);
        Self {
            opened: rate(limits.rate_opened),
            inbox: rate(limits.rate_inbox),
            link: rate(limits.rate_link),
            relay: rate(limits.rate_relay),
            relay_address: rate(limits.rate_relay_address),
            signed: rate(limits.rate_signed),
            owner: rate(limits.rate_owner),
            address: rate(limits.rate_address),
            read: rate(limits.rate_read),
            read_address: rate(limits.rate_read_address),
        }
    }
}
