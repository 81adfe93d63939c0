//! The gateway's addresses.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use keepwell_protocol::domain::{AggregatorId, Object, ProviderId, TxId};
use keepwell_protocol::ledger::{
    BatchReceipt, ChainStatus, EngineStopped, Genesis, LightBlock, ProofBundle, StateKey,
};
use keepwell_server::{Client, IpNet, Limits, Rate, Turns};
use minicbor::bytes::ByteVec;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::answer::{Cbor, Refusal};
use super::sealed::{OpenedLately, Sealed};
use crate::collector::Collector;
use crate::engine::{Driver, EngineError, Submission};
use crate::gateway_keys::GatewayKeys;
use crate::state::{self, Outcome};
use crate::store::{Snapshot, Store, StoreError, StoredBatch};

/// What the gateway answers from.
pub(crate) struct Gateway {
    pub(crate) store: Arc<Store>,
    pub(crate) driver: Driver,
    pub(crate) genesis: Genesis,
    pub(crate) keys: GatewayKeys,
    pub(super) collector: Option<Collector>,
    pub(super) opened_lately: Mutex<OpenedLately>,
    pub(super) turns: Turns,
    /// Those of what may end something.
    ending_turns: Turns,
    /// Those of entries, which keep nobody from the ledger.
    pub(super) entry_turns: Turns,
    /// Places to wait for a block in, which takes no turn.
    waits: Semaphore,
    /// How long an answer may take to be made once the whole request is there.
    pub(super) within: Duration,
    relays: Vec<IpNet>,
    of_relays: Allowance,
    of_others: Allowance,
    started: Instant,
}

/// How often somebody may ask.
pub(super) struct Allowance {
    pub(super) asked: Rate,
    submitted: Rate,
    /// Of what ends something, so that no number of grants by the same relay keeps a revocation out.
    ended: Rate,
    pub(super) entries: Rate,
}

impl Allowance {
    fn new(limits: &Limits, times: u64) -> Self {
        let rate = |per_minute: u64| Rate::new(per_minute.saturating_mul(times), limits);
        let [submitted, ended] = [(); 2].map(|()| rate(limits.rate_submitted));
        let entries = rate(limits.rate_entries);
        Self { asked: rate(limits.rate_asked), submitted, ended, entries }
    }
}

impl Gateway {
    pub(crate) fn new(
        store: Arc<Store>,
        driver: Driver,
        genesis: Genesis,
        keys: GatewayKeys,
        collector: Option<Collector>,
        limits: &Limits,
        relays: Vec<IpNet>,
    ) -> Self {
        let waits = usize::try_from(limits.waits).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            store,
            driver,
            genesis,
            keys,
            collector,
            opened_lately: Mutex::default(),
            turns: Turns::new(limits.requests),
            ending_turns: Turns::new(ENDING_TURNS),
            entry_turns: Turns::new(ENTRY_TURNS),
            waits: Semaphore::new(waits.min(Semaphore::MAX_PERMITS)),
            within: Duration::from_millis(limits.request_ms),
            relays,
            of_relays: Allowance::new(limits, limits.rate_relays),
            of_others: Allowance::new(limits, 1),
            started: Instant::now(),
        }
    }

    pub(super) fn allowance(&self, client: IpAddr) -> &Allowance {
        let is_relay = self.relays.iter().any(|network| network.contains(&client.to_canonical()));
        if is_relay { &self.of_relays } else { &self.of_others }
    }

    /// The newest block, and whether there will be more; nothing before the first.
    pub(super) fn status(&self) -> Result<Option<ChainStatus>, EngineError> {
        let snapshot = self.store.snapshot()?;
        let height = snapshot.served_height()?;
        let Some(block) = snapshot.light_block(height)? else { return Ok(None) };
        let block = LightBlock::from_cbor(&block).map_err(|_| StoreError::Corrupt)?;
        let validators = state::validators(&snapshot)?.map_or(self.genesis.validators.len(), |it| it.len());
        Ok(Some(ChainStatus {
            chain_id: self.genesis.chain_id.clone(),
            height,
            time: block.time().map_err(|_| StoreError::Corrupt)?,
            validators: u32::try_from(validators).unwrap_or(u32::MAX),
            records: snapshot.head().records,
            stopped: self.driver.stopped(),
        }))
    }

    /// Where a batch stands in the log: nothing while no header carries the hash of that.
    pub(super) fn batch_receipt(
        &self,
        snapshot: &Snapshot,
        aggregator: &AggregatorId,
        number: u32,
    ) -> Result<Result<Option<BatchReceipt>, Refusal>, EngineError> {
        let Some(stored) = snapshot.batch(aggregator, number)? else { return Ok(Err(Refusal::NotFound)) };
        let Some(light_block) = snapshot.light_block(stored.height + 1)? else {
            let is_gone = snapshot.served_height()? > stored.height;
            return Ok(if is_gone { Err(Refusal::HeaderGone) } else { Ok(None) });
        };
        // As short as it may be: it is kept for every document of the batch.
        let light_block = LightBlock::from_cbor(&light_block).map_err(|_| StoreError::Corrupt)?;
        let light_block = light_block.pruned().map_err(|_| StoreError::Corrupt)?;
        let StoredBatch { roots, transaction, index, path, .. } = stored;
        Ok(Ok(Some(BatchReceipt { light_block, roots, transaction, index, path })))
    }

    pub(super) fn take(&self, rate: &Rate, client: IpAddr) -> Result<(), Refusal> {
        rate.take(client, 1, self.started.elapsed().as_secs()).map_err(Refusal::RateLimited)
    }
}

