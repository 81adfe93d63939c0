//! What the state says of those that make blocks: who votes, how large a block is, by which rules it is executed.

use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::{
    BlockSize, NextChain, PlannedUpgrade, SetValidator, StateKey, Validator, ValidatorSet,
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
    let planned: Option<PlannedUpgrade> = read(view, &StateKey::Upgrade)?;
    Ok(planned.map_or(first.number(), |planned| planned.version_at(height)))
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

/// Takes their power from those who signed twice. The last one keeps it, or nobody could ever mend anything.
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
    let nothing = Writes::new();
    let (before, after) = (Overlay::new(view, &nothing), Overlay::new(view, writes));
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
    if block.version >= AppVersion::V2
        && let Some(planned) = after.read::<PlannedUpgrade>(&StateKey::Upgrade)?
    {
        let next = planned.version_at(block.height.saturating_add(1));
        changes.version = (next != block.version.number()).then_some(next);
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
