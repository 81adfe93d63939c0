//! The provider's own access log: entries in their order, and how far others have them.

use keepwell_protocol::consent::{LogStatement, ProviderLogEntry, ProviderLogStart, log_tag};
use keepwell_protocol::crypto::{PairSecret, PublicKey, Rng};
use keepwell_protocol::domain::{Duration, GrantId, Object, ProviderId, Timestamp};
use keepwell_protocol::ledger::MerkleLog;
use keepwell_protocol::vault::Envelope;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::database::{Store, seconds, timestamp};
use crate::ClinicError;

/// An entry about a request of which it isn't known whether it was answered.
pub(crate) struct Logged {
    position: i64,
    statement: LogStatement,
}

/// How far others have the log.
pub(crate) struct Checkpoint {
    /// How many entries the host has.
    pub(crate) published: u64,
    /// The tree at the last checkpoint.
    pub(crate) log: MerkleLog,
    /// When that was made.
    pub(crate) made: Timestamp,
    /// Its transaction, while the ledger has not shown it.
    pub(crate) due: Option<Vec<u8>>,
}

impl Store {
    /// Writes down a request before it is made. The first of all begins the log.
    pub(crate) fn log_request(
        &mut self,
        provider: ProviderId,
        envelope: &Envelope,
        statement: &LogStatement,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Logged, ClinicError> {
        self.write(|tx| {
            if size(tx)? == 0 {
                let start = ProviderLogStart { provider, time: now }.to_cbor();
                tx.execute(
                    "INSERT INTO access_log (position, entry, written) VALUES (0, ?1, ?2)",
                    params![start, seconds(now)],
                )?;
            }
            let grant = Some(statement.receipt.receipt.grant);
            let position = append(tx, &envelope.pair, statement, grant, now, rng)?;
            Ok(Logged { position, statement: statement.clone() })
        })
    }

    /// Notes that a request was answered.
    pub(crate) fn note_answered(&mut self, logged: &Logged) -> Result<(), ClinicError> {
        self.write(|tx| close(tx, logged.position))
    }

    /// Writes down that a request brought nothing.
    pub(crate) fn take_back(
        &mut self,
        logged: &Logged,
        envelope: &Envelope,
        rng: &mut Rng,
    ) -> Result<(), ClinicError> {
        self.write(|tx| {
            let statement = LogStatement { is_unanswered: true, ..logged.statement.clone() };
            let time = statement.receipt.receipt.time;
            append(tx, &envelope.pair, &statement, None, time, rng)?;
            close(tx, logged.position)
        })
    }

    /// The entries of which it isn't known whether their requests were answered, and never will be, each with its envelope:
    /// a crash, or whatever else, kept that from being told.
    pub(crate) fn open_entries(
        &self,
        now: Timestamp,
        signing_key: &PublicKey,
    ) -> Result<Vec<(Logged, Envelope)>, ClinicError> {
        let mut query = self.connection.prepare_cached(
            "SELECT position, entry, open_grant FROM access_log
             WHERE open_grant IS NOT NULL AND (written < ?1 OR written > ?2) ORDER BY position",
        )?;
        let before = seconds(now.saturating_sub(LONGEST_OPEN));
        let rows = query.query_map([before, seconds(now)], |row| {
            Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, [u8; 32]>(2)?))
        })?;
        let mut open = Vec::new();
        for row in rows {
            let (position, entry, grant) = row?;
            let envelope = self.grant(GrantId::from_bytes(grant))?.envelope;
            let entry = ProviderLogEntry::from_cbor(&entry).map_err(|_| ClinicError::StoreDamaged)?;
            let statement = LogStatement::open(&entry, &envelope.pair, &[*signing_key])
                .map_err(|_| ClinicError::StoreDamaged)?;
            open.push((Logged { position, statement }, envelope));
        }
        Ok(open)
    }

    /// How many entries there are.
    pub(crate) fn access_log_size(&self) -> Result<u64, ClinicError> {
        size(&self.connection)
    }

    /// How many entries there are before the first that was written in this hour, or of which it isn't known whether its
    /// request was answered.
    pub(crate) fn settled_entries(&self, now: Timestamp) -> Result<u64, ClinicError> {
        let open: Option<i64> = self.connection.query_row(
            "SELECT min(position) FROM access_log WHERE open_grant IS NOT NULL OR written / 3600 = ?1 / 3600",
            [seconds(now)],
            |row| row.get(0),
        )?;
        open.map_or_else(|| size(&self.connection), |open| Ok(open.unsigned_abs()))
    }

    /// The entries from `first` to before `end`, as many as have about so many bytes together, at least one.
    pub(crate) fn access_log_entries(
        &self,
        first: u64,
        end: u64,
        bytes: usize,
    ) -> Result<Vec<Vec<u8>>, ClinicError> {
        let mut query = self.connection.prepare_cached(
            "SELECT entry FROM access_log WHERE position >= ?1 AND position < ?2 ORDER BY position",
        )?;
        let mut rows = query.query(params![stored(first), stored(end)])?;
        let (mut entries, mut total) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let entry: Vec<u8> = row.get(0)?;
            total += entry.len();
            if total > bytes && !entries.is_empty() {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// How far others have the log.
    pub(crate) fn checkpoint(&self) -> Result<Checkpoint, ClinicError> {
        let row = self
            .connection
            .query_row("SELECT published, log, made, due FROM access_log_progress", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((published, log, made, due)) = row else {
            let log = MerkleLog::default();
            return Ok(Checkpoint { published: 0, log, made: Timestamp(0), due: None });
        };
        let log = MerkleLog::from_cbor(&log).ok().filter(MerkleLog::is_well_formed);
        let log = log.ok_or(ClinicError::StoreDamaged)?;
        Ok(Checkpoint { published: published.unsigned_abs(), log, made: timestamp(made), due })
    }

    /// Notes how far others have the log.
    pub(crate) fn put_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ClinicError> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO access_log_progress VALUES (1, ?1, ?2, ?3, ?4)",
                params![
                    stored(checkpoint.published),
                    checkpoint.log.to_cbor(),
                    seconds(checkpoint.made),
                    checkpoint.due
                ],
            )?;
            Ok(())
        })
    }
}

/// Appends a statement about a relationship; answers where it stands.
fn append(
    tx: &Transaction<'_>,
    pair: &PairSecret,
    statement: &LogStatement,
    open_grant: Option<GrantId>,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<i64, ClinicError> {
    let relationship = log_tag(pair, 0);
    let number: i64 = tx
        .prepare_cached("SELECT coalesce(max(number) + 1, 0) FROM access_log WHERE relationship = ?1")?
        .query_row([relationship], |row| row.get(0))?;
    let entry = statement.seal(pair, number.unsigned_abs(), rng)?.to_cbor();
    let position = stored(size(tx)?);
    tx.prepare_cached("INSERT INTO access_log VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        position,
        entry,
        relationship,
        number,
        open_grant.map(|grant| *grant.as_bytes()),
        seconds(now)
    ])?;
    Ok(position)
}

fn close(tx: &Transaction<'_>, position: i64) -> Result<(), ClinicError> {
    tx.prepare_cached("UPDATE access_log SET open_grant = NULL WHERE position = ?1")?.execute([position])?;
    Ok(())
}

fn size(connection: &Connection) -> Result<u64, ClinicError> {
    let size: i64 = connection
        .prepare_cached("SELECT coalesce(max(position) + 1, 0) FROM access_log")?
        .query_row([], |row| row.get(0))?;
    Ok(size.unsigned_abs())
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How long a request may go on before it counts as one that brought nothing.
const LONGEST_OPEN: Duration = Duration::minutes(10);
