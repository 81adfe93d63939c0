//! Many proofs in one answer: all under one header, so that a wallet verifies one set of votes.
//!
//! The gateway is asked key by key in random order, and so learns no more of who asks for what than
//! from single questions that this host relays.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use keepwell_net::{Limits, Transport, is_cbor};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{KeyProof, ProofBatch, ProofBundle, ProofRequest, StateKey};

use crate::HostError;
use crate::answer::{Answer, Call};
use crate::gateway_cache::GatewayCache;
use crate::refusal::Refusal;
use crate::service::Service;

/// How many questions to the gateway are under way at once.
const AT_ONCE: usize = 8;

/// What the gateway says of one key.
enum KeyAnswer {
    Proof(Box<ProofBundle>),
    /// The block that would prove it is not made yet.
    NotYet,
    /// The height asked for is no longer kept.
    Gone,
}

impl Service {
    /// Answers with the proofs of at most [`ProofRequest::LIMIT`] keys; 202 while there is no header.
    ///
    /// Providers are refused: which ones a wallet asks about is none of its host's business.
    pub(crate) fn prove_batch(&self, call: &Call) -> Result<Answer, Refusal> {
        let ProofRequest(keys) =
            ProofRequest::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        if keys.len() > ProofRequest::LIMIT {
            return Err(Refusal::TooLarge);
        }
        if keys.is_empty() || keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
            return Err(Refusal::Malformed("ProofKeys"));
        }
        if !keys.iter().all(|key| matches!(key, StateKey::Grant(_) | StateKey::Account(_))) {
            return Err(Refusal::ProviderKey);
        }
        self.admit_to_ledger(keys.len(), call)?;
        let shuffled = shuffled(keys.clone())?;
        // A chain that made many blocks meanwhile has the height no more: once more, at a newer one.
        let proved = match prove_at_one_height(&self.gateway_cache, &shuffled)? {
            Batch::Gone => {
                if let Some(first) = shuffled.first() {
                    self.gateway_cache.forget(first);
                }
                prove_at_one_height(&self.gateway_cache, &shuffled)?
            }
            proved => proved,
        };
        match proved {
            Batch::Proved(mut batch) => {
                batch.proofs.sort_by_key(|proof| keys.iter().position(|key| *key == proof.key));
                Ok(Answer::cbor(200, &*batch))
            }
            Batch::NotYet => Ok(Answer::bytes(202, "application/cbor", Vec::new())),
            Batch::Gone => Err(Refusal::LedgerUnreachable),
        }
    }
}

/// What came of asking for all keys.
enum Batch {
    Proved(Box<ProofBatch>),
    NotYet,
    Gone,
}

/// Asks for the first key, and for the others at the height at which that was answered.
fn prove_at_one_height(gateway: &GatewayCache, keys: &[StateKey]) -> Result<Batch, Refusal> {
    let (first, others) = keys.split_first().ok_or(Refusal::NotFound)?;
    let bundle = match fetch_proof(gateway, first, None)? {
        KeyAnswer::Proof(bundle) => bundle,
        KeyAnswer::NotYet => return Ok(Batch::NotYet),
        KeyAnswer::Gone => return Ok(Batch::Gone),
    };
    let height = bundle.light_block.height().map_err(|_| Refusal::LedgerUnreachable)?;
    let ProofBundle { light_block, roots, value, proof, .. } = *bundle;
    let mut batch = ProofBatch { light_block, roots, proofs: Vec::new() };
    batch.proofs.push(KeyProof { key: *first, value: value.map(Vec::from), proof });
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(others.len()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(others.len()) {
            scope.spawn(|| {
                while let Some(key) = others.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = fetch_proof(gateway, key, Some(height));
                    let failed = !matches!(answer, Ok(KeyAnswer::Proof(_)));
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((*key, answer));
                    if failed {
                        next.store(others.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    for (key, answer) in answers.into_inner().unwrap_or_else(PoisonError::into_inner) {
        match answer? {
            KeyAnswer::Proof(bundle)
                if bundle.light_block == batch.light_block && bundle.roots == batch.roots =>
            {
                let ProofBundle { value, proof, .. } = *bundle;
                batch.proofs.push(KeyProof { key, value: value.map(Vec::from), proof });
            }
            KeyAnswer::Gone => return Ok(Batch::Gone),
            KeyAnswer::Proof(_) | KeyAnswer::NotYet => return Err(Refusal::LedgerUnreachable),
        }
    }
    Ok(Batch::Proved(Box::new(batch)))
}

/// Asks the gateway for one key, at a height or at its newest.
fn fetch_proof(gateway: &GatewayCache, key: &StateKey, height: Option<u64>) -> Result<KeyAnswer, Refusal> {
    let query = height.map(|height| format!("?height={height}")).unwrap_or_default();
    let url = gateway.address(&format!("proof/{}{query}", key.to_hex()));
    let answer = gateway
        .send(Request::new(Method::Get, url), Limits { max_body: ProofBundle::LONGEST, ..Limits::CONFIGURED })
        .map_err(|_| Refusal::LedgerUnreachable)?;
    match answer.status {
        200 if is_cbor(&answer) => match ProofBundle::from_cbor(&answer.body) {
            Ok(bundle) if bundle.key == key.to_bytes() => Ok(KeyAnswer::Proof(Box::new(bundle))),
            _ => Err(Refusal::LedgerUnreachable),
        },
        202 if is_cbor(&answer) => Ok(KeyAnswer::NotYet),
        410 => Ok(KeyAnswer::Gone),
        _ => Err(Refusal::LedgerUnreachable),
    }
}

/// The keys in an order that says nothing (Fisher and Yates).
fn shuffled(mut keys: Vec<StateKey>) -> Result<Vec<StateKey>, HostError> {
    let mut rng = Rng::system();
    for last in (1..keys.len()).rev() {
        let mut draw = [0; 8];
        rng.fill(&mut draw).map_err(|_| HostError::Randomness)?;
        // At most 200 keys: the bias of this is below 2^-56.
        let at = u64::from_be_bytes(draw) % (last as u64 + 1);
        keys.swap(last, usize::try_from(at).unwrap_or(0));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::GrantId;

    use super::*;

    #[test]
    fn the_order_of_the_questions_is_not_that_of_the_wallet() {
        let keys: Vec<_> = (0..200).map(|id| StateKey::Grant(GrantId::from_bytes([id; 32]))).collect();
        let mut order = shuffled(keys.clone()).unwrap();
        assert_ne!(order, keys);
        order.sort();
        assert_eq!(order, keys);
    }
}
