//! What the ledger says, believed only as far as this host has verified it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keepwell_net::{Gateway, GatewayError, Proved};
use keepwell_protocol::domain::{Duration, GrantId, Origin, ProviderId, Timestamp, TxId};
use keepwell_protocol::ledger::{
    GrantRecord, ProviderRecord, StateKey, TrustAnchor, TrustPolicy, TrustedState,
};

use crate::HostError;
use crate::gateway_cache::GatewayCache;
use crate::refusal::Refusal;
use crate::store::Store;

/// The ledger as this host sees it.
pub(crate) struct Ledger {
    gateway: Gateway<Arc<GatewayCache>>,
    /// What was fetched for this host itself.
    gateway_cache: Arc<GatewayCache>,
    store: Arc<Store>,
    policy: TrustPolicy,
    origin: Origin,
    trusted: Mutex<TrustedState>,
    /// The last proof of each grant that readers ask for, for when the gateway can't be reached.
    grant_proofs: Mutex<HashMap<GrantId, GrantProof>>,
}

/// A verified proof of what the ledger holds of a grant.
#[derive(Clone)]
pub(crate) struct GrantProof {
    /// What it holds; none if it was proved that there is nothing.
    pub(crate) record: Option<GrantRecord>,
    /// The time of its header.
    pub(crate) time: Timestamp,
    /// The proof, for the reader to verify.
    pub(crate) bundle: Vec<u8>,
}

/// How often, and how long after each other, a gateway is asked again whose newest state has no header yet.
const PROOF_TRIES: u32 = 10;
const PROOF_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
/// How far the ledger's time and that of this machine are apart at most where something is removed for good.
const MOST_APART: Duration = Duration::minutes(15);
/// The most proofs that are remembered.
const MOST_GRANT_PROOFS: usize = 10_000;

impl Ledger {
    /// Starts from what was verified last, or from the anchor.
    pub(crate) fn open(
        anchor: &TrustAnchor,
        policy: TrustPolicy,
        gateway: Gateway<Arc<GatewayCache>>,
        gateway_cache: Arc<GatewayCache>,
        store: Arc<Store>,
    ) -> Result<Self, HostError> {
        let start = anchor.trusted_state();
        let trusted = match store.trusted()? {
            // Another anchor is another ledger, or a later start on this one.
            Some(stored) if stored.chain_id == start.chain_id && stored.height > start.height => stored,
            _ => start,
        };
        let (origin, grant_proofs) = (anchor.origin(), Mutex::default());
        Ok(Self { gateway, gateway_cache, store, policy, origin, trusted: Mutex::new(trusted), grant_proofs })
    }

    /// The newest verified proof on a grant; none if there never was one.
    ///
    /// If the ledger can't be asked, or what comes back does not hold, the last proof stands and
    /// grows old.
    pub(crate) fn grant(&self, grant: GrantId, now: Timestamp) -> Option<GrantProof> {
        let mut proof = self.fetch_grant(grant, now);
        if proof.as_ref().is_ok_and(|proof| proof.record.is_none()) {
            // What is remembered may be from before it was included.
            self.gateway_cache.forget(&StateKey::Grant(grant));
            proof = self.fetch_grant(grant, now);
        }
        for _ in 0..PROOF_TRIES {
            // Something was handed in just now. Who is not known to be in force waits for its block.
            let is_known = || self.grant_proofs().get(&grant).is_some_and(|known| known.record.is_some());
            if !matches!(proof, Err(GatewayError::NotYet)) || is_known() {
                break;
            }
            std::thread::sleep(PROOF_PAUSE);
            proof = self.fetch_grant(grant, now);
        }
        let mut grant_proofs = self.grant_proofs();
        match proof {
            Ok(proof) => {
                // A gateway that lags behind what was seen already does not turn time back.
                if let Some(known) = grant_proofs.get(&grant).filter(|known| known.time > proof.time) {
                    return Some(known.clone());
                }
                if grant_proofs.len() >= MOST_GRANT_PROOFS {
                    grant_proofs.clear();
                }
                grant_proofs.insert(grant, proof.clone());
                Some(proof)
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "no proof from the ledger");
                grant_proofs.get(&grant).cloned()
            }
        }
    }

    fn fetch_grant(&self, grant: GrantId, now: Timestamp) -> Result<GrantProof, GatewayError> {
        let proved = self.prove(&StateKey::Grant(grant), now)?;
        Ok(GrantProof { record: proved.verified.grant()?, time: proved.verified.time, bundle: proved.bundle })
    }

    /// By what time things end for good: that of the newest header, verified now, where this machine's clock agrees.
    pub(crate) fn agreed_time(&self, now: Timestamp) -> Option<Timestamp> {
        let trusted = self.trusted().clone();
        let newest = self.gateway.latest(&trusted, &self.policy, &now);
        let newest =
            newest.inspect_err(|error| tracing::warn!(code = error.code(), "no header of the ledger"));
        let time = newest.ok().map(|newest| self.trust(newest))?;
        let is_agreed = now.since(time).max(time.since(now)) <= MOST_APART;
        if !is_agreed {
            tracing::error!(
                code = "ClocksDisagree",
                ledger = time.0,
                here = now.0,
                "this clock or the ledger's is wrong"
            );
        }
        is_agreed.then(|| time.min(now))
    }

    /// What the ledger holds of a provider.
    pub(crate) fn provider(&self, id: ProviderId, now: Timestamp) -> Result<Option<ProviderRecord>, Refusal> {
        let record =
            self.prove(&StateKey::Provider(id), now).and_then(|proved| Ok(proved.verified.provider()?));
        record.map_err(|error| {
            tracing::warn!(code = error.code(), "no proof from the ledger");
            Refusal::LedgerUnreachable
        })
    }

    /// The time of the newest header verified.
    pub(crate) fn time(&self) -> Timestamp {
        self.trusted().time
    }

    /// The identity of the ledger that this host serves.
    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// Forgets the newest proof of a key that was fetched: it may be of before what just changed.
    pub(crate) fn forget(&self, key: &StateKey) {
        self.gateway_cache.forget(key);
    }

    /// Hands a transaction to the gateway.
    pub(crate) fn submit(&self, transaction: &[u8]) -> Result<TxId, GatewayError> {
        self.gateway.submit(transaction, &self.origin)
    }

    pub(crate) fn prove(&self, key: &StateKey, now: Timestamp) -> Result<Proved, GatewayError> {
        let trusted = self.trusted().clone();
        let proved = self.gateway.prove(key, &trusted, &self.policy, &now)?;
        self.trust(proved.verified.next_state.clone());
        Ok(proved)
    }

    /// Trusts what was verified, where it is newer; answers the time of the newest.
    fn trust(&self, next: TrustedState) -> Timestamp {
        let mut trusted = self.trusted();
        if next.height > trusted.height {
            if let Err(error) = self.store.put_trusted(&next) {
                // What is lost is only the shorter way after the next start.
                tracing::error!(code = error.code(), "trusted header not written");
            }
            *trusted = next;
        }
        trusted.time
    }

    fn trusted(&self) -> MutexGuard<'_, TrustedState> {
        self.trusted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grant_proofs(&self) -> MutexGuard<'_, HashMap<GrantId, GrantProof>> {
        self.grant_proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
