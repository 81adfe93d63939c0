//! What leaves the file: nothing that anybody can still ask for.

use jmt::Version;
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::LightBlock;
use redb::{AccessGuard, ReadableTable, WriteTransaction};

use super::error::StoreError;
use super::head::Head;
use super::tables::{
    BLOCKS, HEADS, JOINED, LIGHT, META, NODES, STALE_NODES, STALE_VALUES, VALUES, joined_at,
};

/// For how many of the newest blocks the whole state stays provable, and the block itself stays.
const KEPT_BLOCKS: u64 = 16;
/// How many rows of each kind a block removes at most, where an older version kept them all.
const MOST: usize = 64;

/// Removes what only states older than the kept ones have, the transactions of older blocks, and light blocks
/// from before `oldest_light`.
pub(super) fn prune(
    transaction: &WriteTransaction,
    height: u64,
    oldest_light: Timestamp,
) -> Result<(), StoreError> {
    let Some(oldest_kept) = height.checked_sub(KEPT_BLOCKS) else { return Ok(()) };
    let mut blocks = transaction.open_table(BLOCKS)?;
    for row in blocks.extract_from_if(..oldest_kept, |_, _| true)?.take(MOST) {
        row?;
    }
    if height.is_multiple_of(KEPT_BLOCKS) {
        prune_light_blocks(transaction, oldest_kept, oldest_light)?;
    }
    let mut heads = transaction.open_table(HEADS)?;
    let cut = match heads.get(oldest_kept)? {
        Some(head) => Head::from_cbor(head.value()).map_err(|_| StoreError::Corrupt)?.version,
        None => return Ok(()),
    };
    heads.retain_in(..oldest_kept, |_, _| false)?;
    drop(heads);
    drop_stale(transaction, cut)
}

/// Removes what no tree of this or a later version has.
pub(super) fn drop_stale(transaction: &WriteTransaction, cut: Version) -> Result<(), StoreError> {
    let mut nodes = transaction.open_table(NODES)?;
    let mut stale_nodes = transaction.open_table(STALE_NODES)?;
    for row in stale_nodes.extract_from_if(..(cut + 1, [].as_slice()), |_, ()| true)? {
        nodes.remove(row?.0.value().1)?;
    }
    let mut values = transaction.open_table(VALUES)?;
    let mut stale_values = transaction.open_table(STALE_VALUES)?;
    for row in stale_values.extract_from_if(..(cut + 1, [].as_slice()), |_, ()| true)? {
        values.remove(row?.0.value().1)?;
    }
    Ok(())
}

/// Those of blocks whose state is provable stay, whenever they are of.
fn prune_light_blocks(
    transaction: &WriteTransaction,
    oldest_kept: u64,
    oldest: Timestamp,
) -> Result<(), StoreError> {
    // The first header there is, which the first anchor is made of, always stays.
    let first_that_leaves =
        joined_at(transaction.open_table(META)?.get(JOINED)?.as_ref().map(AccessGuard::value))? + 2;
    let mut light = transaction.open_table(LIGHT)?;
    let mut last = None;
    for row in light.range(first_that_leaves..oldest_kept.max(first_that_leaves))?.take(MOST) {
        let (height, block) = row?;
        let block = LightBlock::from_cbor(block.value()).map_err(|_| StoreError::Corrupt)?;
        if block.time().map_err(|_| StoreError::Corrupt)? >= oldest {
            break;
        }
        last = Some(height.value());
    }
    if let Some(last) = last {
        light.retain_in(first_that_leaves..=last, |_, _| false)?;
    }
    Ok(())
}