/// How long a proof that is on its way is waited for.
const PROOF_WAIT: Duration = Duration::from_secs(1);
/// Few, since which of those are counted is known only when they were checked: all that a stranger sends there takes
/// so many threads at most.
const ENDING_TURNS: u64 = 2;
/// They wait for one another's writes, and a receipt costs a tree over its batch.
const ENTRY_TURNS: u64 = 8;

/// Where transactions are handed in.
pub(super) const SUBMIT: &str = "/v1/tx";

pub(super) type Shared = State<Arc<Gateway>>;

/// What may be asked of the ledger, as it is or sealed.
pub(super) fn questions(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route(SUBMIT, post(submit))
        .route("/v1/proof/{key}", get(proof))
        .route("/v1/light/{height}", get(light))
        .route("/v1/providers", get(providers))
        .route("/v1/batch/{aggregator}/{number}", get(batch))
        .route("/v1/status", get(status))
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || Refusal::Method)
        .with_state(gateway)
}

async fn submit(
    State(gateway): Shared,
    Extension(Client(from)): Extension<Client>,
    body: Bytes,
) -> Result<Cbor, Refusal> {
    let transaction = gateway.driver.receive(body.into());
    let turns = if transaction.may_end() { &gateway.ending_turns } else { &gateway.turns };
    let served = gateway.clone();
    let submitted = turns.work(move || {
        let Allowance { submitted, ended, .. } = served.allowance(from);
        let count = |ends| served.take(if ends { ended } else { submitted }, from);
        served.driver.submit(transaction, from, count)
    });
    match submitted.await?? {
        Submission::Checked(Outcome::Applied(id) | Outcome::AlreadyRecorded(id)) => accepted(&id),
        Submission::Checked(Outcome::Rejected(rejection)) => Err(rejection.into()),
        Submission::Busy => Err(Refusal::Busy),
        Submission::Stopped(why) => Err(Refusal::Stopped(why)),
    }
}

fn accepted(id: &TxId) -> Result<Cbor, Refusal> {
    let body = minicbor::to_vec(id).map_err(|_| EngineError::Block)?;
    Ok(Cbor(StatusCode::ACCEPTED, body))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    height: Option<u64>,
}

/// Proves a key in the newest state, or by the header of the height that is asked for; 202 while there is
/// no such header.
async fn proof(
    State(gateway): Shared,
    Path(key): Path<String>,
    at: Result<Query<At>, axum::extract::rejection::QueryRejection>,
    sealed: Option<Extension<Sealed>>,
) -> Result<Cbor, Refusal> {
    let Ok(Query(At { height })) = at else { return Err(Refusal::Address) };
    let key = StateKey::parse_hex(&key).map_err(|_| Refusal::Address)?;
    let mut heights = gateway.driver.heights();
    let wait = if sealed.is_some() { Sealed::PROOF_WAIT } else { PROOF_WAIT };
    let until = tokio::time::Instant::now() + wait;
    loop {
        let seen = *heights.borrow_and_update();
        let served = gateway.clone();
        match gateway.turns.work(move || prove(&served, &key, height)).await?? {
            Proof::Made(bundle) => return Ok(Cbor(StatusCode::OK, bundle.to_cbor())),
            Proof::Gone => return Err(Refusal::HeightGone),
            Proof::NotYet => {}
        }
        let not_yet = Ok(Cbor(StatusCode::ACCEPTED, Vec::new()));
        let Ok(_place) = gateway.waits.try_acquire() else { return not_yet };
        // No block before it is looked at, so that who asks far ahead costs nothing while waiting.
        let first = height.unwrap_or_default().max(seen.saturating_add(1));
        match timeout_at(until, heights.wait_for(|height| *height >= first)).await {
            Ok(reached) => drop(reached.map_err(|_| EngineError::Block)?),
            Err(_) => return not_yet,
        }
    }
}

