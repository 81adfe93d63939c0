//! Envelopes waiting for their provider.

use std::cmp::Reverse;
use std::collections::HashMap;

use keepwell_protocol::crypto::{self, PublicKey};
use keepwell_protocol::domain::{BlobId, ProviderId, Timestamp};
use keepwell_protocol::vault::InboxPage;
use rusqlite::{OptionalExtension, params};

use super::{Store, Transaction, seconds};
use crate::HostError;

/// What the ledger said of a provider when this host last asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct KnownProvider {
    /// The key with which it signs.
    pub(crate) signing_key: PublicKey,
    /// Governance has suspended it.
    pub(crate) suspended: bool,
}

/// What became of an envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EnvelopeKept {
    /// It waits, perhaps since an earlier try.
    Kept,
    /// Too many wait already, and none of them is to go for one as large.
    Full,
}

/// Who left an envelope, as tags that say nothing but which others came from there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Sender {
    /// Of an address of IPv4, or a /64 of IPv6.
    pub(crate) subscriber: i64,
    /// Of the /24 or /48 around it.
    pub(crate) network: i64,
}

/// How large an envelope is. A grant of categories is `Small`, one of hundreds of single records `Medium`;
/// only padding or thousands of records make a `Large` one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum SizeClass {
    /// At most 8 KiB.
    Small = 0,
    /// At most 24 KiB.
    Medium = 1,
    /// All above 24 KiB.
    Large = 2,
}

/// An envelope in the inbox, without its content.
struct Waiting {
    /// Its row: the lower, the older.
    row: i64,
    length: i64,
    sender: Option<Sender>,
    fetched: bool,
}

/// The most envelopes, and bytes of them, that wait for one provider.
const CAPACITY: (usize, i64) = (1_000, 16 * 1024 * 1024);
/// The most bytes in one answer.
const PAGE_BYTES: i64 = 3_000_000;

impl Store {
    /// What is known of a provider.
    pub(crate) fn provider(&self, id: ProviderId) -> Result<Option<KnownProvider>, HostError> {
        let row: Option<([u8; 32], bool)> = self.read(|db| {
            Ok(db
                .query_row(
                    "SELECT signing_key, suspended FROM providers WHERE id = ?1",
                    [id.as_bytes()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?)
        })?;
        row.map(|(key, suspended)| {
            let signing_key = PublicKey::from_bytes(&key).map_err(|_| HostError::Damaged)?;
            Ok(KnownProvider { signing_key, suspended })
        })
        .transpose()
    }

    /// Remembers what the ledger says of a provider.
    pub(crate) fn put_provider(&self, id: ProviderId, known: &KnownProvider) -> Result<(), HostError> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO providers VALUES (?1, ?2, ?3)",
                params![id.as_bytes(), known.signing_key.as_bytes(), known.suspended],
            )?;
            Ok(())
        })
    }

    /// Keeps an envelope for a provider, once; where the inbox is full, in the place of others.
    pub(crate) fn put_envelope(
        &self,
        provider: ProviderId,
        content: &[u8],
        sender: Sender,
        now: Timestamp,
    ) -> Result<EnvelopeKept, HostError> {
        let id = crypto::sha256(content);
        self.write(|tx| {
            let there: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM envelopes WHERE provider = ?1 AND id = ?2)",
                params![provider.as_bytes(), id],
                |row| row.get(0),
            )?;
            if there {
                return Ok(EnvelopeKept::Kept);
            }
            let length = i64::try_from(content.len()).unwrap_or(i64::MAX);
            let Some(evicted) = make_room(waiting(tx, provider)?, length) else {
                return Ok(EnvelopeKept::Full);
            };
            for row in evicted {
                tx.prepare_cached("DELETE FROM envelopes WHERE envelope = ?1")?.execute([row])?;
            }
            tx.execute(
                "INSERT INTO envelopes (provider, id, content, received, sender, network)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![provider.as_bytes(), id, content, seconds(now), sender.subscriber, sender.network],
            )?;
            Ok(EnvelopeKept::Kept)
        })
    }

    /// The waiting envelopes behind `after`, as many as fit one answer. From now on they stay thirty days.
    pub(crate) fn fetch_envelopes(
        &self,
        provider: ProviderId,
        after: u64,
        now: Timestamp,
    ) -> Result<InboxPage, HostError> {
        self.write(|tx| {
            let mut waiting = waiting(tx, provider)?;
            waiting.retain(|it| it.cursor() > after);
            waiting.sort_by_key(Waiting::cursor);
            let mut page = InboxPage { envelopes: Vec::new(), next: None };
            let (mut bytes, mut last) = (0, after);
            for it in waiting {
                bytes += it.length;
                if bytes > PAGE_BYTES {
                    page.next = Some(last);
                    break;
                }
                last = it.cursor();
                let content: Vec<u8> = tx
                    .prepare_cached("SELECT content FROM envelopes WHERE envelope = ?1")?
                    .query_row([it.row], |row| row.get(0))?;
                page.envelopes.push(content.into());
                if !it.fetched {
                    tx.prepare_cached("UPDATE envelopes SET fetched = ?2 WHERE envelope = ?1")?
                        .execute([it.row, seconds(now)])?;
                }
            }
            Ok(page)
        })
    }

    /// Forgets envelopes by the SHA-256 of their bytes; those that are not there are no error.
    pub(crate) fn delete_envelopes(&self, provider: ProviderId, ids: &[BlobId]) -> Result<(), HostError> {
        self.write(|tx| {
            for id in ids {
                tx.prepare_cached("DELETE FROM envelopes WHERE provider = ?1 AND id = ?2")?
                    .execute(params![provider.as_bytes(), id.as_bytes()])?;
            }
            Ok(())
        })
    }
}

