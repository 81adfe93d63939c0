//! Rules of governance's actions, of gateways, providers' access logs and aggregators.

use keepwell_protocol::crypto::{aggregator_id, audit_log_id, gateway_id};
use keepwell_protocol::ledger::{
    Action, ActionsTaken, AggregatorRecord, AnchorBatch, AuditCheckpoint, AuditRecord, BlockSize,
    GatewayRecord, Governance, GovernanceAction, KeyConfiguration, MoveChain, NextChain, PlannedUpgrade,
    ProviderRecord, ProviderStatus, SetAggregator, SetGateway, SetGovernance, StateKey, UpdateGateway,
    Upgrade,
};

use super::block::{Block, Step, Stop};
use super::network::{are_attended, are_gradual, present_validators, with_validator};
use super::overlay::{Overlay, View};
use super::provider::{present_governance, require_governance};
use super::received::Parsed;
use super::rejection::Rejection;

pub(super) fn act<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &GovernanceAction,
) -> Result<Step, Stop<V::Error>> {
    match &body.action {
        Action::SetGovernance(set) => require_both(state, transaction, set)?,
        _ => require_governance(state, block, transaction)?,
    }
    let taken: Option<ActionsTaken> = state.read(&StateKey::Actions)?;
    if taken.is_some_and(|taken| taken.transaction == transaction.id()) {
        return Ok(Step::AlreadyRecorded);
    }
    if Some(body.number) != taken.map_or(0, |taken| taken.number).checked_add(1) {
        return Err(Rejection::ActionNumber.into());
    }
    match &body.action {
        Action::SetValidator(set) => {
            let after = with_validator(present_validators(state, block)?, set)?;
            // What an action before it in this block did counts as if this one did it.
            let before = present_validators(&state.before_block(), block)?;
            if !block.has_one_signer && !are_gradual(&before, &after.validators) {
                return Err(Rejection::Validators.into());
            }
            if !are_attended(block, &after.validators) {
                return Err(Rejection::ValidatorsAbsent.into());
            }
            state.write(StateKey::Validators, &after);
        }
        Action::SetBlockSize(set) => {
            if !(BlockSize::LEAST..=BlockSize::MOST).contains(&set.bytes) {
                return Err(Rejection::BlockSize.into());
            }
            state.write(StateKey::BlockSize, &BlockSize { bytes: set.bytes });
        }
        Action::Upgrade(upgrade) => plan_upgrade(state, block, upgrade)?,
        Action::MoveChain(next) => move_chain(state, block, next)?,
        Action::SetGateway(set) => set_gateway(state, transaction, set)?,
        Action::SetAggregator(set) => set_aggregator(state, transaction, set)?,
        Action::SetGovernance(set) => {
            state.write(StateKey::Governance, &governance_of(set));
        }
    }
    state.write(StateKey::Actions, &ActionsTaken { number: body.number, transaction: transaction.id() });
    Ok(Step::Applied)
}

fn governance_of(set: &SetGovernance) -> Governance {
    Governance { threshold: set.threshold, keys: set.keys.clone() }
}

/// Lets through what enough of the present and enough of the next governance signed: keys that nobody holds could never
/// be replaced again.
fn require_both<V: View>(
    state: &Overlay<'_, V>,
    transaction: &Parsed,
    set: &SetGovernance,
) -> Result<(), Stop<V::Error>> {
    let (present, next) = (present_governance(state)?, governance_of(set));
    let signers: Vec<_> = transaction.signed().signers().copied().collect();
    let of = |governance: &Governance| -> Vec<_> {
        signers.iter().copied().filter(|signer| governance.keys.contains(signer)).collect()
    };
    let all_known = signers.iter().all(|signer| present.keys.contains(signer) || next.keys.contains(signer));
    if !all_known || !present.is_satisfied_by(&of(&present)) || !next.is_satisfied_by(&of(&next)) {
        return Err(Rejection::NotGovernance.into());
    }
    transaction.verify_governance_signatures()?;
    Ok(())
}

fn plan_upgrade<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    upgrade: &Upgrade,
) -> Result<(), Stop<V::Error>> {
    let before = block.version.number();
    if upgrade.version != before && upgrade.version != before + 1 {
        return Err(Rejection::Version.into());
    }
    // What the next block is executed by is told when this one has been. Where one process makes all blocks there is
    // nobody to be told, and what takes a plan back is never too early.
    let is_told = block.has_one_signer || upgrade.version == before;
    let notice = if is_told { 1 } else { PlannedUpgrade::NOTICE };
    if upgrade.height < block.height.saturating_add(notice) {
        return Err(Rejection::Height.into());
    }
    let next: Option<NextChain> = state.read(&StateKey::NextChain)?;
    if next.is_some_and(|next| upgrade.height > next.last_height) {
        return Err(Rejection::Height.into());
    }
    let planned = PlannedUpgrade { before, version: upgrade.version, height: upgrade.height };
    state.write(StateKey::Upgrade, &planned);
    Ok(())
}

