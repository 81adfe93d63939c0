//! The inbox: envelopes are fetched, judged one by one, kept, and only then acknowledged.
//!
//! Anybody can leave an envelope, so whatever costs time is bounded: what an envelope shows by itself comes
//! first, then one question for each grant, all hosts beside each other (`hosts`).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use keepwell_net::Clock;
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::{BlobId, Duration, GrantId, Timestamp};
use keepwell_protocol::vault::GrantAnswer;

use crate::envelope::{Addressee, Candidate, newest_of_each};
use crate::hosts::{Question, Unanswered, fetch_all};
use crate::inbox_client::{Inbox, Next};
use crate::proof::{GrantProof, verify_grant_proof};
use crate::read::fetch_grant_answer;
use crate::refusal::Refusal;
use crate::server::Server;
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

/// Why an envelope is not accepted.
enum NotAccepted {
    /// It never will be.
    Drop(ClinicError),
    /// It may be, a little later.
    Wait(ClinicError),
    /// Its host was not asked this time.
    NotAsked(ClinicError),
}

/// What a patient's host is asked, with the randomness for the signature.
struct CandidateQuery {
    candidate: Candidate,
    rng: Rng,
}

impl Clinic {
    /// Fetches the inbox and accepts what holds in every point; one bad envelope never stops the
    /// rest. A card update that the ledger does not know is sent again first.
    ///
    /// # Errors
    /// [`ClinicError`] if the own host or store fails; what was accepted before is kept.
    pub fn sync(&mut self, clock: &dyn Clock, rng: &mut Rng) -> Result<Synced, ClinicError> {
        match self.submit_card_update(clock) {
            Ok(()) | Err(ClinicError::Gateway(_)) => {}
            Err(error) => return Err(error),
        }
        let agreed = self.agreed_time(clock)?;
        if let Some(now) = agreed {
            self.store.remove_retired_keys(now)?;
        }
        let identity = self.store.identity()?;
        let provider = identity.card.card.provider;
        let inbox = Inbox::new(self.host()?, provider, identity.signing_key);
        let addressee =
            Addressee { origin: self.anchor()?.origin(), provider, keys: self.store.hpke_keys()? };
        let mut synced = Synced::default();
        let (candidates, fetched) = self.fetch_candidates(&inbox, &addressee, &mut synced, clock, rng);
        let done = self.verify_candidates(candidates, &mut synced, agreed, clock, rng)?;
        self.acknowledge(&inbox, &done, clock, rng)?;
        fetched.map(|()| synced)
    }

