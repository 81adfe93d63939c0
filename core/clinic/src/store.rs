//! The provider's encrypted store: one SQLCipher file, one writer at a time.

use keepwell_page_cipher::{DatabaseError, IfMissing, open_database, trust_log};
use keepwell_protocol::crypto::{HpkeSecretKey, PublicKey, SigningKey, Suite};
use keepwell_protocol::domain::{BlobId, Duration, GrantId, Object, Timestamp};
use keepwell_protocol::ledger::{SignedCard, TrustedState};
use keepwell_protocol::vault::{Envelope, SealedHead};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use zeroize::Zeroizing;

use crate::ClinicError;
use crate::grants::GrantState;
use crate::home::{Home, StoreKey};

/// Who the provider is and whom it deals with.
pub(crate) struct Identity {
    pub(crate) signing_key: SigningKey,
    pub(crate) card: SignedCard,
    pub(crate) ledger: String,
    pub(crate) host: String,
    pub(crate) anchor: String,
}

/// A grant as it was accepted.
pub(crate) struct AcceptedGrant {
    pub(crate) id: GrantId,
    pub(crate) envelope: Envelope,
    pub(crate) confirmed: bool,
    pub(crate) state: GrantState,
    pub(crate) state_time: Timestamp,
}

/// The open store.
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Makes the store with its first identity and keys, all or nothing.
    pub(crate) fn create(
        home: &Home,
        key: &StoreKey,
        identity: &Identity,
        trusted: &TrustedState,
        keys: &[HpkeSecretKey],
    ) -> Result<Self, ClinicError> {
        let mut store = Self { connection: connect(home, key, IfMissing::Create)? };
        store.write(|tx| {
            if version(tx)? != 0 {
                return Err(ClinicError::AlreadyInitialised);
            }
            tx.execute_batch(include_str!("schema.sql"))?;
            tx.pragma_update(None, "user_version", SCHEMA)?;
            tx.execute(
                "INSERT INTO identity VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, NULL)",
                params![
                    identity.signing_key.expose(),
                    identity.card.to_cbor(),
                    identity.ledger,
                    identity.host,
                    identity.anchor,
                    trusted.to_cbor()
                ],
            )?;
            insert_keys(tx, keys)
        })?;
        Ok(store)
    }

    /// Opens the store that must be there.
    pub(crate) fn open(home: &Home) -> Result<Self, ClinicError> {
        if !home.store().exists() {
            return Err(ClinicError::NotInitialised);
        }
        let store = Self { connection: connect(home, &home.read_key()?, IfMissing::Refuse)? };
        match version(&store.connection)? {
            0 => Err(ClinicError::NotInitialised),
            SCHEMA => Ok(store),
            found => Err(ClinicError::StoreTooNew { found, supported: SCHEMA }),
        }
    }

    pub(crate) fn identity(&self) -> Result<Identity, ClinicError> {
        let (seed, card, ledger, host, anchor): (Zeroizing<[u8; 32]>, Vec<u8>, String, String, String) = self
            .connection
            .query_row("SELECT signing_seed, card, ledger, host, anchor FROM identity", [], |row| {
                Ok((row.get(0).map(Zeroizing::new)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
        let card = SignedCard::parse(&card).map_err(|_| ClinicError::StoreDamaged)?;
        Ok(Identity { signing_key: SigningKey::from_seed(&seed), card, ledger, host, anchor })
    }

    /// Every HPKE key that may still be needed: those on the card, and those that left it less than
    /// [`KEPT`] ago. Older ones are removed.
    pub(crate) fn hpke_keys(&self, now: Timestamp) -> Result<Vec<HpkeSecretKey>, ClinicError> {
        let keep_from = seconds(now.saturating_sub(KEPT));
        self.connection.execute("DELETE FROM hpke_key WHERE retired < ?1", [keep_from])?;
        let mut query =
            self.connection.prepare_cached("SELECT suite, secret FROM hpke_key ORDER BY suite, id")?;
        let rows = query
            .query_map([], |row| Ok((row.get::<_, u8>(0)?, row.get(1).map(Zeroizing::<[u8; 32]>::new)?)))?;
        rows.map(|row| {
            let (suite, secret) = row?;
            Ok(HpkeSecretKey::from_bytes(Suite::from_number(suite)?, &secret)?)
        })
        .collect()
    }

    /// Puts a new card and its keys in the place of the present ones; the transaction that tells the
    /// ledger is kept until that has happened.
    pub(crate) fn replace_card(
        &mut self,
        card: &SignedCard,
        keys: &[HpkeSecretKey],
        transaction: &[u8],
        now: Timestamp,
    ) -> Result<(), ClinicError> {
        self.write(|tx| {
            let present: Vec<u8> = tx.query_row("SELECT card FROM identity", [], |row| row.get(0))?;
            let present = SignedCard::parse(&present).map_err(|_| ClinicError::StoreDamaged)?;
            if present.card.version.checked_add(1) != Some(card.card.version) {
                return Err(ClinicError::Busy);
            }
            tx.execute("UPDATE hpke_key SET retired = ?1 WHERE retired IS NULL", [seconds(now)])?;
            insert_keys(tx, keys)?;
            tx.execute(
                "UPDATE identity SET card = ?1, update_due = ?2",
                params![card.to_cbor(), transaction],
            )?;
            Ok(())
        })
    }

    /// The card update that the ledger has not confirmed.
    pub(crate) fn update_due(&self) -> Result<Option<Vec<u8>>, ClinicError> {
        Ok(self.connection.query_row("SELECT update_due FROM identity", [], |row| row.get(0))?)
    }

    /// Forgets a card update that the ledger has confirmed.
    pub(crate) fn update_done(&self) -> Result<(), ClinicError> {
        self.connection.execute("UPDATE identity SET update_due = NULL", [])?;
        Ok(())
    }

    pub(crate) fn trusted(&self) -> Result<TrustedState, ClinicError> {
        let bytes: Vec<u8> =
            self.connection.query_row("SELECT trusted FROM identity", [], |row| row.get(0))?;
        TrustedState::from_cbor(&bytes).map_err(|_| ClinicError::StoreDamaged)
    }

    /// Remembers what was verified, unless something newer was meanwhile.
    pub(crate) fn trust(&mut self, state: &TrustedState) -> Result<(), ClinicError> {
        if self.trusted()?.height >= state.height {
            return Ok(());
        }
        self.write(|tx| {
            let present: Vec<u8> = tx.query_row("SELECT trusted FROM identity", [], |row| row.get(0))?;
            let present = TrustedState::from_cbor(&present).map_err(|_| ClinicError::StoreDamaged)?;
            if present.height < state.height {
                tx.execute("UPDATE identity SET trusted = ?1", [state.to_cbor()])?;
            }
            Ok(())
        })
    }

    /// Takes another anchor and gateway, and what follows from them.
    pub(crate) fn renew_trust(
        &mut self,
        ledger: &str,
        anchor: &str,
        trusted: &TrustedState,
    ) -> Result<(), ClinicError> {
        self.connection.execute(
            "UPDATE identity SET ledger = ?1, anchor = ?2, trusted = ?3",
            (ledger, anchor, trusted.to_cbor()),
        )?;
        Ok(())
    }

    /// Whether an envelope would change what is kept: its grant is new, or its wallet has moved since
    /// the envelope that is kept.
    pub(crate) fn is_newer(&self, id: GrantId, envelope: &Envelope) -> Result<bool, ClinicError> {
        is_newer(&self.connection, id, envelope)
    }

    /// Keeps an accepted grant. For one that is kept already the envelope with the highest
    /// [`Envelope::host_version`] counts; a lower or equal one, which anybody who carries envelopes
    /// could send again, changes nothing.
    pub(crate) fn put_grant(
        &mut self,
        id: GrantId,
        envelope: &Envelope,
        state_time: Timestamp,
        now: Timestamp,
    ) -> Result<(), ClinicError> {
        let opened = Zeroizing::new(envelope.to_cbor());
        self.write(|tx| {
            if !is_newer(tx, id, envelope)? {
                return Ok(());
            }
            tx.execute(
                "INSERT INTO accepted_grant (id, envelope, received, state, state_time) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET envelope = excluded.envelope",
                params![
                    id.as_bytes(),
                    opened.as_slice(),
                    seconds(now),
                    GrantState::Active.as_str(),
                    seconds(state_time)
                ],
            )?;
            Ok(())
        })
    }

    /// Every grant, newest first.
    pub(crate) fn grants(&self) -> Result<Vec<AcceptedGrant>, ClinicError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, envelope, confirmed, state, state_time FROM accepted_grant ORDER BY received DESC, id",
        )?;
        let rows = query.query_map([], |row| Ok(accepted_grant(row)))?;
        rows.map(|row| row?).collect()
    }

    pub(crate) fn grant(&self, id: GrantId) -> Result<AcceptedGrant, ClinicError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, envelope, confirmed, state, state_time FROM accepted_grant WHERE id = ?1",
        )?;
        query
            .query_row([id.as_bytes()], |row| Ok(accepted_grant(row)))
            .optional()?
            .ok_or(ClinicError::UnknownGrant)?
    }

    /// Remembers what the ledger said of a grant; nothing leads out of `revoked`.
    pub(crate) fn put_state(
        &self,
        id: GrantId,
        state: GrantState,
        time: Timestamp,
    ) -> Result<(), ClinicError> {
        self.connection.execute(
            "UPDATE accepted_grant SET state = ?2, state_time = ?3
             WHERE id = ?1 AND state <> ?4 AND state_time <= ?3",
            params![id.as_bytes(), state.as_str(), seconds(time), GrantState::Revoked.as_str()],
        )?;
        Ok(())
    }

    pub(crate) fn confirm(&self, id: GrantId) -> Result<(), ClinicError> {
        match self
            .connection
            .execute("UPDATE accepted_grant SET confirmed = 1 WHERE id = ?1", [id.as_bytes()])?
        {
            0 => Err(ClinicError::UnknownGrant),
            _ => Ok(()),
        }
    }

    /// Remembers heads as the newest of their compartments.
    ///
    /// # Errors
    /// [`ClinicError::HostRolledBack`] if a newer head was seen before, another of the same version,
    /// or one where there is none now.
    pub(crate) fn see_heads(
        &mut self,
        heads: &[(PublicKey, Option<&SealedHead>)],
    ) -> Result<(), ClinicError> {
        self.write(|tx| {
            for (key, head) in heads {
                let seen: Option<(i64, [u8; 32])> = tx
                    .prepare_cached("SELECT version, hash FROM head_seen WHERE signing_key = ?1")?
                    .query_row([key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                let Some(head) = head else {
                    if seen.is_some() {
                        return Err(ClinicError::HostRolledBack);
                    }
                    continue;
                };
                let version = i64::try_from(head.version).map_err(|_| ClinicError::UnexpectedAnswer)?;
                match seen {
                    Some((newest, _)) if version < newest => return Err(ClinicError::HostRolledBack),
                    Some((newest, hash)) if version == newest && hash != head.hash() => {
                        return Err(ClinicError::HostRolledBack);
                    }
                    _ => {}
                }
                tx.prepare_cached("INSERT OR REPLACE INTO head_seen VALUES (?1, ?2, ?3)")?
                    .execute(params![key.as_bytes(), version, head.hash()])?;
            }
            Ok(())
        })
    }

    /// Since when an envelope could not be judged: from now on, if not before.
    pub(crate) fn waiting_since(&self, id: BlobId, now: Timestamp) -> Result<Timestamp, ClinicError> {
        self.connection.execute(
            "INSERT OR IGNORE INTO envelope_waiting VALUES (?1, ?2)",
            params![id.as_bytes(), seconds(now)],
        )?;
        let first: i64 = self.connection.query_row(
            "SELECT first_seen FROM envelope_waiting WHERE id = ?1",
            [id.as_bytes()],
            |row| row.get(0),
        )?;
        Ok(timestamp(first))
    }

    /// Forgets that an envelope waited.
    pub(crate) fn stop_waiting(&self, ids: &[BlobId]) -> Result<(), ClinicError> {
        for id in ids {
            self.connection.execute("DELETE FROM envelope_waiting WHERE id = ?1", [id.as_bytes()])?;
        }
        Ok(())
    }

    /// Runs `work` in one transaction, kept only if it succeeds.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, ClinicError>,
    ) -> Result<T, ClinicError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

fn connect(home: &Home, key: &StoreKey, missing: IfMissing) -> Result<Connection, ClinicError> {
    let connection =
        open_database(&home.store(), key.key.expose(), &key.salt, missing).map_err(|error| match error {
            DatabaseError::NotEncrypted => ClinicError::NotEncrypted,
            DatabaseError::Sqlite(error) => error.into(),
        })?;
    trust_log(&connection)?;
    Ok(connection)
}

fn insert_keys(tx: &Transaction<'_>, keys: &[HpkeSecretKey]) -> Result<(), ClinicError> {
    for key in keys {
        let public = key.public_key();
        tx.execute(
            "INSERT INTO hpke_key VALUES (?1, ?2, ?3, NULL)",
            params![public.id(), public.suite().number(), key.expose()],
        )?;
    }
    Ok(())
}

fn is_newer(connection: &Connection, id: GrantId, envelope: &Envelope) -> Result<bool, ClinicError> {
    let kept: Option<Zeroizing<Vec<u8>>> = connection
        .prepare_cached("SELECT envelope FROM accepted_grant WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0).map(Zeroizing::new))
        .optional()?;
    let Some(kept) = kept else { return Ok(true) };
    let kept = Envelope::from_cbor(&kept).map_err(|_| ClinicError::StoreDamaged)?;
    Ok(envelope.host_version() > kept.host_version())
}

fn accepted_grant(row: &Row<'_>) -> Result<AcceptedGrant, ClinicError> {
    let id: [u8; 32] = row.get(0)?;
    let envelope = Zeroizing::new(row.get::<_, Vec<u8>>(1)?);
    let state: String = row.get(3)?;
    Ok(AcceptedGrant {
        id: GrantId::from_bytes(id),
        envelope: Envelope::from_cbor(&envelope).map_err(|_| ClinicError::StoreDamaged)?,
        confirmed: row.get(2)?,
        state: GrantState::parse(&state).ok_or(ClinicError::StoreDamaged)?,
        state_time: timestamp(row.get(4)?),
    })
}

fn version(connection: &Connection) -> Result<u32, ClinicError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// A time as SQLite keeps it; what lies beyond its range never comes.
fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(u64::try_from(seconds).unwrap_or(0))
}

const SCHEMA: u32 = 1;

/// How long a retired key can still open what was sealed to it.
const KEPT: Duration = Duration::days(60);

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::Rng;

    use super::*;
    use crate::home::Home;

    #[test]
    fn a_second_writer_is_told_that_the_first_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());
        let key = home.read_or_create_key(&mut Rng::seeded(1)).unwrap();
        let mut first = connect(&home, &key, IfMissing::Create).unwrap();
        first.execute_batch("CREATE TABLE t (x)").unwrap();
        let second = connect(&home, &key, IfMissing::Refuse).unwrap();
        let held = first.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let refused = second.execute("INSERT INTO t VALUES (1)", []).map_err(ClinicError::from);
        assert_eq!(refused.unwrap_err().code(), "Busy");
        drop(held);
        second.execute("INSERT INTO t VALUES (1)", []).unwrap();
    }
}
