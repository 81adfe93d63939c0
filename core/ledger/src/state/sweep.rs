//! What leaves the state by itself, so that it stays as large as what is alive.

use keepwell_protocol::domain::{Day, Object};
use keepwell_protocol::ledger::{AccountRecord, GrantRecord, StateKey};

use super::block::Block;
use super::{StateError, View, Writes};

/// How many days a grant's record stays after its last day.
const GRANT_DAYS: u32 = 30;
/// How many days an account's record stays after its last grant.
const ACCOUNT_DAYS: u32 = 730;
/// How many records a block sweeps at most.
const MOST: usize = 1_000;

/// The last day on which a value stays; nothing for what stays for ever.
pub fn due(key: &StateKey, value: &[u8]) -> Option<Day> {
    match key {
        StateKey::Grant(_) => GrantRecord::from_cbor(value)
            .ok()
            .map(|record| Day(record.not_after.0.saturating_add(GRANT_DAYS))),
        StateKey::Account(_) => {
            AccountRecord::from_cbor(value).ok().map(|record| Day(record.last.0.saturating_add(ACCOUNT_DAYS)))
        }
        StateKey::Provider(_) | StateKey::Governance => None,
    }
}

/// The deletions that are due in a block, over what its transactions wrote.
pub(super) fn sweep<V: View>(
    view: &V,
    block: &Block,
    written: &Writes,
) -> Result<Writes, StateError<V::Error>> {
    let today = block.time.day();
    let candidates = view.swept_before(today, MOST).map_err(StateError::View)?;
    // What this block wrote stays until a later one.
    Ok(candidates.into_iter().filter(|key| !written.contains_key(key)).map(|key| (key, None)).collect())
}
