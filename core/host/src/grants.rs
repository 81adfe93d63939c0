//! What a reader gets under a grant: heads and blobs while it is in force, and otherwise why not.

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{GrantId, Object, Slot, Timestamp};
use keepwell_protocol::formats::http::write_evidence;
use keepwell_protocol::ledger::{GrantStatus, LedgerVerdict, ledger_verdict};
use keepwell_protocol::vault::{BlobRequest, GrantAnswer, LogEvent};

use crate::answer::{Answer, Call};
use crate::ledger::GrantProof;
use crate::refusal::{NotInForce, Refusal};
use crate::service::Service;
use crate::store::ReaderGrant;

/// The longest sealed receipt, in bytes.
const RECEIPT: usize = 4 * 1024;

/// A reader who may read now.
struct Entitled {
    slot: Slot,
    grant: ReaderGrant,
    bundle: Vec<u8>,
}

impl Service {
    pub(crate) fn read_grant(&self, call: &Call, id: GrantId) -> Result<Answer, Refusal> {
        let reader = self.entitle(call, id)?;
        self.ensure_logged()?;
        self.note_read(call, &reader.grant, LogEvent::GrantRead { grant: id, refused: None })?;
        let heads = self.store.reader_heads(id, reader.slot)?;
        let answer = GrantAnswer { bundle: reader.bundle, packet: reader.grant.entry.packet, heads };
        Ok(Answer::cbor(200, &answer))
    }

    pub(crate) fn reader_blobs(&self, call: &Call, id: GrantId) -> Result<Answer, Refusal> {
        let reader = self.entitle(call, id)?;
        let request =
            BlobRequest::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        if request.blobs.len() > BlobRequest::LIMIT || request.receipt.len() > RECEIPT {
            return Err(Refusal::TooLarge);
        }
        self.ensure_logged()?;
        let answer =
            self.deliver(call, || Ok(self.store.locate_for_reader(id, reader.slot, &request.blobs)?))?;
        let BlobRequest { blobs, receipt } = request;
        self.note_read(call, &reader.grant, LogEvent::BlobsRead { grant: id, blobs, receipt })?;
        Ok(answer)
    }

    /// Checks in this order: who signed, the entry, its slot, the ledger's slot, status, freshness,
    /// time.
    ///
    /// Whoever does not hold the reader key of this grant learns nothing, not even that it exists.
    fn entitle(&self, call: &Call, id: GrantId) -> Result<Entitled, Refusal> {
        let slot = crypto::slot(&self.signer(call)?);
        let grant = self.store.reader_grant(id, slot)?.ok_or(Refusal::NotFound)?;
        let proof = self.ledger.grant(id, call.now);
        let record = proof.as_ref().and_then(|proof| proof.record.as_ref());
        if record.and_then(|record| record.slot).is_some_and(|on_ledger| on_ledger != slot) {
            return Err(Refusal::NotFound);
        }
        if record.is_some_and(|record| record.status == GrantStatus::Revoked) && !grant.revoked {
            self.store.mark_revoked(id)?;
        }
        match (not_in_force(&grant, proof.as_ref(), call.now), proof) {
            (None, Some(proof)) => Ok(Entitled { slot, grant, bundle: proof.bundle }),
            (reason, proof) => {
                let reason = reason.unwrap_or(NotInForce::Stale);
                let event = LogEvent::GrantRead { grant: id, refused: Some(reason.code().to_owned()) };
                if self.logs_refusals()? {
                    self.note_read(call, &grant, event)?;
                }
                Err(Refusal::NotInForce(reason, proof.map(|proof| proof.bundle)))
            }
        }
    }

    fn note_read(&self, call: &Call, grant: &ReaderGrant, event: LogEvent) -> Result<(), Refusal> {
        Ok(self.store.log(grant.space, call.now, event, Some(write_evidence(&call.request)))?)
    }
}

/// Why the grant is not in force now; none if it is.
///
/// The host stops at whichever it sees first, the owner's commit or the ledger.
fn not_in_force(grant: &ReaderGrant, proof: Option<&GrantProof>, now: Timestamp) -> Option<NotInForce> {
    let entry = &grant.entry;
    let verdict = proof.map_or(LedgerVerdict::Stale, |proof| {
        ledger_verdict(proof.record.as_ref(), proof.time, now, entry.max_staleness)
    });
    if grant.revoked || verdict == LedgerVerdict::Revoked {
        Some(NotInForce::Revoked)
    } else if now >= entry.not_after || verdict == LedgerVerdict::Expired {
        Some(NotInForce::Expired)
    } else if grant.dropped {
        Some(NotInForce::Revoked)
    } else {
        match verdict {
            LedgerVerdict::Absent => Some(NotInForce::Pending),
            LedgerVerdict::Stale | LedgerVerdict::FromFuture => Some(NotInForce::Stale),
            LedgerVerdict::InForce | LedgerVerdict::Revoked | LedgerVerdict::Expired => None,
        }
    }
}
