//! Every figure by which a server limits what others may take of it. `docs/limits.md` lists them.

use std::str::FromStr;
use std::time::Duration;

/// One figure, as an operator sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Figure {
    /// Its name, as in `--limit NAME=VALUE`; it ends with the unit where that is not a number of things.
    pub name: &'static str,
    /// Its value where nothing else is said.
    pub default: u64,
    /// Which servers go by it: `all`, `host`, `ledger` or `clinic`.
    pub server: &'static str,
    /// What it limits.
    pub what: &'static str,
}

/// Why a text does not change a limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadLimit {
    /// It is not of the form `NAME=VALUE`.
    #[error("a limit is given as NAME=VALUE")]
    Form,
    /// There is no such limit.
    #[error("there is no limit of this name; docs/limits.md lists them")]
    Name,
    /// The value is not a whole number from 1 on.
    #[error("the value of a limit is a whole number, 1 or more")]
    Value,
}

/// A limit that an operator sets: `NAME=VALUE`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SetLimit(&'static str, u64);

impl FromStr for SetLimit {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, BadLimit> {
        let (name, value) = text.split_once('=').ok_or(BadLimit::Form)?;
        let figure = Limits::FIGURES.iter().find(|figure| figure.name == name).ok_or(BadLimit::Name)?;
        match value.parse() {
            Ok(value @ 1..) => Ok(Self(figure.name, value)),
            _ => Err(BadLimit::Value),
        }
    }
}

macro_rules! limits {
    ($($name:ident: $default:expr, $server:literal, $what:literal;)*) => {
        /// The limits of one server.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct Limits {
            $(#[doc = $what] pub $name: u64,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// Every figure, in the order of `docs/limits.md`.
            pub const FIGURES: &'static [Figure] = &[
                $(Figure { name: stringify!($name), default: $default, server: $server, what: $what },)*
            ];

            /// Changes one figure.
            pub fn set(&mut self, SetLimit(name, value): SetLimit) {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => {}
                }
            }
        }
    };
}

const KIB: u64 = 1_024;
const MIB: u64 = 1_024 * KIB;
const GIB: u64 = 1_024 * MIB;

