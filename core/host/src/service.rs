//! What all answers draw on, and who is asking.

use std::path::PathBuf;
use std::sync::Arc;

use keepwell_net::Gateway;
use keepwell_protocol::crypto::{self, PublicKey, Rng};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::verify_request_head;
use keepwell_server::Rate;

use crate::answer::Call;
use crate::capacity::Capacity;
use crate::gateway_cache::{GatewayCache, TIMEOUTS};
use crate::home::{self, BLOBS, DATABASE};
use crate::ledger::Ledger;
use crate::nonces::Nonces;
use crate::packs::Packs;
use crate::rates::Rates;
use crate::refusal::Refusal;
use crate::routes::Authentication;
use crate::sealed_relay::SealedRelay;
use crate::sender_tags::SenderTags;
use crate::store::{SpaceKey, Store};
use crate::{Clock, HostConfig, HostError, Registration};

const MIB: u64 = 1_024 * 1_024;

/// Everything behind the server; used from threads that may block.
pub(crate) struct Service {
    pub(crate) store: Arc<Store>,
    pub(crate) packs: Packs,
    pub(crate) gateway_cache: Arc<GatewayCache>,
    pub(crate) sealed_relay: SealedRelay,
    pub(crate) ledger: Ledger,
    pub(crate) sender_tags: SenderTags,
    pub(crate) capacity: Capacity,
    pub(crate) rates: Rates,
    pub(crate) registration: Registration,
    nonces: Nonces,
    home: PathBuf,
}

impl Service {
    /// Opens what lies in the home folder.
    pub(crate) fn open(config: &HostConfig, clock: Clock) -> Result<Self, HostError> {
        let home = &config.home;
        let store = Arc::new(Store::open(&home.join(DATABASE))?);
        let sealed_relay = SealedRelay::new(&config.gateways, &clock)?;
        let gateway_cache = Arc::new(GatewayCache::new(&config.ledger_url, clock, TIMEOUTS)?);
        let own_cache = Arc::new(gateway_cache.beside());
        let gateway = Gateway::direct(Arc::clone(&own_cache), &config.ledger_url);
        Ok(Self {
            packs: Packs::open(config.blobs_url.as_ref(), &home.join(BLOBS))?,
            ledger: Ledger::open(&config.anchor, config.policy, gateway, own_cache, Arc::clone(&store))?,
            nonces: Nonces::open(&home.join("nonces.sqlite"))?,
            capacity: Capacity::new(config.listen.limits, home.clone()),
            sender_tags: SenderTags::new()?,
            registration: config.registration,
            rates: Rates::new(&config.listen.limits),
            home: home.clone(),
            store,
            gateway_cache,
            sealed_relay,
        })
    }

    /// Finds out who asks, by the head alone: nothing is read from whoever may not send it.
    ///
    /// A signature counts when the head arrived: a large upload over a slow line takes longer.
    pub(crate) fn authenticate(&self, call: &mut Call, required: Authentication) -> Result<(), Refusal> {
        if required == Authentication::Anybody {
            return Ok(());
        }
        self.rates.address.take(call.peer, 1, call.now.0).map_err(Refusal::RateLimited)?;
        let verified = match verify_request_head(&call.request, call.arrived) {
            Err(_) if required == Authentication::AnybodyOrOwner => return Ok(()),
            verified => verified.map_err(|error| Refusal::Unsigned(error.code()))?,
        };
        let space = self.store.space(crypto::space_id(&verified.key))?;
        if required == Authentication::AnybodyOrOwner && space.is_none() {
            return Ok(());
        }
        if space.is_none() {
            self.rates.signed.take(call.peer, 1, call.now.0).map_err(Refusal::RateLimited)?;
        }
        let (owner, key) = (&self.rates.owner, verified.key.as_bytes());
        if space.is_some() {
            // Nothing is written for what is refused.
            owner.look_by_key(key, 1, call.now.0).map_err(Refusal::RateLimited)?;
        }
        if !self.nonces.note(&verified.key, &verified.nonce, call.arrived)? {
            return Err(Refusal::Unsigned("RequestReplayed"));
        }
        // After that: whoever has a copy of a request takes nothing of its owner's by it.
        if space.is_some() {
            owner.take_by_key(key, 1, call.now.0).map_err(Refusal::RateLimited)?;
        }
        if required == Authentication::Owner && space.is_none() {
            return Err(Refusal::NotFound);
        }
        (call.signer, call.space) = (Some(verified.key), space);
        Ok(())
    }

    /// The time from which something is kept: this machine's clock may be behind what the ledger has proved.
    pub(crate) fn kept_from(&self, call: &Call) -> Timestamp {
        call.now.max(self.ledger.time())
    }

    /// Who signed the request.
    pub(crate) fn signer(&self, call: &Call) -> Result<PublicKey, Refusal> {
        call.signer.ok_or(Refusal::NotFound)
    }

    /// The space whose owner signed the request.
    pub(crate) fn owner(&self, call: &Call) -> Result<SpaceKey, Refusal> {
        call.space.ok_or(Refusal::NotFound)
    }

    /// Whether this home is being copied.
    pub(crate) fn is_copied(&self) -> Result<bool, HostError> {
        home::is_copied(&self.home)
    }

    /// A name under which no object lies yet.
    pub(crate) fn new_pack_name(&self) -> Result<String, HostError> {
        let mut name = [0; 16];
        Rng::system().fill(&mut name).map_err(|_| HostError::Randomness)?;
        Ok(hex::encode(name))
    }

    /// Counts so many bytes that are going to be read and hashed.
    pub(crate) fn admit_reading(&self, bytes: u64, call: &Call) -> Result<(), Refusal> {
        let count = bytes / MIB;
        self.admit(&self.rates.read, usize::try_from(count).unwrap_or(usize::MAX), call)?;
        if call.space.is_some() {
            self.rates.read_address.take(call.peer, count, call.now.0).map_err(Refusal::RateLimited)?;
        }
        Ok(())
    }

    /// Counts what the ledger is asked, `count` times: it counts a host as one, and so nobody is to have all of that.
    pub(crate) fn admit_to_ledger(&self, count: usize, call: &Call) -> Result<(), Refusal> {
        self.admit(&self.rates.relay, count, call)?;
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.rates.relay_address.take(call.peer, count, call.now.0).map_err(Refusal::RateLimited)
    }

    /// Counts what anybody may ask, `count` times: for the owner who signed it, or else for the address.
    pub(crate) fn admit(&self, rate: &Rate, count: usize, call: &Call) -> Result<(), Refusal> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let taken = match (call.signer, call.space) {
            (Some(owner), Some(_)) => rate.take_by_key(owner.as_bytes(), count, call.now.0),
            _ => rate.take(call.peer, count, call.now.0),
        };
        taken.map_err(Refusal::RateLimited)
    }
}