fn move_chain<V: View>(state: &mut Overlay<'_, V>, block: &Block, next: &MoveChain) -> Result<(), Rejection> {
    if next.last_height <= block.height {
        return Err(Rejection::Height);
    }
    let next = NextChain {
        chain_id: next.chain_id.clone(),
        genesis_hash: next.genesis_hash,
        last_height: next.last_height,
    };
    state.write(StateKey::NextChain, &next);
    Ok(())
}

fn set_gateway<V: View>(
    state: &mut Overlay<'_, V>,
    transaction: &Parsed,
    set: &SetGateway,
) -> Result<(), Stop<V::Error>> {
    let state_key = StateKey::Gateway(set.gateway);
    let record: Option<GatewayRecord> = state.read(&state_key)?;
    match (&set.key, &record) {
        (None, None) => return Err(Rejection::UnknownGateway.into()),
        (Some(key), None) if gateway_id(key) != set.gateway => {
            return Err(Rejection::NotNamedAfterKey.into());
        }
        _ => {}
    }
    // What the old key configured goes with it: it may have been stolen.
    let record = GatewayRecord {
        key: set.key,
        version: record.map_or(0, |record| record.version),
        configuration: None,
        former: Vec::new(),
        transaction: transaction.id(),
    };
    state.write(state_key, &record);
    Ok(())
}

fn set_aggregator<V: View>(
    state: &mut Overlay<'_, V>,
    transaction: &Parsed,
    set: &SetAggregator,
) -> Result<(), Stop<V::Error>> {
    let state_key = StateKey::Aggregator(set.aggregator);
    let record: Option<AggregatorRecord> = state.read(&state_key)?;
    match (&set.key, record) {
        (None, None) => return Err(Rejection::UnknownAggregator.into()),
        (Some(key), None) if aggregator_id(key) != set.aggregator => {
            return Err(Rejection::NotNamedAfterKey.into());
        }
        _ => {}
    }
    let batches = record.map_or(0, |record| record.batches);
    state.write(state_key, &AggregatorRecord { key: set.key, batches, transaction: transaction.id() });
    Ok(())
}

pub(super) fn update_gateway<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &UpdateGateway,
) -> Result<Step, Stop<V::Error>> {
    let key = StateKey::Gateway(body.gateway);
    let record: GatewayRecord = state.read(&key)?.ok_or(Rejection::UnknownGateway)?;
    transaction.verify_gateway_signature(&record.key.ok_or(Rejection::UnknownGateway)?)?;
    if record.transaction == transaction.id() {
        return Ok(Step::AlreadyRecorded);
    }
    if Some(body.version) != record.version.checked_add(1) {
        return Err(Rejection::Version.into());
    }
    let mut former = record.former;
    if let Some(present) = record.configuration {
        if block.time < present.since.saturating_add(GatewayRecord::PAUSE) {
            return Err(Rejection::TooSoon.into());
        }
        let until = Some(block.time.saturating_add(GatewayRecord::OVERLAP));
        former.insert(0, KeyConfiguration { until, ..present });
    }
    former.retain(|one| one.until.is_some_and(|until| block.time < until));
    let bytes = body.key_configuration.clone().into();
    let record = GatewayRecord {
        key: record.key,
        version: body.version,
        configuration: Some(KeyConfiguration { bytes, since: block.time, until: None }),
        former,
        transaction: transaction.id(),
    };
    state.write(key, &record);
    Ok(Step::Applied)
}

pub(super) fn audit_checkpoint<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &AuditCheckpoint,
) -> Result<Step, Stop<V::Error>> {
    let provider: ProviderRecord =
        state.read(&StateKey::Provider(body.provider))?.ok_or(Rejection::UnknownProvider)?;
    transaction.verify_provider_signature(&provider.card.card.signing)?;
    let key = StateKey::AuditLog(audit_log_id(&body.provider));
    let record: Option<AuditRecord> = state.read(&key)?;
    if record.is_some_and(|record| record.size == body.size && record.root == body.root) {
        return Ok(Step::AlreadyRecorded);
    }
    if provider.status == ProviderStatus::Suspended {
        return Err(Rejection::ProviderSuspended.into());
    }
    if record.is_some_and(|record| body.size <= record.size) {
        return Err(Rejection::LogNotLonger.into());
    }
    let record = AuditRecord {
        provider: body.provider,
        size: body.size,
        root: body.root,
        time: block.time,
        transaction: transaction.id(),
    };
    state.write(key, &record);
    Ok(Step::Applied)
}

pub(super) fn anchor_batch<V: View>(
    state: &mut Overlay<'_, V>,
    transaction: &Parsed,
    body: &AnchorBatch,
) -> Result<Step, Stop<V::Error>> {
    let key = StateKey::Aggregator(body.aggregator);
    let record: AggregatorRecord = state.read(&key)?.ok_or(Rejection::UnknownAggregator)?;
    transaction.verify_aggregator_signature(&record.key.ok_or(Rejection::UnknownAggregator)?)?;
    if record.transaction == transaction.id() {
        return Ok(Step::AlreadyRecorded);
    }
    if Some(body.number) != record.batches.checked_add(1) {
        return Err(Rejection::BatchNumber.into());
    }
    state.write(key, &AggregatorRecord { batches: body.number, transaction: transaction.id(), ..record });
    Ok(Step::Applied)
}
