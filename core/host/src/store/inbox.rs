//! Envelopes waiting for their provider.

use keepwell_protocol::crypto::{self, PublicKey};
use keepwell_protocol::domain::{BlobId, ProviderId, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{Store, seconds};
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
    /// Too many wait already.
    Full,
}

/// The most envelopes, and bytes of them, that wait for one provider.
const CAPACITY: (i64, i64) = (1_000, 16 * 1024 * 1024);
/// The most bytes in one answer.
const PAGE_BYTES: usize = 3_000_000;

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

    /// Keeps an envelope for a provider, once.
    pub(crate) fn put_envelope(
        &self,
        provider: ProviderId,
        content: &[u8],
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
            let (count, bytes): (i64, i64) = tx.query_row(
                "SELECT count(*), coalesce(sum(length(content)), 0) FROM envelopes WHERE provider = ?1",
                [provider.as_bytes()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let length = i64::try_from(content.len()).unwrap_or(i64::MAX);
            if count >= CAPACITY.0 || bytes.saturating_add(length) > CAPACITY.1 {
                return Ok(EnvelopeKept::Full);
            }
            tx.execute(
                "INSERT INTO envelopes (provider, id, content, received) VALUES (?1, ?2, ?3, ?4)",
                params![provider.as_bytes(), id, content, seconds(now)],
            )?;
            Ok(EnvelopeKept::Kept)
        })
    }

    /// The oldest waiting envelopes, as many as fit one answer. From now on they stay thirty days.
    pub(crate) fn fetch_envelopes(
        &self,
        provider: ProviderId,
        now: Timestamp,
    ) -> Result<Vec<Vec<u8>>, HostError> {
        self.write(|tx| {
            let mut query = tx.prepare_cached(
                "SELECT envelope, content FROM envelopes WHERE provider = ?1 ORDER BY envelope",
            )?;
            let mut rows = query.query([provider.as_bytes()])?;
            let mut page = Vec::new();
            let (mut bytes, mut last) = (0, 0);
            while let Some(row) = rows.next()? {
                let content: Vec<u8> = row.get(1)?;
                bytes += content.len();
                if bytes > PAGE_BYTES {
                    break;
                }
                last = row.get(0)?;
                page.push(content);
            }
            tx.execute(
                "UPDATE envelopes SET fetched = ?3
                 WHERE provider = ?1 AND envelope <= ?2 AND fetched IS NULL",
                params![provider.as_bytes(), last, seconds(now)],
            )?;
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
