//! Entries that anybody hands in for the aggregator of this gateway, and the receipts of those that are on the ledger.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use keepwell_protocol::domain::{EntryHash, Object};
use keepwell_protocol::ledger::{EntryReceipt, SignedTransaction, Transaction};
use keepwell_server::{Client, blocking};

use super::answer::{Cbor, Refusal};
use super::routes::{Gateway, Shared};
use crate::LedgerError;
use crate::collector::{Collector, Inclusion, Place};
use crate::engine::{EngineError, Submission};
use crate::state::{self, Outcome};
use crate::store::{Snapshot, StoreError};

/// Where entries are handed in and asked for, as it is or sealed.
pub(super) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/v1/entries/{entry}", get(receipt).post(hand_in))
        .method_not_allowed_fallback(async || Refusal::Method)
        .with_state(gateway)
}

/// Takes an entry for the next batch; as often as it is handed in, it is one.
async fn hand_in(
    State(gateway): Shared,
    Extension(Client(from)): Extension<Client>,
    Path(entry): Path<String>,
) -> Result<Cbor, Refusal> {
    let entry = EntryHash::parse(&entry).map_err(|_| Refusal::Address)?;
    gateway.take(&gateway.allowance(from).entries, from)?;
    let served = gateway.clone();
    let work =
        move || -> Result<_, Refusal> { Ok(served.collector()?.take(entry).map_err(EngineError::from)?) };
    let is_taken = gateway.entry_turns.work(work).await??;
    if is_taken { Ok(Cbor(StatusCode::ACCEPTED, entry.to_cbor())) } else { Err(Refusal::Busy) }
}

/// Where an entry stands in a batch and that in the log; 202 while no header carries the hash of that.
async fn receipt(State(gateway): Shared, Path(entry): Path<String>) -> Result<Cbor, Refusal> {
    let entry = EntryHash::parse(&entry).map_err(|_| Refusal::Address)?;
    let served = gateway.clone();
    match gateway.entry_turns.work(move || served.entry_receipt(&entry)).await?? {
        Some(receipt) => Ok(Cbor(StatusCode::OK, receipt.to_cbor())),
        None => Ok(Cbor(StatusCode::ACCEPTED, Vec::new())),
    }
}

impl Gateway {
    fn collector(&self) -> Result<&Collector, Refusal> {
        self.collector.as_ref().ok_or(Refusal::NoAggregator)
    }

    fn entry_receipt(&self, entry: &EntryHash) -> Result<Option<EntryReceipt>, Refusal> {
        let collector = self.collector()?;
        let place = collector.place(entry).map_err(EngineError::from)?.ok_or(Refusal::UnknownEntry)?;
        let Place::InBatch { number, is_recorded } = place else { return Ok(None) };
        // Taken after that was asked: what was known to be recorded is in it.
        let snapshot = self.store.snapshot().map_err(EngineError::from)?;
        let recorded = recorded_root(&snapshot, collector, number).map_err(EngineError::from)?;
        if recorded.is_none() && !is_recorded {
            return Ok(None);
        }
        let Inclusion { root, index, path } =
            collector.inclusion(entry, number).map_err(EngineError::from)?;
        if recorded != Some(root) {
            // Its number was used by somebody else with this key, and it gets another one.
            if !is_recorded {
                return Ok(None);
            }
            collector.forget(number).map_err(EngineError::from)?;
            return Err(Refusal::UnknownEntry);
        }
        match self.batch_receipt(&snapshot, &collector.id(), number)? {
            Ok(receipt) => Ok(receipt.map(|receipt| EntryReceipt { receipt, index, path })),
            // Nobody can be given its header any more; the entry may be handed in again.
            Err(_) => {
                collector.forget(number).map_err(EngineError::from)?;
                Err(Refusal::UnknownEntry)
            }
        }
    }

    /// Hands in the batch that is due, if there is one; false if the ledger does not take it.
    fn record_entries(&self) -> Result<bool, LedgerError> {
        let Some(collector) = self.collector.as_ref().filter(|collector| collector.has_work()) else {
            return Ok(true);
        };
        // A state of long ago knows of no later batches, whose numbers must not be used again.
        if !self.driver.is_current() {
            return Ok(true);
        }
        let snapshot = self.store.snapshot()?;
        let record = state::aggregator(&snapshot, collector.id()).map_err(EngineError::from)?;
        // Until governance admits it everything waits.
        let admitted = record.filter(|record| record.key == Some(collector.public_key()));
        let Some(record) = admitted else { return Ok(true) };
        let root_of = |number| recorded_root(&snapshot, collector, number);
        let Some(batch) = collector.next_batch(record.batches, root_of)? else { return Ok(true) };
        let transaction =
            collector.record(&batch, &self.genesis.origin()).map_err(|_| StoreError::Corrupt)?.to_cbor();
        let from = IpAddr::from(Ipv4Addr::LOCALHOST);
        match self.driver.submit(self.driver.receive(transaction), from, |_| Ok::<_, EngineError>(()))? {
            Submission::Checked(Outcome::Rejected(why)) => {
                tracing::warn!(code = why.code(), number = batch.number, "the batch is not taken");
                Ok(false)
            }
            Submission::Checked(_) => Ok(true),
            Submission::Busy | Submission::Stopped(_) => Ok(false),
        }
    }
}

/// The root of a batch as the ledger recorded it; nothing where it has none of this number, or no more.
fn recorded_root(
    snapshot: &Snapshot,
    collector: &Collector,
    number: u32,
) -> Result<Option<[u8; 32]>, StoreError> {
    let Some(stored) = snapshot.batch(&collector.id(), number)? else { return Ok(None) };
    match SignedTransaction::parse(&stored.transaction).map(|signed| signed.body().clone()) {
        Ok(Transaction::AnchorBatch(batch)) => Ok(Some(batch.root)),
        _ => Err(StoreError::Corrupt),
    }
}

/// Records what was collected; what fails is tried again.
pub(crate) async fn keep_recording(gateway: Arc<Gateway>) {
    if gateway.collector.is_none() {
        return;
    }
    let heights = gateway.driver.heights();
    while heights.has_changed().is_ok() {
        let served = gateway.clone();
        let done = blocking(move || served.record_entries()).await;
        if let Ok(Err(error)) = &done {
            tracing::warn!(code = error.code(), "what was collected cannot be recorded");
        }
        tokio::time::sleep(if matches!(done, Ok(Ok(true))) { PAUSE } else { LONG_PAUSE }).await;
    }
}

/// How long nothing is looked for after it was, and after it failed.
const PAUSE: Duration = Duration::from_millis(200);
const LONG_PAUSE: Duration = Duration::from_secs(5);
