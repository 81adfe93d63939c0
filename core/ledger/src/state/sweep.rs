//! What leaves the state by itself, so that it stays as large as what is alive.

use keepwell_protocol::domain::{Day, Duration, Object};
use keepwell_protocol::ledger::{AccountRecord, GrantRecord, StateKey, SweepHorizon};

use super::block::{AppVersion, Block, Executed};
use super::overlay::{Overlay, StateError, View, Writes};

/// How many days a grant's record stays after its last day.
const GRANT_DAYS: u32 = 30;
/// How many days an account's record stays after its last grant.
const ACCOUNT_DAYS: u32 = 730;
/// How far the horizon is behind the chain's time: as long as a grant's record stays.
const KEPT: Duration = Duration::days(30);
/// How far the horizon moves for each height at most.
const STEP: Duration = Duration::minutes(10);
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
        StateKey::Provider(_)
        | StateKey::Gateway(_)
        | StateKey::AuditLog(_)
        | StateKey::Aggregator(_)
        | StateKey::Governance
        | StateKey::SweepHorizon
        | StateKey::Actions
        | StateKey::Validators
        | StateKey::BlockSize
        | StateKey::Upgrade
        | StateKey::NextChain => None,
    }
}

/// What a block sweeps, over what its transactions wrote.
pub(super) fn sweep<V: View>(
    view: &V,
    block: &Block,
    executed: &Executed,
) -> Result<Writes, StateError<V::Error>> {
    let is_empty = executed.outcomes.is_empty();
    let mut writes = Writes::new();
    let today = match block.version {
        AppVersion::V1 => block.time.day(),
        AppVersion::V2 => {
            let before = Overlay::new(view, &executed.writes).read(&StateKey::SweepHorizon)?;
            let now = horizon(before, block, is_empty);
            if before != Some(now) {
                writes.insert(StateKey::SweepHorizon, Some(now.to_cbor()));
            }
            now.horizon.saturating_add(KEPT).day()
        }
    };
    if !is_empty {
        let candidates = view.swept_before(today, MOST).map_err(StateError::View)?;
        // What this block wrote stays until a later one.
        let due = candidates.into_iter().filter(|key| !executed.writes.contains_key(key));
        writes.extend(due.map(|key| (key, None)));
    }
    Ok(writes)
}

/// The horizon after a block: ten minutes for each height, and never past what the block's own time allows,
/// so that a clock that was turned sweeps nothing before somebody has noticed.
fn horizon(before: Option<SweepHorizon>, block: &Block, is_empty: bool) -> SweepHorizon {
    let height = block.height;
    match before {
        None => SweepHorizon { horizon: block.time_before.saturating_sub(KEPT), height },
        Some(before) if is_empty => before,
        Some(before) => {
            let heights = height.saturating_sub(before.height);
            let reached = before.horizon.saturating_add(Duration(STEP.0.saturating_mul(heights)));
            let horizon = reached.min(block.time.saturating_sub(KEPT)).max(before.horizon);
            SweepHorizon { horizon, height }
        }
    }
}
