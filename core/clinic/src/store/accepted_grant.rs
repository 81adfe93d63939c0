//! The grants that were accepted, and what the ledger said of each last.

use keepwell_protocol::domain::{GrantId, Object, Timestamp};
use keepwell_protocol::vault::Envelope;
use rusqlite::{Connection, OptionalExtension, Row, params};
use zeroize::Zeroizing;

use super::access_request;
use super::database::{Store, seconds, timestamp};
use crate::ClinicError;
use crate::grant_state::GrantState;

/// A grant as it was accepted.
pub(crate) struct AcceptedGrant {
    pub(crate) id: GrantId,
    pub(crate) envelope: Envelope,
    pub(crate) confirmed: bool,
    pub(crate) state: GrantState,
    pub(crate) state_time: Timestamp,
}

impl Store {
    /// Whether an envelope would change what is kept: its grant is new, or its wallet has moved since
    /// the envelope that is kept.
    pub(crate) fn is_newer(&self, id: GrantId, envelope: &Envelope) -> Result<bool, ClinicError> {
        is_newer(&self.connection, id, envelope)
    }

    /// Keeps an accepted grant. For one that is kept already the envelope with the highest
    /// [`Envelope::host_version`] counts; a lower or equal one, which anybody who carries envelopes
    /// could send again, changes nothing. One that answers a request of the desk is confirmed by that (flows.md §4.6).
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
            let is_answer = match envelope.request {
                Some(request) => access_request::answer(tx, request, id, now)?,
                None => false,
            };
            tx.execute(
                "INSERT INTO accepted_grant (id, envelope, received, state, state_time, confirmed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET envelope = excluded.envelope",
                params![
                    id.as_bytes(),
                    opened.as_slice(),
                    seconds(now),
                    GrantState::Active.as_str(),
                    seconds(state_time),
                    is_answer
                ],
            )?;
            Ok(())
        })
    }

    /// How many grants were accepted, those that have ended among them.
    pub(crate) fn count_grants(&self) -> Result<u64, ClinicError> {
        Ok(self.connection.query_row("SELECT count(*) FROM accepted_grant", [], |row| row.get(0))?)
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
        &mut self,
        id: GrantId,
        state: GrantState,
        time: Timestamp,
    ) -> Result<(), ClinicError> {
        self.put_states([(id, state, time)])
    }

    /// Remembers what the ledger said of many grants, each with the time of the header that shows it.
    pub(crate) fn put_states(
        &mut self,
        states: impl IntoIterator<Item = (GrantId, GrantState, Timestamp)>,
    ) -> Result<(), ClinicError> {
        self.write(|tx| {
            let mut update = tx.prepare_cached(
                "UPDATE accepted_grant SET state = ?2, state_time = ?3
                 WHERE id = ?1 AND state <> ?4 AND state_time <= ?3",
            )?;
            for (id, state, time) in states {
                let revoked = GrantState::Revoked.as_str();
                update.execute(params![id.as_bytes(), state.as_str(), seconds(time), revoked])?;
            }
            Ok(())
        })
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