    /// Reads the inbox page by page, and acknowledges at once what nobody need be asked about. Answers the
    /// rest, also if a later page fails.
    fn fetch_candidates(
        &mut self,
        inbox: &Inbox,
        addressee: &Addressee,
        synced: &mut Synced,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> (Vec<Candidate>, Result<(), ClinicError>) {
        let (mut candidates, mut seen, mut after) = (Vec::new(), HashSet::new(), 0);
        for _ in 0..MOST_PAGES {
            let opened = inbox.fetch_page(self.transport.as_ref(), after, clock, rng).and_then(|page| {
                let mut done = Vec::new();
                let before = seen.len();
                for sealed in &page.envelopes {
                    let id = BlobId::from_bytes(crypto::sha256(sealed));
                    if !seen.insert(id) {
                        continue;
                    }
                    match addressee.open(id, sealed) {
                        // What changes nothing needs no answer of a host, which may have closed since.
                        Ok(it) if !self.store.is_newer(it.grant, &it.envelope)? => {
                            synced.accepted.push(it.grant);
                            done.push(id);
                        }
                        Ok(candidate) => candidates.push(candidate),
                        Err(error) => drop_envelope(id, &error, synced, &mut done),
                    }
                }
                self.acknowledge(inbox, &done, clock, rng)?;
                Ok(match page.next {
                    Next::After(next) => Some(next),
                    Next::Again if !done.is_empty() && seen.len() > before => Some(after),
                    Next::Again | Next::End => None,
                })
            });
            match opened {
                Ok(Some(next)) if seen.len() < MOST_ENVELOPES => after = next,
                Ok(_) => break,
                Err(error) => return (candidates, Err(error)),
            }
        }
        (candidates, Ok(()))
    }

    /// Asks the hosts that grants name whether they serve them, and keeps what holds. Answers which
    /// envelopes are dealt with.
    fn verify_candidates(
        &mut self,
        candidates: Vec<Candidate>,
        synced: &mut Synced,
        agreed: Option<Timestamp>,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Vec<BlobId>, ClinicError> {
        let (newest, beyond) = newest_of_each(candidates);
        if !beyond.is_empty() {
            let code = ClinicError::EnvelopeRepeated.code().to_owned();
            synced.dropped.insert(code, u32::try_from(beyond.len()).unwrap_or(u32::MAX));
        }
        let mut done = beyond;
        let questions = self.questions(newest, rng)?;
        let transport = Arc::clone(&self.transport);
        let fetch = |server: &Server, query: &mut CandidateQuery| {
            fetch_grant_answer(transport.as_ref(), server, &query.candidate.envelope, clock, &mut query.rng)
        };
        fetch_all(questions, clock, fetch, |CandidateQuery { candidate, .. }, answer| {
            match self.verify_candidate(&candidate, answer, clock) {
                Ok(proof) => {
                    let Candidate { id, grant, envelope, older } = candidate;
                    self.store.put_grant(grant, &envelope, proof.time, clock.now())?;
                    synced.accepted.extend(vec![grant; 1 + older.len()]);
                    done.push(id);
                    done.extend(older);
                    Ok(())
                }
                Err(reason) => self.put_off(candidate, &reason, synced, &mut done, agreed),
            }
        })?;
        Ok(done)
    }

    /// What the hosts that candidates name are asked: the own host first, and last who was asked in vain before.
    fn questions(
        &self,
        candidates: Vec<Candidate>,
        rng: &mut Rng,
    ) -> Result<Vec<Question<CandidateQuery>>, ClinicError> {
        let own = self.host()?;
        let mut questions = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let server = Server::foreign(&candidate.envelope.host, &own);
            let order = (server != own, self.store.has_waited(candidate.id)?);
            let what = CandidateQuery { candidate, rng: rng.fork()? };
            questions.push((order, Question { server, what }));
        }
        questions.sort_by_key(|(order, _)| *order);
        Ok(questions.into_iter().map(|(_, question)| question).collect())
    }

    /// Drops a candidate that is not accepted, or leaves it for a later look.
    fn put_off(
        &self,
        candidate: Candidate,
        reason: &NotAccepted,
        synced: &mut Synced,
        done: &mut Vec<BlobId>,
        agreed: Option<Timestamp>,
    ) -> Result<(), ClinicError> {
        match reason {
            NotAccepted::Drop(error) => {
                drop_envelope(candidate.id, error, synced, done);
                // Perhaps an older one holds: the next time it is the newest.
                for id in candidate.older {
                    self.keep_waiting(id, error, synced, done, agreed)?;
                }
            }
            NotAccepted::Wait(error) => {
                for id in std::iter::once(candidate.id).chain(candidate.older) {
                    self.keep_waiting(id, error, synced, done, agreed)?;
                }
            }
            NotAccepted::NotAsked(error) => {
                let left = 1 + u32::try_from(candidate.older.len()).unwrap_or(u32::MAX);
                *synced.waiting.entry(error.code().to_owned()).or_default() += left;
            }
        }
        Ok(())
    }

    /// Judges the answer of the host that an envelope names: it serves the grant, by a proof that it is
    /// active. So a grant moves to another host only when that one serves it.
    fn verify_candidate(
        &mut self,
        candidate: &Candidate,
        answer: Result<GrantAnswer, Unanswered>,
        clock: &dyn Clock,
    ) -> Result<GrantProof, NotAccepted> {
        let answer = answer.map_err(|unanswered| {
            let (error, not_accepted): (_, fn(ClinicError) -> NotAccepted) = match unanswered {
                Unanswered::Asked(error) => (error, NotAccepted::Wait),
                Unanswered::NotAsked(error) => (error.into(), NotAccepted::NotAsked),
            };
            match error.code() {
                "GrantExpired" | "GrantRevoked" | "InvalidAddress" | "AddressRefused"
                | "AddressMalformed" => NotAccepted::Drop(error),
                // Not there yet, or the way is broken: both may mend.
                _ => not_accepted(error),
            }
        })?;
        let envelope = &candidate.envelope;
        let proof =
            verify_grant_proof(&mut self.store, &self.policy, &answer.bundle, envelope, FRESH, clock.now())
                .map_err(
                |error| if is_local(&error) { NotAccepted::Wait(error) } else { NotAccepted::Drop(error) },
            )?;
        match Refusal::of(proof.verdict) {
            None => Ok(proof),
            Some(refusal @ (Refusal::Pending | Refusal::Stale)) => {
                Err(NotAccepted::Wait(ClinicError::NotInForce(refusal)))
            }
            Some(refusal) => Err(NotAccepted::Drop(ClinicError::NotInForce(refusal))),
        }
    }

    /// Leaves an envelope where it is, unless it was left there for too long by an agreed time.
    fn keep_waiting(
        &self,
        id: BlobId,
        error: &ClinicError,
        synced: &mut Synced,
        done: &mut Vec<BlobId>,
        agreed: Option<Timestamp>,
    ) -> Result<(), ClinicError> {
        let since = self.store.waiting_since(id, agreed)?;
        if agreed.is_some_and(|now| now.since(since) >= LONGEST_WAIT) {
            drop_envelope(id, error, synced, done);
        } else {
            *synced.waiting.entry(error.code().to_owned()).or_default() += 1;
        }
        Ok(())
    }

    /// Tells the own host which envelopes are dealt with, and forgets them.
    fn acknowledge(
        &mut self,
        inbox: &Inbox,
        done: &[BlobId],
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<(), ClinicError> {
        inbox.delete(self.transport.as_ref(), done, clock, rng)?;
        self.store.stop_waiting(done)
    }
}

fn drop_envelope(id: BlobId, error: &ClinicError, synced: &mut Synced, done: &mut Vec<BlobId>) {
    *synced.dropped.entry(error.code().to_owned()).or_default() += 1;
    done.push(id);
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

/// How old a proof may be when an envelope is judged.
const FRESH: Duration = Duration::hours(24);

/// How long an envelope may stay undecided before it is dropped, so that nobody can fill the inbox
/// with what never decides.
const LONGEST_WAIT: Duration = Duration::hours(24);

/// The most pages and envelopes of one look into the inbox; a host keeps at most 1,000 in six pages.
const MOST_PAGES: usize = 64;
const MOST_ENVELOPES: usize = 4_000;