enum Proof {
    Made(Box<ProofBundle>),
    /// No header carries the state's hash yet.
    NotYet,
    /// The state before that header is no longer kept.
    Gone,
}

/// The proof of a key by the header of `height`, or by the newest where that carries the newest of this key.
fn prove(gateway: &Gateway, key: &StateKey, height: Option<u64>) -> Result<Proof, EngineError> {
    let snapshot = gateway.store.snapshot()?;
    let newest = snapshot.served_height()?;
    if height.is_some_and(|height| height > newest) {
        return Ok(Proof::NotYet);
    }
    // A header carries the hash of the state after the block before it.
    let before = match height.unwrap_or(newest).checked_sub(1) {
        Some(before) => snapshot.head_at(before)?,
        None => None,
    };
    let state = match (before, height) {
        (Some(state), Some(_)) => state,
        (None, Some(_)) => return Ok(Proof::Gone),
        // What the newest block did not touch is proved by its header, however much else it changed.
        (Some(state), None) if snapshot.is_unchanged_since(key, &state)? => state,
        (_, None) => return Ok(Proof::NotYet),
    };
    let light_block = snapshot.light_block(height.unwrap_or(newest))?.ok_or(StoreError::Corrupt)?;
    let proven = snapshot.prove(key, &state)?;
    Ok(Proof::Made(Box::new(ProofBundle {
        format: ProofBundle::FORMAT,
        chain_id: gateway.genesis.chain_id.clone(),
        light_block: LightBlock::from_cbor(&light_block).map_err(|_| StoreError::Corrupt)?,
        roots: state.roots(),
        key: key.to_bytes(),
        value: proven.value.map(ByteVec::from),
        proof: proven.proof,
    })))
}

async fn light(State(gateway): Shared, Path(height): Path<String>) -> Result<Cbor, Refusal> {
    let wanted = match height.as_str() {
        "latest" => None,
        height => Some(height.parse::<u64>().map_err(|_| Refusal::Address)?),
    };
    let served = gateway.clone();
    let work = move || -> Result<_, EngineError> {
        let snapshot = served.store.snapshot()?;
        let newest = snapshot.served_height()?;
        Ok((snapshot.light_block(wanted.unwrap_or(newest))?, newest))
    };
    let bytes = match (gateway.turns.work(work).await??, wanted) {
        ((Some(bytes), _), _) => bytes,
        ((None, newest), Some(1..)) if wanted < Some(newest) => return Err(Refusal::HeaderGone),
        _ => return Err(Refusal::NotFound),
    };
    Ok(Cbor(StatusCode::OK, bytes))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<String>,
}

async fn providers(
    State(gateway): Shared,
    page: Result<Query<Page>, axum::extract::rejection::QueryRejection>,
    sealed: Option<Extension<Sealed>>,
) -> Result<Cbor, Refusal> {
    let Ok(Query(Page { after })) = page else { return Err(Refusal::Address) };
    let after = after.as_deref().map(ProviderId::parse).transpose().map_err(|_| Refusal::Address)?;
    let served = gateway.clone();
    let work = move || -> Result<_, EngineError> { Ok(served.store.snapshot()?.providers(after)?) };
    let mut directory = gateway.turns.work(work).await??;
    if sealed.is_some() {
        Sealed::cut(&mut directory);
    }
    Ok(Cbor(StatusCode::OK, directory.to_cbor()))
}

/// Where a batch stands in the log; 202 while no header carries the hash of that.
async fn batch(
    State(gateway): Shared,
    Path((aggregator, number)): Path<(String, String)>,
) -> Result<Cbor, Refusal> {
    let aggregator = AggregatorId::parse(&aggregator).map_err(|_| Refusal::Address)?;
    let number = number.parse().map_err(|_| Refusal::Address)?;
    let served = gateway.clone();
    let work = move || served.batch_receipt(&served.store.snapshot()?, &aggregator, number);
    match gateway.turns.work(work).await??? {
        Some(receipt) => Ok(Cbor(StatusCode::OK, receipt.to_cbor())),
        None => Ok(Cbor(StatusCode::ACCEPTED, Vec::new())),
    }
}

async fn status(State(gateway): Shared) -> Result<Cbor, Refusal> {
    let served = gateway.clone();
    let status = gateway.turns.work(move || served.status()).await??;
    // Before the first block.
    let status = status
        .ok_or_else(|| Refusal::Stopped(gateway.driver.stopped().unwrap_or(EngineStopped::CatchingUp)))?;
    Ok(Cbor(StatusCode::OK, status.to_cbor()))
}
