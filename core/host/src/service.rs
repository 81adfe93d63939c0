//! What all answers draw on, and who is asking.

use std::sync::Arc;

use keepwell_net::Gateway;
use keepwell_protocol::crypto::{self, PublicKey, Rng};
use keepwell_protocol::formats::http::verify_request;
use tokio::runtime::Handle;

use crate::answer::Call;
use crate::backup::{BLOBS, DATABASE};
use crate::capacity::Capacity;
use crate::inbox::Senders;
use crate::ledger::Ledger;
use crate::limiter::{Limited, Limiter};
use crate::nonces::Nonces;
use crate::packs::Packs;
use crate::refusal::Refusal;
use crate::relay::Relay;
use crate::store::{SpaceKey, Store};
use crate::{Clock, HostConfig, HostError};

/// Everything behind the server; used from threads that may block.
pub(crate) struct Service {
    pub(crate) store: Arc<Store>,
    pub(crate) packs: Packs,
    pub(crate) relay: Arc<Relay>,
    pub(crate) ledger: Ledger,
    pub(crate) senders: Senders,
    pub(crate) capacity: Capacity,
    nonces: Nonces,
    limiter: Limiter,
}

impl Service {
    /// Opens what lies in the home folder.
    pub(crate) fn open(config: &HostConfig, clock: Clock, runtime: Handle) -> Result<Self, HostError> {
        let home = &config.home;
        let store = Arc::new(Store::open(&home.join(DATABASE))?);
        let relay = Arc::new(Relay::new(&config.ledger_url, clock)?);
        let gateway = Gateway::direct(Arc::clone(&relay), &config.ledger_url);
        Ok(Self {
            packs: Packs::open(config.blobs_url.as_ref(), &home.join(BLOBS), runtime)?,
            ledger: Ledger::open(
                &config.anchor,
                config.policy,
                gateway,
                Arc::clone(&relay),
                Arc::clone(&store),
            )?,
            nonces: Nonces::open(&home.join("nonces.sqlite"))?,
            capacity: Capacity::new(config.quotas, home.clone()),
            limiter: Limiter::default(),
            senders: Senders::new()?,
            store,
            relay,
        })
    }

    /// Who signed the request, when it arrived and for the first time.
    ///
    /// A large upload over a slow line takes longer than a signature counts.
    pub(crate) fn signer(&self, call: &Call) -> Result<PublicKey, Refusal> {
        let verified =
            verify_request(&call.request, call.arrived).map_err(|error| Refusal::Unsigned(error.code()))?;
        if self.nonces.note(&verified.key, &verified.nonce, call.now)? {
            Ok(verified.key)
        } else {
            Err(Refusal::Unsigned("RequestReplayed"))
        }
    }

    /// The space whose owner signed the request.
    pub(crate) fn owner(&self, call: &Call) -> Result<SpaceKey, Refusal> {
        let owner = self.signer(call)?;
        self.store.space(crypto::space_id(&owner))?.ok_or(Refusal::NotFound)
    }

    /// A name under which no object lies yet.
    pub(crate) fn new_pack_name(&self) -> Result<String, HostError> {
        let mut name = [0; 16];
        Rng::system().fill(&mut name).map_err(|_| HostError::Randomness)?;
        Ok(hex::encode(name))
    }

    /// Counts a request that anybody may make.
    pub(crate) fn admit(&self, kind: Limited, call: &Call) -> Result<(), Refusal> {
        self.admit_many(kind, 1, call)
    }

    /// Counts a request that stands for so many.
    pub(crate) fn admit_many(&self, kind: Limited, count: usize, call: &Call) -> Result<(), Refusal> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if self.limiter.admit(kind, count, call.peer, call.now) { Ok(()) } else { Err(Refusal::RateLimited) }
    }
}
