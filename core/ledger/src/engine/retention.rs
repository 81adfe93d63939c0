//! How long light blocks stay.

use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::{StateKey, SweepHorizon, TrustAnchor};

use crate::state::View as _;
use crate::store::{Snapshot, StoreError};

/// From when on light blocks are still worth keeping: somebody may trust one of then. By the horizon of the sweep,
/// so that a clock that was turned costs none of them.
pub(super) fn oldest_light(state: &Snapshot) -> Result<Timestamp, StoreError> {
    let horizon = state.read(&StateKey::SweepHorizon)?;
    let horizon = horizon.map(|bytes| SweepHorizon::from_cbor(&bytes)).transpose();
    let horizon = horizon.map_err(|_| StoreError::Corrupt)?.map(|moved| moved.horizon);
    Ok(horizon.unwrap_or_default().saturating_sub(TrustAnchor::TRUSTING_PERIOD))
}
