//! The inbox: envelopes are fetched, judged one by one, kept, and only then acknowledged.

use std::collections::BTreeMap;

use keepwell_net::{Clock, Limits, acknowledged};
use keepwell_protocol::crypto::{self, HpkeSecretKey, Rng};
use keepwell_protocol::domain::{BlobId, Duration, GrantId, Object, Origin, ProviderId};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{BlobIds, Blobs, Envelope};

use crate::ledger_word::{Word, hear};
use crate::reading::ask_host;
use crate::refusal::Refusal;
use crate::server::{Server, Signed, success};
use crate::{Clinic, ClinicError};

/// What a look into the inbox brought.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Synced {
    /// Grants that are new, or whose envelope came again.
    pub accepted: Vec<GrantId>,
    /// Envelopes that were dropped, by the code of the reason.
    pub dropped: BTreeMap<String, u32>,
    /// Envelopes that could not be judged yet, by the code of the reason; they stay at the host.
    pub waiting: BTreeMap<String, u32>,
}

/// Who judges an envelope.
struct Judge {
    origin: Origin,
    provider: ProviderId,
    keys: Vec<HpkeSecretKey>,
    own: Server,
}

/// An envelope that holds.
enum Judged {
    /// It is kept already, or one that its wallet sent after a later move.
    Known(GrantId),
    /// It is to be kept: a grant, or a host that its wallet moved to; and the ledger's word on it.
    New(Box<Envelope>, Word),
}

/// Why an envelope is not accepted.
enum Verdict {
    /// It never will be.
    Drop(ClinicError),
    /// It may be, a little later.
    Wait(ClinicError),
}

impl Clinic {
    /// Fetches the inbox and accepts what holds in every point; one bad envelope never stops the
    /// rest. A card update that the ledger does not know is sent again first.
    ///
    /// # Errors
    /// [`ClinicError`] if the own host or store fails; what was accepted before is kept.
    pub fn sync(&mut self, clock: &dyn Clock, rng: &mut Rng) -> Result<Synced, ClinicError> {
        match self.tell_ledger(clock) {
            Ok(()) | Err(ClinicError::Gateway(_)) => {}
            Err(error) => return Err(error),
        }
        let identity = self.store.identity()?;
        let judge = Judge {
            origin: self.anchor()?.origin(),
            provider: identity.card.card.provider,
            keys: self.store.hpke_keys(clock.now())?,
            own: self.host()?,
        };
        let path = format!("/v1/inbox/{}", judge.provider);
        let mut synced = Synced::default();
        loop {
            let signed = Signed { key: &identity.signing_key, clock, rng };
            let transport = self.transport.as_ref();
            let answer =
                judge.own.send(transport, Method::Get, &path, Vec::new(), Some(signed), Limits::MAX_BODY)?;
            let Blobs(page) = Blobs::from_cbor(&success(answer)?)?;
            let mut done = Vec::new();
            for sealed in &page {
                let now = clock.now();
                let id = BlobId::from_bytes(crypto::sha256(sealed));
                match self.judge(&judge, sealed, clock, rng) {
                    Ok(Judged::Known(grant)) => {
                        synced.accepted.push(grant);
                        done.push(id);
                    }
                    Ok(Judged::New(envelope, word)) => {
                        let grant = envelope.terms.grant_id();
                        self.store.put_grant(grant, &envelope, word.time, now)?;
                        synced.accepted.push(grant);
                        done.push(id);
                    }
                    Err(Verdict::Wait(error))
                        if now.since(self.store.waiting_since(id, now)?) < LONGEST_WAIT =>
                    {
                        *synced.waiting.entry(error.code().to_owned()).or_default() += 1;
                    }
                    Err(Verdict::Wait(error) | Verdict::Drop(error)) => {
                        *synced.dropped.entry(error.code().to_owned()).or_default() += 1;
                        done.push(id);
                    }
                }
            }
            if done.is_empty() {
                return Ok(synced);
            }
            let signed = Signed { key: &identity.signing_key, clock, rng };
            let transport = self.transport.as_ref();
            let named = BlobIds(done.clone());
            let answer = judge.own.send(
                transport,
                Method::Delete,
                &path,
                named.to_cbor(),
                Some(signed),
                Limits::MAX_BODY,
            )?;
            acknowledged(answer, |gone: &BlobIds| *gone == named)?;
            self.store.stop_waiting(&done)?;
            // What waits is counted again on the next page, which begins with it.
            synced.waiting.clear();
        }
    }

    /// Checks everything that makes an envelope a grant: the patient's signatures and commitment,
    /// the reader's slot, and that the host serves it by a proof that it is active. So a grant moves to
    /// another host only when that one serves it.
    fn judge(
        &mut self,
        judge: &Judge,
        sealed: &[u8],
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Judged, Verdict> {
        let drop = |error: ClinicError| Verdict::Drop(error);
        if sealed.len() > Envelope::LONGEST {
            return Err(drop(ClinicError::UnexpectedAnswer));
        }
        let envelope = Envelope::open(&judge.keys, sealed).map_err(|error| drop(error.into()))?;
        let accepted = envelope.accept(&judge.origin, judge.provider).map_err(|error| drop(error.into()))?;
        // What changes nothing needs no answer of a host, which may have closed since the wallet moved.
        if !self.store.is_newer(accepted.grant, &envelope).map_err(Verdict::Wait)? {
            return Ok(Judged::Known(accepted.grant));
        }
        let host = Server::foreign(&envelope.host, &judge.own);
        let answer = ask_host(self.transport.as_ref(), &host, &envelope, clock, rng).map_err(|error| {
            match error.code() {
                "GrantExpired" | "GrantRevoked" | "InvalidAddress" | "AddressRefused"
                | "AddressMalformed" => Verdict::Drop(error),
                // Not there yet, or the way is broken: both may mend.
                _ => Verdict::Wait(error),
            }
        })?;
        let word = hear(&mut self.store, &self.policy, &answer.bundle, &envelope, FRESH, clock.now())
            .map_err(|error| if is_local(&error) { Verdict::Wait(error) } else { Verdict::Drop(error) })?;
        match Refusal::of(word.standing) {
            None => Ok(Judged::New(Box::new(envelope), word)),
            Some(refusal @ (Refusal::Pending | Refusal::Stale)) => {
                Err(Verdict::Wait(ClinicError::NotInForce(refusal)))
            }
            Some(refusal) => Err(Verdict::Drop(ClinicError::NotInForce(refusal))),
        }
    }
}

/// Whether a failure is this provider's own and says nothing about the envelope.
fn is_local(error: &ClinicError) -> bool {
    use keepwell_protocol::ledger::ProofError;
    matches!(
        error,
        ClinicError::Busy
            | ClinicError::Store(_)
            | ClinicError::StoreDamaged
            | ClinicError::Proof(
                ProofError::ClockSuspect | ProofError::TrustExpired | ProofError::InsufficientTrust
            )
    )
}

/// How old the ledger's word may be when an envelope is judged.
const FRESH: Duration = Duration::hours(24);

/// How long an envelope may stay undecided before it is dropped, so that nobody can fill the inbox
/// with what never decides.
const LONGEST_WAIT: Duration = Duration::hours(24);
