//! The rules for governance's actions, gateways, providers' logs and aggregators, each with its nearest refusal.

mod numbers;
mod parties;
mod rules;
mod validators;

use keepwell_ledger::state::Changes;
use keepwell_protocol::crypto::{aggregator_id, gateway_id, provider_id};
use keepwell_protocol::domain::{AggregatorId, GatewayId, ProviderId};
use keepwell_protocol::ledger::{
    Action, AnchorBatch, AuditCheckpoint, GovernanceAction, Kind, SetAggregator, SetGateway, SetValidator,
    SignedTransaction, Signer, UpdateGateway,
};

use crate::memory::*;

pub(crate) const GATEWAY: u8 = 31;
pub(crate) const AGGREGATOR: u8 = 32;
pub(super) const CLINIC: u8 = 33;

pub(crate) fn by_governors(number: u32, action: impl Into<Action>, seeds: &[u8]) -> SignedTransaction {
    let keys: Vec<_> = seeds.iter().map(|seed| key(*seed)).collect();
    let body = GovernanceAction { kind: Kind, number, action: action.into() };
    sign(body, Signer::Governance(&keys.iter().collect::<Vec<_>>()))
}

pub(super) fn act(number: u32, action: impl Into<Action>) -> SignedTransaction {
    by_governors(number, action, &GOVERNORS[..2])
}

pub(super) fn set_validator(seed: u8, power: u64) -> SetValidator {
    SetValidator { kind: Kind, key: key(seed).public_key(), power }
}

pub(super) fn set_gateway(seed: Option<u8>) -> SetGateway {
    SetGateway { kind: Kind, gateway: gateway(), key: seed.map(|seed| key(seed).public_key()) }
}

pub(super) fn set_aggregator(seed: Option<u8>) -> SetAggregator {
    let aggregator = aggregator();
    SetAggregator { kind: Kind, aggregator, key: seed.map(|seed| key(seed).public_key()) }
}

pub(crate) fn gateway() -> GatewayId {
    gateway_id(&key(GATEWAY).public_key())
}

pub(crate) fn aggregator() -> AggregatorId {
    aggregator_id(&key(AGGREGATOR).public_key())
}

pub(super) fn clinic() -> ProviderId {
    provider_id(&key(CLINIC).public_key())
}

pub(crate) fn update_gateway(version: u32, signer: u8) -> SignedTransaction {
    let key_configuration = vec![u8::try_from(version).unwrap(); 41];
    let body = UpdateGateway { kind: Kind, gateway: gateway(), version, key_configuration };
    sign(body, Signer::Gateway(&key(signer)))
}

pub(super) fn checkpoint(size: u64, root: u8, signer: u8) -> SignedTransaction {
    let body = AuditCheckpoint { kind: Kind, provider: clinic(), size, root: [root; 32] };
    sign(body, Signer::Provider(&key(signer)))
}

pub(crate) fn batch(number: u32, signer: u8) -> SignedTransaction {
    let body = AnchorBatch { kind: Kind, aggregator: aggregator(), number, count: 1_000_000, root: [6; 32] };
    sign(body, Signer::Aggregator(&key(signer)))
}

/// What a block of one transaction changes for the next ones, and the ledger after it.
pub(super) fn changes(ledger: &mut Memory, transaction: &SignedTransaction) -> Changes {
    let executed = ledger.execute(std::slice::from_ref(transaction));
    ledger.accept(transaction);
    executed.changes
}
