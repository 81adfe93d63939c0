//! The blobs of one grant at its host: what its compartments list, and each record opened and decided about. Each request
//! for them stands in this provider's access log before it is made.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_net::{Clock, Transport};
use keepwell_protocol::consent::{Candidate, LogStatement, Receipt, decide};
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::{
    BlobId, Category, CodeFilter, CompartmentId, Object, Purpose, RecordFacts, RecordId,
};
use keepwell_protocol::formats::fhir::{Coding, ResourceHead};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{
    BlobRequest, Blobs, Envelope, RecordBlob, Segment, SegmentEntry, SegmentRef, batches,
};

use crate::ClinicError;
use crate::reading::{Reading, Record};
use crate::server::{Server, Signed, success};
use crate::store::{Identity, Store};

/// The blobs of one grant at its host.
pub(crate) struct GrantBlobs<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) transport: &'a dyn Transport,
    pub(crate) host: &'a Server,
    pub(crate) envelope: &'a Envelope,
    pub(crate) identity: &'a Identity,
    pub(crate) purpose: Purpose,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) rng: &'a mut Rng,
}

impl GrantBlobs<'_> {
    /// Every record version that the segments list; of two entries for one, in one compartment, the
    /// later counts.
    pub(crate) fn list(
        &mut self,
        segments: Vec<(CompartmentId, SegmentRef)>,
        reading: &mut Reading,
    ) -> Result<BTreeMap<(RecordId, u32), ListedVersion>, ClinicError> {
        let contents = self.fetch_segments(&segments, reading)?;
        let mut compartments: BTreeMap<CompartmentId, BTreeMap<(RecordId, u32), ListedVersion>> =
            BTreeMap::new();
        let mut order = 0;
        for ((compartment, _), content) in segments.iter().zip(contents) {
            let entries = compartments.entry(*compartment).or_default();
            for entry in content.into_iter().flat_map(|segment| segment.0) {
                order += 1;
                let referenced = entry.referenced;
                entries.insert((entry.record, entry.version), ListedVersion { entry, referenced, order });
            }
        }
        let mut listed: BTreeMap<(RecordId, u32), ListedVersion> = BTreeMap::new();
        for (version, item) in compartments.into_values().flatten() {
            match listed.get_mut(&version) {
                // In two compartments: each reason to have it counts.
                Some(other) => {
                    other.referenced &= item.referenced;
                    other.entry.withdrawn &= item.entry.withdrawn;
                    // One of them may lag behind: that a later version came is known from the other.
                    other.entry.superseded |= item.entry.superseded;
                }
                None => drop(listed.insert(version, item)),
            }
        }
        Ok(listed)
    }

    /// Fetches and opens segments, in their order; nothing for one that is lost or does not open.
    fn fetch_segments(
        &mut self,
        segments: &[(CompartmentId, SegmentRef)],
        reading: &mut Reading,
    ) -> Result<Vec<Option<Segment>>, ClinicError> {
        let sizes: Vec<u64> =
            segments.iter().map(|(_, segment)| Segment::most_bytes(segment.count)).collect();
        let mut contents = Vec::with_capacity(segments.len());
        for batch in batches(&sizes, Blobs::BATCH_BYTES as u64, BlobRequest::LIMIT) {
            let segments = segments.get(batch).unwrap_or_default();
            let ids: Vec<BlobId> = segments.iter().map(|(_, segment)| segment.blob).collect();
            for ((compartment, segment), sealed) in segments.iter().zip(self.fetch(&ids)?) {
                let opened = sealed.map_or(Err("BlobMissing"), |sealed| {
                    Segment::open(*compartment, &segment.key, &sealed).map_err(|error| error.code())
                });
                contents.push(opened.map_err(|reason| reading.drop(reason)).ok());
            }
        }
        Ok(contents)
    }

    /// Fetches, opens and decides about each record version.
    pub(crate) fn fetch_records(
        &mut self,
        items: Vec<ListedVersion>,
        reading: &mut Reading,
    ) -> Result<(), ClinicError> {
        let mut seen = BTreeSet::new();
        let items: Vec<ListedVersion> =
            items.into_iter().filter(|item| seen.insert(item.entry.blob)).collect();
        let sizes: Vec<u64> = items.iter().map(|item| item.entry.length).collect();
        for batch in batches(&sizes, Blobs::BATCH_BYTES as u64, BlobRequest::LIMIT) {
            let items = items.get(batch).unwrap_or_default();
            let ids: Vec<BlobId> = items.iter().map(|item| item.entry.blob).collect();
            for (item, sealed) in items.iter().zip(self.fetch(&ids)?) {
                match sealed.map_or(Err("BlobMissing"), |sealed| self.open_record(item, &sealed)) {
                    Ok(record) => reading.records.push(record),
                    Err(reason) => reading.drop(reason),
                }
            }
        }
        Ok(())
    }

    /// Opens a record and decides whether the terms cover it.
    fn open_record(&self, item: &ListedVersion, sealed: &[u8]) -> Result<Record, &'static str> {
        let opened = RecordBlob::open(&item.entry.key, sealed).map_err(|error| error.code())?;
        let category = opened.header.category.ok_or("NoCategory")?;
        let facts = facts(item.entry.record, category, &opened.bytes)?;
        let candidate = Candidate { facts: &facts, referenced: item.referenced };
        let decision = decide(&self.envelope.terms, candidate, self.clock.now(), self.purpose);
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
            Receipt { grant, time: self.clock.now(), purpose: self.purpose, blobs: Receipt::hash_blobs(ids) };
        let receipt = receipt.sign(&self.identity.signing_key);
        let sealed = receipt.seal(&envelope.pair, self.rng)?;
        let statement =
            LogStatement { receipt, sealed_receipt: crypto::sha256(&sealed), is_unanswered: false };
        let provider = self.identity.card.card.provider;
        let logged = self.store.log_request(provider, envelope, &statement, self.clock.now(), self.rng)?;
        let body = BlobRequest { blobs: ids.to_vec(), receipt: sealed }.to_cbor();
        let path = format!("/v1/grants/{grant}/blobs");
        let reader = envelope.reader_key();
        let signed = Signed { key: &reader, clock: self.clock, rng: self.rng };
        let most = if ids.len() == 1 { LONGEST_BLOB } else { Blobs::BATCH_BYTES + ANSWER_SLACK };
        let answer = self.host.send(self.transport, Method::Post, &path, body, Some(signed), most);
        let answer = answer.and_then(success).and_then(|body| Ok(Blobs::from_cbor(&body)?));
        let is_answered = matches!(&answer, Ok(Blobs(blobs)) if blobs.len() == ids.len());
        match is_answered {
            true => self.store.note_answered(&logged)?,
            false => self.store.take_back(&logged, envelope, self.rng)?,
        }
        match answer {
            Ok(Blobs(blobs)) if is_answered => {
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

/// A record version that a compartment lists.
pub(crate) struct ListedVersion {
    pub(crate) entry: SegmentEntry,
    /// Whether every compartment that lists it does so only because another record refers to it.
    referenced: bool,
    pub(crate) order: usize,
}

/// What the scope asks about a record, from its bytes.
fn facts(id: RecordId, category: Category, bytes: &[u8]) -> Result<RecordFacts, &'static str> {
    let head = ResourceHead::read(bytes).map_err(|error| error.code())?;
    let code = |coding: Coding<'_>| {
        Some(CodeFilter { system: coding.system?.into_owned(), code: coding.code?.into_owned() })
    };
    Ok(RecordFacts {
        id,
        category,
        resource_type: head.resource_type.into_owned(),
        codes: head.codes.into_iter().filter_map(code).collect(),
        clinical_date: head.date.and_then(|date| date.written_time()),
    })
}

/// The largest single blob.
const LONGEST_BLOB: usize = 66 * 1024 * 1024;

/// What stands around the blobs of an answer.
const ANSWER_SLACK: usize = 16 * 1024;
