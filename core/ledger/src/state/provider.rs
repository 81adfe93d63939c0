//! Rules of providers and of governance.

use keepwell_protocol::crypto::audit_log_id;
use keepwell_protocol::ledger::{
    Governance, ProviderRecord, ProviderStatus, RegisterProvider, StateKey, SuspendProvider, UpdateProvider,
};

use super::block::{AppVersion, Block, Step, Stop};
use super::overlay::{Overlay, StateError, View};
use super::received::Parsed;
use super::rejection::Rejection;

pub(super) fn register<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &RegisterProvider,
) -> Result<Step, Stop<V::Error>> {
    require_governance(state, block, transaction)?;
    let key = StateKey::Provider(body.card.card.provider);
    match state.read::<ProviderRecord>(&key)? {
        Some(record) if record.card == body.card => return Ok(Step::AlreadyRecorded),
        Some(_) => return Err(Rejection::ProviderExists.into()),
        None => {}
    }
    if body.card.card.version != FIRST_VERSION {
        return Err(Rejection::Version.into());
    }
    let record = ProviderRecord {
        status: ProviderStatus::Active,
        version: FIRST_VERSION,
        card: body.card.clone(),
        rekeyed: None,
        readmitted: None,
    };
    state.write(key, &record);
    Ok(Step::Applied)
}

pub(super) fn update<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &UpdateProvider,
) -> Result<Step, Stop<V::Error>> {
    let key = StateKey::Provider(body.card.card.provider);
    let record: ProviderRecord = state.read(&key)?.ok_or(Rejection::UnknownProvider)?;
    if record.card == body.card {
        return Ok(Step::AlreadyRecorded);
    }
    let version = body.card.card.version;
    let by_governance = transaction.signed().is_signed_by_governance();
    if by_governance {
        require_governance(state, block, transaction)?;
    } else {
        transaction.verify_provider_signature(&record.card.card.signing)?;
        if record.status == ProviderStatus::Suspended {
            return Err(Rejection::ProviderSuspended.into());
        }
    }
    if Some(version) != record.version.checked_add(1) {
        return Err(Rejection::Version.into());
    }
    let key_changed = record.card.card.signing != body.card.card.signing;
    let is_rekeyed = by_governance && key_changed;
    if is_rekeyed && block.version >= AppVersion::V2 {
        // Who stole the old key may have said that the log has as many entries as can be.
        state.delete(StateKey::AuditLog(audit_log_id(&body.card.card.provider)))?;
    }
    // Only governance gets here with a suspended provider.
    let is_readmitted = record.status == ProviderStatus::Suspended && block.version >= AppVersion::V2;
    let record = ProviderRecord {
        status: ProviderStatus::Active,
        version,
        card: body.card.clone(),
        rekeyed: if is_rekeyed { Some(version) } else { record.rekeyed },
        readmitted: if is_readmitted { Some(version) } else { record.readmitted },
    };
    state.write(key, &record);
    Ok(Step::Applied)
}

pub(super) fn suspend<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &SuspendProvider,
) -> Result<Step, Stop<V::Error>> {
    require_governance(state, block, transaction)?;
    let key = StateKey::Provider(body.provider);
    let record: ProviderRecord = state.read(&key)?.ok_or(Rejection::UnknownProvider)?;
    if record.status == ProviderStatus::Suspended {
        return Ok(Step::AlreadyRecorded);
    }
    if block.version >= AppVersion::V2 {
        // A new card of the provider's own leaves what governance signs meanwhile as it is, or it could run away from that.
        let oldest = record.readmitted.unwrap_or(FIRST_VERSION);
        if !body.version.is_some_and(|version| (oldest..=record.version).contains(&version)) {
            return Err(Rejection::Version.into());
        }
    }
    state.write(key, &ProviderRecord { status: ProviderStatus::Suspended, ..record });
    Ok(Step::Applied)
}

/// Lets through what enough of governance's keys signed.
pub(super) fn require_governance<V: View>(
    state: &Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
) -> Result<(), Stop<V::Error>> {
    let governance = present_governance(state)?;
    // Whoever is a stranger has nobody verify signatures. Version 1 looks at those first, as its results say.
    let signers: Vec<_> = transaction.signed().signers().copied().collect();
    if block.version >= AppVersion::V2 && !governance.is_satisfied_by(&signers) {
        return Err(Rejection::NotGovernance.into());
    }
    let signers = transaction.verify_governance_signatures()?;
    if governance.is_satisfied_by(signers) { Ok(()) } else { Err(Rejection::NotGovernance.into()) }
}

pub(super) fn present_governance<V: View>(
    state: &Overlay<'_, V>,
) -> Result<Governance, StateError<V::Error>> {
    // It is written at genesis and never deleted.
    state.read(&StateKey::Governance)?.ok_or(StateError::Corrupt)
}

/// The version of a provider's first card.
const FIRST_VERSION: u32 = 1;
