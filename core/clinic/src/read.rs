//! Reading under a grant: every link from the ledger to each record is checked here, and whatever
//! does not hold is dropped with its reason.

use std::collections::BTreeMap;

use keepwell_net::{Clock, Limits, Transport};
use keepwell_protocol::consent::Terms;
use keepwell_protocol::crypto::{PublicKey, Rng};
use keepwell_protocol::domain::{CompartmentId, GrantId, Object, Purpose, RecordId, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::ProofBundle;
use keepwell_protocol::vault::{Envelope, GrantAnswer, Packet, SealedHead, SegmentRef};

use crate::grant_blobs::{GrantBlobs, ListedVersion};
use crate::grant_state::GrantState;
use crate::proof::verify_grant_proof;
use crate::reading::{Reading, Record};
use crate::refusal::Refusal;
use crate::server::{Server, Signed, success};
use crate::store::AcceptedGrant;
use crate::{Clinic, ClinicError};

impl Clinic {
    /// Reads every record of a grant, for a purpose.
    ///
    /// # Errors
    /// [`ClinicError::UnknownGrant`]; [`ClinicError::HostRolledBack`] if the host serves an older
    /// state than before; [`ClinicError::Proof`] and the like if what it serves does not hold. A
    /// grant that is not in force is no error: [`Reading::refused`](field@Reading::refused) says why.
    pub fn read(
        &mut self,
        grant: GrantId,
        purpose: Purpose,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Reading, ClinicError> {
        self.read_some(grant, purpose, |_| true, clock, rng)
    }

    /// Reads one record of a grant, for a purpose.
    ///
    /// # Errors
    /// As [`Clinic::read`], and [`ClinicError::UnknownRecord`] if the grant has no such record.
    pub fn read_record(
        &mut self,
        grant: GrantId,
        record: RecordId,
        purpose: Purpose,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Result<Record, Refusal>, ClinicError> {
        let mut reading = self.read_some(grant, purpose, |id| id == record, clock, rng)?;
        match (reading.refused, reading.records.pop()) {
            (Some(refusal), _) => Ok(Err(refusal)),
            (None, Some(record)) => Ok(Ok(record)),
            (None, None) => Err(ClinicError::UnknownRecord),
        }
    }

    fn read_some(
        &mut self,
        grant: GrantId,
        purpose: Purpose,
        wanted: impl Fn(RecordId) -> bool,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Reading, ClinicError> {
        match self.read_in_force(grant, purpose, wanted, clock, rng) {
            // The host may refuse at any step: what came before is not to be kept either.
            Err(ClinicError::Server(error)) => {
                Refusal::parse(error.code()).map(Reading::refused).ok_or(ClinicError::Server(error))
            }
            done => done,
        }
    }

    fn read_in_force(
        &mut self,
        grant: GrantId,
        purpose: Purpose,
        wanted: impl Fn(RecordId) -> bool,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Reading, ClinicError> {
        let accepted = self.store.grant(grant)?;
        let terms = &accepted.envelope.terms;
        if accepted.state == GrantState::Revoked {
            return Ok(Reading::refused(Refusal::Revoked));
        }
        let now = clock.now();
        if now < terms.not_before || now >= terms.not_after {
            let refusal = if now < terms.not_before { Refusal::Pending } else { Refusal::Expired };
            return Ok(Reading::refused(refusal));
        }
        let host = Server::foreign(&accepted.envelope.host, &self.host()?);
        let answer = fetch_grant_answer(self.transport.as_ref(), &host, &accepted.envelope, clock, rng)?;
        let mut reading = Reading::default();
        match self.prove(&accepted, &answer, clock)? {
            Ok(proved) => reading.proved = Some(proved),
            Err(refusal) => return Ok(Reading::refused(refusal)),
        }
        let segments = self.open_heads(&accepted, &answer, &mut reading)?;
        let identity = self.store.identity()?;
        let mut blobs = GrantBlobs {
            store: &mut self.store,
            transport: self.transport.as_ref(),
            host: &host,
            envelope: &accepted.envelope,
            identity: &identity,
            purpose,
            clock,
            rng,
        };
        let listed = blobs.list(segments, &mut reading)?;
        let newest = newest_versions(listed.into_values().filter(|item| wanted(item.entry.record)));
        blobs.fetch_records(newest, &mut reading)?;
        reading.records.sort_by_key(|record| record.category);
        Ok(reading)
    }

    /// Verifies that the ledger shows the grant in force now.
    fn prove(
        &mut self,
        accepted: &AcceptedGrant,
        answer: &GrantAnswer,
        clock: &dyn Clock,
    ) -> Result<Result<(u64, Timestamp), Refusal>, ClinicError> {
        let staleness = accepted.envelope.terms.max_staleness;
        let proof = verify_grant_proof(
            &mut self.store,
            &self.policy,
            &answer.bundle,
            &accepted.envelope,
            staleness,
            clock.now(),
        )?;
        let refusal = Refusal::of(proof.verdict);
        let state = refusal.map_or(GrantState::Active, Refusal::state);
        self.store.put_state(accepted.id, state, proof.time)?;
        Ok(refusal.map_or(Ok((proof.height, proof.time)), Err))
    }

    /// Verifies and opens the heads of all compartments of the terms: which segments there are.
    fn open_heads(
        &mut self,
        accepted: &AcceptedGrant,
        answer: &GrantAnswer,
        reading: &mut Reading,
    ) -> Result<Vec<(CompartmentId, SegmentRef)>, ClinicError> {
        let terms: &Terms = &accepted.envelope.terms;
        let heads: BTreeMap<CompartmentId, &SealedHead> =
            answer.heads.iter().map(|head| (head.compartment, head)).collect();
        let expected: Vec<(PublicKey, Option<&SealedHead>)> = terms
            .compartments
            .iter()
            .map(|compartment| (compartment.signing_key, heads.get(&compartment.id).copied()))
            .collect();
        let packet = Packet::open(&self.store.hpke_keys()?, accepted.id, &answer.packet)?;
        let mut segments = Vec::new();
        for (signing_key, head) in &expected {
            let Some(sealed) = head else { continue };
            let key = packet
                .0
                .iter()
                .find(|grant| grant.compartment == sealed.compartment && grant.epoch == sealed.epoch)
                .ok_or(ClinicError::PacketIncomplete)?;
            let head = sealed.open(&key.key, signing_key)?;
            reading.as_of = Some(reading.as_of.map_or(head.time, |oldest| oldest.min(head.time)));
            segments.extend(head.segments.into_iter().map(|segment| (sealed.compartment, segment)));
        }
        // Only heads whose signature holds count as seen.
        self.store.see_heads(&expected)?;
        Ok(segments)
    }
}

/// Of each record that is still present its newest version, in the order of the list.
fn newest_versions(listed: impl Iterator<Item = ListedVersion>) -> Vec<ListedVersion> {
    let mut newest: BTreeMap<RecordId, ListedVersion> = BTreeMap::new();
    for item in listed.filter(|item| !item.entry.withdrawn && !item.entry.superseded) {
        match newest.get(&item.entry.record) {
            Some(other) if other.entry.version >= item.entry.version => {}
            _ => drop(newest.insert(item.entry.record, item)),
        }
    }
    let mut newest: Vec<ListedVersion> = newest.into_values().collect();
    newest.sort_by_key(|item| item.order);
    newest
}

/// Asks a host for a grant as its reader; the answer is not verified.
pub(crate) fn fetch_grant_answer(
    transport: &dyn Transport,
    host: &Server,
    envelope: &Envelope,
    clock: &dyn Clock,
    rng: &mut Rng,
) -> Result<GrantAnswer, ClinicError> {
    let path = format!("/v1/grants/{}", envelope.terms.grant_id());
    let reader = envelope.reader_key();
    let signed = Signed { key: &reader, clock, rng };
    let answer = host.send(transport, Method::Get, &path, Vec::new(), Some(signed), Limits::MAX_BODY)?;
    let answer = GrantAnswer::from_cbor(&success(answer)?)?;
    if answer.bundle.len() > ProofBundle::LONGEST {
        return Err(ClinicError::UnexpectedAnswer);
    }
    Ok(answer)
}
