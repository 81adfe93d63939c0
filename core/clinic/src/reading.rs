//! Reading under a grant: every link from the ledger to each record is checked here, and whatever
//! does not hold is dropped with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use keepwell_net::{Limits, Transport};
use keepwell_protocol::consent::{Candidate, Receipt, Terms, decide};
use keepwell_protocol::crypto::{self, PublicKey, Rng};
use keepwell_protocol::domain::{
    BlobId, Category, CodeFilter, CompartmentId, GrantId, Object, Purpose, RecordFacts, RecordId, Timestamp,
};
use keepwell_protocol::formats::fhir::ResourceHead;
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::{ProofBundle, Standing};
use keepwell_protocol::vault::{
    BlobRequest, Blobs, Envelope, GrantAnswer, Packet, RecordBlob, SealedHead, Segment, SegmentEntry,
    SegmentRef,
};

use crate::grants::GrantState;
use crate::ledger_word::hear;
use crate::server::{Server, Signed, success};
use crate::store::AcceptedGrant;
use crate::{Clinic, ClinicError};

/// Why nothing may be read under a grant now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It has not begun, or the ledger does not know it yet.
    Pending,
    /// Its time is over.
    Expired,
    /// The patient ended it.
    Revoked,
    /// What is known of the ledger is too old to tell.
    Stale,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "GrantPending",
            Self::Expired => "GrantExpired",
            Self::Revoked => "GrantRevoked",
            Self::Stale => "LedgerStale",
        }
    }

    /// Why a grant that stands so on the ledger is not in force; none if it is.
    pub(crate) const fn of(standing: Standing) -> Option<Self> {
        match standing {
            Standing::InForce => None,
            Standing::Revoked => Some(Self::Revoked),
            Standing::Expired => Some(Self::Expired),
            Standing::Absent => Some(Self::Pending),
            Standing::Stale | Standing::FromFuture => Some(Self::Stale),
        }
    }

    fn parse(code: &str) -> Option<Self> {
        [Self::Pending, Self::Expired, Self::Revoked, Self::Stale].into_iter().find(|it| it.code() == code)
    }

    const fn state(self) -> GrantState {
        match self {
            Self::Pending => GrantState::Pending,
            Self::Expired => GrantState::Expired,
            Self::Revoked => GrantState::Revoked,
            Self::Stale => GrantState::Unproved,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "the grant is not in force yet",
            Self::Expired => "the grant has ended",
            Self::Revoked => "the grant was revoked",
            Self::Stale => "the ledger's last word is too old",
        })
    }
}

/// A record that may be read, in its newest version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The record, over all versions.
    pub id: RecordId,
    /// Its version, from 1.
    pub version: u32,
    /// The category under which the patient keeps it.
    pub category: Category,
    /// FHIR resource type.
    pub resource_type: String,
    /// The `fullUrl` under which it came to the patient.
    pub full_url: Option<String>,
    /// Why it may be read: `record`, `category` or `referenced`.
    pub because: &'static str,
    /// The resource exactly as the patient received it.
    pub bytes: Vec<u8>,
}

/// What a grant gave.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// The records, by category and then as the patient added them.
    pub records: Vec<Record>,
    /// What came and was not accepted, by the code or word of the reason.
    pub dropped: BTreeMap<&'static str, u32>,
    /// When the oldest part of what came was made.
    pub as_of: Option<Timestamp>,
    /// The ledger's height and time by which the grant was in force.
    pub proved: Option<(u64, Timestamp)>,
    /// Why there is nothing.
    pub refused: Option<Refusal>,
}

impl Reading {
    fn refused(refusal: Refusal) -> Self {
        Self { refused: Some(refusal), ..Self::default() }
    }

    fn drop(&mut self, reason: &'static str) {
        *self.dropped.entry(reason).or_default() += 1;
    }
}

/// A record version that a compartment lists.
struct Listed {
    entry: SegmentEntry,
    /// Whether every compartment that lists it does so only because another record refers to it.
    referenced: bool,
    order: usize,
}