limits! {
    connections: 2_048, "all", "Connections at once; the oldest that waits for its client yields to a new one.";
    connections_per_client: 256, "all", "Connections at once from one IPv4 address or one /64 of IPv6; a trusted proxy has no such limit.";
    head_ms: 10_000, "all", "From the first byte of a request until its head is whole.";
    head_bytes: 64 * KIB, "all", "The longest head of a request.";
    idle_ms: 30_000, "all", "How long a connection is kept on which nothing is asked.";
    stall_ms: 20_000, "all", "How long nothing may move within a body or an answer.";
    grace_ms: 60_000, "all", "How long a body or an answer may move slower than `floor_bytes`.";
    floor_bytes: 4 * KIB, "all", "Bytes a second that a body or an answer moves at least, once the grace is over.";
    fresh_ms: 100, "all", "Until when a connection on which nothing is asked, or not yet to the end, does not yield to a new one.";
    yield_ms: 1_000, "all", "Until when a connection that stalls does not yield to a new one.";
    linger_ms: 2_000, "all", "How long what a client still sends is thrown away, so that it sees why it was refused.";
    linger_bytes: 16 * MIB, "all", "How much of that is thrown away at most.";
    drain_ms: 10_000, "all", "How long requests under way may take to end when the server stops.";
    work_ms: 150_000, "host", "How long an answer may take to be made once the whole request is there.";
    body_bytes: 64 * KIB, "host", "The longest body of a request that anybody may send; needs no share of the memory below.";
    body_batch_bytes: MIB, "host", "The longest batch of transactions.";
    body_space_bytes: 8 * MIB, "host", "The longest commit or link, from an owner.";
    body_blobs_bytes: 64 * MIB, "host", "The longest batch of blobs, from an owner: one record with a large attachment is one blob.";
    memory_bytes: 256 * MIB, "host", "Bodies of owners in memory at once.";
    memory_unsigned_bytes: 32 * MIB, "host", "Bodies of others in memory at once, those within `body_bytes` not counted.";
    memory_answers_bytes: 256 * MIB, "host", "Answers in memory at once, those within `body_bytes` not counted; one that stalls is ended where another needs its memory.";
    memory_shares: 4, "host", "One client has at most one of so many parts of each memory.";
    relays: 128, "host", "Requests at once that may have to ask the ledger; what ends something has turns of its own.";
    sealed: 128, "host", "Sealed questions to gateways at once, each of which may wait for a block.";
    space_bytes: 16 * GIB, "host", "What one space holds, of blobs and references with what their rows take; with what is lent it may be a sixteenth over.";
    space_state_bytes: 56 * MIB, "host", "Of that, heads and grants, which are shown in one answer; also a sixteenth over. Wallets read answers up to 64 MiB.";
    total_bytes: GIB * MIB, "host", "What all spaces hold.";
    free_bytes: 256 * MIB, "host", "How much of the disk stays free; below it only what ends something is taken, and below half of it nothing that is logged is read.";
    lent_bytes: 256 * KIB, "host", "What is lent to a wallet at once where there is no room: enough to end something, whatever it is used for.";
    lent_hour_bytes: MIB, "host", "What is lent to it in an hour; to all together a quarter of `free_bytes`, and nothing while less than half of `free_bytes` is free.";
    rate_opened: 60, "host", "Spaces that one client may open, a minute.";
    rate_inbox: 120, "host", "Envelopes that one client may leave, and pages of providers' access logs that it may read, together, a minute.";
    rate_link: 300, "host", "Visits to share links, and files of the viewer page, by one client, a minute.";
    rate_relay: 1_200, "host", "Questions to the ledger through the host by one client, a minute.";
    rate_relay_address: 3_000, "host", "The same by one address, whoever signs: keys cost nothing.";
    rate_signed: 3_000, "host", "Requests signed by keys without a space, by one client, a minute.";
    rate_owner: 3_000, "host", "Requests of the owner of one space, a minute.";
    rate_address: 48_000, "host", "Requests that may be signed, by one address, a minute: by whatever keys, and in vain or not.";
    rate_read: 16_384, "host", "MiB of blobs that are read and hashed for one owner, or for one client that is none, a minute.";
    rate_read_address: 262_144, "host", "MiB of blobs that are read and hashed for all owners at one address, a minute.";
    rate_asked: 30_000, "ledger", "Questions of one client, a minute.";
    rate_submitted: 6_000, "ledger", "Transactions of one client, a minute; what ends something is counted apart.";
    rate_relays: 10, "ledger", "As many times as often the hosts may ask that `--relay` names.";
    requests: 256, "ledger", "Requests that are worked on at once; what ends something has turns of its own.";
    waits: 1_024, "ledger", "Proofs that are waited for at once; who asks for one more hears at once that it is not there yet.";
    request_ms: 10_000, "ledger", "How long an answer may take to be made once the whole request is there.";
    rate_entries: 600, "ledger", "Entries that one client hands in for an aggregator, a minute.";
    batch_ms: 600_000, "ledger", "From one batch of an aggregator's to its next: the newest 4,096 are kept, here four weeks of them.";
    batch_entries: 16_384, "ledger", "Entries that wait for an aggregator's next batch; who hands in one more is told to come again.";
    node_free_bytes: 256 * MIB, "ledger", "How much of the disk of an authority's node stays free; below it only what ends something is taken, below half of it nothing new, and below a quarter of it the node ends in order.";
    node_snapshot_blocks: 10_000, "ledger", "How many blocks apart an authority's node makes a snapshot for those who join; with 0 it makes none, and CometBFT keeps all blocks.";
    node_block_days: 30, "ledger", "For how many days an authority's CometBFT keeps its blocks at least, for those that were away; those since the oldest snapshot stay in any case.";
    form_bytes: 10 * MIB + 64 * KIB, "clinic", "The longest form of the desk page: a picture and what stands around it.";
    login_bytes: 4 * KIB, "clinic", "The longest form of somebody who is not logged in.";
    rate_buckets: 16_384, "all", "Counters of each kind of rate: their number is fixed, whoever asks.";
    rate_network_64: 4, "all", "A /64 of IPv6 may ask so many times as often as one address in it.";
    rate_network: 16, "all", "A /48 of IPv6 or a /24 of IPv4 may ask so many times as often as one address in it.";
}

impl Limits {
    pub(crate) fn head(&self) -> Duration {
        Duration::from_millis(self.head_ms)
    }

    pub(crate) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    pub(crate) fn linger(&self) -> Duration {
        Duration::from_millis(self.linger_ms)
    }

    pub(crate) fn fresh(&self) -> Duration {
        Duration::from_millis(self.fresh_ms)
    }

    pub(crate) fn yields(&self) -> Duration {
        Duration::from_millis(self.yield_ms)
    }

    /// How long requests under way may take to end.
    pub fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// A figure as a size in memory.
pub(crate) fn size(figure: u64) -> usize {
    usize::try_from(figure).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_set_by_its_name_and_no_other_text_sets_one() {
        let mut limits = Limits::default();
        for figure in Limits::FIGURES {
            limits.set(format!("{}=7", figure.name).parse().unwrap());
        }
        assert_eq!((limits.connections, limits.rate_network, limits.form_bytes), (7, 7, 7));
        for (bad, why) in [
            ("connections", BadLimit::Form),
            ("connection=7", BadLimit::Name),
            ("=7", BadLimit::Name),
            ("connections=", BadLimit::Value),
            ("connections=0", BadLimit::Value),
            ("connections=-1", BadLimit::Value),
            ("connections=7s", BadLimit::Value),
        ] {
            assert_eq!(bad.parse::<SetLimit>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn docs_limits_md_lists_every_figure_as_it_is_and_no_other() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/limits.md");
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = Limits::FIGURES
            .iter()
            .map(|Figure { name, default, server, what }| {
                format!("| `{name}` | {default} | {server} | {what} |")
            })
            .collect();
        assert_eq!(rows, expected, "docs/limits.md should have these rows:\n{}", expected.join("\n"));
    }
}