impl SizeClass {
    fn of(length: i64) -> Self {
        match length {
            ..=8_192 => Self::Small,
            8_193..=24_576 => Self::Medium,
            _ => Self::Large,
        }
    }
}

impl Waiting {
    fn class(&self) -> SizeClass {
        SizeClass::of(self.length)
    }

    /// Where it stands in the inbox: never 0.
    fn cursor(&self) -> u64 {
        // Rows are numbered from 1, and 2^48 of them do not come.
        (self.class() as u64) << 48 | self.row.unsigned_abs()
    }
}

/// What waits for a provider.
fn waiting(tx: &Transaction<'_>, provider: ProviderId) -> Result<Vec<Waiting>, HostError> {
    let mut query = tx.prepare_cached(
        "SELECT envelope, length(content), sender, coalesce(network, sender), fetched IS NOT NULL
         FROM envelopes WHERE provider = ?1",
    )?;
    let rows = query.query_map([provider.as_bytes()], |row| {
        let (subscriber, network): (Option<_>, Option<_>) = (row.get(2)?, row.get(3)?);
        let sender = subscriber.zip(network).map(|(subscriber, network)| Sender { subscriber, network });
        Ok(Waiting { row: row.get(0)?, length: row.get(1)?, sender, fetched: row.get(4)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The rows that go so that an envelope of `length` bytes fits; none at all if it does not.
///
/// The largest class goes first; in it what came from the network that most of it came from, of that from the
/// subscriber that most came from, of that what the provider has seen, and of that the oldest. Nothing goes for an
/// envelope of a larger class than its own.
fn make_room(mut waiting: Vec<Waiting>, length: i64) -> Option<Vec<i64>> {
    let mut bytes: i64 = waiting.iter().map(|it| it.length).sum();
    let mut evicted = Vec::new();
    while waiting.len() >= CAPACITY.0 || bytes.saturating_add(length) > CAPACITY.1 {
        let mut subscribers: HashMap<(SizeClass, i64), usize> = HashMap::new();
        let mut networks = subscribers.clone();
        for it in &waiting {
            if let Some(sender) = it.sender {
                *subscribers.entry((it.class(), sender.subscriber)).or_default() += 1;
                *networks.entry((it.class(), sender.network)).or_default() += 1;
            }
        }
        // Of whom nothing is known is alone.
        let shares = |it: &Waiting| {
            let of = |shares: &HashMap<_, usize>, tag| shares.get(&(it.class(), tag)).copied().unwrap_or(1);
            it.sender.map_or((1, 1), |it| (of(&networks, it.network), of(&subscribers, it.subscriber)))
        };
        let (at, victim) = waiting
            .iter()
            .enumerate()
            .filter(|(_, it)| it.class() >= SizeClass::of(length))
            .max_by_key(|(_, it)| (it.class(), shares(it), it.fetched, Reverse(it.row)))?;
        bytes -= victim.length;
        evicted.push(victim.row);
        waiting.swap_remove(at);
    }
    Some(evicted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(row: i64, length: i64, subscriber: i64) -> Waiting {
        let sender = Some(Sender { subscriber, network: 0 });
        Waiting { row, length, sender, fetched: false }
    }

    #[test]
    fn a_small_one_takes_the_place_of_the_largest_that_most_came_from() {
        let large = 65_536;
        let mut full: Vec<_> = (1..=255).map(|row| envelope(row, large, i64::from(row > 3))).collect();
        full.push(envelope(256, 8_192, 7));
        assert_eq!(make_room(full, 65_536), Some(vec![4]), "the oldest of the sender of most");
        let full: Vec<_> = (1..=256).map(|row| envelope(row, large, row)).collect();
        assert_eq!(make_room(full, 2_000), Some(vec![1]), "the oldest where all senders sent one");
        let full: Vec<_> =
            (1..=256).map(|row| Waiting { fetched: row == 9, ..envelope(row, large, row) }).collect();
        assert_eq!(make_room(full, 2_000), Some(vec![9]), "one that the provider has seen");
        let full: Vec<_> = (1..=1_000).map(|row| envelope(row, 2_000 + row % 2 * 10_000, 1)).collect();
        assert_eq!(make_room(full, 2_000), Some(vec![1]), "the oldest of the larger class");
    }

    #[test]
    fn a_large_one_takes_no_place_of_a_smaller_one() {
        let small = || (1..=1_000).map(|row| envelope(row, 8_192, 1)).collect::<Vec<_>>();
        assert_eq!(make_room(small(), 8_193), None);
        assert_eq!(make_room(small(), 8_192), Some(vec![1]));
        assert_eq!(make_room(small().split_off(1), 8_193), Some(vec![]));
        // Three medium ones make room for what three of them hold.
        let mut full: Vec<_> = (1..=680).map(|row| envelope(row, 24_576, 1)).collect();
        full.push(envelope(681, 24_576, 2));
        assert_eq!(make_room(full, 65_536), None);
    }
}