impl Clinic {
    /// Reads every record of a grant, for a purpose.
    ///
    /// # Errors
    /// [`ClinicError::UnknownGrant`]; [`ClinicError::HostRolledBack`] if the host serves an older
    /// state than before; [`ClinicError::Proof`] and the like if what it serves does not hold. A
    /// grant that is not in force is no error: [`Reading::refused`] says why.
    pub fn read(
        &mut self,
        grant: GrantId,
        purpose: Purpose,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Reading, ClinicError> {
        self.read_some(grant, purpose, |_| true, now, rng)
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
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Result<Record, Refusal>, ClinicError> {
        let mut reading = self.read_some(grant, purpose, |id| id == record, now, rng)?;
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
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Reading, ClinicError> {
        match self.read_in_force(grant, purpose, wanted, now, rng) {
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
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Reading, ClinicError> {
        let accepted = self.store.grant(grant)?;
        let terms = &accepted.envelope.terms;
        if accepted.state == GrantState::Revoked {
            return Ok(Reading::refused(Refusal::Revoked));
        }
        if now < terms.not_before || now >= terms.not_after {
            let refusal = if now < terms.not_before { Refusal::Pending } else { Refusal::Expired };
            return Ok(Reading::refused(refusal));
        }
        let host = Server::foreign(&accepted.envelope.host, &self.host()?);
        let answer = ask_host(self.transport.as_ref(), &host, &accepted.envelope, now, rng)?;
        let mut reading = Reading::default();
        match self.prove(&accepted, &answer, now)? {
            Ok(proved) => reading.proved = Some(proved),
            Err(refusal) => return Ok(Reading::refused(refusal)),
        }
        let segments = self.open_heads(&accepted, &answer, &mut reading, now)?;
        let keys = self.store.identity()?;
        let mut library = Library {
            transport: self.transport.as_ref(),
            host: &host,
            envelope: &accepted.envelope,
            signing_key: &keys.signing_key,
            purpose,
            now,
            rng,
        };
        let listed = library.list(segments, &mut reading)?;
        let mut newest: BTreeMap<RecordId, Listed> = BTreeMap::new();
        for item in listed.into_values().filter(|item| !item.entry.withdrawn && wanted(item.entry.record)) {
            match newest.get(&item.entry.record) {
                Some(other) if other.entry.version >= item.entry.version => {}
                _ => drop(newest.insert(item.entry.record, item)),
            }
        }
        let mut newest: Vec<Listed> = newest.into_values().collect();
        newest.sort_by_key(|item| item.order);
        library.fetch_records(newest, &mut reading)?;
        reading.records.sort_by_key(|record| record.category);
        Ok(reading)
    }

    /// Verifies that the ledger shows the grant in force now.
    fn prove(
        &mut self,
        accepted: &AcceptedGrant,
        answer: &GrantAnswer,
        now: Timestamp,
    ) -> Result<Result<(u64, Timestamp), Refusal>, ClinicError> {
        let staleness = accepted.envelope.terms.max_staleness;
        let word = hear(&mut self.store, &self.policy, &answer.bundle, &accepted.envelope, staleness, now)?;
        let refusal = Refusal::of(word.standing);
        let state = refusal.map_or(GrantState::Active, Refusal::state);
        self.store.put_state(accepted.id, state, word.time)?;
        Ok(refusal.map_or(Ok((word.height, word.time)), Err))
    }

    /// Verifies and opens the heads of all compartments of the terms: which segments there are.
    fn open_heads(
        &mut self,
        accepted: &AcceptedGrant,
        answer: &GrantAnswer,
        reading: &mut Reading,
        now: Timestamp,
    ) -> Result<Vec<(CompartmentId, SegmentRef)>, ClinicError> {
        let terms: &Terms = &accepted.envelope.terms;
        let heads: BTreeMap<CompartmentId, &SealedHead> =
            answer.heads.iter().map(|head| (head.compartment, head)).collect();
        let expected: Vec<(PublicKey, Option<&SealedHead>)> = terms
            .compartments
            .iter()
            .map(|compartment| (compartment.signing_key, heads.get(&compartment.id).copied()))
            .collect();
        let packet = Packet::open(&self.store.hpke_keys(now)?, accepted.id, &answer.packet)?;
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

/// Asks a host for a grant as its reader; the answer is not verified.
pub(crate) fn ask_host(
    transport: &dyn Transport,
    host: &Server,
    envelope: &Envelope,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<GrantAnswer, ClinicError> {
    let path = format!("/v1/grants/{}", envelope.terms.grant_id());
    let reader = envelope.reader_key();
    let signed = Signed { key: &reader, now, rng };
    let answer = host.send(transport, Method::Get, &path, Vec::new(), Some(signed), Limits::MAX_BODY)?;
    let answer = GrantAnswer::from_cbor(&success(answer)?)?;
    if answer.bundle.len() > ProofBundle::LONGEST {
        return Err(ClinicError::UnexpectedAnswer);
    }
    Ok(answer)
}

/// The blobs of one grant at its host.
struct Library<'a> {
    transport: &'a dyn Transport,
    host: &'a Server,
    envelope: &'a Envelope,
    signing_key: &'a keepwell_protocol::crypto::SigningKey,
    purpose: Purpose,
    now: Timestamp,
    rng: &'a mut Rng,
}

impl Library<'_> {
    /// Every record version that the segments list; of two entries for one, in one compartment, the
    /// later counts.
    fn list(
        &mut self,
        segments: Vec<(CompartmentId, SegmentRef)>,
        reading: &mut Reading,
    ) -> Result<BTreeMap<(RecordId, u32), Listed>, ClinicError> {
        let mut contents: Vec<Option<Segment>> = segments.iter().map(|_| None).collect();
        let sizes = segments.iter().map(|(_, segment)| segment_bytes(segment.count)).collect::<Vec<_>>();
        for batch in batches(&sizes) {
            let ids: Vec<BlobId> =
                segments.get(batch.clone()).unwrap_or_default().iter().map(|s| s.1.blob).collect();
            for (at, sealed) in batch.zip(self.fetch(&ids)?) {
                let Some((compartment, segment)) = segments.get(at) else { continue };
                let opened = sealed.map_or(Err("BlobMissing"), |sealed| {
                    Segment::open(*compartment, &segment.key, &sealed).map_err(|error| error.code())
                });
                match opened {
                    Ok(opened) => {
                        if let Some(content) = contents.get_mut(at) {
                            *content = Some(opened);
                        }
                    }
                    Err(reason) => reading.drop(reason),
                }
            }
        }
        let mut compartments: BTreeMap<CompartmentId, BTreeMap<(RecordId, u32), Listed>> = BTreeMap::new();
        let mut order = 0;
        for ((compartment, _), content) in segments.iter().zip(contents) {
            let entries = compartments.entry(*compartment).or_default();
            for entry in content.into_iter().flat_map(|segment| segment.0) {
                order += 1;
                let referenced = entry.referenced;
                entries.insert((entry.record, entry.version), Listed { entry, referenced, order });
            }
        }
        let mut listed: BTreeMap<(RecordId, u32), Listed> = BTreeMap::new();
        for (version, item) in compartments.into_values().flatten() {
            match listed.get_mut(&version) {
                // In two compartments: each reason to have it counts.
                Some(other) => {
                    other.referenced &= item.referenced;
                    other.entry.withdrawn &= item.entry.withdrawn;
                }
                None => drop(listed.insert(version, item)),
            }
        }
        Ok(listed)
    }

    /// Fetches, opens and decides about each record version.
    fn fetch_records(&mut self, items: Vec<Listed>, reading: &mut Reading) -> Result<(), ClinicError> {
        let mut seen = BTreeSet::new();
        let items: Vec<Listed> = items.into_iter().filter(|item| seen.insert(item.entry.blob)).collect();
        let sizes: Vec<u64> = items.iter().map(|item| item.entry.length).collect();
        for batch in batches(&sizes) {
            let items = items.get(batch).unwrap_or_default();
            let ids: Vec<BlobId> = items.iter().map(|item| item.entry.blob).collect();
            for (item, sealed) in items.iter().zip(self.fetch(&ids)?) {
                match sealed.map_or(Err("BlobMissing"), |sealed| self.judge(item, &sealed)) {
                    Ok(record) => reading.records.push(record),
                    Err(reason) => reading.drop(reason),
                }
            }
        }
        Ok(())
    }

    /// Opens a record and decides whether the terms cover it.
    fn judge(&self, item: &Listed, sealed: &[u8]) -> Result<Record, &'static str> {
        let opened = RecordBlob::open(&item.entry.key, sealed).map_err(|error| error.code())?;
        let category = opened.header.category.ok_or("NoCategory")?;
        let facts = facts(item.entry.record, category, &opened.bytes)?;
        let candidate = Candidate { facts: &facts, referenced: item.referenced };
        let decision = decide(&self.envelope.terms, candidate, self.now, self.purpose);
        if !decision.is_allowed() {
            return Err(decision.because());
        }
        Ok(Record {
            id: item.entry.record,
            version: item.entry.version,
            category,
            resource_type: facts.resource_type,
            full_url: opened.header.full_url,
            because: decision.because(),
            bytes: opened.bytes,
        })
    }

    /// Fetches blobs with a receipt for exactly these, in their order; one that is not there, or is
    /// not what its id says, is `None`.
    fn fetch(&mut self, ids: &[BlobId]) -> Result<Vec<Option<Vec<u8>>>, ClinicError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let envelope = self.envelope;
        let grant = envelope.terms.grant_id();
        let receipt =
            Receipt { grant, time: self.now, purpose: self.purpose, blobs: Receipt::hash_blobs(ids) };
        let receipt = receipt.sign_and_seal(self.signing_key, &envelope.pair, self.rng)?;
        let body = BlobRequest { blobs: ids.to_vec(), receipt }.to_cbor();
        let path = format!("/v1/grants/{grant}/blobs");
        let reader = envelope.reader_key();
        let signed = Signed { key: &reader, now: self.now, rng: self.rng };
        let most = if ids.len() == 1 { LONGEST_BLOB } else { Blobs::BATCH_BYTES + ANSWER_SLACK };
        let answer = self.host.send(self.transport, Method::Post, &path, body, Some(signed), most);
        let answer = answer.and_then(success).and_then(|body| Ok(Blobs::from_cbor(&body)?));
        match answer {
            Ok(Blobs(blobs)) if blobs.len() == ids.len() => {
                let checked = |(id, blob): (&BlobId, minicbor::bytes::ByteVec)| {
                    let blob = Vec::from(blob);
                    (crypto::blob_id(&blob) == *id).then_some(blob)
                };
                Ok(ids.iter().zip(blobs).map(checked).collect())
            }
            Ok(_) => Err(ClinicError::UnexpectedAnswer),
            // The host gives all or nothing. One entry of the patient's that leads nowhere, or is
            // larger than it says, must not hide the others.
            Err(error) if matches!(error.code(), "NotFound" | "RequestTooLarge" | "ResponseTooLarge") => {
                let (first, second) = ids.split_at(ids.len() / 2);
                if first.is_empty() {
                    return Ok(vec![None]);
                }
                let mut blobs = self.fetch(first)?;
                blobs.extend(self.fetch(second)?);
                Ok(blobs)
            }
            Err(error) => Err(error),
        }
    }
}

/// What the scope asks about a record, from its bytes.
fn facts(id: RecordId, category: Category, bytes: &[u8]) -> Result<RecordFacts, &'static str> {
    let head = ResourceHead::read(bytes).map_err(|error| error.code())?;
    let code = |coding: keepwell_protocol::formats::fhir::Coding<'_>| {
        Some(CodeFilter { system: coding.system?.into_owned(), code: coding.code?.into_owned() })
    };
    Ok(RecordFacts {
        id,
        category,
        resource_type: head.resource_type.into_owned(),
        codes: head.codes.into_iter().filter_map(code).collect(),
        clinical_date: head.date.and_then(|date| date.time),
    })
}

/// Splits a list of blobs of these sizes into runs that fit one answer.
fn batches(sizes: &[u64]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let (mut start, mut bytes) = (0, 0_u64);
    for (at, size) in sizes.iter().enumerate() {
        let full =
            bytes.saturating_add(*size) > Blobs::BATCH_BYTES as u64 || at - start >= BlobRequest::LIMIT;
        if full && at > start {
            runs.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes = bytes.saturating_add(*size);
    }
    if start < sizes.len() {
        runs.push(start..sizes.len());
    }
    runs
}

/// An upper bound for the sealed length of a segment of so many entries.
fn segment_bytes(entries: u32) -> u64 {
    2_048 + u64::from(entries) * 192
}

/// The largest single blob.
const LONGEST_BLOB: usize = 66 * 1024 * 1024;

/// What stands around the blobs of an answer.
const ANSWER_SLACK: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_full_and_none_is_too_large() {
        assert!(batches(&[]).is_empty());
        assert_eq!(batches(&[1, 2, 3]), Vec::from_iter([(0, 3)].map(|(from, to)| from..to)));
        assert_eq!(batches(&[3_000_000, 1_000_000, 1]), [0..2, 2..3]);
        assert_eq!(batches(&[9_000_000, 1, u64::MAX, 1]), [0..1, 1..2, 2..3, 3..4]);
        assert_eq!(batches(&[0; 2_001]), [0..1_000, 1_000..2_000, 2_000..2_001]);
    }
}
