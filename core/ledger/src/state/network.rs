//! What the state says of those that make blocks: who votes, how large a block is, by which rules it is executed.

use keepwell_protocol::domain::{AggregatorId, GatewayId, Object};
use keepwell_protocol::ledger::{
    AggregatorRecord, BlockSize, GatewayRecord, NextChain, PlannedUpgrade, SetValidator, StateKey, Validator,
    ValidatorSet,
};

use super::block::{AppVersion, Block, Changes, address};
use super::overlay::{Overlay, StateError, View, Writes};
use super::rejection::Rejection;

/// The number of the rules by which a block is executed, which this program may not know. `first` are those that the
/// chain started with.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn version_at<V: View>(view: &V, first: AppVersion, height: u64) -> Result<u64, StateError<V::Error>> {
    Ok(planned_version(&Overlay::committed(view), height)?.unwrap_or(first.number()))
}

/// The number of the rules at a height, if governance ever named any. A chain that ends keeps those of its last block:
/// whoever goes on making empty blocks needs to know no others.
fn planned_version<V: View>(
    state: &Overlay<'_, V>,
    height: u64,
) -> Result<Option<u64>, StateError<V::Error>> {
    let Some(planned) = state.read::<PlannedUpgrade>(&StateKey::Upgrade)? else { return Ok(None) };
    let next: Option<NextChain> = state.read(&StateKey::NextChain)?;
    let last = next.map_or(u64::MAX, |next| next.last_height);
    Ok(Some(planned.version_at(height.min(last))))
}

/// Who votes from the second block after the newest, if not those of the genesis.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn validators<V: View>(view: &V) -> Result<Option<Vec<Validator>>, StateError<V::Error>> {
    Ok(read::<ValidatorSet, V>(view, &StateKey::Validators)?.map(|set| set.validators))
}

/// The most bytes of the next block, if not as many as the genesis says.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn block_size<V: View>(view: &V) -> Result<Option<u32>, StateError<V::Error>> {
    Ok(read::<BlockSize, V>(view, &StateKey::BlockSize)?.map(|size| size.bytes))
}

/// What governance and a gateway itself have said of it.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn gateway<V: View>(view: &V, id: GatewayId) -> Result<Option<GatewayRecord>, StateError<V::Error>> {
    read(view, &StateKey::Gateway(id))
}

/// What governance and an aggregator itself have said of it.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn aggregator<V: View>(
    view: &V,
    id: AggregatorId,
) -> Result<Option<AggregatorRecord>, StateError<V::Error>> {
    read(view, &StateKey::Aggregator(id))
}

/// Whether the chain had ended before a block: another one goes on.
pub(super) fn has_ended<V: View>(view: &V, block: &Block) -> Result<bool, StateError<V::Error>> {
    if block.version < AppVersion::V2 {
        return Ok(false);
    }
    let next: Option<NextChain> = read(view, &StateKey::NextChain)?;
    Ok(next.is_some_and(|next| block.height > next.last_height))
}

/// The validators after one of them was given a power, or none.
pub(super) fn with_validator(
    mut validators: Vec<Validator>,
    set: &SetValidator,
) -> Result<ValidatorSet, Rejection> {
    let key = *set.key.as_bytes();
    let before = validators.len();
    validators.retain(|validator| validator.key != key);
    if set.power > 0 {
        validators.push(Validator { key, power: set.power });
    } else if validators.len() == before {
        return Err(Rejection::UnknownValidator);
    }
    validators.sort_unstable();
    let set = ValidatorSet { validators };
    if set.is_well_formed() { Ok(set) } else { Err(Rejection::Validators) }
}

/// Says whether blocks go on and phones can follow, whoever of the newcomers is not there: power that is new is less
/// than a third, and of that which was there at least two thirds stay. A thief of governance's keys needs many blocks to
/// take over, which everybody sees.
pub(super) fn are_gradual(before: &[Validator], after: &[Validator]) -> bool {
    let total = |validators: &[Validator]| -> u128 {
        validators.iter().map(|validator| u128::from(validator.power)).sum()
    };
    let stays = |validator: &Validator| {
        let again = after.iter().find(|other| other.key == validator.key);
        u128::from(again.map_or(0, |again| again.power.min(validator.power)))
    };
    let staying: u128 = before.iter().map(stays).sum();
    let (total_before, total_after) = (total(before), total(after));
    (total_after - staying) * 3 < total_after && staying * 3 >= total_before * 2
}

/// Says whether those who are seen to vote decide the next blocks alone. Newcomers count once they have voted: else some
/// who never come, let in one block after the other, would end the network.
pub(super) fn are_attended(block: &Block, after: &[Validator]) -> bool {
    let Some(voters) = &block.voters else { return true };
    let power = |validators: &mut dyn Iterator<Item = &Validator>| -> u128 {
        validators.map(|validator| u128::from(validator.power)).sum()
    };
    let is_seen = |validator: &&Validator| voters.contains(&address(&validator.key));
    power(&mut after.iter().filter(is_seen)) * 3 > power(&mut after.iter()) * 2
}

/// Takes their power from those who signed twice. Where that would be all, they keep it, or nobody could ever mend
/// anything.
pub(super) fn punish<V: View>(state: &mut Overlay<'_, V>, block: &Block) -> Result<(), StateError<V::Error>> {
    if block.misbehaving.is_empty() {
        return Ok(());
    }
    let before = present_validators(state, block)?;
    let mut validators = before.clone();
    validators.retain(|validator| !block.misbehaving.contains(&address(&validator.key)));
    if validators != before && !validators.is_empty() {
        state.write(StateKey::Validators, &ValidatorSet { validators });
    }
    Ok(())
}

/// Who votes from the second block after this one, as far as this block is executed; ascending by key.
pub(super) fn present_validators<V: View>(
    state: &Overlay<'_, V>,
    block: &Block,
) -> Result<Vec<Validator>, StateError<V::Error>> {
    let set: Option<ValidatorSet> = state.read(&StateKey::Validators)?;
    Ok(set.map_or_else(|| first_validators(block), |set| set.validators))
}

/// What a block of these writes changes for the next ones.
pub(super) fn changes<V: View>(
    view: &V,
    block: &Block,
    writes: &Writes,
) -> Result<Changes, StateError<V::Error>> {
    let (before, after) = (Overlay::committed(view), Overlay::new(view, writes));
    let mut changes = Changes::default();
    if writes.contains_key(&StateKey::Validators) {
        let validators = present_validators(&after, block)?;
        changes.validators = (validators != present_validators(&before, block)?).then_some(validators);
    }
    if writes.contains_key(&StateKey::BlockSize) {
        let size = |state: &Overlay<'_, V>| state.read::<BlockSize>(&StateKey::BlockSize);
        let (before, after) = (size(&before)?, size(&after)?);
        changes.block_size = after.filter(|_| after != before).map(|size| size.bytes);
    }
    if block.version >= AppVersion::V2 {
        let next = planned_version(&after, block.height.saturating_add(1))?;
        changes.version = next.filter(|next| *next != block.version.number());
    }
    Ok(changes)
}

fn first_validators(block: &Block) -> Vec<Validator> {
    let mut validators = block.first_validators.to_vec();
    validators.sort_unstable();
    validators
}

fn read<T: Object, V: View>(view: &V, key: &StateKey) -> Result<Option<T>, StateError<V::Error>> {
    let bytes = view.read(key).map_err(StateError::View)?;
    bytes.map(|bytes| T::from_cbor(&bytes)).transpose().map_err(|_| StateError::Corrupt)
}
