//! How fresh the ledger's word on each grant and provider is: what may be published hangs on it.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{Duration, ProviderId, Timestamp};
use keepwell_protocol::ledger::StateKey;
use rusqlite::{Connection, Row, Transaction, params};

use super::{StoreError, column};

/// The newest proof about one key of the ledger.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct LedgerProof {
    /// The time of the verified header; 0 before the first.
    pub(crate) header_time: Timestamp,
    /// Since when it was asked in vain at a host that answered; none while an answer came.
    pub(crate) vain_since: Option<Timestamp>,
    /// When it is asked again without need.
    pub(crate) ask_after: Timestamp,
}

impl LedgerProof {
    /// Whether the header is at most so old at `now`; one from further ahead than a clock may be behind says
    /// that the clock was turned, and is none.
    pub(crate) fn is_fresh(&self, now: Timestamp, longest: Duration) -> bool {
        now.since(self.header_time) <= longest && self.header_time.since(now) <= MOST_AHEAD
    }
}

/// How far a header may be ahead of this device's clock and count as of now (flows.md §7).
pub(crate) const MOST_AHEAD: Duration = Duration::minutes(5);

/// Every proof, by the key in the ledger's tree.
pub(crate) fn all(connection: &Connection) -> Result<BTreeMap<Vec<u8>, LedgerProof>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT key, header_time, vain_since, ask_after FROM ledger_proof")?;
    statement.query_and_then([], |row| Ok((row.get("key")?, read(row)?)))?.collect()
}

/// The proofs about providers: those of this wallet, and those asked about beside them.
pub(crate) fn providers(connection: &Connection) -> Result<BTreeMap<ProviderId, LedgerProof>, StoreError> {
    let provider = |(key, proof): (Vec<u8>, LedgerProof)| match StateKey::parse(&key) {
        Ok(StateKey::Provider(provider)) => Some((provider, proof)),
        _ => None,
    };
    Ok(all(connection)?.into_iter().filter_map(provider).collect())
}

/// Forgets the proofs about all providers but those of this wallet.
pub(crate) fn forget_providers(
    transaction: &Transaction<'_>,
    kept: &BTreeSet<ProviderId>,
) -> Result<(), StoreError> {
    let mut forget = transaction.prepare_cached("DELETE FROM ledger_proof WHERE key = ?1")?;
    for provider in providers(transaction)?.into_keys().filter(|provider| !kept.contains(provider)) {
        forget.execute([StateKey::Provider(provider).to_bytes()])?;
    }
    Ok(())
}

/// The proof about one key; one of time 0 where there is none.
pub(crate) fn find(connection: &Connection, key: &StateKey) -> Result<LedgerProof, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT header_time, vain_since, ask_after FROM ledger_proof WHERE key = ?1")?;
    let mut rows = statement.query([key.to_bytes()])?;
    rows.next()?.map_or_else(|| Ok(LedgerProof::default()), read)
}

/// Notes a proof; an older header than the one known changes nothing but that an answer came.
pub(crate) fn note(
    transaction: &Transaction<'_>,
    key: &StateKey,
    header_time: Timestamp,
    ask_after: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO ledger_proof (key, header_time, ask_after) VALUES (?1, ?2, ?3)
             ON CONFLICT (key) DO UPDATE SET header_time = max(header_time, excluded.header_time),
                 ask_after = excluded.ask_after, vain_since = NULL",
        )?
        .execute(params![key.to_bytes(), column::stored(header_time.0), column::stored(ask_after.0)])?;
    Ok(())
}

/// Notes who is about to be asked about; what was proved of them stays.
pub(crate) fn note_asked(
    transaction: &Transaction<'_>,
    asked: impl IntoIterator<Item = ProviderId>,
) -> Result<(), StoreError> {
    let mut note = transaction.prepare_cached(
        "INSERT INTO ledger_proof (key, header_time, ask_after) VALUES (?1, 0, 0) ON CONFLICT (key) DO NOTHING",
    )?;
    for provider in asked {
        note.execute([StateKey::Provider(provider).to_bytes()])?;
    }
    Ok(())
}

/// Notes that no answer that may be believed came; the first time of several counts.
pub(crate) fn note_vain(
    transaction: &Transaction<'_>,
    key: &StateKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO ledger_proof (key, header_time, vain_since, ask_after) VALUES (?1, 0, ?2, 0)
             ON CONFLICT (key) DO UPDATE SET vain_since = coalesce(vain_since, excluded.vain_since)",
        )?
        .execute(params![key.to_bytes(), column::stored(now.0)])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<LedgerProof, StoreError> {
    Ok(LedgerProof {
        header_time: column::time(row, "header_time")?,
        vain_since: row.get::<_, Option<i64>>("vain_since")?.map(|time| Timestamp(time.unsigned_abs())),
        ask_after: column::time(row, "ask_after")?,
    })
}
